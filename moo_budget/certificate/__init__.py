"""How far a front can be from perfect, proved: bounds over all feasible plans by duality.

`certify` makes a `Certificate` of a front. `bounded` bounds single weightings; where it branches it finds better plans.
"""

from moo_budget.certificate.bounds import Bounded, bounded
from moo_budget.certificate.certify import certify
from moo_budget.certificate.curves import ChannelCurves
from moo_budget.certificate.record import Certificate
from moo_budget.certificate.words import in_short

__all__ = ["Bounded", "Certificate", "ChannelCurves", "bounded", "certify", "in_short"]
