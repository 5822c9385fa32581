"""The page of a sweep."""

EN: dict[str, str] = {
    "sweep_title": "How much money?",
    "sweep_budgets": "Budgets solved",
    "sweep_stopped": "The sweep was stopped early; the budgets that were solved by then are shown.",
    "sweep_range": (
        "The plan that brings most {outcome} is expected to bring {less} with a budget of {low}, and {more} with "
        "{high}."
    ),
    "sweep_margin": "A unit of {outcome} ({unit}) is taken to earn {margin}.",
    "sweep_beyond": (
        "Some of these plans spend more per period than was ever spent on: {channels}. There the curve is a guess "
        "of the model."
    ),
    "sweep_proved": "No plan of any of these totals brings more than {share} more {outcome} than the curve shows.",
    "sweep_left_out": "{budget} is left out: {reason}",
    "sweep_bands": (
        "Estimate: 9 in 10 of what the expected outcome may be, by what the data leave open. May come: 8 in 10 "
        "cases, the market's noise included."
    ),
    "sweep_curve": "What more money brings",
    "sweep_curve_how": (
        "Every point is the plan of that total that is expected to bring most, within all limits; limits that are "
        "shares follow the total. Below: what the next unit of money brings there, with 9 in 10 of what it may be."
    ),
    "sweep_table": "The plan that brings most, budget by budget; each leads to its own report",
    "sweep_budget": "Budget ({currency})",
    "sweep_range_80": "8 in 10 cases",
    "sweep_marginal": "More {outcome} per further {currency}",
    "sweep_range_90": "9 in 10 estimates",
    "sweep_profit": "Left after the spend ({currency})",
    "sweep_band_may_come": "may come (8 in 10)",
    "sweep_band_estimate": "estimate (9 in 10)",
    "sweep_best": "best plan",
    "sweep_break_even": "break-even",
    "sweep_earns_itself": "earns itself back",
    "sweep_axis_marginal": "{outcome} per further {currency}",
    "sweep_split": "Where the money goes",
    "sweep_money": "Money ({currency})",
    "sweep_others": "{count} others",
    "sweep_split_alt": "Shares of the money from the smallest to the largest budget: {said}.",
    "sweep_picks": "Safest, balanced and boldest plan of every budget",
    "sweep_picks_how": "Each budget has its own front and its own three picks; its report says more.",
    "sweep_pick": "Plan",
    "sweep_messages": "What to know about the data",
}
