"""The certificate: how far a front can be from perfect, at most."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import ConfigDict


@dataclass(frozen=True, repr=False)
class Certificate:
    """How far a front can be from perfect, at most; `certificate` in `result.json`.

    Every number is a bound over all feasible plans, found by duality, and holds for the model's curves as they are
    tabulated: whether the model is right is another question. What has no bound is None, and `reasons` says why.

    Args:
        extreme_gap: goal -> in its unit; no feasible plan is better in this goal by more than this than the front's
            best one.
        extreme_share: the same as a share of the goal's range on the front; None where that range is zero.
        solve_gap: the largest difference, over `n_weights` weightings of the goals, between the best plan known and
            the bound; a share: goals are counted in their ranges on the front, weights sum to 1. Plans that were found
            while certifying count as known.
        solve_weights: goal -> weight, where that is reached.
        front_gap: the same with the front's own plans only: what a front of so few plans leaves out is in it.
        coverage_gap: a share; every feasible plan is matched by one of the front's in all goals at once, to within
            this share of each goal's range on the front. It measures how dense the front is.
        coverage: goal -> the same in the goal's unit.
        n_weights: how many weightings were bounded.
        note: all this in words.
        reasons: what is None -> why.
        reason_codes: the same -> the code of that reason; empty in results of earlier versions.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # unknown keys are errors

    extreme_gap: dict[str, float | None]
    extreme_share: dict[str, float | None]
    solve_gap: float | None
    solve_weights: dict[str, float]
    front_gap: float | None
    coverage_gap: float | None
    coverage: dict[str, float | None]
    n_weights: int
    note: str
    reasons: dict[str, str]
    reason_codes: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """What is proved, in a line."""
        shares = [share for share in self.extreme_share.values() if share is not None]
        single = f"single goals to {max(shares):.2g} of their ranges" if shares else "no single goal"
        matched = "no coverage" if self.coverage_gap is None else f"all at once to {self.coverage_gap:.2g}"
        return f"Certificate({single}, {matched}; {self.n_weights} weightings)"

    def _repr_html_(self) -> str:
        from moo_budget.report.notebook import certificate_html

        return certificate_html(self)
