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
    "only_largest": "The {count} channels with most money in a plan that is shown are drawn. Not drawn: {channels}.",
    "never_bought": "Never bought, capped at 0: {channels}.",
    "not_measured": "Not measured: {channels}.",
    "no_effect": "No effect: {channels}.",
    "curve_alt": "{channel}, {plan}: {spend} per {period}; the next {currency} brings {marginal} {unit}.",
}

ZH: dict[str, str] = {
    "channels": "逐个渠道",
    "channels_how": (
        "效果、ROI 和边际 ROI 均就{outcome}而言。边际 ROI 是再投 1 {currency} 带来的结果：低于另一渠道之处，"
        "钱投到那里收益更多，只要约束和其他目标允许。"
    ),
    "channels_of": "{plan}方案",
    "channel": "渠道",
    "total": "合计",
    "column_money": "预算（{currency}）",
    "column_reference": "参照（{currency}）",
    "column_change": "变化（{currency}）",
    "column_change_share": "变化",
    "column_share_spend": "花费份额",
    "column_share_effect": "效果份额",
    "column_roi": "ROI（{unit}）",
    "column_marginal": "边际 ROI（{unit}）",
    "beyond_note": "▲ 每{period}超过历史最高花费：此处的曲线是外推。",
    "curves": "响应曲线",
    "curves_of": "各渠道带来的{outcome}",
    "curves_how": (
        "读法：每{period}投入不同金额时每{period}的增量{outcome}。带状区域包含十分之九的曲线估计；曲线变平之"
        "处渠道已饱和。斜线：超出历史最高花费，没有观测。各图比例不同。"
    ),
    "curves_without": "未发现任何渠道影响{outcome}。",
    "per_period": "{unit}/{period}",
    "expected": "预期",
    "band": "十分之九的估计",
    "beyond": "超出历史花费",
    "only_largest": "图中只画所示方案里金额最大的 {count} 个渠道。未画出：{channels}。",
    "never_bought": "从未投放，上限为 0：{channels}。",
    "not_measured": "未测量：{channels}。",
    "no_effect": "没有影响：{channels}。",
    "curve_alt": "{channel}，{plan}：每{period} {spend}；再加 1 {currency} 带来 {marginal} {unit}。",
}
