"""What the team believes."""

EN: dict[str, str] = {
    "views": "What the team believes",
    "views_by_black_litterman": (
        "These views are about {outcome} at today's money. They were blended with what the data say after Black "
        "and Litterman: every response curve that the data allow was moved towards them, as far as each view's "
        "confidence and what the data know permit. Every figure of this report is with the views."
    ),
    "views_by_entropy_pooling": (
        "These views are about {outcome} at today's money. They were taken in by entropy pooling: of the response "
        "curves that the data allow, those that agree with the views count more. {effective} of {draws} cases are "
        "left, counted by weight. Every figure of this report is with the views."
    ),
    "views_beliefs": "Views: what the data say, what was asked, and what both say together",
    "views_belief": "View",
    "views_form": "About",
    "views_confidence": "Confidence",
    "views_prior": "Data say",
    "views_asked": "Asked",
    "views_posterior": "With the views",
    "views_reached": "Followed to",
    "views_held": "held already",
    "views_lost": "held before",
    "views_against": "{value} against {other}",
    "views_equal": "equal",
    "views_at_least": "at least as much",
    "views_at_most": "at most as much",
    "views_plans": "What the plans bring in {outcome} ({unit}), without the views and with them",
    "views_plan": "Plan",
    "views_without": "Without the views",
    "views_with": "With the views",
    "views_difference": "Difference",
    "views_channels": "Returns at today's money, before the views and with them (mean ± standard deviation)",
    "views_money": "Today ({currency})",
    "views_roi_before": "ROI before ({unit})",
    "views_roi_with": "ROI with views",
    "views_mroi_before": "Marginal ROI before",
    "views_mroi_with": "Marginal ROI with views",
    "views_implied": "Today's mix implies",
    "views_how": (
        "The last column is the marginal ROI that each channel would need for today's mix to be right, risk "
        "included. It is what the mix says, not what the data say: where the two are far apart, somebody knows "
        "something that the other does not. Where nothing is spent, it is a ceiling."
    ),
    "views_read": (
        "Where nothing is spent today, returns are read at the money at which the channel is expected to return "
        "most per unit, which stands in brackets."
    ),
    "views_read_at": "{money} (read at {read_at})",
    "views_not_implied": "What today's mix implies is not shown: {reason}",
}

ZH: dict[str, str] = {
    "views": "团队的判断",
    "views_by_black_litterman": (
        "这些判断针对当前预算下的{outcome}，按 Black 与 Litterman 的方法与数据结合：数据所允许的每条响应曲线"
        "都按判断的把握和数据的了解程度向其靠拢。本报告所有数字均已计入判断。"
    ),
    "views_by_entropy_pooling": (
        "这些判断针对当前预算下的{outcome}，按熵池法计入：在数据所允许的响应曲线中，与判断一致的权重更大。按"
        "权重计，{draws} 种情形还剩 {effective} 种。本报告所有数字均已计入判断。"
    ),
    "views_beliefs": "判断：数据怎么说、要求是什么、两者合起来怎么说",
    "views_belief": "判断",
    "views_form": "关于",
    "views_confidence": "把握",
    "views_prior": "数据",
    "views_asked": "要求",
    "views_posterior": "计入判断后",
    "views_reached": "达到",
    "views_held": "原已成立",
    "views_lost": "原先成立",
    "views_against": "{value}，对比 {other}",
    "views_equal": "等于",
    "views_at_least": "至少",
    "views_at_most": "至多",
    "views_plans": "各方案的{outcome}（{unit}），不计与计入判断",
    "views_plan": "方案",
    "views_without": "不计判断",
    "views_with": "计入判断",
    "views_difference": "差异",
    "views_channels": "当前预算下的回报，计入判断前后（均值 ± 标准差）",
    "views_money": "当前（{currency}）",
    "views_roi_before": "之前的 ROI（{unit}）",
    "views_roi_with": "计入后的 ROI",
    "views_mroi_before": "之前的边际 ROI",
    "views_mroi_with": "计入后的边际 ROI",
    "views_implied": "当前配比所隐含",
    "views_how": (
        "最后一列是要使当前配比正确（含风险）各渠道所需的边际 ROI。这是配比的意思，不是数据的意思：两者相差很"
        "远时，其中一方知道另一方不知道的事。没有花费之处，它是上限。"
    ),
    "views_read": "当前没有花费的渠道，按单位预期回报最高的预算读取，见括号。",
    "views_read_at": "{money}（按 {read_at} 读取）",
    "views_not_implied": "当前配比所隐含的未列出：{reason}",
}
