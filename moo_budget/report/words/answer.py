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

ZH: dict[str, str] = {
    "untitled": "预算方案",
    "kind": "营销预算报告",
    "strip_period": "计划期",
    "strip_period_from": "{length}，自 {start} 起",
    "strip_period_after": "数据（至 {end}）之后的 {length}",
    "strip_currency": "货币",
    "strip_currency_none": "未指明",
    "strip_today": "当前预算",
    "strip_data": "数据",
    "strip_data_range": "{rows} 行，{start} 至 {end}",
    "strip_data_rows": "{rows} 行，无日期",
    "strip_data_own": "自带的响应曲线",
    "strip_made": "生成时间",
    "strip_program": "程序",
    "strip_seed": "随机种子",
    "stopped": "搜索在 {evaluations} 次评估后提前停止。所有方案都满足各项约束；更长的搜索可能找到更好的方案。",
    "answer": "要点",
    "does_move": "移动 {moved}（占其预算的 {share}）",
    "does_spend_more": "花费 {total}，比参照方案多 {change}",
    "does_spend_less": "花费 {total}，比参照方案少 {change}",
    "does_spend_more_and_move": "花费 {total}，比参照方案多 {change}，并在渠道之间移动 {moved}（占 {share}）",
    "does_spend_less_and_move": "花费 {total}，比参照方案少 {change}，并在渠道之间移动 {moved}（占 {share}）",
    "headline_more": "均衡方案{does}；预计{outcome}比参照方案多 {size}{range}{risk}。",
    "headline_less": "均衡方案{does}；预计{outcome}比参照方案少 {size}{range}{risk}。",
    "headline_unclear": "均衡方案{does}；{outcome}是否多于参照方案尚不明确{range}{risk}。",
    "headline_same": "均衡方案{does}；预计{outcome}与参照方案大致相同{risk}。",
    "headline_stay": "均衡方案就是参照方案：在这些约束内没有找到各目标之间更好的折中。",
    "headline_beyond": "均衡方案{does}；预计带来 {value} 的{outcome}。参照方案超出响应曲线的范围，两者无法比较。",
    "headline_alone": "均衡方案投入 {total}，预计带来 {value} 的{outcome}{range}；当前花费未知，无从比较。",
    "in_brackets": "（{text}）",
    "range": "{low} 至 {high}",
    "with_unit": "{label}（{unit}）",
    "of": "{part} / {whole}",
    "per": "{unit}/{per}",
    "risk_less": "，风险低 {change}",
    "risk_more": "，风险高 {change}",
    "risk_same": "，风险大致相同",
    "tail_mean": "均衡方案在最差的 {mass} 情形中，{outcome}平均为 {value}{reference}。",
    "shortfall": "均衡方案的{outcome}低于 {target} 的可能为 {value}{reference}。",
    "regret": (
        "在曲线最不利的 {mass} 情形中，与事先知道曲线时的最佳方案相比，均衡方案的{outcome}平均少 {value}{reference}。"
    ),
    "shortfall_today": "均衡方案的{outcome}少于参照方案的可能为 {value}。",
    "other_changes": "其他结果指标中，均衡方案与参照方案相比：{changes}。",
    "better_some": "在所有目标上{but}都不逊于参照方案的方案：{plans} 个中有 {count} 个。",
    "better_pick": "均衡方案不在其中；{plan}方案在其中：与参照方案相比{change}。",
    "better_plan": "均衡方案不在其中；方案 {id} 在其中。",
    "better_none": "找到的 {plans} 个方案中，没有一个在所有目标上{but}都不逊于参照方案：各有取舍。",
    "better_but": "（{goals}除外，它不可能被超过）",
    "reference_is": "参照方案在方案总额下保持当前配比。当前预算：{today}。",
    "reference_is_free": "参照方案保持当前配比，并在预算允许时保持当前总额。当前预算：{today}。",
    "reference_breaks": "参照方案未满足全部约束：{breaks}。",
    "ranges": (
        "区间：数值之后的区间包含十分之八的可能结果，含市场波动，十次中有一次低于下限。差异之后的区间包含十分"
        "之九的估计；两个方案共同遇到的市场波动不计在内。两者都以本模型和这些约束为前提。"
    ),
    "no_draws": "响应曲线未附不确定性：没有区间之处即为未知。",
    "views_remark": "团队对{outcome}的判断（{count} 条）已计入所有数字；其影响见“团队的判断”。",
    "tile_budget": "预算",
    "tile_range": "十之八：{low} 至 {high}",
    "tile_reference": "参照 {value}",
    "incremental": "增量{outcome}",
    "remarks_title": "须知",
    "moves_title": "最大的调整",
    "moves_none": "不移动预算。",
}
