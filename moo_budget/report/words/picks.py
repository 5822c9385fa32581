"""The picks side by side, when their money is spent, and what they move."""

EN: dict[str, str] = {
    "explore": "Explore the plans",
    "picks": "Plans to choose from",
    "picks_limits": "All of them keep every limit.",
    "safest_risk": "Safest has the least risk.",
    "safest_risk_reference": "Safest has the least risk among plans that bring the {outcome} of the reference.",
    "safest_moves": "Safest moves the least money.",
    "safest_moves_reference": "Safest moves the least money among plans that bring the {outcome} of the reference.",
    "balanced_rule": "Balanced has the smallest worst regret over the goals.",
    "boldest_outcome": "Boldest is expected to bring the most {outcome}.",
    "boldest_goal": "Boldest has the best {goal}.",
    "picks_one_plan": "Names that share a card are the same plan.",
    "picks_table": "Plans side by side; money and outcomes for the whole plan",
    "measure": "Measure",
    "row_budget": "Budget",
    "row_against": "{outcome} against the reference",
    "row_moved": "Shifted between channels",
    "row_biggest": "Biggest move",
    "row_touched": "Channels that get money",
    "row_beyond": "Channels beyond past spend",
    "row_breaks": "Limits it breaks",
    "measured_only": "measured, not sought",
    "less_is_better": "less is better",
    "change_unclear": "unclear",
    "change_same": "about the same",
    "nothing": "none",
    "not_known": "not known",
    "beyond_table": "beyond the curves",
    "calendar": "When the money is spent",
    "calendar_of": "Calendar of plan {plan}",
    "calendar_total": "All channels together, {currency}",
    "calendar_axis": "first day of the {period}, or its number",
    "calendar_alt": "Money per period of {channels}.",
    "calendar_even": "All periods together get {money} {currency} each.",
    "calendar_uneven": (
        "The fullest period gets {most} {currency} ({when_most}), the emptiest {least} ({when_least})."
    ),
    "calendar_how": (
        "How to read: every row is a channel, the one with most money first, and every column a {period}; the "
        "darker, the more the channel spends then, against what it would spend level. A dashed line is the most "
        "that all channels together may spend. Money of every plan stands in calendar.csv and in the workbook."
    ),
    "moved": "Money moved",
    "moved_how": (
        "How to read: each bar is what a channel gains (right) or loses (left) against the reference plan, which "
        "is the line in the middle. All panels share one scale."
    ),
    "moved_axis": "more or less than in the reference plan, {currency} for the whole plan",
    "moved_none": ("Today's spending is not known, so no money moves: the tables below show where each plan puts it."),
    "moved_alt": "{pick}, {currency} against the reference plan: {moves}.",
    "moved_alt_none": "{pick}: no money is moved.",
    "best_moves_title": "The best moves, in order: from the reference plan to the {plan} plan",
    "best_moves_how": (
        "How to read: of all moves that are left, the one that is expected to add most {outcome} comes next. Moves "
        "below zero give some of it up for the other goals."
    ),
    "best_moves_move": "From, to",
    "best_moves_money": "Money ({currency})",
    "best_moves_gain": "More {outcome} ({unit})",
    "best_moves_so_far": "So far ({unit})",
    "best_moves_between": "{giver} → {taker}",
    "best_moves_new": "new money",
    "best_moves_saved": "not spent",
    "best_moves_rest": "{count} further moves",
    "best_moves_breaks": "{gain}; to stop here breaks a limit",
}
