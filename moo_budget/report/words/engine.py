"""What the engine itself wrote into a result, said to a reader of the report: where a sentence is known."""

import re

_PERIODS = {"day": "天", "week": "周", "month": "个月", "quarter": "个季度", "year": "年"}
_SPAN = r"(?:(?P<count>\d+) )?(?P<period>day|week|month|quarter|year)s?"

# Pattern of the whole text -> its Chinese form; groups by name, `span` is made of count and period.
_ZH = (
    (rf"(?:the last|mean of the last) {_SPAN}(?: x (?P<times>\d+))?", "最近{span}的均值 × {times}"),
    (
        rf"(?:the last|mean of the last) {_SPAN}(?: x (?P<times>\d+))?: the history is shorter than the plan",
        "最近{span}的均值 × {times}（历史短于计划期）",
    ),
    (r"mean of all (?P<count>\d+) rows(?: x (?P<times>\d+))?", "全部 {count} 行的均值 × {times}"),
    (rf"the {_SPAN} from (?P<start>\S+) on, the same span a year earlier", "去年同期：自 {start} 起的{span}"),
    (r"stated in the problem file", "问题文件中所写"),
    (r"stated in the problem file; 0 for (?P<names>.+), left out there", "问题文件中所写；未列出的为 0：{names}"),
    (r"as stated in \[plan\] today", "问题文件 [plan] today 中所写"),
    (
        r"assumed: (?P<noise>\S+%) a channel and period, correlation (?P<correlation>\S+) \(\[risk\]\)",
        "假设每个渠道每期 {noise}，相关系数 {correlation}（[risk]）",
    ),
    (r"measured: (?:relative )?residuals of (?P<rest>[^;]+)", "由 {rest} 的残差测得"),
    (
        r"measured: relative residuals of (?P<rest>[^;]+); "
        r"assumed: relative noise (?P<noise>\S+) per period for (?P<names>.+), uncorrelated",
        "由 {rest} 的残差测得；{names} 假设每期相对波动 {noise}，互不相关",
    ),
    (
        r"assumed: relative noise (?P<noise>\S+) per period, correlation (?P<correlation>\S+) between channels",
        "假设每期相对波动 {noise}，渠道间相关系数 {correlation}",
    ),
    (r"none: no channel moves this outcome", "无：没有渠道影响该结果指标"),
)

_LEFT_OUT = {"day": ""}  # what an optional part is where it is missing; else one
_PERIOD_ROW = r"period (?P<row>\d+)(?P<day> \(\S+\))?"

# Limits that a plan breaks.
_ZH_LIMITS = (
    (r"the total (?P<total>\S+) is above the budget (?P<budget>\S+)", "合计 {total} 高于预算 {budget}"),
    (
        r"the total (?P<total>\S+) is above the budget (?P<budget>\S+) by (?P<by>\S+)",
        "合计 {total} 高于预算 {budget}，差 {by}",
    ),
    (
        r"the total (?P<total>\S+) is below the budget (?P<budget>\S+) by (?P<by>\S+)",
        "合计 {total} 低于预算 {budget}，差 {by}",
    ),
    (r"the total (?P<total>\S+) is below the budget (?P<budget>\S+)", "合计 {total} 低于预算 {budget}"),
    (r"(?P<channel>.+): is switched off", "{channel} 已关闭"),
    (r"(?P<channel>.+): is locked at (?P<money>\S+)", "{channel} 锁定为 {money}"),
    (r"(?P<channel>.+): (?P<money>\S+) is below its minimum (?P<least>\S+)", "{channel} 的 {money} 低于下限 {least}"),
    (r"(?P<channel>.+): (?P<money>\S+) is above its maximum (?P<most>\S+)", "{channel} 的 {money} 高于上限 {most}"),
    (
        r"(?P<channel>.+): (?P<money>\S+) is neither nothing nor at least its minimum if used (?P<least>\S+)",
        "{channel} 的 {money} 既不为零，也未达到启用下限 {least}",
    ),
    (r"(?P<channel>.+): takes more than (?P<share>\S+) of the total", "{channel} 超过总额的 {share}"),
    (
        r"(?P<channel>.+): moves by more than (?P<share>\S+) of (?P<money>\S+)",
        "{channel} 的变动超过 {money} 的 {share}",
    ),
    (
        r"(?P<channel>.+): (?P<money>\S+) is no whole number of blocks of (?P<step>\S+)",
        "{channel} 的 {money} 不是 {step} 的整数倍",
    ),
    (
        r"the rule `(?P<rule>.+)` is broken: its left side is (?P<left>.+), its right side (?P<right>.+)",
        "未满足规则 `{rule}`：左边为 {left}，右边为 {right}",
    ),
    (r"the rule `(?P<rule>.+)` is broken: (?P<used>\d+) are used", "未满足规则 `{rule}`：用了 {used} 个"),
    (r"`(?P<name>.+)`: (?P<used>\S+) is used up, above (?P<most>\S+)", "{name} 用去 {used}，高于 {most}"),
    (
        rf"(?P<channel>.+): (?P<money>\S+) in {_PERIOD_ROW}, which is a blackout",
        "{channel} 在停投的第 {row} 期{day}投放 {money}",
    ),
    (
        rf"(?P<channel>.+): (?P<money>\S+) in {_PERIOD_ROW} is above its maximum (?P<most>\S+) per period",
        "{channel} 在第 {row} 期{day}的 {money} 高于每期上限 {most}",
    ),
    (rf"{_PERIOD_ROW}: (?P<money>\S+) is above `total_max` (?P<most>\S+)", "第 {row} 期{day}合计 {money} 高于 {most}"),
)

# What a run tells of the data, the models and the search: the sentences that most runs have.
_ZH_MESSAGES = (
    (rf"(?P<file>.+): {_SPAN}, (?P<start>\S+) to (?P<end>\S+)\.", "{file} 共{span}，{start} 至 {end}。"),
    (r"(?P<file>.+): no dates, so its (?P<rows>\d+) rows .+", "{file}：没有日期，{rows} 行并列，不分先后。"),
    (
        r"`(?P<outcome>.+)` is not measured for (?P<channels>.+); no effect of theirs on it is assumed\.",
        "{channels} 没有 `{outcome}` 的数据，假设其对该结果没有作用。",
    ),
    (r"`(?P<outcome>.+)` was read as measured per channel\.", "`{outcome}` 按渠道分别计量。"),
    (
        r"`(?P<channel>.+)` was never bought: its spend is 0 throughout, so nothing can be learned of it here\.",
        "`{channel}` 从未投放：花费始终为 0，无从学习。",
    ),
    (
        r"`(?P<channel>.+)` was never bought; its curves are wide guesses at about the other channels' return\.",
        "`{channel}` 从未投放；其曲线是参照其他渠道回报的宽泛猜测。",
    ),
    (
        r"`(?P<channel>.+)` ran in (?P<rows>\d+) of (?P<all>\d+) periods only; its curves are wide guesses .+",
        "`{channel}` 在 {all} 期中只投放了 {rows} 期；其曲线是参照其他渠道回报的宽泛猜测。",
    ),
    (
        r"`(?P<channel>.+)` is bought with trend, season and controls \((?P<share>\S+) of its variance\), .+",
        "`{channel}` 的投放随趋势、季节和控制变量而动（占其方差的 {share}），难以与它们的作用区分。"
        "逆季节投放几周，或做一次增量测试，即可分辨。",
    ),
    (
        r"(?P<outcome>.+): (?P<channels>\d+) channels are learned from the totals of (?P<rows>\d+) periods, .+",
        "{outcome}：要从 {rows} 期的合计学习 {channels} 个渠道，无法全部区分：它们合计带来多少是已知的，"
        "多数渠道各自带来多少则仍是事先的设想。请按渠道组规划、按渠道衡量结果，或提供增量测试（[fit] experiments）。",
    ),
    (
        r"(?P<outcome>.+): these channels are bought together \(.+ by (?P<least>\S+) or more\): (?P<groups>.+)\. A .+",
        "{outcome}：这些渠道总是一起投放（花费的相关系数不低于 {least}）：{groups}。合计只能说明它们一起带来多少，"
        "几乎说不出各自多少。请把它们作为一个渠道规划，或单独改变、测试其中一个。",
    ),
    (
        r"(?P<outcome>.+): far from the fit, so counted less \((?P<rows>\d+) of the values\): (?P<where>.+)\.",
        "{outcome}：有 {rows} 个值远离拟合，因此降低其权重：{where}。",
    ),
    (
        r"(?P<outcome>.+) of (?P<channels>.+): too little happens before or in the held-out periods, .+",
        "{channels} 的 {outcome}：留出期之前或之内的变化太少，未检验其预测。",
    ),
    (
        r"(?P<outcome>.+): a step from one period to the next that no spend explains, at (?P<where>.+)\. If .+",
        "{outcome}：{where} 处出现花费无法解释的突变。若当时另有长期变化（价格、网站、统计口径），"
        "请从其后开始取历史，或加一个之前为 0、之后为 1 的控制列。",
    ),
    (
        r"(?P<outcome>.+): on the (?P<rows>\d+) held-out periods the model's forecast misses by (?P<off>\S+) .+"
        r" by (?P<naive>[\d.]+%)\. .+",
        "{outcome}：在 {rows} 个留出期上，模型预测的误差（CRPS）为 {off}，只重复其他时期则为 {naive}。"
        "请把其曲线当作方向，而非预测。",
    ),
    (
        r"moving money between periods made (?P<better>\d+) of (?P<all>\d+) plans better than spent level, and none "
        r"worse in any goal; .+",
        "在各期之间移动预算，使 {all} 个方案中的 {better} 个优于平均投放，且没有方案在任何目标上变差。",
    ),
    (
        r"how far from perfect plans per period can be is not known: .+",
        "分期方案距离最优多远尚不清楚：上界和有效前沿是按平均投放计算的。",
    ),
    (
        r"algorithm = '\w+': (?P<weights>\S+) weightings of the goals solved by structure, then (?P<plans>\S+) plans "
        r"by (?P<method>\S+), because of .+",
        "按结构求解 {weights} 组目标权重，再由 {method} 搜索 {plans} 个方案，因为有些最优方案不对应任何权重。",
    ),
    (
        r"algorithm = '\w+': (?P<weights>\S+) weightings of the goals solved by structure; .+",
        "按结构求解 {weights} 组目标权重；没有需要进化搜索补充的地方。",
    ),
    (
        r"(?P<file>.+): (?P<names>\d+) holidays on (?P<days>\d+) days of the history\.",
        "{file}：{names} 个节假日，历史中共 {days} 天。",
    ),
    (
        r"market noise of (?P<all>\S+) channels: .+ in the (?P<few>\d+) directions .+ up to (?P<most>\d+) channels\)",
        "{all} 个渠道的市场波动：各渠道自身的波动如实保留，"
        "共同的波动以 {few} 个主要方向表示（不超过 {most} 个渠道时为精确值）。",
    ),
    (
        r"money is handed out in steps of (?P<step>\S+), which is (?P<share>\S+%) of the budget (?P<budget>\S+): "
        r"give a smaller \[plan\] money_step, such as (?P<finer>\S+), or 0",
        "金额按 {step} 取整，占预算 {budget} 的 {share}：请把 [plan] money_step 设得更小，例如 {finer}，或设为 0。",
    ),
    (r"rules on goals, kept by every plan: (?P<told>.+)", "每个方案都满足的目标规则：{told}"),
)

# The engine speaks English; what follows only spares the reader its jargon.
_EN = (
    (r"measured: (?:relative )?residuals of (?P<rest>[^;]+)", "measured, by how far the models missed {rest}"),
    (
        r"measured: relative residuals of (?P<rest>[^;]+); assumed: (?P<assumed>.+)",
        "measured, by how far the models missed {rest}; assumed: {assumed}",
    ),
)
_FORMS = {"en": _EN, "zh": (*_ZH, *_ZH_LIMITS, *_ZH_MESSAGES)}


def in_words(text: str, lang: str) -> str:
    """A text of the engine as the report says it; one that is not known here, as it stands."""
    for pattern, form in _FORMS[lang]:
        found = re.fullmatch(pattern, text)
        if found is not None:
            fields = {name: value or _LEFT_OUT.get(name, "1") for name, value in found.groupdict().items()}
            span = f" {fields['count']} {_PERIODS[fields['period']]}" if "period" in fields else ""
            return form.format(**fields | {"span": span})
    return text
