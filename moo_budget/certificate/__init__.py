"""How far a front can be from perfect, proved: bounds over all feasible plans by duality."""

from moo_budget.certificate.certify import certify
from moo_budget.certificate.record import Certificate
from moo_budget.certificate.words import MIXES_WITH, TINY, is_relaxed, left_out

__all__ = ["MIXES_WITH", "TINY", "Certificate", "certify", "is_relaxed", "left_out"]
