"""The appendix of the report."""

EN: dict[str, str] = {
    "appendix": "Appendix",
    "all_plans_title": "All plans of the front",
    "all_plans_caption": "{count} plans, the best in {goal} first; expected values. In print: the picks only.",
    "column_id": "Plan",
    "column_pick": "Pick",
    "column_total": "Total ({currency})",
    "definitions": "Words",
    "term_plan": "Plan",
    "means_plan": "Money for every channel over the whole planning period.",
    "term_today": "Today, reference",
    "means_today": (
        "Today is what is spent now; the reference is today's mix at the plan's total, or at today's where the "
        "plan's total is free. All comparisons are with the reference."
    ),
    "term_incremental": "Incremental",
    "means_incremental": "What the money brings beyond what would come without it.",
    "term_roi": "ROI, marginal ROI",
    "means_roi": "Incremental outcome per unit of money; the marginal one is that of the next unit.",
    "term_risk": "Risk",
    "means_risk": (
        "Standard deviation of the incremental outcome: what is unknown about the curves and the market's noise "
        "together."
    ),
    "term_semi_deviation": "Semi-deviation",
    "means_semi_deviation": "How far a plan ends below its own mean: a standard deviation of the bad side alone.",
    "term_tail_mean": "Mean of the worst cases",
    "means_tail_mean": "What comes on average in the worst share of cases, curves and market noise taken together.",
    "term_shortfall": "Shortfall",
    "means_shortfall": (
        "Probability of ending below a target; against today: below the reference plan, where both meet the same "
        "curves and the same market."
    ),
    "term_regret": "Regret",
    "means_regret": (
        "What a plan misses on average, in the worst share of what the curves may be, against the plan one would "
        "have made had one known the curves."
    ),
    "term_beyond_history": "Beyond history",
    "means_beyond_history": "Share of the money that goes beyond the most that was ever spent on its channel.",
    "term_effective_channels": "Effective number of channels",
    "means_effective_channels": "How many channels with equal money are as concentrated as a plan is.",
    "term_front": "Front",
    "means_front": "The plans none of which is better than another in every goal.",
    "term_carry_over": "Carry-over, saturation",
    "means_carry_over": (
        "Effect that comes in later periods than the spend; effect per money that falls as spend grows."
    ),
    "problem_file": "The problem file",
    "source": "Where it comes from",
    "source_history": "{file}, SHA-256 {sha256}",
    "source_versions": "Versions: {versions}",
    "page_note": "Made by moo-budget on one machine; this page loads nothing and sends nothing.",
}
