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
    (r"none: no channel moves this outcome", "无：没有渠道影响该结果指标"),
)

# The engine speaks English; what follows only spares the reader its jargon.
_EN = ((r"measured: (?:relative )?residuals of (?P<rest>[^;]+)", "measured, by how far the models missed {rest}"),)
_FORMS = {"en": _EN, "zh": _ZH}


def in_words(text: str, lang: str) -> str:
    """A text of the engine as the report says it; one that is not known here, as it stands."""
    for pattern, form in _FORMS[lang]:
        found = re.fullmatch(pattern, text)
        if found is not None:
            fields = {name: value or "1" for name, value in found.groupdict().items()}
            span = f" {fields['count']} {_PERIODS[fields['period']]}" if "period" in fields else ""
            return form.format(**fields | {"span": span})
    return text
