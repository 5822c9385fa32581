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

ZH: dict[str, str] = {
    "trade_off": "目标之间的取舍",
    "trade_off_how": (
        "读法：每个灰点是一个没有其他方案能在所有目标上超过的方案。每幅图中越靠上、越靠右越好；沿着这些点，一"
        "个目标多一些，另一个就少一些。"
    ),
    "trade_off_one": "只有一个目标{goal}，无需取舍：找到的最佳方案就是答案。",
    "trade_off_single": "有一个方案在所有目标上都最好，无需取舍。",
    "trade_off_alt": (
        "{lead}最好的方案（{lead_best}）的{other}为 {other_there}；{other}最好的方案（{other_best}）的{lead}"
        "为 {lead_there}。"
    ),
    "all_plans": "有效前沿上的 {count} 个方案",
    "some_plans": "有效前沿 {all} 个方案中的 {count} 个",
    "axis_more": "{goal}，{unit}（越多越好 →）",
    "axis_less": "{goal}，{unit}（越少越好 →）",
    "risk_return": "风险与收益",
    "risk_return_how": (
        "读法：左图中，在约束内没有找到风险同样低而预期更多的方案；不在线上的方案为其他目标放弃了一部分。右图"
        "是沿线各渠道得到的预算。这里的风险是标准差，无论目标如何度量：既有对曲线的不了解，也有市场的波动。"
    ),
    "risk_return_gaps": "两图断开之处，方案一步跳变：其间没有找到方案。",
    "risk_not_drawn": "未绘出：{reason}。",
    "risk_in_words": "{plan}方案：预期{outcome} {mean}；十次中有一次低于 {low}，此时平均为 {worst}。",
    "risk_two_parts": (
        "{plan}方案：风险（按方差）的 {estimation} 来自对曲线的不了解，增量测试可以消除；另外 {market} 是市场"
        "波动，测试无法消除。"
    ),
    "risk_on_frontier": "{plan}方案的风险为 {own}，与同样收益下找到的最低风险相当。",
    "risk_off_frontier": "{plan}方案的风险为 {own}；只看这一点的方案，同样的预期只需 {least} 的风险。",
    "risk_point": "{mean}（风险 {risk}）",
    "risk_ends": "在约束内，风险最低的方案预期带来 {least}，单位风险收益最高的带来 {best}，最进取的带来 {most}。",
    "risk_ends_bold": "在约束内，风险最低的方案预期带来 {least}；最进取的带来 {most}，单位风险收益也大致最高。",
    "risk_ends_cautious": (
        "在约束内，风险最低的方案预期带来 {least}，单位风险收益也大致最高；最进取的预期带来 {most}。"
    ),
    "risk_alt": "沿线的预期{outcome}：从 {least} 到 {most}。",
    "risk_frontier": "有效前沿",
    "risk_least": "风险最低",
    "risk_best_ratio": "单位风险收益最高",
    "risk_others": "其余 {count} 个",
    "risk_axis_mean": "预期增量{outcome}，{unit}",
    "risk_axis_risk": "风险：标准差，{unit}（← 越少越好）",
    "risk_axis_money": "预算，{currency}",
    "risk_table": "{plan}方案的{outcome}风险来自哪里；各部分相加为总风险",
    "risk_estimation": "曲线未知（{unit}）",
    "risk_market": "市场波动（{unit}）",
    "risk_total": "对风险的贡献（{unit}）",
    "risk_share": "占风险的份额",
    "risk_table_how": (
        "渠道的贡献是其结果与其他渠道一起给标准差增加的部分；为负则使方案更稳。单独来看，每个渠道的风险至少等于其贡献。"
    ),
}
