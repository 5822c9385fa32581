"""What the team believes, blended with what the data say."""

from moo_budget.views.application import Viewed, apply_views, taken_in
from moo_budget.views.asked import Asked, asked_by
from moo_budget.views.beliefs import View, read_views
from moo_budget.views.black_litterman import (
    Posterior,
    black_litterman,
    confidence_omega,
    equilibrium_returns,
    excess_values,
    implied_risk_aversion,
    proportional_omega,
)
from moo_budget.views.changes import plan_changes
from moo_budget.views.entropy_pooling import Pooled, entropy_pooling
from moo_budget.views.implied import ImpliedBelief, ImpliedBeliefs, implied_beliefs
from moo_budget.views.record import ViewsRecord

__all__ = [
    "Asked",
    "ImpliedBelief",
    "ImpliedBeliefs",
    "Pooled",
    "Posterior",
    "View",
    "Viewed",
    "ViewsRecord",
    "apply_views",
    "asked_by",
    "black_litterman",
    "confidence_omega",
    "entropy_pooling",
    "equilibrium_returns",
    "excess_values",
    "implied_beliefs",
    "implied_risk_aversion",
    "plan_changes",
    "proportional_omega",
    "read_views",
    "taken_in",
]
