"""Plain data -> a checked record: pydantic at the border, its complaints turned into faults."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from moo_budget.errors import InputError, listed, nearest
from moo_budget.spec.source import Fault, KeyPath, dotted

T = TypeVar("T")

# pydantic's complaint -> how a value that is allowed is called. One value may draw several of them: a union complains
# once for each of its types.
_TYPES = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list in [ ]",
    "dict_type": "a table",
    "dataclass_type": "a table",
    "date_type": "a date such as 2023-11-20",
    "date_parsing": "a date such as 2023-11-20",
    "literal_error": "{expected}",
}
_RANGES = {
    "finite_number": "a finite number",
    "greater_than": "more than {gt:,.12g}",
    "greater_than_equal": "{ge:,.12g} or more",
    "less_than": "less than {lt:,.12g}",
    "less_than_equal": "at most {le:,.12g}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "value_error": "{error}",
}
_LONGEST_VALUE = 60


class RecordError(InputError):
    """Two settings of one record that do not go together.

    Args:
        path: the setting to point at, from the record on.
        text: what is wrong, and what is allowed or how to mend it.
        code: stable name of the fault.
    """

    def __init__(self, path: KeyPath, text: str, *, code: str) -> None:
        super().__init__(f"{dotted(path)}: {text}", code=code)
        self.path = path
        self.reason = text


def parse(kind: type[T], data: Any) -> tuple[T | None, list[Fault]]:
    """The record of type `kind` that plain data describe, or None and everything that is wrong with them.

    Args:
        kind: a record type, or a mapping of names to records.
        data: mappings, lists, numbers, text and dates; records may stand for their mappings.
    """
    try:
        text = json.dumps(data, default=_plain)
        record: T = _adapter(cast(Any, kind)).validate_json(text)
        return record, []
    except ValidationError as error:
        return None, _faults(error, json.loads(text), kind)
    except (TypeError, ValueError, RecursionError):  # what json cannot write
        return None, [_UNREADABLE]


def shown(value: Any) -> str:
    """A value as a message shows it: on one line, not too long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


_UNREADABLE = Fault(
    (),
    "this is nested too deeply, or holds something other than text, numbers, dates, lists and tables",
    "",
    "problem.unreadable",
)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _plain(value: Any) -> Any:
    """What json cannot write by itself."""
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value):
        return {f.name: getattr(value, f.name) for f in fields(value) if f.init}
    if hasattr(value, "tolist"):  # numbers and arrays of numpy
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no plain data")


def _faults(error: ValidationError, data: Any, kind: Any) -> list[Fault]:
    """One fault per key: the complaints of a union's types belong together."""
    complaints: dict[KeyPath, list[Mapping[str, Any]]] = {}
    for complaint in error.errors(include_url=False):
        complaints.setdefault(_key_path(complaint, data), []).append(complaint)
    return [_fault(path, about, kind) for path, about in complaints.items() if not _said_elsewhere(path, complaints)]


def _said_elsewhere(path: KeyPath, complaints: Mapping[KeyPath, Sequence[Mapping[str, Any]]]) -> bool:
    """A table that only the other types of a union miss, or a missing key that stands there misspelt."""
    types = {complaint["type"] for complaint in complaints[path]}
    if types == {"missing"}:
        unknown = [
            str(other[-1])
            for other, about in complaints.items()
            if other[:-1] == path[:-1] and about[0]["type"] == "unexpected_keyword_argument"
        ]
        return bool(get_close_matches(str(path[-1]), unknown))
    return types <= _TYPES.keys() and any(other[: len(path)] == path for other in complaints if other != path)


def _key_path(complaint: Mapping[str, Any], data: Any) -> KeyPath:
    """The complaint's place in the data, without the names of the types that pydantic tried on the way."""
    path: KeyPath = ()
    for key in complaint["loc"]:
        is_there = key in data if isinstance(data, Mapping) else isinstance(data, list) and key in range(len(data))
        if is_there:
            path, data = (*path, key), data[key]
    if complaint["type"] == "missing":
        return (*path, complaint["loc"][-1])
    if complaint["type"] == "value_error" and isinstance(complaint["ctx"]["error"], RecordError):
        return (*path, *complaint["ctx"]["error"].path)
    return path


def _fault(path: KeyPath, complaints: Sequence[Mapping[str, Any]], kind: Any) -> Fault:
    first = complaints[0]
    if first["type"] == "json_invalid":
        return _UNREADABLE
    if first["type"] == "unexpected_keyword_argument":
        return _unknown_key(path, kind)
    if first["type"] == "missing":
        return Fault(path, f"`{dotted(path)}` is missing", "it has no default: add it here", "problem.missing-key")
    clash = first.get("ctx", {}).get("error")
    if isinstance(clash, RecordError):
        return Fault(path, f"`{dotted(path)}`: {clash.reason}", "", clash.code)
    return _wrong_value(path, complaints)


def _unknown_key(path: KeyPath, kind: Any) -> Fault:
    *table, key = path
    known = _keys(kind, table)
    owner = f" of [{dotted(tuple(table))}]" if table else ""
    return Fault(
        path,
        f"`{key}` is not a setting{owner}",
        f"{nearest(str(key), known)}Allowed here: {listed(known, most=20)}",
        "problem.unknown-key",
    )


def _wrong_value(path: KeyPath, complaints: Sequence[Mapping[str, Any]]) -> Fault:
    """A value of the wrong type, or one that is out of range although a type fits."""
    in_range = [c for c in complaints if c["type"] not in _TYPES]
    allowed = dict.fromkeys(_allowed(complaint) for complaint in in_range or complaints)
    first = (in_range or complaints)[0]
    choices = [name for complaint in complaints for name in _choices(complaint)]
    code = "problem.value" if in_range or choices else "problem.type"
    mend = nearest(str(first["input"]), choices).strip()
    return Fault(path, f"{_named(path, first)} must be {' or '.join(allowed)}", mend, code)


def _choices(complaint: Mapping[str, Any]) -> list[str]:
    """The words of a `Literal`, which pydantic lists in quotes."""
    return re.findall("'([^']*)'", complaint["ctx"]["expected"]) if complaint["type"] == "literal_error" else []


def _named(path: KeyPath, complaint: Mapping[str, Any]) -> str:
    """What the complaint is about: a key's value, a name that the file's owner chose, or all of the data."""
    if complaint["loc"][-1:] == ("[key]",):
        return f"the name `{path[-1]}` in [{dotted(path[:-1])}]"
    return f"`{dotted(path)}` = {shown(complaint['input'])}" if path else shown(complaint["input"])


def _allowed(complaint: Mapping[str, Any]) -> str:
    phrase = (_TYPES | _RANGES).get(complaint["type"])
    return phrase.format(**complaint.get("ctx", {})) if phrase else f"otherwise: {complaint['msg']}"


def _keys(kind: Any, path: Sequence[str | int]) -> list[str]:
    """The keys that are allowed in the table at `path` of a value of type `kind`."""
    for key in path:
        kind = _inside(kind, key)
    record = next(_records(kind))
    return [f.name for f in fields(record) if f.init]


def _inside(kind: Any, key: str | int) -> Any:
    """The type of what stands under `key`; None where `kind` has nothing there."""
    if is_dataclass(kind):
        return get_type_hints(kind).get(str(key))
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    if get_origin(kind) is tuple and isinstance(key, int):
        return get_args(kind)[0]
    return next((found for branch in get_args(kind) if (found := _inside(branch, key)) is not None), None)


def _records(kind: Any) -> Iterator[Any]:
    """The record types among the branches of `kind`."""
    if is_dataclass(kind):
        yield kind
    else:
        for branch in get_args(kind):
            yield from _records(branch)
