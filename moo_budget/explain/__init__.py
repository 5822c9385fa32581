"""One plan, and why: what it acts as if was wanted, what holds it, what would change it. docs/risk.md section 9."""

from moo_budget.explain.explanation import explain, what_it_takes
from moo_budget.explain.first_test import Experiment, FirstTest, what_to_test
from moo_budget.explain.record import Explanation, NeededView, Stability
from moo_budget.explain.stability import stability
from moo_budget.explain.which_view import which_view

__all__ = [
    "Experiment",
    "Explanation",
    "FirstTest",
    "NeededView",
    "Stability",
    "explain",
    "stability",
    "what_it_takes",
    "what_to_test",
    "which_view",
]
