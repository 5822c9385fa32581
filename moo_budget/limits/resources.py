"""What else money uses up, such as carbon, hours or stock: rows over the channels' money with a unit of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray, check_known, frozen
from moo_budget.errors import InputError
from moo_budget.spec import ResourceLimit
from moo_budget.spec.source import SourceText, place_of


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource: coefficients @ plan <= high.

    Args:
        name: as in the problem file.
        where: its place, in words: file and line, or the setting.
        coefficients: (n_channels,), of the resource's unit per unit of money.
        high: in the resource's unit.
    """

    name: str
    where: str
    coefficients: FloatArray
    high: float
    low: float = -np.inf

    def __post_init__(self) -> None:
        object.__setattr__(self, "coefficients", frozen(self.coefficients))


def read_resources(
    resources: Mapping[str, ResourceLimit], channels: tuple[str, ...], source: SourceText | None = None
) -> tuple[Resource, ...]:
    """The resources of a problem file as rows, in order.

    Raises:
        InputError: an unknown channel, or a resource that no channel uses up.
    """
    return tuple(_read(name, limit, channels, source) for name, limit in resources.items())


def _read(name: str, limit: ResourceLimit, channels: tuple[str, ...], source: SourceText | None) -> Resource:
    path = ("limits", "resource", name)
    row = np.zeros(len(channels))
    for channel, coefficient in limit.per_money.items():
        check_known("channel", channel, channels, f"limits.resource.{name}.per_money")
        row[channels.index(channel)] = coefficient
    if not row.any():
        raise InputError(
            f"{place_of(source, path)}: no channel uses up `{name}`, so its limit says nothing. Write per_money = "
            f"{{ {channels[0]} = 0.02 }}, in units of `{name}` per unit of money, or take the resource out.",
            code="limits.resource-unused",
        )
    return Resource(name, place_of(source, (*path, "max")), row, limit.max)
