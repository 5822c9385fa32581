"""Learning how channels respond: histories in, curves with draws out."""

from moo_budget.responses.carry_over import CARRY_OVERS, CarryOver
from moo_budget.responses.curves import CURVES, Curve, CurveDraws, NoEffect
from moo_budget.responses.estimated import PerChannel
from moo_budget.responses.experiments import LiftTest, read_experiments
from moo_budget.responses.models import MODELS, fit
from moo_budget.responses.records import OutcomeResponse, ResponseCurve, Responses

__all__ = [
    "CARRY_OVERS",
    "CURVES",
    "MODELS",
    "CarryOver",
    "Curve",
    "CurveDraws",
    "LiftTest",
    "NoEffect",
    "OutcomeResponse",
    "PerChannel",
    "ResponseCurve",
    "Responses",
    "fit",
    "read_experiments",
]
