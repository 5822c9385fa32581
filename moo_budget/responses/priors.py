"""What the problem file believes of a channel, in the field's terms -> parameters of its term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from moo_budget._checks import check_known
from moo_budget.errors import InputError
from moo_budget.responses.carry_over import CarryOver
from moo_budget.responses.channel_term import EFFECT, ChannelTerm
from moo_budget.responses.curves import Curve
from moo_budget.responses.parameters import Parameter
from moo_budget.spec import PriorSpec


def with_prior(term: ChannelTerm, prior: PriorSpec, outcome_unit: float) -> ChannelTerm:
    """The term with what is stated of it; the return is the one at typical spend.

    `outcome_unit` is the outcome per unit of the regression; zero: the channel has no outcome, hence no return.
    """
    roi = prior.roi if outcome_unit > 0.0 else None
    stated = {EFFECT.name: roi, "half_saturation": prior.half_saturation, "decay": prior.decay}
    units = term.units(outcome_unit)
    beliefs = {
        parameter.name: parameter.believed(*(end / units[parameter.name] for end in ends))
        for parameter in term.parameters
        if (ends := stated.get(parameter.name))
    }
    return replace(term, beliefs=beliefs)


def check_priors(
    priors: Mapping[str, PriorSpec], curves: Sequence[Curve], carry_overs: Mapping[str, CarryOver]
) -> None:
    """Whether each prior speaks of something that the channel's curve or carry-over has.

    Raises:
        InputError: an unknown channel, a parameter that is not there, or a decay beyond the carry-over's own.
    """
    for channel, prior in priors.items():
        check_known("channel", channel, tuple(carry_overs), "[fit] priors")
        where = f"[fit.priors.{channel}]"
        if prior.half_saturation is not None and not any(_named("half_saturation", c.parameters) for c in curves):
            raise _without(f"{where} half_saturation", f"the curve `{curves[0].name}`")
        if prior.decay is not None:
            decay = _named("decay", carry_overs[channel].parameters)
            if decay is None:
                raise _without(f"{where} decay", f"the carry-over `{carry_overs[channel].name}`")
            if prior.decay[1] >= decay.scale.high:
                raise InputError(
                    f"{where} decay goes up to {prior.decay[1]:g}; a unit of spend is followed for a few periods only, "
                    f"so it must stay below {decay.scale.high:g}",
                    code="fit.prior",
                )


def _named(name: str, parameters: tuple[Parameter, ...]) -> Parameter | None:
    return next((parameter for parameter in parameters if parameter.name == name), None)


def _without(setting: str, what: str) -> InputError:
    return InputError(f"{setting} is stated, but {what} has none. Take it out.", code="fit.prior")
