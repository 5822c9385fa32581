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

ZH: dict[str, str] = {
    "sweep_title": "投多少钱？",
    "sweep_budgets": "已求解的预算",
    "sweep_stopped": "扫描提前停止；显示此前已求解的预算。",
    "sweep_range": "{outcome}最多的方案，预算为 {low} 时预期带来 {less}，预算为 {high} 时带来 {more}。",
    "sweep_margin": "每单位{outcome}（{unit}）按收益 {margin} 计。",
    "sweep_beyond": "其中一些方案每期花费超过历史最高：{channels}。那里的曲线是模型的猜测。",
    "sweep_proved": "这些总额下，没有方案的{outcome}比曲线所示多出 {share} 以上。",
    "sweep_left_out": "{budget} 未列入：{reason}",
    "sweep_bands": "估计：数据所留余地内，预期结果的十分之九。可能结果：十分之八的情形，含市场波动。",
    "sweep_curve": "更多的钱带来什么",
    "sweep_curve_how": (
        "每个点是该总额下满足所有约束、预期带来最多的方案；以份额表示的约束随总额变化。下图：再加一单位预算带"
        "来的结果，及其十分之九的范围。"
    ),
    "sweep_table": "各预算下带来最多的方案；每个都链接到自己的报告",
    "sweep_budget": "预算（{currency}）",
    "sweep_range_80": "十之八的情形",
    "sweep_marginal": "每多 1 {currency} 的{outcome}",
    "sweep_range_90": "十之九的估计",
    "sweep_profit": "扣除花费后剩余（{currency}）",
    "sweep_band_may_come": "可能结果（十之八）",
    "sweep_band_estimate": "估计（十之九）",
    "sweep_best": "最佳方案",
    "sweep_break_even": "盈亏平衡",
    "sweep_earns_itself": "刚好回本",
    "sweep_axis_marginal": "每多 1 {currency} 的{outcome}",
    "sweep_split": "钱花在哪里",
    "sweep_money": "预算（{currency}）",
    "sweep_others": "其余 {count} 个",
    "sweep_split_alt": "预算从最小到最大时的份额：{said}。",
    "sweep_picks": "各预算的稳健、均衡和进取方案",
    "sweep_picks_how": "每个预算有自己的前沿和三个推荐方案；详见各自的报告。",
    "sweep_pick": "方案",
    "sweep_messages": "关于数据的须知",
}
