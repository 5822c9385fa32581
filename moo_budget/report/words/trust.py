"""How far to trust it all: fit, search, certificate, assumptions, what is not in the ranges."""

EN: dict[str, str] = {
    "trust": "How far to trust this",
    "trust_fit": "Quality of the models on periods that they had not seen",
    "fit_outcome": "Outcome",
    "fit_model": "Model",
    "fit_held_out": "Periods held out",
    "fit_r2": "R²",
    "fit_mape": "Off by, on average",
    "fit_naive": "Median of other periods off by",
    "fit_baseline": "Without channels off by",
    "fit_coverage": "Within their 8-in-10 range",
    "fit_verdict": "Verdict",
    "fit_better": "better than repeating other periods (CRPS)",
    "fit_worse": "worse than repeating other periods (CRPS)",
    "fit_unknown": "not tested",
    "fit_driven": "{channel} ({columns})",
    "fit_drivers": (
        "{outcome}: what its models go by, as the share of the variance that they no longer explain where a column "
        "is shuffled: {channels}."
    ),
    "fit_candidates": (
        "{outcome}: how far the candidates' forecasts were off on held-out periods (CRPS, as a share of the "
        "outcome): {candidates}. Chosen: {reason}."
    ),
    "fit_candidate": "{name} {score}",
    "fit_indistinct": (
        "{outcome}: the data hardly tell apart what these channels bring: {pairs}. Their sum is known better than "
        "either; a lift test on one of them would tell."
    ),
    "fit_worse_remark": (
        "The model of {outcome} forecast periods that it had not seen worse than repeating other periods "
        "did (CRPS {error} of the outcome against {naive}): take its curves as a direction, not as a forecast."
    ),
    "fit_no_channels_remark": (
        "The model of {outcome} forecast periods that it had not seen no better than the same model without any "
        "channel (CRPS {error} of the outcome against {baseline}): that these channels move it is the prior's word "
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
    "certified_coverage": (
        "For every plan within the limits there is one on this front that is as good in all goals at once, to "
        "within {share} of the range that each goal has on the front. More plans on the front make this smaller."
    ),
    "certified_open": "Not proved: how much better a plan could be in {goal} at most ({reason}).",
    "certified_open_coverage_gap": (
        "Not proved: how closely the front matches every plan in all goals at once ({reason})."
    ),
    "certified_open_solve_gap": "Not proved: how good the plans are for mixes of the goals ({reason}).",
    "certified_open_other": "Not proved: {part} ({reason}).",
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
