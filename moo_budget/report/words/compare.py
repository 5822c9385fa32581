"""Two results side by side."""

EN: dict[str, str] = {
    "compare_title": "Two results side by side",
    "compare_of": "{title}, {name}",
    "compare_headline_beaten": (
        "{count} of {plans} plans of {one} are beaten by plans of {other}: there is a plan that is as good in every "
        "common goal, and better in one."
    ),
    "compare_headline_none": "No plan of {one} is beaten by a plan of {other}.",
    "compare_ground_b": (
        "Plans of both are measured by the curves and the market of {b}, so that the same money brings the same."
    ),
    "compare_ground_calendar": (
        "Every plan is measured by its own result, because money is placed in periods: differences hold what was "
        "learned otherwise as well as what was planned otherwise."
    ),
    "compare_ground_channels": (
        "Every plan is measured by its own result, because {a} spends on what {b} does not know ({names}): "
        "differences hold what was learned otherwise as well as what was planned otherwise."
    ),
    "compare_ground_curves": (
        "Every plan is measured by its own result, because {count} plans of {a} spend more than the curves of {b} "
        "cover: differences hold what was learned otherwise as well as what was planned otherwise."
    ),
    "compare_volumes": (
        "Of all that the plans of both reach together in the common goals, {a} reaches {a_share} and {b} {b_share} "
        "(hypervolume)."
    ),
    "compare_goals_only": "Goals of {name} alone, which are not compared: {goals}.",
    "compare_channels_only": "Channels of {name} alone: {channels}.",
    "compare_breaks": "The {pick} plan of {a} does not keep the limits of {b}: {breaks}.",
    "compare_ranges": "The range after a difference holds 9 in 10 of its estimates; market noise is left out.",
    "compare_changes": "What changed",
    "compare_changes_none": "Nothing: the same was asked of the same data, and the same models answered.",
    "compare_key": "Setting",
    "compare_goals": "What the plans of each front reach, from the worst to the best of each goal",
    "compare_goal": "Goal",
    "compare_pick": "{pick} plan",
    "compare_same_plan": "The money is the same in both.",
    "compare_moved": "{moved} are spent otherwise.",
    "compare_money": "Money ({currency})",
    "compare_difference": "{b} less {a}",
    "compare_difference_range": "{difference} ({range})",
}
