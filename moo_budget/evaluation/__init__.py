"""A plan that anybody made: read from a file, measured, checked, and compared with the front."""

from moo_budget.evaluation.better import TOLERANCE, better_on_front, better_plan
from moo_budget.evaluation.document import evaluation_document
from moo_budget.evaluation.evaluate import Difference, Evaluation, evaluate, money_between, placing_told
from moo_budget.evaluation.within import nearest_within

__all__ = [
    "TOLERANCE",
    "Difference",
    "Evaluation",
    "better_on_front",
    "better_plan",
    "evaluate",
    "evaluation_document",
    "money_between",
    "nearest_within",
    "placing_told",
]
