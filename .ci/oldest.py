"""The oldest releases of what the program runs on that pyproject.toml allows, as constraints (`make oldest`)."""

import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = ("parquet", "convex")  # tools for tests and rivals of benchmarks may be new

for requirements in (PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in EXTRAS)):
    print(*(requirement.replace(">=", "==") for requirement in requirements), sep="\n")
