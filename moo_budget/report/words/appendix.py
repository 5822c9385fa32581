"""The appendix of the report."""

EN: dict[str, str] = {
    "appendix": "Appendix",
    "all_plans_listed": "Listed are {count}; the others stand in front.csv.",
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
        "Effect that comes in later periods than the spend (geometric: the same share of it is left from one period to "
        "the next); effect per money that falls as spend grows (Hill curves may begin slowly, in an S; logarithmic "
        "ones fall from the first unit on)."
    ),
    "problem_file": "The problem file",
    "source": "Where it comes from",
    "source_history": "{file}, SHA-256 {sha256}",
    "source_versions": "Versions: {versions}",
    "page_note": "Made by moo-budget on one machine; this page loads nothing and sends nothing.",
}

ZH: dict[str, str] = {
    "appendix": "附录",
    "all_plans_listed": "此处列出 {count} 个；其余见 front.csv。",
    "all_plans_title": "有效前沿上的所有方案",
    "all_plans_caption": "{count} 个方案，{goal}最好的在前；期望值。打印时只含推荐方案。",
    "column_id": "方案",
    "column_pick": "推荐",
    "column_total": "合计（{currency}）",
    "definitions": "术语",
    "term_plan": "方案",
    "means_plan": "整个计划期内每个渠道的预算。",
    "term_today": "当前、参照",
    "means_today": ("当前是现在的花费；参照是在方案总额（总额可变时为当前总额）下保持当前配比。所有比较都以参照为准。"),
    "term_incremental": "增量",
    "means_incremental": "花钱带来的、不花钱就没有的部分。",
    "term_roi": "ROI、边际 ROI",
    "means_roi": "每单位预算的增量结果；边际 ROI 是再加一单位预算的。",
    "term_risk": "风险",
    "means_risk": "增量结果的标准差：对曲线的不了解与市场波动合在一起。",
    "term_semi_deviation": "下半偏差",
    "means_semi_deviation": "方案低于自身均值的程度：只计坏的一侧的标准差。",
    "term_tail_mean": "最差情形均值",
    "means_tail_mean": "曲线与市场波动合在一起，最差一部分情形的平均结果。",
    "term_shortfall": "未达标概率",
    "means_shortfall": "低于目标值的概率；相对当前：低于参照方案的概率，两者面对同样的曲线和市场。",
    "term_regret": "遗憾",
    "means_regret": "在曲线最不利的一部分情形中，与事先知道曲线时的方案相比平均少得的部分。",
    "term_beyond_history": "超出历史",
    "means_beyond_history": "超过渠道历史最高花费的预算所占份额。",
    "term_effective_channels": "有效渠道数",
    "means_effective_channels": "与方案同样集中的、预算均等的渠道数。",
    "term_front": "有效前沿",
    "means_front": "没有一个在所有目标上胜过另一个的那些方案。",
    "term_carry_over": "滞后、饱和",
    "means_carry_over": (
        "花费之后各期才出现的效果（几何：每期留下同样比例）；随花费增加而下降的单位效果（Hill 曲线起步可以缓慢，"
        "呈 S 形；对数曲线从第一单位起就下降）。"
    ),
    "problem_file": "问题文件",
    "source": "来源",
    "source_history": "{file}，SHA-256 {sha256}",
    "source_versions": "版本：{versions}",
    "page_note": "由 moo-budget 在本机生成；本页不加载也不发送任何内容。",
}
