"""Imports go one way, the package is light to import, and nothing it must not hold is committed."""

import ast
import subprocess
import sys
from pathlib import Path

import moo_budget

PACKAGE = Path(moo_budget.__file__).parent

# The layout of docs/design.md section 3: a line imports only lines above it.
ORDER = [
    "errors",
    "_checks",
    "_files",
    "_process",
    "_whole",
    "_interrupts",
    "_threads",
    "_highs",
    "evenly",
    "largest",
    "expressions",
    "kernels",
    "spec",
    "history",
    "risk",
    "responses",
    "interpolation",
    "own_curves",
    "tables",
    "plan_tables",
    "dynamics",
    "yardsticks",
    "goals",
    "views",
    "measures",
    "rounding",
    "limits",
    "structure",
    "hindsight",
    "intervals",
    "question",
    "problem",
    "aims",
    "descent",
    "pressing",
    "rule_steps",
    "ruled",
    "weighting",
    "dual",
    "whole_steps",
    "goal_rules_met",
    "front",
    "decomposition",
    "reach",
    "indicators",
    "algorithms",
    "solve",
    "methods",
    "certificate",
    "best",
    "moves",
    "mean_risk",
    "efficient_frontier",
    "choose",
    "calendar",
    "evaluation",
    "break_even",
    "sweep",
    "explain",
    "simulate",
    "folder",
    "results",
    "sweep_results",
    "compare",
    "report",
    "workbook",
    "export",
    "plan_files",
    "learning",
    "run",
    "sweep_run",
    "reoptimise",
    "talk",
    "terminal",
    "explorer",
    "console",
    "cli",
    "__main__",
]

# Methods that hand on to a later module.
HANDED_ON = {
    ("front", "choose"),
    ("front", "reach"),
    ("front", "report"),
    ("explain", "report"),
    ("history", "report"),
    ("responses", "report"),
    ("certificate", "report"),
}


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts != ("__init__",):
            yield parts[0], path


def imported(path):
    """(place in the package, whether the import stands inside a function) for every import of ours that runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    type_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    nested = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and id(node) not in type_only
            and (node.module or "").startswith("moo_budget")
        ):
            parts = node.module.split(".")
            for place in parts[1:2] or [alias.name for alias in node.names]:
                yield place, id(node) in nested


def test_every_module_has_its_line_in_the_order():
    assert {place for place, _ in modules()} == set(ORDER)


def test_a_module_imports_only_what_stands_above_it():
    upward = {
        (place, other)
        for place, path in modules()
        for other, nested in imported(path)
        if other in ORDER and ORDER.index(other) > ORDER.index(place) and not ((place, other) in HANDED_ON and nested)
    }
    assert upward == set()


def test_the_design_page_tells_the_same_layout():
    page = (PACKAGE.parent / "docs" / "design.md").read_text(encoding="utf-8")
    layout = page.split("## 3. Layout")[1].split("## 4.")[0]
    for place in ORDER:
        assert place in layout, place


def test_importing_the_package_loads_no_heavy_library():
    script = "import sys, moo_budget, moo_budget.cli; print(*sorted({n.split('.')[0] for n in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {"numpy", "pandas", "scipy", "sklearn", "numba", "pymoo", "matplotlib", "xlsxwriter", "jinja2"}
    heavy |= {"starlette", "uvicorn", "anyio"}
    assert heavy & set(done.stdout.split()) == set()


def test_every_public_name_can_be_loaded_and_verbs_stay_verbs():
    """Loading all of them loads no library that draws, learns, serves or reads workbooks: each waits for its user."""
    script = (
        "import sys, moo_budget as mb\n"
        "import moo_budget.run, moo_budget.solve\n"
        "for name in mb.__all__: getattr(mb, name)\n"
        "assert callable(mb.run) and callable(mb.solve), (mb.run, mb.solve)\n"
        "heavy = {'matplotlib', 'sklearn', 'scipy.stats', 'openpyxl', 'starlette', 'uvicorn'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_nothing_private_of_another_library_is_used():
    """What begins with an underscore may change with any release of it."""
    private = {
        (path.name, node.module, alias.name)
        for _, path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and not (node.module or "moo_budget").startswith(("moo_budget", "__"))
        for alias in node.names
        if any(part.startswith("_") for part in [*node.module.split("."), alias.name])
    }
    assert private == set()


def test_the_program_that_mypy_reads_uses_every_public_name():
    text = (Path(__file__).parent / "consumer.py").read_text(encoding="utf-8")
    used = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
    assert set(moo_budget.__all__) <= used
