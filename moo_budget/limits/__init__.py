"""What is allowed: limits of the problem file as bounds, choices of channels and blocks, a range of totals, a largest
share, rules.

Two halves that share no code: `feasible_set` makes what projection needs, `LimitCheck` checks a finished plan.
"""

from moo_budget.limits.broken import LimitCheck
from moo_budget.limits.calendar import PeriodLimits, period_limits
from moo_budget.limits.calendar_check import CalendarCheck
from moo_budget.limits.counting import CountRule
from moo_budget.limits.feasible import FeasibleSet, feasible_set
from moo_budget.limits.goal_rules import GoalRule, goal_rule, read_goal_rules
from moo_budget.limits.money import Money, known_money
from moo_budget.limits.named import named_limits
from moo_budget.limits.nearest import nearest_kept
from moo_budget.limits.rules import Rule, Words, read_rules

__all__ = [
    "CalendarCheck",
    "CountRule",
    "FeasibleSet",
    "GoalRule",
    "LimitCheck",
    "Money",
    "PeriodLimits",
    "Rule",
    "Words",
    "feasible_set",
    "goal_rule",
    "known_money",
    "named_limits",
    "nearest_kept",
    "period_limits",
    "read_goal_rules",
    "read_rules",
]
