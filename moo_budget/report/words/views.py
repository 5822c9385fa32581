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
