"""Every sentence of the report: one dict per language, whole sentences with named fields."""

from __future__ import annotations

from collections.abc import Iterable

from moo_budget.goals import Goal

WORDS: dict[str, dict[str, str]] = {
    "en": {
        # names
        "today": "Today",
        "reference": "Reference",
        "safest": "Safest",
        "balanced": "Balanced",
        "boldest": "Boldest",
        "and": " and ",
        "comma": ", ",
        "semicolon": "; ",
        "roi": "ROI",
        "money": "units of money",
        "day": "day",
        "days": "days",
        "week": "week",
        "weeks": "weeks",
        "month": "month",
        "months": "months",
        "quarter": "quarter",
        "quarters": "quarters",
        "year": "year",
        "years": "years",
        "none": "period",
        "nones": "periods",
        # title strip
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
        "strip_made": "Made",
        "strip_program": "Program",
        "strip_seed": "Seed",
        "stopped": (
            "The search was stopped early, after {evaluations} evaluations. All plans keep every limit; a longer "
            "search may find better ones."
        ),
        # the answer
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
            "The balanced plan {does}; it is expected to bring {size} more {outcome} than the reference plan"
            "{range}{risk}."
        ),
        "headline_less": (
            "The balanced plan {does}; it is expected to bring {size} less {outcome} than the reference plan"
            "{range}{risk}."
        ),
        "headline_unclear": (
            "The balanced plan {does}; whether it brings more {outcome} than the reference plan is unclear"
            "{range}{risk}."
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
            "The reference plan keeps today's mix and, as far as the budget allows, today's total. Today's money: "
            "{today}."
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
        # picks
        "explore": "Explore the plans",
        "picks": "Plans to choose from",
        "picks_limits": "All of them keep every limit.",
        "safest_risk": "Safest has the least risk.",
        "safest_risk_reference": "Safest has the least risk among plans that bring the {outcome} of the reference.",
        "safest_moves": "Safest moves the least money.",
        "safest_moves_reference": "Safest moves the least money among plans that bring the {outcome} of the reference.",
        "balanced_rule": "Balanced has the smallest worst regret over the goals.",
        "boldest_outcome": "Boldest is expected to bring the most {outcome}.",
        "boldest_goal": "Boldest has the best {goal}.",
        "picks_one_plan": "Names that share a card are the same plan.",
        "picks_table": "Plans side by side; money and outcomes for the whole plan",
        "measure": "Measure",
        "row_budget": "Budget",
        "row_against": "{outcome} against the reference",
        "row_moved": "Shifted between channels",
        "row_biggest": "Biggest move",
        "row_touched": "Channels that get money",
        "row_beyond": "Channels beyond past spend",
        "row_breaks": "Limits it breaks",
        "measured_only": "measured, not sought",
        "less_is_better": "less is better",
        "change_unclear": "unclear",
        "change_same": "about the same",
        "nothing": "none",
        "not_known": "not known",
        "beyond_table": "beyond the curves",
        # money moved
        "calendar": "When the money is spent",
        "calendar_of": "Calendar of plan {plan}",
        "calendar_total": "All channels together, {currency}",
        "calendar_axis": "first day of the {period}, or its number",
        "calendar_alt": "Money per period of {channels}.",
        "calendar_even": "All periods together get {money} {currency} each.",
        "calendar_uneven": (
            "The fullest period gets {most} {currency} ({when_most}), the emptiest {least} ({when_least})."
        ),
        "calendar_how": (
            "How to read: every row is a channel, the one with most money first, and every column a {period}; the "
            "darker, the more the channel spends then, against what it would spend level. A dashed line is the most "
            "that all channels together may spend. Money of every plan stands in calendar.csv and in the workbook."
        ),
        "moved": "Money moved",
        "moved_how": (
            "How to read: each bar is what a channel gains (right) or loses (left) against the reference plan, which "
            "is the line in the middle. All panels share one scale."
        ),
        "moved_axis": "more or less than in the reference plan, {currency} for the whole plan",
        "moved_none": (
            "Today's spending is not known, so no money moves: the tables below show where each plan puts it."
        ),
        "moved_alt": "{pick}, {currency} against the reference plan: {moves}.",
        "moved_alt_none": "{pick}: no money is moved.",
        "best_moves_title": "The best moves, in order: from the reference plan to the {plan} plan",
        "best_moves_how": (
            "How to read: of all moves that are left, the one that is expected to add most {outcome} comes next. Moves "
            "below zero give some of it up for the other goals."
        ),
        "best_moves_move": "From, to",
        "best_moves_money": "Money ({currency})",
        "best_moves_gain": "More {outcome} ({unit})",
        "best_moves_so_far": "So far ({unit})",
        "best_moves_between": "{giver} → {taker}",
        "best_moves_new": "new money",
        "best_moves_saved": "not spent",
        "best_moves_rest": "{count} further moves",
        "best_moves_breaks": "{gain}; to stop here breaks a limit",
        # trade-off
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
        # risk and return
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
        # channels
        "channels": "Channel by channel",
        "channels_how": (
            "Effect, ROI and marginal ROI are those on {outcome}. Marginal ROI is what the next {currency} brings: "
            "where it is below that of another channel, money earns more there, as far as limits and the other goals "
            "allow."
        ),
        "channels_of": "{plan} plan",
        "channel": "Channel",
        "total": "Total",
        "column_money": "Money ({currency})",
        "column_reference": "Reference ({currency})",
        "column_change": "Change ({currency})",
        "column_change_share": "Change",
        "column_share_spend": "Share of spend",
        "column_share_effect": "Share of effect",
        "column_roi": "ROI ({unit})",
        "column_marginal": "Marginal ROI ({unit})",
        "beyond_note": "▲ more per {period} than was ever spent: the curve there is an extrapolation.",
        # curves
        "curves": "Response curves",
        "curves_of": "{outcome} from each channel",
        "curves_how": (
            "How to read: incremental {outcome} per {period} at each level of spend per {period}. The band holds 9 in "
            "10 estimates of the curve; where it flattens, the channel is saturated. Hatched: more than was ever "
            "spent, so nothing was observed there. Each panel has its own scale."
        ),
        "curves_without": "No channel was found to move {outcome}.",
        "per_period": "{unit} per {period}",
        "expected": "expected",
        "band": "9 in 10 estimates",
        "beyond": "beyond past spend",
        "never_bought": "Never bought, capped at 0: {channels}.",
        "not_measured": "Not measured: {channels}.",
        "no_effect": "No effect: {channels}.",
        "curve_alt": "{channel}, {plan}: {spend} per {period}; the next {currency} brings {marginal} {unit}.",
        # views
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
        # trust
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
            "The response tables that were searched differ from the learned curves by at most {error} of a curve's "
            "height."
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
            "No channel goes beyond {times} times its highest spend of one {period}, unless its own limit says "
            "otherwise."
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
        # appendix
        "appendix": "Appendix",
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
            "Effect that comes in later periods than the spend; effect per money that falls as spend grows."
        ),
        "problem_file": "The problem file",
        "source": "Where it comes from",
        "source_history": "{file}, SHA-256 {sha256}",
        "source_versions": "Versions: {versions}",
        # the page of a sweep
        "sweep_title": "How much money?",
        "sweep_budgets": "Budgets solved",
        "sweep_stopped": "The sweep was stopped early; the budgets that were solved by then are shown.",
        "sweep_range": (
            "The plan that brings most {outcome} is expected to bring {less} with a budget of {low}, and {more} with "
            "{high}."
        ),
        "sweep_margin": "A unit of {outcome} ({unit}) is taken to earn {margin}.",
        "sweep_beyond": (
            "Some of these plans spend more per period than was ever spent on: {channels}. There the curve is a guess "
            "of the model."
        ),
        "sweep_proved": "No plan of any of these totals brings more than {share} more {outcome} than the curve shows.",
        "sweep_left_out": "{budget} is left out: {reason}",
        "sweep_bands": (
            "Estimate: 9 in 10 of what the expected outcome may be, by what the data leave open. May come: 8 in 10 "
            "cases, the market's noise included."
        ),
        "sweep_curve": "What more money brings",
        "sweep_curve_how": (
            "Every point is the plan of that total that is expected to bring most, within all limits; limits that are "
            "shares follow the total. Below: what the next unit of money brings there, with 9 in 10 of what it may be."
        ),
        "sweep_table": "The plan that brings most, budget by budget; each leads to its own report",
        "sweep_budget": "Budget ({currency})",
        "sweep_range_80": "8 in 10 cases",
        "sweep_marginal": "More {outcome} per further {currency}",
        "sweep_range_90": "9 in 10 estimates",
        "sweep_profit": "Left after the spend ({currency})",
        "sweep_band_may_come": "may come (8 in 10)",
        "sweep_band_estimate": "estimate (9 in 10)",
        "sweep_best": "best plan",
        "sweep_break_even": "break-even",
        "sweep_earns_itself": "earns itself back",
        "sweep_axis_marginal": "{outcome} per further {currency}",
        "sweep_split": "Where the money goes",
        "sweep_money": "Money ({currency})",
        "sweep_others": "{count} others",
        "sweep_split_alt": "Shares of the money from the smallest to the largest budget: {said}.",
        "sweep_picks": "Safest, balanced and boldest plan of every budget",
        "sweep_picks_how": "Each budget has its own front and its own three picks; its report says more.",
        "sweep_pick": "Plan",
        "sweep_messages": "What to know about the data",
        # workbook
        "sheet_note": "Money and outcomes for the whole plan, {length}; low and high hold 8 in 10 outcomes.",
        "column_spend": "Money for {channel}",
        "column_period": "Period",
        "column_start": "First day",
        "value": "{heading}",
        "low": "{heading}, low",
        "high": "{heading}, high",
        "estimate_low": "{heading}, low estimate",
        "estimate_high": "{heading}, high estimate",
        "page_note": "Made by moo-budget on one machine; this page loads nothing and sends nothing.",
    }
}


class Words:
    """The sentences of one language; called with a key and its fields.

    Args:
        lang: of the problem file.
    """

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def __call__(self, key: str, **fields: object) -> str:
        """A sentence with its fields filled in."""
        return WORDS[self.lang][key].format(**fields)

    def setting(self, key: str, value: str) -> str:
        """A value of the problem file in words; one that the catalogue does not know, as it stands."""
        return WORDS[self.lang].get(f"{key}_{value}", value)

    def goal(self, goal: Goal) -> str:
        """A goal's name as a heading."""
        return self("roi") if goal.name == "roi" else self.title(goal.name)

    def name(self, name: str) -> str:
        """A name of the problem file inside a sentence."""
        return name.replace("_", " ")

    def title(self, name: str) -> str:
        """The same as a heading."""
        words = self.name(name)
        return words[:1].upper() + words[1:]

    def unit_beside(self, label: str, unit: str) -> str:
        """The unit that a label still needs: none where the label ends in it, as in ``Incremental quotes``."""
        return "" if unit and label.lower().endswith(unit.lower()) else unit

    def plan_names(self, names: Iterable[str]) -> str:
        """``Safest, balanced and boldest``."""
        first, *others = (self(name) for name in names)
        listed = [first, *(other.lower() for other in others)]
        return self("and").join([self("comma").join(listed[:-1]), listed[-1]] if others else listed)

    def length(self, periods: int, period: str) -> str:
        """``13 weeks``."""
        return f"{periods} {self(period if periods == 1 else period + 's')}"
