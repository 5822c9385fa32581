"""The first screen: what the report is, the answer, and what to know with it."""

EN: dict[str, str] = {
    "untitled": "Budget plan",
    "kind": "Marketing budget report",
    "strip_period": "Planning period",
    "strip_period_from": "{length} from {start}",
    "strip_period_after": "{length} after the data ({end})",
    "strip_currency": "Currency",
    "strip_currency_none": "not named",
    "strip_data": "Data",
    "strip_data_range": "{rows} rows, {start} to {end}",
    "strip_data_rows": "{rows} rows, without dates",
    "strip_data_own": "response curves of one's own",
    "strip_today": "Today's money",
    "strip_made": "Made",
    "strip_program": "Program",
    "strip_seed": "Seed",
    "stopped": (
        "The search was stopped early, after {evaluations} evaluations. All plans keep every limit; a longer "
        "search may find better ones."
    ),
    "answer": "In short",
    "does_move": "moves {moved} ({share} of its money)",
    "does_spend_more": "spends {total}, {change} more than the reference plan",
    "does_spend_less": "spends {total}, {change} less than the reference plan",
    "does_spend_more_and_move": (
        "spends {total}, {change} more than the reference plan, and shifts {moved} ({share} of it) between channels"
    ),
    "does_spend_less_and_move": (
        "spends {total}, {change} less than the reference plan, and shifts {moved} ({share} of it) between channels"
    ),
    "headline_more": (
        "The balanced plan {does}; it is expected to bring {size} more {outcome} than the reference plan{range}{risk}."
    ),
    "headline_less": (
        "The balanced plan {does}; it is expected to bring {size} less {outcome} than the reference plan{range}{risk}."
    ),
    "headline_unclear": (
        "The balanced plan {does}; whether it brings more {outcome} than the reference plan is unclear{range}{risk}."
    ),
    "headline_same": (
        "The balanced plan {does}; it is expected to bring about the same {outcome} as the reference plan{risk}."
    ),
    "headline_stay": (
        "The balanced plan is the reference plan: none that was found within these limits is a better compromise "
        "between the goals."
    ),
    "headline_beyond": (
        "The balanced plan {does}; it is expected to bring {value} of {outcome}. The reference plan lies beyond "
        "what the response curves cover, so the two cannot be compared."
    ),
    "headline_alone": (
        "The balanced plan places {total} and is expected to bring {value} of {outcome}{range}; today's spending "
        "is not known, so there is nothing to compare it with."
    ),
    "in_brackets": " ({text})",
    "range": "{low} to {high}",
    "with_unit": "{label} ({unit})",
    "of": "{part} of {whole}",
    "per": "{unit} per {per}",
    "risk_less": ", at {change} less risk",
    "risk_more": ", at {change} more risk",
    "risk_same": ", at about the same risk",
    "tail_mean": "The worst {mass} of cases of the balanced plan average {value} of {outcome}{reference}.",
    "shortfall": "The balanced plan ends below {target} of {outcome} in {value} of cases{reference}.",
    "regret": (
        "In the worst {mass} of what the curves may be, the balanced plan misses {value} of {outcome} on average "
        "against the plan that one would make knowing them{reference}."
    ),
    "shortfall_today": "The balanced plan brings less {outcome} than the reference plan in {value} of cases.",
    "other_changes": "The balanced plan against the reference plan in the other outcomes: {changes}.",
    "better_some": (
        "Plans found that are at least as good as the reference plan in every goal{but}: {count} of {plans}."
    ),
    "better_pick": "The balanced plan is not one of them; the {plan} plan is: {change} against the reference plan.",
    "better_plan": "The balanced plan is not one of them; plan {id} is.",
    "better_none": (
        "None of the {plans} plans found is as good as the reference plan in every goal at once{but}: each trades "
        "one goal for another."
    ),
    "better_but": " ({goals} aside, where nothing can beat it)",
    "reference_is": "The reference plan keeps today's mix at the plan's total. Today's money: {today}.",
    "reference_is_free": (
        "The reference plan keeps today's mix and, as far as the budget allows, today's total. Today's money: {today}."
    ),
    "reference_breaks": "The reference plan does not keep every limit: {breaks}.",
    "ranges": (
        "Ranges: 8 in 10 outcomes are expected between the two ends of the range after a level, market noise "
        "included, so 1 time in 10 it ends below. The range after a difference holds 9 in 10 of the estimates; "
        "noise that meets both plans alike is left out. Both hold within this model and these limits."
    ),
    "no_draws": (
        "The response curves came without any measure of their uncertainty: where no range stands, none is known."
    ),
    "views_remark": (
        "The team's views on {outcome} ({count}) are in all of these figures; what they changed stands under "
        "“What the team believes”."
    ),
    "tile_budget": "Budget",
    "tile_range": "8 in 10: {low} to {high}",
    "tile_reference": "reference {value}",
    "incremental": "Incremental {outcome}",
    "remarks_title": "What to know with it",
    "moves_title": "The largest moves",
    "moves_none": "No money is moved.",
}
