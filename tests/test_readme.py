"""README's flow runs as it is printed, and what it promises is there."""

import re
import subprocess
import sys
from pathlib import Path

from moo_budget.expressions import parse_statement
from moo_budget.spec import read_problem
from moo_budget.views import read_views

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_flow_in_python_runs_as_printed(capsys):
    flow, _own_model = blocks("python")  # tests/responses/test_models.py runs the second one
    exec(compile(flow, "README.md", "exec"), {})
    assert "GoalValue(value=" in capsys.readouterr().out


def test_a_strict_type_checker_takes_the_python_of_the_page(tmp_path):
    """After `make check` has run mypy: two seconds, from its cache. A model of one's own may go without types."""
    flow, own_model = blocks("python")
    (tmp_path / "flow.py").write_text(flow, encoding="utf-8")
    given = "# mypy: allow-untyped-defs\nimport moo_budget as mb\nhistory: mb.History\n"
    (tmp_path / "own_model.py").write_text(given + own_model, encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", str(tmp_path / "flow.py"), str(tmp_path / "own_model.py")]
    done = subprocess.run(mypy, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_problem_file_is_one(tmp_path):
    problem, _limits, views = blocks("toml")
    (tmp_path / "problem.toml").write_text(problem + views, encoding="utf-8")
    spec = read_problem(tmp_path / "problem.toml")
    assert spec.plan.periods == 13
    assert len(read_views(spec.views, spec.history.channels, spec.tags)) == 2


def test_the_limits_are_those_of_a_problem(tmp_path):
    problem, limits, _views = blocks("toml")
    text = problem[: problem.index("[limits]")].replace("[plan]", "[plan]\ncalendar = true") + limits
    (tmp_path / "problem.toml").write_text(text, encoding="utf-8")
    spec = read_problem(tmp_path / "problem.toml")
    assert [len(parse_statement(rule).sides) for rule in spec.limits.rules] == [2] * 5
    assert set(spec.limits.channel) | set(spec.limits.calendar) < set(spec.history.channels)


def test_the_two_commands_stand_on_the_first_screen():
    first_screen = "\n".join(README.splitlines()[:24])
    assert "make demo" in first_screen
    assert "make test" in first_screen


def test_every_link_within_the_page_leads_to_a_heading():
    titles = re.findall(r"^#+ (.+)$", README, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    links = re.findall(r"\]\(#([^)]+)\)", README.replace("\n", " "))
    assert set(links) <= anchors
    assert len(links) > 20


def test_every_table_of_figures_is_found_from_their_list():
    programs = {f"{name}.py" for name in re.findall(r"<!-- (bench_\w+): begin -->", README)}
    listed = README[README.index("## Figures") : README.index("### The main job, measured")]
    assert set(re.findall(r"benchmarks/(bench_\w+\.py)", listed)) == programs


def test_the_commands_of_the_page_are_those_of_the_program():
    from moo_budget.cli import app

    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert set(re.findall(r"^moo-budget (\w+)", README, flags=re.MULTILINE)) <= commands
