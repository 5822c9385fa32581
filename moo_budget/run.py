"""The whole flow: problem file in, result folder out."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from moo_budget._checks import FloatArray, check_known
from moo_budget._interrupts import finishing
from moo_budget.algorithms import ALGORITHMS
from moo_budget.calendar import schedule
from moo_budget.certificate import Certificate, certify
from moo_budget.decomposition import outcome_at_risk
from moo_budget.efficient_frontier import EfficientFrontier, efficient_frontier
from moo_budget.errors import InputError, Message, listed
from moo_budget.explain import Stability, explain, stability, what_to_test
from moo_budget.folder import check_free, write_folder
from moo_budget.front import Front, Plan
from moo_budget.history import History
from moo_budget.learning import Learned, learn, problem_of
from moo_budget.problem import BudgetProblem
from moo_budget.report import write_report
from moo_budget.responses.settings import Learning
from moo_budget.results import Result, read_result, write_data
from moo_budget.solve import Callback, solve
from moo_budget.spec import Language, ProblemSpec, SearchSpec, parse_part, read_problem
from moo_budget.views import ViewsRecord, plan_changes
from moo_budget.workbook import write_workbook

Stage = Callable[[str], None]

_FRONTIER_POINTS = 30
_MOVED_TABLES, _TRIED = 40_000, (20, 100)  # channels times draws; draws
_PARTS = ("moo-budget", "numpy", "scipy", "pandas", "scikit-learn", "numba", "pymoo", "moocore")


def run(
    problem: str | Path,
    out: str | Path | None = None,
    *,
    force: bool = False,
    seed: int | None = None,
    lang: Language | None = None,
    algorithm: str | None = None,
    n_plans: int | None = None,
    n_evaluations: int | None = None,
    time_limit: float | None = None,
    start_from: str | Path | None = None,
    stage: Stage | None = None,
    callback: Callback | None = None,
    learning: Learning | None = None,
) -> Result:
    """Solve a problem file and write its result folder; what is None is taken from the file's [search].

    Args:
        problem: path of the problem file.
        out: the result folder; default: `result` beside the problem file.
        force: replace an earlier result.
        seed: of everything that is drawn.
        lang: of the report; None: the file's.
        algorithm: a name in ALGORITHMS.
        n_plans: largest size of the front.
        n_evaluations: ceiling on evaluations.
        time_limit: seconds for the search; 0: none.
        start_from: the folder of an earlier result, whose plans are among the first that are tried.
        stage: told in words what begins now.
        callback: told of the search's progress.
        learning: told of the learning's, as `fit` takes it.

    Raises:
        InputError: the data or the problem file are wrong.
        InfeasibleError: the limits cannot be met together.
        FolderError: the folder is in the way.
        StoppedError: interrupted before there was anything to keep.
    """
    say = stage or (lambda text: None)
    spec = read_problem(problem).in_language(lang)
    assert spec.path is not None  # read_problem sets it
    folder = Path(out) if out is not None else spec.path.parent / "result"
    place_said = check_free(folder, force=force)
    search = overridden(
        spec.search,
        seed=drawn(spec.search.seed if seed is None else seed),
        algorithm=algorithm,
        plans=n_plans,
        evaluations=n_evaluations,
        time_limit=time_limit,
    )
    check_known("algorithm", search.algorithm, ALGORITHMS)
    earlier = None if start_from is None else read_result(start_from).front
    say("reading the history and learning how the channels respond")
    learned = learn(spec, seed=search.seed, learning=learning)
    question = problem_of(spec, learned)
    started, renamed = (None, ()) if earlier is None else _begun_with(earlier, question.channels)
    say("searching the front")
    front = solve(
        question,
        search.algorithm,
        n_plans=search.plans,
        n_evaluations=search.evaluations,
        seed=search.seed,
        initial_plans=started,
        time_limit=search.time_limit,
        callback=callback,
    )
    with finishing(patient=front.status == "done"):
        if spec.plan.calendar:
            say("placing the money of every plan in periods")
            front = schedule(front)
        certificate, frontier, said = _bounds(front, say)
        messages = (*place_said, *renamed, *said)
        result = result_of(spec, text_of(spec), learned, front, certificate, frontier, messages)
        try:
            result = explained(result, learned, say)
        finally:  # a defect in there is to be seen, and must not take the plans away
            say("writing the result")
            write_folder(folder, lambda partial: write_files(result, partial), force=force)
        return result


def explained(result: Result, learned: Learned, say: Stage) -> Result:
    """The result with why the picks are what they are; unless somebody waits, how sure they are and what to test."""
    say("saying why")
    problem, front, is_done = result.problem, result.front, result.front.status == "done"
    facts = {}
    for id in dict.fromkeys(result.picks.ids.values()):
        plan = front.plan(id)
        why = explain(problem, plan, front=front, views=learned.views)
        facts[id] = replace(why, stability=_stability(front, plan)) if is_done else why
    balanced = front.plan(result.picks.ids["balanced"])
    first = what_to_test(problem, balanced, front=front, noise=_noise(learned)) if is_done else None
    return replace(result, explanations=facts, first_test=first)


def _stability(front: Front, plan: Plan) -> Stability:
    """How sure a plan is; every draw moves all tables, so of thousands of channels fewer are tried."""
    n_draws = int(np.clip(_MOVED_TABLES // len(plan.spend), *_TRIED))
    return stability(front.problem, plan, front=front, n_draws=n_draws)


def _noise(learned: Learned) -> dict[str, float]:
    return {} if learned.history is None else noise_of_totals(learned.history, learned.fit)


def noise_of_totals(history: History, quality: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Outcome measured in total -> standard deviation of a period, as the model's forecasts of unseen ones miss it.

    `quality` is outcome -> how well it was learned. A normal error's `crps` is its deviation over the root of pi.
    """
    totals = [series for series in history.outcomes if not series.per_channel]
    missed = {series.name: quality[series.name].get("crps") for series in totals}
    return {
        series.name: float(np.sqrt(np.pi) * missed[series.name] * np.abs(series.values).mean())
        for series in totals
        if missed[series.name] is not None
    }


def text_of(spec: ProblemSpec) -> str:
    """The problem file as it was read, word for word: since then it may have been changed."""
    assert spec.source is not None  # read_problem sets it
    return spec.source.text


def _begun_with(earlier: Front, channels: tuple[str, ...]) -> tuple[FloatArray, tuple[Message, ...]]:
    """An earlier front's plans over the channels of this problem, matched by name; what has no match is said.

    Raises:
        InputError: no channel of the earlier result is one of these.
    """
    theirs = earlier.problem.channels
    shared = [name for name in channels if name in theirs]
    if not shared:
        raise InputError(
            f"--start-from: the earlier result plans {listed(theirs)}, and this problem has {listed(channels)}. "
            "No channel is in both; start without it.",
            code="run.start-from",
        )
    plans = np.zeros((len(earlier), len(channels)))
    for name in shared:
        plans[:, channels.index(name)] = earlier.spend[:, theirs.index(name)]
    apart = [name for name in (*theirs, *channels) if name not in shared]
    text = f"the search begins with {len(plans)} plans of an earlier result"
    if apart:
        text += f", matched by {len(shared)} channels; in one of the two problems only: {listed(apart)}"
    return plans, (Message("run.start-from", text),)


def certified(front: Front, n_weights: int = 120) -> tuple[Certificate | None, tuple[Message, ...]]:
    """The front's certificate; what goes wrong with it must not take the front away."""
    try:
        return certify(front.problem, front, n_weights=n_weights, branch=front.status == "done"), ()
    except Exception as error:
        text = f"the front could not be certified ({type(error).__name__}: {error}); its plans are not touched by that"
        return None, (Message("certificate.failed", text),)


def _bounds(front: Front, say: Stage) -> tuple[Certificate | None, EfficientFrontier | None, tuple[Message, ...]]:
    """Certificate and efficient frontier of a front of level plans, and what was said on the way."""
    if front.problem.law is not None:
        return None, None, (without_bounds(),)
    say("proving how good the front is")
    certificate, said = certified(front)
    frontier, also_said = _mean_and_risk(front, say)
    return certificate, frontier, (*said, *also_said)


def without_bounds() -> Message:
    """Why plans per period have no certificate and no efficient frontier."""
    text = (
        "how far from perfect plans per period can be is not known: the bounds and the efficient frontier are of plans "
        "that are spent level. Solve without `calendar` for these"
    )
    return Message("calendar.no-certificate", text)


def _mean_and_risk(front: Front, say: Stage) -> tuple[EfficientFrontier | None, tuple[Message, ...]]:
    """The efficient frontier of the outcome at risk, unless somebody is waiting; it must not take the front away."""
    if front.status != "done":
        return None, ()
    say("drawing risk against return")
    try:
        outcome = outcome_at_risk(front.problem)
        frontier = efficient_frontier(front.problem, outcome, _FRONTIER_POINTS, front=front, seed=front.seed)
        return frontier, _without_goal_rules(front.problem)
    except Exception as error:
        text = f"there is no efficient frontier ({type(error).__name__}: {error}); the plans are not touched by that"
        return None, (Message("frontier.failed", text),)


def _without_goal_rules(problem: BudgetProblem) -> tuple[Message, ...]:
    if not problem.goal_rules:
        return ()
    rules = listed([f"`{rule.text}`" for rule in problem.goal_rules])
    text = f"the efficient frontier leaves out the rules on goals ({rules}): it shows plans that break them too"
    return (Message("frontier.goal-rules", text),)


def result_of(
    spec: ProblemSpec,
    problem_text: str,
    learned: Learned,
    front: Front,
    certificate: Certificate | None,
    frontier: EfficientFrontier | None,
    said: tuple[Message, ...] = (),
) -> Result:
    """Everything that a result folder holds; `said`: messages beside those of what it is made of."""
    result = Result(
        spec=spec,
        problem_text=problem_text,
        front=front,
        period=learned.history.period if learned.history else "none",
        history=_source(learned.history),
        today_text=_today_text(spec, learned),
        fit=learned.fit,
        messages=(),
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        versions={"python": platform.python_version()} | {part: version(part) for part in _PARTS},
        certificate=certificate,
        efficient_frontier=frontier,
    )
    messages = _distinct(learned.messages, front.problem.messages, front.messages, said, result.picks.messages)
    return replace(result, messages=messages, views=_views_on_plans(learned, result))


def _views_on_plans(learned: Learned, result: Result) -> ViewsRecord | None:
    """The record of the views with what they change in the yardsticks and the picks."""
    if learned.views is None:
        return None
    plans = {plan.id: np.array(list(plan.spend.values())) for plan in result.compared}
    changes = plan_changes(learned.views.outcome, learned.without_views, learned.tables, plans, result.problem.periods)
    return replace(learned.views, plans=changes)


def write_files(result: Result, folder: Path) -> None:
    """Every file of a result folder."""
    write_data(result, folder)
    write_workbook(result, folder / "plans.xlsx")
    write_report(result, folder / "report.html")


def overridden(search: SearchSpec, **given: str | float | None) -> SearchSpec:
    """The file's [search] with what the caller gave instead, checked like the file."""
    settings = vars(search) | {name: value for name, value in given.items() if value is not None}
    return parse_part(SearchSpec, settings, "search")


def drawn(seed: int | None) -> int:
    """A seed that nobody gave is drawn here, so that learning and search share one and the result records it."""
    return int(np.random.default_rng().integers(2**31)) if seed is None else seed


def _source(history: History | None) -> dict[str, Any] | None:
    return None if history is None else dict(vars(history.source))


def _today_text(spec: ProblemSpec, learned: Learned) -> str:
    if learned.history is not None:
        return learned.history.today_text(spec.plan)
    return "as stated in [plan] today" if learned.today is not None else ""


def _distinct(*parts: tuple[Message, ...]) -> tuple[Message, ...]:
    """All messages in order, each once."""
    return tuple(dict.fromkeys(message for part in parts for message in part))
