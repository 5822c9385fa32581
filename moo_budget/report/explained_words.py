"""The words of explanations: one dict per language, whole sentences with named fields, the same keys in each."""

from __future__ import annotations

EXPLAINED: dict[str, dict[str, str]] = {
    "en": {
        "and": " and ",
        "comma": ", ",
        "clause": ", ",
        "clauses": "{first} and {last}",
        "full_stop": "{text}.",
        "others_1": "{first} and one other channel",
        "others": "{first} and {count} other channels",
        "range": "{low} to {high}",
        "money": "units of money",
        # what the plan does
        "moves": "This plan moves {money} ({share} of the money) from {givers} to {takers}",
        "spends_more": "This plan spends {money} ({share}) more than today's mix would, most of it on {takers}",
        "spends_less": "This plan spends {money} ({share}) less than today's mix would, and takes it from {givers}",
        "spends_more_and_moves": (
            "This plan spends {money} ({share}) more than today's mix would and moves {moved} from {givers} to {takers}"
        ),
        "spends_less_and_moves": (
            "This plan spends {money} ({share}) less than today's mix would and moves {moved} from {givers} to {takers}"
        ),
        "stays": "This plan keeps today's mix",
        "places": "This plan puts most of the money into {takers}",
        "brings": "{first}; {text}",
        "beside": "{text}, with {others}",
        "level": "spent evenly over the periods, {text}",
        "rises": "it is expected to bring {change} more {name} (9 in 10 estimates: {range})",
        "falls": "it is expected to cost {change} of {name} (9 in 10 estimates: {range})",
        "same": "it is expected to bring about the same {name} (9 in 10 estimates: {range})",
        "rather_more": (
            "it is expected to bring about the same {name}, rather more than less ({change}; 9 in 10 "
            "estimates: {range})"
        ),
        "rather_less": (
            "it is expected to bring about the same {name}, rather less than more ({change}; 9 in 10 "
            "estimates: {range})"
        ),
        "goes_up": "{change} more {name}",
        "goes_down": "{change} less {name}",
        "goes_same": "about the same {name}",
        "expects": "it is expected to bring {value} of {name}",
        # why
        "contrast": "At today's mix, {unit} more brings {less} of {name} on {giver} but {more} on {taker}",
        "next": "{unit} more in the budget would bring {amount} of {name}",
        "wants": "It does not go for {name} alone: {share} of the weight is on {goals}",
        "wants_other": "It does not go for {name} at all, only for {goals}",
        "limit_max": "{channel} already gets its maximum of {amount}; a tenth more room would bring {worth}",
        "limit_cap": (
            "{channel} already gets as much as is planned beyond what was ever spent on it ({amount}); a tenth more "
            "room would bring {worth}, if its curve goes on like that"
        ),
        "limit_table": (
            "{channel} gets {amount}, beyond which nothing is known of it; a tenth more could bring {worth}"
        ),
        "limit_change": (
            "{channel} has moved as far from today as it may, to {amount}; a tenth more room would bring {worth}"
        ),
        "limit_share": (
            "{channel} already takes the largest share of the money that is allowed; a tenth more room would bring "
            "{worth}"
        ),
        "limit_lock": "{channel} is locked at {amount}; a tenth more would bring {worth}",
        "limit_off": "{channel} is switched off; the first {amount} on it would bring {worth}",
        "limit_min": "{channel} has to get at least {amount}; a tenth less would bring {worth}",
        "limit_min_if_used": "{channel} gets its minimum of {amount}; a tenth less would bring {worth}",
        "limit_rule": "The rule `{rule}` holds it back: {amount} more room would bring {worth}",
        "limit_goal_rule": "The rule `{rule}` holds it back: {amount} more room would bring {worth}",
        "limit_resource": "There is no more {rule} to be had: {amount} more would bring {worth}",
        "limit_count": "The rule `{rule}` holds it back: one channel more would bring {worth}",
        "limit_periods": (
            "{channel} already gets all that its periods hold ({amount}); a tenth more room would bring {worth}"
        ),
        # how sure it is
        "firm_all": (
            "Nearly all of this holds up: other estimates as likely as ours would place the money much the same"
        ),
        "soft": (
            "The money for {channel} is the least certain part: other estimates as likely as ours would give it "
            "anything from {low} to {high}"
        ),
        "soft_alone": "Other estimates as likely as ours would give {channel} anything from {low} to {high}",
        "soft_but": "{text}, while that for {firm} would hardly change",
        # the section of the report
        "title": "Why this plan",
        "introduction": "What the figures say about the {plan} plan. All of it is within these limits and this model.",
        "introduction_level": (
            "What the figures say about how the {plan} plan splits the money between channels. The split was chosen as "
            "if it were spent evenly over the periods, and that is what is explained here: what the timing adds stands "
            "in the other sections. All of it is within these limits and this model."
        ),
        "acts": "It acts as if this was wanted, each goal counted in its range over all plans: {weights}",
        "acts_even": "Other weights explain it as well; these are the most even ones",
        "acts_unexplained": (
            "Of what the next {unit} brings on a channel, at most {amount} is explained neither by these weights "
            "nor by a limit"
        ),
        "acts_explained": "With the limits that explains all that the next {unit} brings on any channel",
        "acts_left": "For these weights another plan is better by {amount}",
        "acts_weight": "{goal} {share}",
        "paid_by": "{change}; {payers} would pay",
        "others_title": "The other plans",
        "named": "{plan}: {text}",
        "waterfall_title": "Where the change in {name} comes from",
        "waterfall_how": (
            "How to read: from the reference plan to this one, channel by channel; bars to the right of the step "
            "before gain, bars to the left lose. Thin lines hold 9 in 10 estimates. Plans on the way would not keep "
            "to the budget. The axis need not begin at zero."
        ),
        "waterfall_alt": "From {start} to {end}: {steps}.",
        "waterfall_start": "Reference plan",
        "waterfall_end": "This plan",
        "waterfall_rest": "{count} others",
        "table_title": "What the next {unit} would do, channel by channel",
        "table_how": (
            "How to read: a tenth more for one channel, paid for by the others; ranges hold 9 in 10 estimates, and "
            "where they span zero the change makes about no difference. The last column says in how many of {draws} "
            "other estimates, as likely as ours, the channel would get the same money within a tenth."
        ),
        "table_how_unsure": (
            "How to read: a tenth more for one channel, paid for by the others; ranges hold 9 in 10 estimates, and "
            "where they span zero the change makes about no difference."
        ),
        "more_of_largest": (
            "A tenth more was tried for the {count} channels with most money in this plan; of the others the cause "
            "alone is told."
        ),
        "column_channel": "Channel",
        "column_money": "Money ({currency})",
        "column_marginal": "Next {unit} brings ({outcome})",
        "column_more": "A tenth more changes {name} by ({outcome})",
        "column_why": "Why not more",
        "column_needs": "What would have to be true",
        "column_sure": "How sure",
        "why_saturated": "saturated: the next {unit} brings less than the money before it",
        "why_weak": "other channels bring more",
        "why_risk": "its risk weighs more than its return",
        "why_view": "the team's view holds it down",
        "why_no_data": "nothing is known of more money than that",
        "why_limit": "{limit}",
        "about_the_same": "about the same",
        "needs": "{factor} times as good",
        "needs_jump": "{factor} times as good: then it jumps from {below} to {above}",
        "needs_never": "not even a hundred times as good",
        "kind_budget": "the budget",
        "kind_max": "its maximum",
        "kind_cap": "the cap beyond what was ever spent",
        "kind_table": "the end of its curve",
        "kind_change": "the largest change that is allowed",
        "kind_share": "the largest share that is allowed",
        "kind_lock": "it is locked",
        "kind_off": "it is switched off",
        "kind_min": "its minimum",
        "kind_min_if_used": "its minimum if it is used",
        "kind_unused": "it is not used",
        "kind_nothing": "it gets nothing",
        "kind_rule": "the rule {rule}",
        "kind_goal_rule": "the rule {rule}",
        "kind_count": "the rule {rule}",
        "kind_resource": "how much {rule} there is",
        "kind_periods": "what its periods hold",
        "kind_step": "it is bought in blocks",
        "worth_unit": "{worth} per {unit}",
        "worth_channel": "{worth} for one channel more",
        "worth_block": "{worth} for one block more",
        "part_firm": "firm",
        "part_middling": "fairly firm",
        "part_soft": "open",
        "part_held": "held by limits",
        "sure": "{part} ({stays})",
        "limits_title": "What the limits are worth",
        "limits_how": (
            "How to read: what one {unit} more room would be worth in {name}, with all goals counted as this plan "
            "counts them, and over which amounts of the limit that stays roughly true."
        ),
        "column_limit": "Limit",
        "column_amount": "Stands at ({currency})",
        "column_worth": "One {unit} more is worth ({outcome})",
        "column_holds": "Roughly true from, to ({currency})",
        "of_channel": "{channel}: {kind}",
        "test_title": "What to test first",
        "tests_title": "Tests, by what their results are worth",
        "test": (
            "Test {channel} first: {change} for {length}. A result is expected to be worth {worth} to this "
            "plan{cost}. It can show a lift from {visible} on, and {lift} is expected."
        ),
        "test_blind": (
            "Test {channel} first: {change} for {length}. A result is expected to be worth {worth} to this "
            "plan{cost}. One such test is unlikely to settle it: it can show a lift from {visible} on, and {lift} is "
            "expected."
        ),
        "test_cost": ", and the test to cost {cost}",
        "test_none": "No test of a single channel would change this plan.",
        "test_raised": "raise its spend by {share}",
        "test_doubled": "double its spend",
        "test_lowered": "lower its spend by {share}",
        "test_stopped": "stop it",
        "column_test": "Test",
        "column_spend_change": "Change of spend ({currency})",
        "column_test_worth": "Worth of the result ({unit})",
        "column_test_cost": "Expected cost ({currency})",
        "column_lift": "Expected lift ({outcome})",
        "column_visible": "Lift that can be seen ({outcome})",
        "test_row": "{channel}: {change}, {length}",
        "test_how": (
            "How to read: for each channel the test that is worth most. Its result is worth what the plan would gain "
            "by it on average, whatever it says; tests worth less than a hundredth of the first are left out. A lift "
            "can be seen that four of five such tests would show."
        ),
        "tests_of_largest": "Tests of the {count} channels on which most is spent were tried, and of no others.",
        # the section on other plans
        "alike_title": "Other plans worth a look",
        "knee": (
            "The trade-off turns most at plan {plan}: on the way from it to any clearly different plan at least "
            "{strength} times as much is given up as is gained, each goal counted in its range over all plans."
        ),
        "knee_none": "The trade-off turns nowhere: no plan stands out against its neighbours on both sides.",
        "equal": (
            "{count} other plans are practically as good as the balanced one: each comes out ahead of it in more than "
            "a fifth of the estimates, and behind it in more than a fifth. They differ most in {ranges}."
        ),
        "equal_1": (
            "Plan {plan} is practically as good as the balanced one: it comes out ahead of it in more than a fifth of "
            "the estimates, and behind it in more than a fifth. The two differ most in {ranges}."
        ),
        "equal_range": "{channel} ({low} to {high})",
        "plan": "Plan\u00a0{plan}",
        "groups_title": "Plans that spend alike, one of each kind",
        "column_delegate": "Plan",
        "column_alike": "Plans of its kind",
        "column_spread": "Differ by at most",
        "column_most": "Most of the money on",
        "group_with": " ({names})",
        "groups_how": (
            "How to read: a row stands for plans that spend nearly the same, whatever they reach; any two of them "
            "differ by no more than this share of the money. In brackets: the recommended plans among them."
        ),
        "day": "{count} day",
        "days": "{count} days",
        "week": "{count} week",
        "weeks": "{count} weeks",
        "month": "{count} month",
        "months": "{count} months",
        "quarter": "{count} quarter",
        "quarters": "{count} quarters",
        "year": "{count} year",
        "years": "{count} years",
        "none": "{count} period",
        "nones": "{count} periods",
        "worth": "about {amount} more {name}",
    },
    "zh": {
        "and": "和",
        "comma": "、",
        "clause": "，",
        "clauses": "{first}，{last}",
        "full_stop": "{text}。",
        "others_1": "{first}以及另一个渠道",
        "others": "{first}以及另外{count}个渠道",
        "range": "{low}至{high}",
        "money": "货币单位",
        "moves": "本方案把{money}（占总预算{share}）从{givers}移到{takers}",
        "spends_more": "本方案比当前配比多花{money}（{share}），主要用于{takers}",
        "spends_less": "本方案比当前配比少花{money}（{share}），主要减自{givers}",
        "spends_more_and_moves": "本方案比当前配比多花{money}（{share}），并把{moved}从{givers}移到{takers}",
        "spends_less_and_moves": "本方案比当前配比少花{money}（{share}），并把{moved}从{givers}移到{takers}",
        "stays": "本方案维持当前配比",
        "places": "本方案把大部分预算投入{takers}",
        "brings": "{first}；{text}",
        "beside": "{text}，{others}",
        "level": "若各期平均投放，{text}",
        "rises": "预计{name}增加{change}（十次估计中有九次在{range}之间）",
        "falls": "预计{name}减少{change}（十次估计中有九次在{range}之间）",
        "same": "预计{name}大致不变（十次估计中有九次在{range}之间）",
        "rather_more": "预计{name}大致不变，略偏高（{change}；十次估计中有九次在{range}之间）",
        "rather_less": "预计{name}大致不变，略偏低（{change}；十次估计中有九次在{range}之间）",
        "goes_up": "{name}上升{change}",
        "goes_down": "{name}下降{change}",
        "goes_same": "{name}大致不变",
        "expects": "预计带来{value}的{name}",
        "contrast": "按当前配比，再投{unit}，在{giver}带来{less}的{name}，而在{taker}带来{more}",
        "next": "预算再加{unit}，可带来{amount}的{name}",
        "wants": "它追求的不只是{name}：{goals}占它所看重的{share}",
        "wants_other": "它追求的不是{name}，而只是{goals}",
        "limit_max": "{channel}已达上限{amount}；上限放宽一成，{worth}",
        "limit_cap": "{channel}已达超出历史投放的默认上限（{amount}）；若曲线照此延续，放宽一成{worth}",
        "limit_table": "{channel}已投{amount}，再往上没有数据；再多一成也许{worth}",
        "limit_change": "{channel}受调整幅度限制，最多只能到{amount}；放宽一成，{worth}",
        "limit_share": "{channel}已占到允许的最大份额；放宽一成，{worth}",
        "limit_lock": "{channel}锁定在{amount}；多投一成，{worth}",
        "limit_off": "{channel}已关闭；最先投入的{amount}{worth}",
        "limit_min": "{channel}至少要投{amount}；下限降低一成，{worth}",
        "limit_min_if_used": "{channel}只投了起投额{amount}；起投额降低一成，{worth}",
        "limit_rule": "限制它的是规则“{rule}”：放宽{amount}，{worth}",
        "limit_goal_rule": "限制它的是规则“{rule}”：放宽{amount}，{worth}",
        "limit_resource": "{rule}已用尽：再多{amount}，{worth}",
        "limit_count": "限制它的是规则“{rule}”：再多一个渠道，{worth}",
        "limit_periods": "{channel}已达各期能容纳的总额（{amount}）；放宽一成，{worth}",
        "firm_all": "整个方案相当稳固：换成其他同样可能的估计，预算的分法也大致相同",
        "soft": "最不确定的是{channel}的预算：换成其他同样可能的估计，它会得到{low}到{high}不等",
        "soft_alone": "换成其他同样可能的估计，{channel}会得到{low}到{high}不等",
        "soft_but": "{text}，而{firm}的预算几乎不变",
        "title": "为什么是这个方案",
        "introduction": "以下数字说明{plan}方案。所有结论都以这些约束和这个模型为前提。",
        "introduction_level": (
            "以下数字说明{plan}方案如何在渠道之间分配预算。分配是按各期平均投放选定的，这里解释的也是这一点；"
            "排期带来的增益见其他部分。所有结论都以这些约束和这个模型为前提。"
        ),
        "acts": "它相当于这样看重各目标（每个目标按其在全部方案中的范围计）：{weights}",
        "acts_even": "其他权重也能解释它，这里取最均匀的一组",
        "acts_unexplained": "再投{unit}所带来的，每个渠道至多有{amount}既不能由这些权重、也不能由约束解释",
        "acts_explained": "连同约束，这就解释了再投{unit}在各渠道带来的一切",
        "acts_left": "按这些权重，另有一个方案好{amount}",
        "acts_weight": "{goal} {share}",
        "paid_by": "{change}；由{payers}出钱",
        "others_title": "其他方案",
        "named": "{plan}：{text}",
        "waterfall_title": "{name}的变化从哪里来",
        "waterfall_how": (
            "读法：从参照方案到本方案，逐个渠道；比前一步靠右的条形是增加，靠左的是减少。细线包含十次估计中的九次。"
            "途中的方案并不满足总预算。横轴不一定从零开始。"
        ),
        "waterfall_alt": "从{start}到{end}：{steps}。",
        "waterfall_start": "参照方案",
        "waterfall_end": "本方案",
        "waterfall_rest": "其余{count}个",
        "table_title": "再投{unit}会怎样（逐个渠道）",
        "table_how": (
            "读法：给一个渠道加一成，由其他渠道出钱；区间包含十次估计中的九次，跨过零就表示大致没有差别。"
            "最后一列是在{draws}个同样可能的估计中，有多少个给该渠道的预算与本方案相差不到一成。"
        ),
        "table_how_unsure": (
            "读法：给一个渠道加一成，由其他渠道出钱；区间包含十次估计中的九次，跨过零就表示大致没有差别。"
        ),
        "more_of_largest": "只对本方案中金额最大的{count}个渠道试算加一成；其余渠道只说明原因。",
        "column_channel": "渠道",
        "column_money": "预算（{currency}）",
        "column_marginal": "再投{unit}带来（{outcome}）",
        "column_more": "加一成，{name}变化（{outcome}）",
        "column_why": "为什么不更多",
        "column_needs": "要怎样才值得",
        "column_sure": "有多确定",
        "why_saturated": "饱和：再投{unit}不如之前的钱有效",
        "why_weak": "其他渠道更有效",
        "why_risk": "风险超过回报",
        "why_view": "团队的判断压低了它",
        "why_no_data": "更高的投放没有数据",
        "why_limit": "{limit}",
        "about_the_same": "大致不变",
        "needs": "效果要有{factor}倍",
        "needs_jump": "效果要有{factor}倍：那时从{below}跳到{above}",
        "needs_never": "一百倍也不够",
        "kind_budget": "总预算",
        "kind_max": "上限",
        "kind_cap": "超出历史投放的默认上限",
        "kind_table": "曲线的尽头",
        "kind_change": "允许的最大调整幅度",
        "kind_share": "允许的最大份额",
        "kind_lock": "已锁定",
        "kind_off": "已关闭",
        "kind_min": "下限",
        "kind_min_if_used": "起投额",
        "kind_unused": "没有使用",
        "kind_nothing": "没有预算",
        "kind_rule": "规则{rule}",
        "kind_goal_rule": "规则{rule}",
        "kind_count": "规则{rule}",
        "kind_resource": "{rule}的总量",
        "kind_periods": "各期能容纳的总额",
        "kind_step": "按整份购买",
        "worth_unit": "每{unit}值{worth}",
        "worth_channel": "多一个渠道值{worth}",
        "worth_block": "多买一份值{worth}",
        "part_firm": "稳固",
        "part_middling": "较稳固",
        "part_soft": "不确定",
        "part_held": "由约束决定",
        "sure": "{part}（{stays}）",
        "limits_title": "各项约束值多少",
        "limits_how": (
            "读法：约束每放宽{unit}，按本方案对各目标的看重程度折算，值多少{name}；以及在什么范围内大致成立。"
        ),
        "column_limit": "约束",
        "column_amount": "位于（{currency}）",
        "column_worth": "每放宽{unit}值（{outcome}）",
        "column_holds": "大致成立的范围（{currency}）",
        "of_channel": "{channel}：{kind}",
        "test_title": "先测试什么",
        "tests_title": "按结果价值排列的测试",
        "test": (
            "先测试{channel}：{change}，持续{length}。测试结果预计为本方案带来{worth}{cost}；"
            "提升达到{visible}就能看出来，预计提升为{lift}。"
        ),
        "test_blind": (
            "先测试{channel}：{change}，持续{length}。测试结果预计为本方案带来{worth}{cost}。"
            "一次这样的测试不太可能有定论：提升达到{visible}才能看出来，而预计提升为{lift}。"
        ),
        "test_cost": "，测试本身预计花费{cost}",
        "test_none": "测试任何单个渠道都不会改变本方案。",
        "test_raised": "投放增加{share}",
        "test_doubled": "投放加倍",
        "test_lowered": "投放减少{share}",
        "test_stopped": "停投",
        "column_test": "测试",
        "column_spend_change": "投放变化（{currency}）",
        "column_test_worth": "结果的价值（{unit}）",
        "column_test_cost": "预计花费（{currency}）",
        "column_lift": "预计提升（{outcome}）",
        "column_visible": "能看出的提升（{outcome}）",
        "test_row": "{channel}：{change}，{length}",
        "test_how": (
            "读法：每个渠道列出最值得的测试。结果的价值是不论结果如何、方案平均能多得的部分；价值不到第一项百分之一的不列。"
            "五次测试中有四次能显示的提升算作能看出。"
        ),
        "tests_of_largest": "只试算了花钱最多的{count}个渠道的测试，其余渠道没有试算。",
        "alike_title": "其他值得一看的方案",
        "knee": (
            "取舍在方案{plan}处转得最急：从它换到明显不同的方案，放弃的至少是所得的{strength}倍"
            "（各目标按其在全部方案中的范围计）。"
        ),
        "knee_none": "取舍没有明显的转折：没有哪个方案比两侧的方案都突出。",
        "equal": (
            "另有{count}个方案与均衡方案几乎一样好：在超过五分之一的估计中胜过它，也在超过五分之一的估计中不如它。"
            "差别最大的是{ranges}。"
        ),
        "equal_1": (
            "方案{plan}与均衡方案几乎一样好：在超过五分之一的估计中胜过它，也在超过五分之一的估计中不如它。"
            "差别最大的是{ranges}。"
        ),
        "equal_range": "{channel}（{low}至{high}）",
        "plan": "方案{plan}",
        "groups_title": "花钱方式相近的方案，各举一个",
        "column_delegate": "方案",
        "column_alike": "同类方案数",
        "column_spread": "相差至多",
        "column_most": "主要投向",
        "group_with": "（{names}）",
        "groups_how": (
            "读法：每一行代表一组花钱方式相近的方案，不论各自达到什么；组内任何两个方案相差的预算不超过这一比例。"
            "括号内是其中的推荐方案。"
        ),
        "day": "{count}天",
        "days": "{count}天",
        "week": "{count}周",
        "weeks": "{count}周",
        "month": "{count}个月",
        "months": "{count}个月",
        "quarter": "{count}个季度",
        "quarters": "{count}个季度",
        "year": "{count}年",
        "years": "{count}年",
        "none": "{count}期",
        "nones": "{count}期",
        "worth": "约多得{amount}的{name}",
    },
}
