"""What the package hands on besides code: licences of what it runs on, its own, and its metadata."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def loaded(path):
    spec = spec_from_file_location(path.stem, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def installed(names):
    for name in names:
        try:
            yield name, distribution(name)
        except PackageNotFoundError:  # a rival of the benchmarks, or wanted on another system
            continue


def test_the_licence_of_every_dependency_is_listed():
    script = loaded(ROOT / "docs" / "licences.py")
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| (\S+) \| (.*) \| .* \|$", page, flags=re.MULTILINE))
    wanted = script.wanted()
    assert wanted.keys() <= listed.keys()
    assert {name: script.licence(package) for name, package in installed(wanted)}.items() <= listed.items()


def test_a_licence_that_may_bind_what_uses_the_program_does_not_come_unseen():
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\S+) \| (.*) \| (.*) \|$", page, flags=re.MULTILINE)
    binding = {name for name, licence, wanted_by in rows if "the program" in wanted_by and "GPL" in licence}
    assert binding == {"moocore"}  # under the LGPL, imported as it is


def test_the_licence_that_the_metadata_name_is_there():
    assert PROJECT["license"] == "Apache-2.0"
    (text,) = (ROOT / name for name in PROJECT["license-files"])
    assert "Apache License" in text.read_text(encoding="utf-8")


def test_the_oldest_releases_are_those_that_the_project_allows(capsys):
    loaded(ROOT / ".ci" / "oldest.py")
    told = capsys.readouterr().out.split()
    assert {line.replace("==", ">=") for line in told} >= set(PROJECT["dependencies"])
