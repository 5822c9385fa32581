"""Pareto fronts of marketing budgets.

The flow, each arrow one function and each noun one frozen record::

    read_problem -> ProblemSpec    read_history -> History    fit -> Responses    tabulate -> ResponseTables
    BudgetProblem -> solve -> Front -> choose -> Plan, certify -> Certificate      run: all of it, into a result folder

Names are loaded when they are first used: importing the package loads no learning or plotting library and compiles
nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False  # as `typing` has it, which takes longer to load than the program to listen for Ctrl-C
if TYPE_CHECKING:
    from typing import Any

    from moo_budget.best import BestPlan, best
    from moo_budget.calendar import schedule
    from moo_budget.certificate import Certificate, certify
    from moo_budget.choose import ChosenPlan, Group, groups
    from moo_budget.compare import Comparison, compare
    from moo_budget.decomposition import RiskDecomposition, decompose_risk
    from moo_budget.efficient_frontier import EfficientFrontier, efficient_frontier
    from moo_budget.errors import (
        FolderError,
        InfeasibleError,
        InputError,
        Message,
        ModelError,
        MooBudgetError,
        NotAvailableError,
        StoppedError,
    )
    from moo_budget.evaluation import Difference, Evaluation, evaluate
    from moo_budget.explain import (
        Explanation,
        FirstTest,
        NeededView,
        Stability,
        explain,
        stability,
        what_it_takes,
        what_to_test,
        which_view,
    )
    from moo_budget.front import Front, GoalValue, MeasuredPlan, Plan
    from moo_budget.history import History, read_history
    from moo_budget.moves import Move, Moves, SmallChange, best_moves, best_within_change, part_way
    from moo_budget.plan_files import ReadPlans, read_plans
    from moo_budget.problem import BudgetProblem
    from moo_budget.reach import reach
    from moo_budget.reoptimise import reoptimise, restate
    from moo_budget.report import write_report
    from moo_budget.responses import LiftTest, Responses, fit, read_experiments
    from moo_budget.results import Result, read_result
    from moo_budget.risk import Factors
    from moo_budget.run import run
    from moo_budget.solve import solve
    from moo_budget.spec import ProblemSpec, read_problem
    from moo_budget.sweep import BudgetSweep, sweep
    from moo_budget.sweep_run import run_sweep
    from moo_budget.tables import ResponseTables, from_curves, from_functions, tabulate
    from moo_budget.views import (
        ImpliedBeliefs,
        apply_views,
        black_litterman,
        entropy_pooling,
        equilibrium_returns,
        implied_beliefs,
    )

__version__ = "0.1.0"

_HOME = {
    "BestPlan": "best",
    "BudgetProblem": "problem",
    "BudgetSweep": "sweep",
    "Certificate": "certificate",
    "ChosenPlan": "choose",
    "Comparison": "compare",
    "Difference": "evaluation",
    "EfficientFrontier": "efficient_frontier",
    "Evaluation": "evaluation",
    "Explanation": "explain",
    "Factors": "risk",
    "FirstTest": "explain",
    "NeededView": "explain",
    "FolderError": "errors",
    "Front": "front",
    "GoalValue": "front",
    "Group": "choose",
    "History": "history",
    "ImpliedBeliefs": "views",
    "InfeasibleError": "errors",
    "InputError": "errors",
    "LiftTest": "responses",
    "MeasuredPlan": "front",
    "Message": "errors",
    "ModelError": "errors",
    "MooBudgetError": "errors",
    "Move": "moves",
    "Moves": "moves",
    "NotAvailableError": "errors",
    "Plan": "front",
    "ProblemSpec": "spec",
    "ReadPlans": "plan_files",
    "ResponseTables": "tables",
    "Responses": "responses",
    "Result": "results",
    "RiskDecomposition": "decomposition",
    "SmallChange": "moves",
    "Stability": "explain",
    "StoppedError": "errors",
    "apply_views": "views",
    "best": "best",
    "best_moves": "moves",
    "best_within_change": "moves",
    "black_litterman": "views",
    "certify": "certificate",
    "compare": "compare",
    "decompose_risk": "decomposition",
    "efficient_frontier": "efficient_frontier",
    "entropy_pooling": "views",
    "equilibrium_returns": "views",
    "evaluate": "evaluation",
    "explain": "explain",
    "fit": "responses",
    "from_curves": "tables",
    "from_functions": "tables",
    "groups": "choose",
    "implied_beliefs": "views",
    "part_way": "moves",
    "reach": "reach",
    "read_experiments": "responses",
    "read_history": "history",
    "read_plans": "plan_files",
    "read_problem": "spec",
    "read_result": "results",
    "reoptimise": "reoptimise",
    "restate": "reoptimise",
    "run": "run",
    "run_sweep": "sweep_run",
    "schedule": "calendar",
    "solve": "solve",
    "stability": "explain",
    "sweep": "sweep",
    "tabulate": "tables",
    "what_it_takes": "explain",
    "what_to_test": "explain",
    "which_view": "explain",
    "write_report": "report",
}

__all__ = [
    "BestPlan",
    "BudgetProblem",
    "BudgetSweep",
    "Certificate",
    "ChosenPlan",
    "Comparison",
    "Difference",
    "EfficientFrontier",
    "Evaluation",
    "Explanation",
    "Factors",
    "FirstTest",
    "FolderError",
    "Front",
    "GoalValue",
    "Group",
    "History",
    "ImpliedBeliefs",
    "InfeasibleError",
    "InputError",
    "LiftTest",
    "MeasuredPlan",
    "Message",
    "ModelError",
    "MooBudgetError",
    "Move",
    "Moves",
    "NeededView",
    "NotAvailableError",
    "Plan",
    "ProblemSpec",
    "ReadPlans",
    "ResponseTables",
    "Responses",
    "Result",
    "RiskDecomposition",
    "SmallChange",
    "Stability",
    "StoppedError",
    "apply_views",
    "best",
    "best_moves",
    "best_within_change",
    "black_litterman",
    "certify",
    "compare",
    "decompose_risk",
    "efficient_frontier",
    "entropy_pooling",
    "equilibrium_returns",
    "evaluate",
    "explain",
    "fit",
    "from_curves",
    "from_functions",
    "groups",
    "implied_beliefs",
    "part_way",
    "reach",
    "read_experiments",
    "read_history",
    "read_plans",
    "read_problem",
    "read_result",
    "reoptimise",
    "restate",
    "run",
    "run_sweep",
    "schedule",
    "solve",
    "stability",
    "sweep",
    "tabulate",
    "what_it_takes",
    "what_to_test",
    "which_view",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'moo_budget' has no attribute {name!r}")
    value = getattr(import_module(f"moo_budget.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


class _Package(ModuleType):
    """A package on which a verb stays a verb: importing `moo_budget.solve` does not put the module in its place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and _HOME.get(name) == name:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
