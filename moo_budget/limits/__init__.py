"""What is allowed: limits of the problem file as bounds, on/off channels, a range of totals, a largest share, rules.

Two halves that share no code: `feasible_set` makes what projection needs, `LimitCheck` checks a finished plan.
"""

from moo_budget.limits.broken import LimitCheck
from moo_budget.limits.feasible import FeasibleSet, feasible_set
from moo_budget.limits.money import Money, known_money
from moo_budget.limits.rules import Rule, Words, read_rules

__all__ = ["FeasibleSet", "LimitCheck", "Money", "Rule", "Words", "feasible_set", "known_money", "read_rules"]
