"""Channel by channel, and the response curves."""

EN: dict[str, str] = {
    "channels": "Channel by channel",
    "channels_how": (
        "Effect, ROI and marginal ROI are those on {outcome}. Marginal ROI is what the next {currency} brings: "
        "where it is below that of another channel, money earns more there, as far as limits and the other goals "
        "allow."
    ),
    "channels_of": "{plan} plan",
    "channel": "Channel",
    "total": "Total",
    "column_money": "Money ({currency})",
    "column_reference": "Reference ({currency})",
    "column_change": "Change ({currency})",
    "column_change_share": "Change",
    "column_share_spend": "Share of spend",
    "column_share_effect": "Share of effect",
    "column_roi": "ROI ({unit})",
    "column_marginal": "Marginal ROI ({unit})",
    "beyond_note": "▲ more per {period} than was ever spent: the curve there is an extrapolation.",
    "curves": "Response curves",
    "curves_of": "{outcome} from each channel",
    "curves_how": (
        "How to read: incremental {outcome} per {period} at each level of spend per {period}. The band holds 9 in "
        "10 estimates of the curve; where it flattens, the channel is saturated. Hatched: more than was ever "
        "spent, so nothing was observed there. Each panel has its own scale."
    ),
    "curves_without": "No channel was found to move {outcome}.",
    "per_period": "{unit} per {period}",
    "expected": "expected",
    "band": "9 in 10 estimates",
    "beyond": "beyond past spend",
    "never_bought": "Never bought, capped at 0: {channels}.",
    "not_measured": "Not measured: {channels}.",
    "no_effect": "No effect: {channels}.",
    "curve_alt": "{channel}, {plan}: {spend} per {period}; the next {currency} brings {marginal} {unit}.",
}
