"""A planner's program that uses every public name: mypy reads it in `make check`, nobody runs it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import moo_budget as mb


def learned(path: Path) -> tuple[mb.ProblemSpec, mb.History, mb.ResponseTables]:
    """From files to tables."""
    spec: mb.ProblemSpec = mb.read_problem(path)
    history: mb.History = mb.read_history(spec)
    tests: tuple[mb.LiftTest, ...] = mb.read_experiments("tests.csv", history)
    responses: mb.Responses = mb.fit(history, spec.fit, risk=spec.risk, seed=1, experiments=tests)
    tables = mb.tabulate(responses, max_spend=spec.max_spend(history), plan_starts=history.period_starts(spec.plan))
    today = history.today(spec.plan)
    believed: mb.ImpliedBeliefs = mb.implied_beliefs(tables, "revenue", today=today, periods=spec.plan.periods)
    print(believed)
    blended = mb.apply_views(
        tables, spec.views, today=today, periods=spec.plan.periods, goals=spec.goals, tags=spec.tags
    )
    return spec, history, blended


def own() -> mb.ResponseTables:
    """Curves of one's own."""
    factors = mb.Factors(np.full((2, 1), 0.1), np.full(2, 0.2))
    curves = {"revenue": {"tv": lambda x: 9.0 * x, "search": lambda x: 5.0 * x}}
    tables: mb.ResponseTables = mb.from_functions(curves, {"tv": 9.0, "search": 9.0}, factors)
    return mb.from_curves(pd.read_csv("curves.csv")) if len(tables.channels) == 3 else tables


def decided(problem: mb.BudgetProblem) -> mb.Front:
    """From a problem to a plan, and why."""
    front: mb.Front = mb.schedule(mb.solve(problem, n_plans=50, seed=1))
    plan: mb.ChosenPlan = front.choose("balanced", aspiration=None)
    money: dict[str, float] = dict(plan.spend)
    value: mb.GoalValue = plan.goals["roi"]
    shown: mb.MeasuredPlan = front.plans[0]
    before: mb.Plan | None = front.today
    alike: tuple[mb.Group, ...] = mb.groups(front, n_groups=6)
    reached = mb.reach(problem, {"awareness": 9e6}, keep={"risk": 4e4}, front=front)
    bound: mb.Certificate = mb.certify(problem, front)
    risk: mb.RiskDecomposition = mb.decompose_risk(problem, plan.spend)
    frontier: mb.EfficientFrontier = mb.efficient_frontier(problem, "revenue", n_points=50)
    facts: mb.Explanation = mb.explain(problem, plan, front=front)
    sure: mb.Stability = mb.stability(problem, plan, front=front)
    needs = mb.what_it_takes(problem, plan, "tv", 9e4, front=front)
    view: mb.NeededView = mb.which_view(problem, plan, "tv", 9e4, front=front, confidence=0.6)
    test: mb.FirstTest = mb.what_to_test(problem, plan, front=front, noise={"revenue": 900.0})
    judged: mb.Evaluation = mb.evaluate(problem, money, front=front)
    two: dict[str, mb.Difference] = dict(judged.differences or {})
    alone: mb.BestPlan = mb.best(problem, "roi", method="auto")
    moves: mb.Moves = mb.best_moves(problem, plan.spend)
    first: mb.Move = moves.moves[0]
    near: mb.SmallChange = mb.part_way(problem, plan.spend, 0.5)
    near = mb.best_within_change(problem, "roi", 0.1)
    swept: mb.BudgetSweep = mb.sweep(problem, start=2e5, stop=4e5, points=11)
    mine: mb.ReadPlans = mb.read_plans("mine.csv", problem)
    print(shown, before)
    print(value, alike, reached, bound, risk, frontier, facts, sure, needs, view, test, two, alone, first, near)
    print(swept, mine)
    return front


def in_folders(path: Path) -> mb.Result:
    """Whole runs."""
    result: mb.Result = mb.run(path, out="result", force=True)
    compared: mb.Comparison = mb.compare(result, mb.read_result("result"))
    mb.write_report(mb.reoptimise(mb.restate(result, {"limits": {"tv": {"lock": True}}})), path.with_suffix(".html"))
    print(compared, mb.run_sweep(path, out="sweep", points=5))
    return result


def classical() -> None:
    """Formulas alone."""
    covariance = np.eye(2)
    prior = mb.equilibrium_returns(covariance, np.array([0.5, 0.5]), 2.5)
    print(mb.black_litterman(prior, covariance, [[1.0, -1.0]], [0.1], tau=0.05, confidence=[0.6]))
    print(mb.entropy_pooling(np.ones((1, 9)), [">="], [0.5]))


def told(path: Path) -> str:
    """What an error says, by who must act."""
    try:
        problem = mb.BudgetProblem(own(), budget=10.0, periods=1)
        decided(problem)
    except mb.InfeasibleError as error:
        return error.text
    except (mb.InputError, mb.ModelError, mb.NotAvailableError, mb.FolderError, mb.StoppedError) as error:
        return error.code
    except mb.MooBudgetError as error:
        message = mb.Message(error.code, error.text)
        return message.text
    return str(path)
