"""A plan that anybody made: read from a file, measured, checked, and compared with the front."""

from moo_budget.evaluation.better import TOLERANCE, better_on_front, better_plan
from moo_budget.evaluation.evaluate import Difference, Evaluation, evaluate

__all__ = ["TOLERANCE", "Difference", "Evaluation", "better_on_front", "better_plan", "evaluate"]
