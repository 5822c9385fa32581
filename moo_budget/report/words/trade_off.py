"""The trade-off between the goals, and risk and return."""

EN: dict[str, str] = {
    "trade_off": "Trade-off between the goals",
    "trade_off_how": (
        "How to read: every grey point is a plan that no other plan beats in all goals. Better is up and to the "
        "right in every panel; along the points, more of one goal costs some of another."
    ),
    "trade_off_one": (
        "There is one goal, {goal}, so there is nothing to trade off: the best plan found is the answer."
    ),
    "trade_off_single": "One plan is best in all goals at once, so there is nothing to trade off.",
    "trade_off_alt": (
        "The plan with the best {lead} ({lead_best}) has {other} of {other_there}; the plan with the best {other} "
        "({other_best}) has {lead} of {lead_there}."
    ),
    "all_plans": "{count} plans of the front",
    "some_plans": "{count} of {all} plans of the front",
    "axis_more": "{goal}, {unit} (more is better →)",
    "axis_less": "{goal}, {unit} (less is better →)",
    "risk_return": "Risk and return",
    "risk_return_how": (
        "How to read: on the left, no plan was found within the limits that is expected to bring more at as little "
        "risk than those on the line; plans off the line give some of that up for other goals. On the right, what "
        "each channel gets along the line. Risk is a standard deviation here, however the goals measure it: what "
        "is not known of the curves, and what the market does."
    ),
    "risk_return_gaps": "Where both are broken, the plan changes in one step: nothing was found between.",
    "risk_not_drawn": "Not drawn: {reason}.",
    "risk_in_words": (
        "{plan}: {mean} of {outcome} expected; in 1 case in 10 it does worse than {low}, and then brings {worst} "
        "on average."
    ),
    "risk_two_parts": (
        "{plan}: {estimation} of the risk, counted as variance, is that the curves are not known well; lift tests "
        "can take it away. The other {market} is what the market does, and no test takes that away."
    ),
    "risk_on_frontier": "{plan} carries a risk of {own}, about the least that was found for what it brings.",
    "risk_off_frontier": (
        "{plan} carries a risk of {own}; a plan that cares about nothing else could be expected to bring as much "
        "at a risk of {least}."
    ),
    "risk_point": "{mean} (risk {risk})",
    "risk_ends": (
        "Within the limits, the least risky plan of all is expected to bring {least}, the plan that gains most "
        "per unit of risk {best}, and the boldest {most}."
    ),
    "risk_ends_bold": (
        "Within the limits, the least risky plan of all is expected to bring {least}; the boldest, {most}, also "
        "gains about the most per unit of risk."
    ),
    "risk_ends_cautious": (
        "Within the limits, the least risky plan of all is expected to bring {least} and also gains about the most "
        "per unit of risk; the boldest is expected to bring {most}."
    ),
    "risk_alt": "Expected {outcome} along the line: from {least} to {most}.",
    "risk_frontier": "efficient frontier",
    "risk_least": "least risk",
    "risk_best_ratio": "most gain per risk",
    "risk_others": "{count} others",
    "risk_axis_mean": "Expected incremental {outcome}, {unit}",
    "risk_axis_risk": "Risk: standard deviation, {unit} (← less is better)",
    "risk_axis_money": "Money, {currency}",
    "risk_table": "Where the risk of {outcome} comes from, {plan} plan; parts add up",
    "risk_estimation": "Curve not known ({unit})",
    "risk_market": "Market ({unit})",
    "risk_total": "Part of the risk ({unit})",
    "risk_share": "Share of the risk",
    "risk_table_how": (
        "A channel's part is what its outcome adds to the standard deviation, together with all others; a negative "
        "part makes the plan safer. Alone, each channel would be at least as risky as its part."
    ),
}
