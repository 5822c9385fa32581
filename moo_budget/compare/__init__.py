"""Two results side by side: what changed in the question, and which answer is better on what they have in common."""

from moo_budget.compare.compare import compare
from moo_budget.compare.document import document
from moo_budget.compare.ground import Ground
from moo_budget.compare.question import Change
from moo_budget.compare.record import ComparedGoal, ComparedPick, Comparison, GoalRange, Volumes

__all__ = [
    "Change",
    "ComparedGoal",
    "ComparedPick",
    "Comparison",
    "GoalRange",
    "Ground",
    "Volumes",
    "compare",
    "document",
]
