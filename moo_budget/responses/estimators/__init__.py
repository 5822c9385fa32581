"""Regressors of one channel's response in scikit-learn's form; loading this package loads scikit-learn."""

from moo_budget.responses.estimators.base import ResponseEstimator
from moo_budget.responses.estimators.decision_tree import DecisionTree
from moo_budget.responses.estimators.gaussian_process import GaussianProcess
from moo_budget.responses.estimators.gradient_boosting import GradientBoosting
from moo_budget.responses.estimators.grid import GridCurve
from moo_budget.responses.estimators.linear import Linear
from moo_budget.responses.estimators.logistic import Logistic
from moo_budget.responses.estimators.parametric_curve import ParametricCurve

ESTIMATORS: dict[str, type[ResponseEstimator]] = {
    "parametric": ParametricCurve,
    "gaussian_process": GaussianProcess,
    "gradient_boosting": GradientBoosting,
    "decision_tree": DecisionTree,
    "linear": Linear,
    "logistic": Logistic,
}

__all__ = [
    "ESTIMATORS",
    "DecisionTree",
    "GaussianProcess",
    "GradientBoosting",
    "GridCurve",
    "Linear",
    "Logistic",
    "ParametricCurve",
    "ResponseEstimator",
]
