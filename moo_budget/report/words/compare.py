"""Two results side by side."""

EN: dict[str, str] = {
    "compare_title": "Two results side by side",
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
    "compare_difference": "{b} less {a}",
    "compare_difference_range": "{difference} ({range})",
}

ZH: dict[str, str] = {
    "compare_title": "两个结果并列",
    "compare_headline_beaten": (
        "{one} 的 {plans} 个方案中有 {count} 个不如 {other} 的方案：存在所有共同目标都不逊、且至少一个更好的方案。"
    ),
    "compare_headline_none": "{one} 的方案没有一个不如 {other} 的方案。",
    "compare_ground_b": "两边的方案都按 {b} 的曲线和市场衡量，同样的钱带来同样的结果。",
    "compare_ground_calendar": "每个方案按自己的结果衡量，因为预算分期安排：差异既含所学不同，也含所排不同。",
    "compare_ground_channels": (
        "每个方案按自己的结果衡量，因为 {a} 花在 {b} 不认识的渠道上（{names}）：差异既含所学不同，也含所排不同。"
    ),
    "compare_ground_curves": (
        "每个方案按自己的结果衡量，因为 {a} 的 {count} 个方案超出 {b} 的曲线范围：差异既含所学不同，也含所排不同。"
    ),
    "compare_volumes": (
        "就共同目标而言，在两边方案合起来所达到的范围中，{a} 达到 {a_share}，{b} 达到 {b_share}（超体积）。"
    ),
    "compare_goals_only": "只有 {name} 有的目标，不作比较：{goals}。",
    "compare_channels_only": "只有 {name} 有的渠道：{channels}。",
    "compare_breaks": "{a} 的{pick}方案不满足 {b} 的约束：{breaks}。",
    "compare_ranges": "差异之后的区间包含十分之九的估计；不含市场波动。",
    "compare_changes": "有什么变化",
    "compare_changes_none": "没有：同样的问题、同样的数据、同样的模型。",
    "compare_key": "设置",
    "compare_goals": "两个前沿在各目标上的范围，从最差到最好",
    "compare_goal": "目标",
    "compare_pick": "{pick}方案",
    "compare_same_plan": "两边的预算相同。",
    "compare_moved": "{moved} 的去向不同。",
    "compare_difference": "{b} 减 {a}",
    "compare_difference_range": "{difference}（{range}）",
}
