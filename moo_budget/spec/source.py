"""A TOML file -> its data, and where each key stands, so that a fault can be shown in its line.

`tomllib` forgets positions. The walk below reads nothing but structure, and only texts that `tomllib` has accepted;
its places are trusted only if it found exactly the keys that `tomllib` found. Otherwise there are none: no line is
better than a wrong line.
"""

from __future__ import annotations

import codecs
import re
import tomllib
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moo_budget._files import bytes_of
from moo_budget.errors import InputError

KeyPath = tuple[str | int, ...]

_LONGEST_LINE = 110
_MOST_BYTES = 10_000_000  # thousands of channels take one
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r"""(?P<quoted>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')|[A-Za-z0-9_-]+""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_HEADER = re.compile(r"\[\[?[ \t]*")
_HEADER_END = re.compile(r"[ \t]*\]\]?")
# `tomllib` takes time and memory that grow with the square of a key's parts.
_ENDLESS_KEY = re.compile(r"""(?:(?:(?<![A-Za-z0-9_-])[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){64}""")
_COMMA = re.compile(r",?")
_SCALAR = re.compile(
    r'''"""(?:\\.|[^\\])*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:'{0,2})|"(?:[^"\\]|\\.)*"|'[^']*\''''
    r"|\d{4}-\d\d-\d\d \d\d:[\d:.+\-Zz]+|[^\s,\]}#=]+",
    re.DOTALL,
)


@dataclass(frozen=True)
class Place:
    """A stretch of one line: `line` counts from 1, `column` from 0."""

    line: int
    column: int
    length: int


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with plain data, before it is known how the data are called.

    Attributes:
        path: the key at fault.
        what: what came, and what it must be.
        mend: what is allowed here, or what to do; may be empty.
        code: stable name of the fault.
    """

    path: KeyPath
    what: str
    mend: str
    code: str


@dataclass(frozen=True)
class SourceText:
    """What faults are pinned to: a file with its text, or only the name of an argument."""

    name: str
    text: str = ""
    places: Mapping[KeyPath, Place] = field(default_factory=dict)

    def place(self, path: KeyPath) -> Place | None:
        """Where the key stands; a key that is not there stands where its table does."""
        return next((self.places[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.places), None)

    def line(self, path: KeyPath) -> int:
        """The line of `place`, or 0."""
        place = self.place(path)
        return place.line if place else 0

    def without(self, tables: Iterable[str]) -> SourceText:
        """The same source after these tables got other values than the text gives them."""
        replaced = set(tables)
        kept = {path: place for path, place in self.places.items() if path[0] not in replaced}
        return SourceText(self.name, self.text, kept)

    def error(self, fault: Fault, kind: type[InputError] = InputError) -> InputError:
        """The fault as an error with name, line, the line itself and a caret."""
        return self.error_at(self.place(fault.path), fault, kind)

    def error_at(self, place: Place | None, fault: Fault, kind: type[InputError] = InputError) -> InputError:
        """The same for a fault whose place is known without a key, such as broken syntax."""
        where = f"{self.name}:{place.line}" if place else self.name
        lines = [f"{where}  {fault.what}" if where else fault.what]
        lines += _excerpt(self.text, place) if place else []
        lines += [f"   {fault.mend}"] if fault.mend else []
        return kind("\n".join(lines), code=fault.code)


def read_toml(path: Path) -> tuple[dict[str, Any], SourceText]:
    """The data of a file, and the source to pin faults to.

    Raises:
        InputError: there is no such file, it is no UTF-8 text, or it is not TOML; with the line where there is one.
    """
    text = _decoded(path.name, _content(path))
    too_deep = _file_error(path.name, "no problem file is nested this deeply or has numbers this long", "unreadable")
    if _ENDLESS_KEY.search(text):
        raise too_deep
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(SourceText(path.name, text), str(error)) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
        raise too_deep from None
    return data, SourceText(path.name, text, _places(text, data))


def place_of(source: SourceText | None, path: KeyPath) -> str:
    """Where a setting stands, for a message: file and line, or the setting's own name."""
    line = source.line(path) if source else 0
    return f"{source.name}:{line}" if source and line else dotted(path)


def dotted(path: KeyPath) -> str:
    """The path as TOML writes it: ``limits.channel."电视".max``, ``history.channels[2]``."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            text += ("." if text else "") + (key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"')
    return text


def _file_error(name: str, what: str, code: str, mend: str = "") -> InputError:
    return SourceText(name).error(Fault((), what, mend, f"problem.{code}"))


def _content(path: Path) -> bytes:
    """The bytes of a file that has some."""
    try:
        content = bytes_of(path, _MOST_BYTES)
    except FileNotFoundError:
        mend = "to make one from a table: moo-budget init HISTORY"
        raise _file_error(str(path), "there is no such file", "not-found", mend) from None
    except IsADirectoryError:
        raise _file_error(str(path), "this is a folder; name the problem.toml in it", "folder") from None
    except (OSError, ValueError) as error:
        raise _file_error(str(path), f"this cannot be read: {error}", "unreadable") from None
    if not content.strip():
        raise _file_error(str(path), "this file is empty", "empty", "to make one from a table: moo-budget init HISTORY")
    return content


def _decoded(name: str, content: bytes) -> str:
    """The text, without byte-order mark, its lines ending in a line feed as `tomllib` counts them."""
    if b"\0" in content and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _file_error(name, "this is no text file; a problem file is TOML, written with a text editor", "binary")
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        what = "save this file as UTF-8: the bytes of this line are something else"
        raise _file_error(f"{name}:{line}", what, "encoding") from None


def _syntax_error(source: SourceText, complaint: str) -> InputError:
    """What `tomllib` says, in its line."""
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", complaint)
    reason = complaint[: found.start()] if found else complaint
    place = None
    if found:
        last_line = source.text.rstrip("\n").count("\n") + 1
        place = Place(int(found[1]), int(found[2]) - 1, 1) if found[1] else Place(last_line, 0, 0)
    is_double = reason.startswith(("Cannot", "Duplicate"))
    quotes = "text stands in quotes, and so do names beyond A-Z a-z 0-9 _ -"
    mend = "each key and each table stands only once" if is_double else quotes
    return source.error_at(place, Fault((), f"this is not TOML: {reason}", mend, "problem.syntax"))


def _excerpt(text: str, place: Place) -> list[str]:
    """The line and a caret under the place."""
    line = text.split("\n")[place.line - 1][:_LONGEST_LINE]
    shown = "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line)
    margin = f"{place.line:>5} | "
    rows = [(margin + shown).rstrip()]
    marked = line[place.column : place.column + place.length]
    if marked:
        before = "".join(c if c == "\t" else " " * _width(c) for c in line[: place.column])
        rows.append(" " * len(margin) + before + "^" * sum(map(_width, marked)))
    return rows


def _width(character: str) -> int:
    """Columns of a terminal that a character takes."""
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _places(text: str, data: Mapping[str, Any]) -> dict[KeyPath, Place]:
    """Key path -> place for every key and list entry of `data`; empty if the walk is not sure of itself."""
    walk = _Walk(text)
    try:
        walk.document()
    except (_LostError, RecursionError):
        return {}
    return walk.places if walk.places.keys() == set(_paths(data)) else {}


def _paths(data: Mapping[str, Any]) -> Iterator[KeyPath]:
    """Every key path of nested tables and lists."""
    waiting: list[tuple[KeyPath, Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        if path:
            yield path
        if isinstance(value, Mapping):
            waiting += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), inner) for index, inner in enumerate(value)]


class _LostError(Exception):
    """The text is not built as the walk expects."""


class _Walk:
    """One pass over a TOML text that notes where keys and list entries stand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[KeyPath, Place] = {}
        self.last_entry: dict[KeyPath, int] = {}  # of each list of tables, [[...]]
        self.line_starts = [0] + [end.end() for end in re.finditer("\n", text)]

    def document(self) -> None:
        table: KeyPath = ()
        while self.next_character():
            if self.next_character() == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> KeyPath:
        """Read ``[a.b]`` or ``[[a.b]]``; return the path of the table that follows."""
        starts_entry = self.take(_HEADER).group().startswith("[[")
        path, place = self.dotted_key(())
        if starts_entry:
            self.places.setdefault(path, place)
            self.last_entry[path] = self.last_entry.get(path, -1) + 1
            path = (*path, self.last_entry[path])
        self.places[path] = place
        self.take(_HEADER_END)
        return path

    def pair(self, table: KeyPath) -> None:
        path, place = self.dotted_key(table)
        self.places[path] = place
        self.take(_EQUALS)
        self.value(path)

    def dotted_key(self, path: KeyPath) -> tuple[KeyPath, Place]:
        """Read ``a.b.c`` below `path`; tables on the way keep the place where they were first named."""
        while True:
            start = self.at
            path = (*path, self.key())
            place = self.place(start)
            if not self.found(_DOT):
                return path, place
            self.places.setdefault(path, place)
            if path in self.last_entry:
                path = (*path, self.last_entry[path])

    def key(self) -> str:
        match = self.take(_KEY)
        # A quoted key may hold any escape of TOML: tomllib knows them all.
        return next(iter(tomllib.loads(f"{match.group()} = 0"))) if match["quoted"] else match.group()

    def value(self, path: KeyPath) -> None:
        opening = self.next_character()
        if opening == "[":
            self.entries(path)
        elif opening == "{":
            self.inline_table(path)
        else:
            self.take(_SCALAR)

    def entries(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while self.next_character() != "]":
            start = self.at
            self.value((*path, index))
            self.places[(*path, index)] = self.place(start)
            index += 1
            self.next_character()
            self.take(_COMMA)
        self.at += 1

    def inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self.next_character() != "}":
            self.pair(path)
            self.next_character()
            self.take(_COMMA)
        self.at += 1

    def next_character(self) -> str:
        """Skip blanks, line ends and comments; empty at the end of the text."""
        self.take(_BLANK)
        return self.text[self.at : self.at + 1]

    def found(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = self.found(pattern)
        if match is None:
            raise _LostError
        return match

    def place(self, start: int) -> Place:
        """The stretch from `start` to where the walk stands, or to the end of its line."""
        line = bisect_right(self.line_starts, start)
        first = self.line_starts[line - 1]
        return Place(line, start - first, len(self.text[start : self.at].split("\n")[0]))
