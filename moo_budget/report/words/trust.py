"""How far to trust it all: fit, search, certificate, assumptions, what is not in the ranges."""

EN: dict[str, str] = {
    "trust": "How far to trust this",
    "trust_fit": "Quality of the models on periods that they had not seen",
    "fit_outcome": "Outcome",
    "fit_model": "Model",
    "fit_held_out": "Periods held out",
    "fit_r2": "R²",
    "fit_mape": "The model is off by, on average",
    "fit_naive": "Repeating other periods is off by",
    "fit_baseline": "The model without channels is off by",
    "fit_coverage": "Within their 8-in-10 range",
    "fit_verdict": "Verdict",
    "fit_better": "better than repeating other periods",
    "fit_worse": "worse than repeating other periods",
    "fit_unknown": "not tested",
    "fit_driven": "{channel} ({columns})",
    "fit_drivers": (
        "{outcome}: what its models go by, as the share of the variance that they no longer explain where a column "
        "is shuffled: {channels}."
    ),
    "fit_candidates": (
        "{outcome}: shapes of curves that were tried, and how far off their forecasts were, ranges counted (CRPS), in "
        "periods that they had not seen, as a share of the outcome: {candidates}. Chosen: {reason}."
    ),
    "fit_candidate": "{name} {score}",
    "fit_indistinct": (
        "{outcome}: the data hardly tell apart what these channels bring: {pairs}. Their sum is known better than "
        "either; a lift test on one of them would tell."
    ),
    "some_of": "{names} and {count} more",
    "fit_as_believed": (
        "{outcome}: for {count} of {of} channels (most money first: {names}) the data hardly say whether they bring "
        "more or less than the others. How plans split money between them rests on what was believed beforehand; what "
        "all channels bring together is known better. Plan such channels as groups, measure the outcome channel by "
        "channel, or test those with most money."
    ),
    "fit_worse_remark": (
        "The model of {outcome} forecast periods that it had not seen worse than repeating other periods "
        "did (off by {error} of the outcome against {naive}): take its curves as a direction, not as a forecast."
    ),
    "fit_no_channels_remark": (
        "The model of {outcome} forecast periods that it had not seen no better than the same model without any "
        "channel (off by {error} of the outcome against {baseline}): that these channels move it is the prior's word "
        "more than the data's."
    ),
    "model_media_mix": "one joint model of all channels",
    "model_parametric": "one curve per channel",
    "model_gaussian_process": "Gaussian process",
    "model_gradient_boosting": "gradient boosting",
    "model_decision_tree": "decision tree",
    "model_linear": "linear regression",
    "model_logistic": "logistic regression",
    "curve_hill": "Hill curves",
    "curve_logarithmic": "logarithmic curves",
    "curve_exponential": "exponential curves",
    "curve_power": "power curves",
    "curve_logistic": "logistic curves",
    "curve_michaelis_menten": "Michaelis-Menten curves",
    "curve_linear": "straight lines",
    "carry_over_geometric": "geometric carry-over",
    "carry_over_delayed": "delayed carry-over",
    "carry_over_weibull": "Weibull carry-over",
    "carry_over_none": "no carry-over",
    "search": "The search",
    "search_run": (
        "{algorithm}, {evaluations} evaluations, seed {seed}: {plans} plans, none of which is better than another "
        "in every goal."
    ),
    "search_error": (
        "The response tables that were searched differ from the learned curves by at most {error} of a curve's height."
    ),
    "search_uncertified": "How much better a plan could be at most within these limits has not been certified.",
    "certified_extremes": (
        "How far from perfect: it is proved that no plan within the limits is better in a single goal than the "
        "best plan on this front by more than what follows. {goals}."
    ),
    "certified_tiny": "{goal}: less than 0.01\u00a0% of its range on the front",
    "certified_share": "{goal}: {share} of its range on the front, {gap}",
    "certified_tiny_value": "{goal}: less than 0.01\u00a0% of its value",
    "certified_amount": "{goal}: {gap}",
    "tiny_share": "0.01\u00a0%",
    "certified_short_extreme": "No plan within the limits is better in any one goal by more than {share} of its range.",
    "certified_short_coverage": "In all goals at once the front matches any plan to within {share}.",
    "certified_coverage": (
        "For every plan within the limits there is one on this front that is as good in all goals at once, to "
        "within {share} of the range that each goal has on the front. More plans on the front make this smaller."
    ),
    "certified_open": "Not proved: how much better a plan could be in {goal} at most ({reason}).",
    "certified_open_coverage_gap": (
        "Not proved: how closely the front matches every plan in all goals at once ({reason})."
    ),
    "certified_open_solve_gap": "Not proved: how good the plans are for mixes of the goals ({reason}).",
    "certified_open_weightings": "Not proved: how good the plans are for mixes with {goal} ({reason}).",
    "certified_open_other": "Not proved: {part} ({reason}).",
    "reason_no_bound": "no method here bounds its measure",
    "reason_curves_off_zero": "a curve that does not begin at zero leaves the return of small plans without a bound",
    "reason_free_ratio": "weighed against others it is a ratio, because the total is free",
    "reason_no_sum": "weighed against others it is no sum over channels",
    "reason_no_range": "no goal that can be weighed has a range on the front",
    "reason_goals_unbound": "a goal has no bound: {goals}",
    "certified_relaxed": (
        "A channel's largest share is taken of the largest total here, which allows a few plans too many; the "
        "limits themselves can only leave less to gain."
    ),
    "certified_without_rules": (
        "This proof leaves out {rules}, and holds all the same: with that there may be less to gain."
    ),
    "certified_model": "This is proved of the learned curves; whether these are right is another question.",
    "assumed": "Assumptions and market noise",
    "assumed_level": "A plan's money is spread evenly over its {length}.",
    "assumed_calendar": (
        "A plan's money is spent as its calendar says. It works on in later periods as was learned; what works "
        "after the plan's last period counts, and so does that what was spent before works on in its first ones."
    ),
    "assumed_noise": "Market noise of {outcomes} is {noise}.",
    "assumed_cap": (
        "No channel goes beyond {times} times its highest spend of one {period}, unless its own limit says otherwise."
    ),
    "assumed_independent": (
        "What is unknown about one outcome is taken to be independent of what is unknown about another."
    ),
    "half_title": "Half of the way",
    "half_step": (
        "Who wants to see first can go half of the way: {half} changes its place instead of {whole}, and the next data "
        "tell whether to go on. Against the reference it is expected to bring: {changes}."
    ),
    "half_brings": "{outcome} {change}",
    "half_breaks": "As it stands it breaks a limit, which is to be mended first: {breaks}.",
    "half_how": "How to read: half of every change of the balanced plan.",
    "outside": "What is not in the ranges",
    "outside_breaks": (
        "Breaks: a market, a price, an offer or a law that is not what it was while the data were taken."
    ),
    "outside_rivals": "Rivals: what competitors spend and how they answer is not in the data.",
    "outside_model": (
        "The family of models: saturating, additive curves without interplay between channels. If the world is "
        "built otherwise, the ranges are too narrow."
    ),
    "messages": "Messages of the run",
    "messages_none": "The run had nothing else to say.",
}

ZH: dict[str, str] = {
    "trust": "有多可信",
    "trust_fit": "模型在未见过的时期上的质量",
    "fit_outcome": "结果指标",
    "fit_model": "模型",
    "fit_held_out": "留出的期数",
    "fit_r2": "R²",
    "fit_mape": "平均误差",
    "fit_naive": "其他时期中位数的误差",
    "fit_baseline": "不含渠道的误差",
    "fit_coverage": "落在十之八区间内",
    "fit_verdict": "结论",
    "fit_better": "优于照搬其他时期",
    "fit_worse": "不如照搬其他时期",
    "fit_unknown": "未检验",
    "fit_driven": "{channel}（{columns}）",
    "fit_drivers": "{outcome}：模型依据什么，以打乱某列后不再能解释的方差份额表示：{channels}。",
    "fit_candidates": (
        "{outcome}：试过的曲线形状，及其在未见过的时期上的预测误差（计入区间，CRPS，占结果指标的份额）：{candidates}。"
        "选用：{reason}。"
    ),
    "fit_candidate": "{name} {score}",
    "fit_indistinct": (
        "{outcome}：数据难以区分这些渠道各自的贡献：{pairs}。两者之和比各自更可靠；对其中之一做增量测试即可分清。"
    ),
    "some_of": "{names}，另有 {count} 项",
    "fit_as_believed": (
        "{outcome}：{of} 个渠道中有 {count} 个（按花费从多到少：{names}），数据几乎说不出"
        "它们比其他渠道带来的更多还是更少。"
        "方案在它们之间如何分配，取决于事先的设想；所有渠道合计的贡献更可靠。"
        "可将这些渠道合并成组来规划，按渠道衡量结果，或对花费最多的渠道做增量测试。"
    ),
    "fit_worse_remark": (
        "{outcome}的模型预测未见过的时期不如照搬其他时期（误差为结果指标的 {error}，对比 {naive}）：其曲线只"
        "能当作方向，不能当作预测。"
    ),
    "fit_no_channels_remark": (
        "{outcome}的模型预测未见过的时期，并不比不含任何渠道的同一模型好（误差为结果指标的 {error}，"
        "对比 {baseline}）：这些渠道有影响，更多是先验的说法，而非数据的说法。"
    ),
    "model_media_mix": "所有渠道的联合模型",
    "model_parametric": "每个渠道一条曲线",
    "model_gaussian_process": "高斯过程",
    "model_gradient_boosting": "梯度提升",
    "model_decision_tree": "决策树",
    "model_linear": "线性回归",
    "model_logistic": "逻辑回归",
    "curve_hill": "Hill 曲线",
    "curve_logarithmic": "对数曲线",
    "curve_exponential": "指数曲线",
    "curve_power": "幂曲线",
    "curve_logistic": "逻辑曲线",
    "curve_michaelis_menten": "Michaelis-Menten 曲线",
    "curve_linear": "直线",
    "carry_over_geometric": "几何滞后",
    "carry_over_delayed": "延迟滞后",
    "carry_over_weibull": "Weibull 滞后",
    "carry_over_none": "无滞后",
    "search": "搜索",
    "search_run": ("{algorithm}，{evaluations} 次评估，种子 {seed}：{plans} 个方案，没有一个在所有目标上胜过另一个。"),
    "search_error": "搜索所用的响应表与学到的曲线相差不超过曲线高度的 {error}。",
    "search_uncertified": "在这些约束内方案最多还能好多少，未经证明。",
    "certified_extremes": (
        "离完美还有多远：已证明，约束内没有方案在单个目标上比本前沿的最佳方案好出以下更多。{goals}。"
    ),
    "certified_tiny": "{goal}：不到其在前沿上范围的 0.01%",
    "certified_share": "{goal}：其在前沿上范围的 {share}，即 {gap}",
    "certified_tiny_value": "{goal}：不到其数值的 0.01%",
    "certified_amount": "{goal}：{gap}",
    "tiny_share": "0.01%",
    "certified_short_extreme": "约束内没有方案在单个目标上好出其范围的 {share} 以上。",
    "certified_short_coverage": "在所有目标上同时，前沿与任何方案的差距不超过 {share}。",
    "certified_coverage": (
        "对约束内的任何方案，本前沿上都有一个在所有目标上同时与之相当的方案，误差不超过各目标在前沿上范围的 {share}。"
        "前沿上的方案越多，误差越小。"
    ),
    "certified_open": "未证明：方案在{goal}上最多还能好多少（{reason}）。",
    "certified_open_coverage_gap": "未证明：前沿在所有目标上同时与任何方案相当的程度（{reason}）。",
    "certified_open_solve_gap": "未证明：各目标加权组合下方案有多好（{reason}）。",
    "certified_open_weightings": "未证明：与{goal}加权组合下方案有多好（{reason}）。",
    "certified_open_other": "未证明：{part}（{reason}）。",
    "reason_no_bound": "这里没有方法能给出该度量的界",
    "reason_curves_off_zero": "有曲线不从零开始，小额方案的回报没有界",
    "reason_free_ratio": "总额可变，它与其他目标加权时是比值",
    "reason_no_sum": "它与其他目标加权时不是各渠道之和",
    "reason_no_range": "没有可加权的目标在前沿上有范围",
    "reason_goals_unbound": "有目标没有界：{goals}",
    "certified_relaxed": "渠道的最大份额在此按最大总额计算，会多允许少数方案；真实约束下可改进的只会更少。",
    "certified_without_rules": "本证明未计入 {rules}，结论依然成立：计入后可改进的可能更少。",
    "certified_model": "这是就学到的曲线而言的证明；曲线是否正确是另一个问题。",
    "assumed": "假设与市场波动",
    "assumed_level": "方案的预算在{length}内平均花费。",
    "assumed_calendar": (
        "方案的预算按日程花费。其效果按学到的方式延续到以后各期；计划期之后的效果计入，之前花费在最初几期的余效也计入。"
    ),
    "assumed_noise": "{outcomes}的市场波动：{noise}。",
    "assumed_cap": "任何渠道每{period}不超过其历史最高花费的 {times} 倍，除非自身约束另有规定。",
    "assumed_independent": "对一个结果指标的不了解，视为与对另一个的不了解无关。",
    "half_title": "走一半",
    "half_step": (
        "想先观察，可以只走一半：移动 {half} 而不是 {whole}，再看新数据决定是否继续。与参照方案相比预计：{changes}。"
    ),
    "half_brings": "{outcome} {change}",
    "half_breaks": "按此执行会违反约束，须先处理：{breaks}。",
    "half_how": "读法：均衡方案的每项调整各取一半。",
    "outside": "区间之外的因素",
    "outside_breaks": "突变：市场、价格、产品或法规与数据采集时不同。",
    "outside_rivals": "竞争对手：他们的花费和反应不在数据中。",
    "outside_model": "模型类型：饱和、可加、渠道之间没有交互的曲线。若实际并非如此，区间偏窄。",
    "messages": "运行消息",
    "messages_none": "本次运行没有其他消息。",
}
