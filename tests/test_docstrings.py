"""What every public name says of itself: that which types cannot say."""

import builtins
import inspect
import re
from dataclasses import fields, is_dataclass
from functools import cached_property

import pytest

import moo_budget as mb
from moo_budget import errors

PUBLIC = {name: getattr(mb, name) for name in mb.__all__}
VERBS = {name: value for name, value in PUBLIC.items() if inspect.isfunction(value)}
RECORDS = {name: value for name, value in PUBLIC.items() if is_dataclass(value)}


def of_classes():
    for name, kind in PUBLIC.items():
        for part, value in vars(kind).items() if inspect.isclass(kind) else ():
            if isinstance(value, property | cached_property | classmethod | staticmethod):
                value = getattr(value, "fget", None) or getattr(value, "func", None) or value.__func__
            if inspect.isfunction(value) and not part.startswith("_"):
                yield f"{name}.{part}", value


METHODS = dict(of_classes())


def told(kind):
    return inspect.cleandoc(vars(kind).get("__doc__") or "" if inspect.isclass(kind) else kind.__doc__ or "")


def listed(docstring, section):
    """Names in a section, in order."""
    _, _, rest = f"\n{docstring}\n".partition(f"\n{section}:\n")
    (lines,) = re.match(r"((?:    .*\n|\n)*)", rest).groups()
    return re.findall(r"^    (\w+):", lines, flags=re.MULTILINE)


def arguments(function):
    return [name for name in inspect.signature(function).parameters if name not in {"self", "cls"}]


@pytest.mark.parametrize("name", PUBLIC | METHODS)
def test_every_public_name_says_in_a_sentence_what_it_is(name):
    sentence = told((PUBLIC | METHODS)[name]).split("\n\n")[0]
    assert sentence.endswith((".", ":", "::")), sentence


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_describes_each_of_its_arguments(name):
    assert listed(told(VERBS[name]), "Args") == arguments(VERBS[name])


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_describes_each_of_its_fields(name):
    own = inspect.get_annotations(RECORDS[name])
    assert listed(told(RECORDS[name]), "Args") == [
        one.name for one in fields(RECORDS[name]) if one.init and one.name in own
    ]


@pytest.mark.parametrize("name", METHODS)
def test_a_method_speaks_of_each_of_its_arguments(name):
    docstring = told(METHODS[name])
    assert [word for word in arguments(METHODS[name]) if not re.search(rf"\b{word}\b", docstring)] == []


@pytest.mark.parametrize("name", VERBS | METHODS)
def test_an_array_has_its_shape_and_an_error_its_name(name):
    function = (VERBS | METHODS)[name]
    docstring, raised = told(function), listed(told(function), "Raises")
    if "Array" in str(inspect.signature(function)):
        assert re.search(r"\(n_\w+", docstring)
    if re.search(r"^ +(raise|check_\w+\()", inspect.getsource(function), flags=re.MULTILINE):
        assert raised
    assert all(hasattr(errors, error) or hasattr(builtins, error) for error in raised)
