"""A problem file and several budgets in, a sweep's folder out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from moo_budget._interrupts import finishing
from moo_budget.errors import InputError, Message
from moo_budget.folder import SWEEP, check_free, write_folder
from moo_budget.history import read_history
from moo_budget.learning import Learned, first_that_holds, learn, problem_of, with_budget
from moo_budget.report import write_sweep_report
from moo_budget.responses.settings import Learning
from moo_budget.results import Result
from moo_budget.run import Stage, certified, drawn, overridden, result_of, text_of, write_files
from moo_budget.spec import Language, ProblemSpec, budget_range, read_problem, require_available
from moo_budget.sweep import BudgetSweep, SweepPoint, Swept, check_goals, sweep, sweep_budgets
from moo_budget.sweep_results import SweepResult, folder_name, write_sweep_data

_WEIGHTS = 40  # of each front's certificate: a third of what one front alone gets
_HEADER = re.compile(r"\s*\[")
_PLAN = re.compile(r"\s*\[\s*plan\s*\]")
_BUDGET = re.compile(r"(\s*budget\s*=\s*)[^#]*?(\s*(?:#.*)?)$")


def run_sweep(
    problem: str | Path,
    out: str | Path | None = None,
    *,
    start: float | None = None,
    stop: float | None = None,
    points: int = 11,
    force: bool = False,
    seed: int | None = None,
    lang: Language | None = None,
    stage: Stage | None = None,
    learning: Learning | None = None,
) -> SweepResult:
    """Solve a problem file for several total budgets and write the sweep's folder.

    Args:
        problem: path of the problem file; its own budget gives `start` and `stop` where they are left out.
        out: the sweep's folder; default: `sweep` beside the problem file.
        start: the smallest budget, currency for the whole plan; None: half of the file's.
        stop: the largest one; None: one and a half times the file's.
        points: how many, evenly spaced.
        force: replace an earlier sweep.
        seed: of everything that is drawn.
        lang: of the report; None: the file's.
        stage: told in words what begins now.
        learning: told of the learning's progress, as `fit` takes it.

    Raises:
        InputError: the data, the problem file or the budgets are wrong.
        InfeasibleError: none of the budgets can be placed.
        FolderError: the folder is in the way.
        StoppedError: interrupted before there was anything to keep.
    """
    say = stage or (lambda text: None)
    spec = read_problem(problem).in_language(lang)
    require_available(spec)
    check_goals({name: goal for name, goal in (spec.goals or {}).items() if goal.goal})
    assert spec.path is not None  # read_problem sets it
    folder = Path(out) if out is not None else spec.path.parent / "sweep"
    place_said = check_free(folder, force=force, holds=SWEEP)
    search = overridden(spec.search, seed=drawn(spec.search.seed if seed is None else seed))
    budgets = _budgets(spec, start, stop, points)
    texts = {budget: text_with_budget(text_of(spec), budget) for budget in budgets}
    say("reading the history and learning how the channels respond")
    learned = learn(spec, seed=search.seed, budgets=budgets, learning=learning)
    question = first_that_holds([with_budget(spec, one) for one in budgets], lambda one: problem_of(one, learned))
    swept = sweep(
        question,
        budgets,
        n_plans=min(search.plans, 100),
        n_evaluations=search.evaluations,
        seed=search.seed,
        time_limit=search.time_limit,
        callback=lambda swept: say(_progress(swept)),
    )
    with finishing(patient=swept.status == "done"):
        say(f"proving how good the {len(swept.solved)} fronts are")
        results = tuple(_result(spec, texts[point.budget], learned, point) for point in swept.solved)
        say("writing the sweep")
        result = _swept(spec, learned, swept, results, place_said)
        write_folder(folder, lambda partial: _write(result, partial), force=force, holds=SWEEP)
        return result


def _progress(swept: Swept) -> str:
    return f"budget {swept.n_done + 1} of {swept.n_points}: {swept.budget:,.12g}"


def _budgets(spec: ProblemSpec, start: float | None, stop: float | None, points: int) -> list[float]:
    around = 0.0 if start is not None and stop is not None else _stated_budget(spec)
    return sweep_budgets(around, spec.plan.money_step, start=start, stop=stop, points=points)


def _stated_budget(spec: ProblemSpec) -> float:
    """The file's budget, or today's total, currency for the whole plan."""
    if spec.history is not None:
        return budget_range(spec.plan.budget, read_history(spec).today(spec.plan), spec.plan.money_step).max
    today = spec.plan.today
    return budget_range(spec.plan.budget, None if isinstance(today, str) else today, spec.plan.money_step).max


def text_with_budget(text: str, budget: float) -> str:
    """A problem file with another total, everything else word for word.

    Raises:
        InputError: [plan] or its budget stand there in a way that cannot be changed line by line.
    """
    lines = text.split("\n")
    headers = [row for row, line in enumerate(lines) if _HEADER.match(line)]
    begin = next((row for row in headers if _PLAN.match(lines[row])), None)
    value = repr(budget)
    if begin is None:
        lines += ["[plan]", f"budget = {value}", ""]
    else:
        end = next((row for row in headers if row > begin), len(lines))
        row = next((row for row in range(begin + 1, end) if _BUDGET.match(lines[row])), None)
        if row is None:
            lines.insert(begin + 1, f"budget = {value}")
        else:
            lines[row] = _BUDGET.sub(lambda found: found[1] + value + found[2], lines[row])
    changed = "\n".join(lines)
    if _parsed(changed) != _with_total(_parsed(text), budget):
        raise InputError(
            "a sweep writes its budgets into copies of the problem file, and cannot find where. Write the total as "
            "`budget = ...` on a line of its own below `[plan]`.",
            code="sweep.budget-line",
        )
    return changed


def _parsed(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _with_total(document: dict[str, object] | None, budget: float) -> dict[str, object]:
    plan = (document or {}).get("plan", {})
    assert isinstance(plan, dict)  # the file was read before
    return (document or {}) | {"plan": plan | {"budget": budget}}


def _result(spec: ProblemSpec, text: str, learned: Learned, point: SweepPoint) -> Result:
    assert point.front is not None  # it is a solved one
    certificate, said = certified(point.front, _WEIGHTS)
    return result_of(with_budget(spec, point.budget), text, learned, point.front, certificate, None, said)


def _swept(
    spec: ProblemSpec, learned: Learned, swept: BudgetSweep, results: tuple[Result, ...], said: tuple[Message, ...]
) -> SweepResult:
    first = results[0]  # there is one: a sweep without any is an error
    messages = (*said, *learned.messages, *_spent_evenly(spec))
    return SweepResult(spec, swept, results, first.period, messages, first.created, first.versions)


def _spent_evenly(spec: ProblemSpec) -> tuple[Message, ...]:
    if not spec.plan.calendar:
        return ()
    text = (
        "the money of every budget is spent evenly over the periods, with what the past puts in and the season "
        "counted; solve places the money of one budget in periods, within the limits of each"
    )
    return (Message("sweep.spent-evenly", text),)


def _write(result: SweepResult, folder: Path) -> None:
    write_sweep_data(result, folder)
    for point, one in zip(result.sweep.solved, result.results, strict=True):
        own = folder / folder_name(point.budget)
        own.mkdir()
        write_files(one, own)
    write_sweep_report(result, folder / "report.html")
