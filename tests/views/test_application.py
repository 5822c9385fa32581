from dataclasses import replace

import numpy as np
import pytest

from moo_budget.errors import InputError
from moo_budget.evaluation import evaluate
from moo_budget.tables import from_functions
from moo_budget.views import apply_views, black_litterman, implied_beliefs, taken_in
from moo_budget.views.returns import returns_at, returns_today
from tests.worlds import CHANNELS, TODAY, four_channel_problem, four_channels, hill

PERIODS = 10
ABOUT = {"today": TODAY, "periods": PERIODS}
TAGS = {"brand": ("tv", "social")}


def uneven_tables(n_draws=300):
    """Four channels whose draws differ in height and in shape, correlated between two of them, unequal weights."""
    rng = np.random.default_rng(11)
    common = rng.normal(size=n_draws)

    def drawn(height, half, shared):
        factor = np.exp(0.25 * (shared * common + np.sqrt(1 - shared**2) * rng.normal(size=n_draws)))
        halves = half * np.exp(0.3 * rng.normal(size=n_draws))
        return lambda x: (height * factor) * x[:, None] / (x[:, None] + halves)

    curves = [drawn(900, 120, 0.8), drawn(500, 30, 0.0), drawn(300, 60, -0.7), drawn(200, 20, 0.3)]
    tables = from_functions({"revenue": dict(zip(CHANNELS, curves, strict=True))}, dict.fromkeys(CHANNELS, 200.0))
    values = vars(tables) | {"weights": rng.dirichlet(np.full(n_draws, 20.0))}
    return type(tables)(**{name: value for name, value in values.items() if not name.startswith("mean_")})


def taken(*beliefs, tables=None, method="black_litterman", **about):
    return taken_in(
        uneven_tables() if tables is None else tables,
        {"beliefs": list(beliefs), "method": method},
        **ABOUT | {"tags": TAGS} | about,
    )


def moments(draws, weights):
    mean = draws @ weights
    return mean, ((draws - mean[:, None]) * weights) @ (draws - mean[:, None]).T


def test_without_views_the_tables_stay_as_they_are():
    tables = uneven_tables()
    viewed = taken(tables=tables)
    assert viewed.tables is tables
    assert viewed.record is None
    assert viewed.messages == ()


def test_draws_have_the_mean_and_the_covariance_of_black_littermans_posterior():
    tables = uneven_tables()
    before = returns_today(tables, "revenue", TODAY, PERIODS)
    after = returns_today(
        taken("roi(tv) == 1.2 * roi(search) @ 60%", "roi(电视) == 3 @ 80%", tables=tables).tables,
        "revenue",
        TODAY,
        PERIODS,
    )
    mean, covariance = moments(before.roi, before.weights)
    picks = np.array([[1, -1.2, 0, 0], [0, 0, 1, 0]])
    posterior = black_litterman(mean, covariance, picks, np.array([0.0, 3.0]), confidence=[0.6, 0.8])
    got_mean, got_covariance = moments(after.roi, after.weights)
    np.testing.assert_allclose(got_mean, posterior.mean, rtol=1e-10)
    np.testing.assert_allclose(got_covariance, posterior.uncertainty, atol=1e-10 * covariance.max())


def test_a_view_on_marginal_roi_moves_the_marginal_roi_of_its_channel_and_the_roi_of_the_others():
    tables = uneven_tables()
    before = returns_today(tables, "revenue", TODAY, PERIODS)
    viewed = taken("mroi(tv) == roi(search) @ 50%", tables=tables)
    after = returns_today(viewed.tables, "revenue", TODAY, PERIODS)
    state = np.vstack([before.marginal[:1], before.roi[1:]])
    mean, covariance = moments(state, before.weights)
    posterior = black_litterman(mean, covariance, np.array([[1, -1, 0, 0]]), np.array([0.0]), confidence=[0.5])
    got_mean, got_covariance = moments(np.vstack([after.marginal[:1], after.roi[1:]]), after.weights)
    np.testing.assert_allclose(got_mean, posterior.mean, rtol=1e-10)
    np.testing.assert_allclose(got_covariance, posterior.uncertainty, atol=1e-10 * covariance.max())


@pytest.mark.parametrize("k", [20, 100])
def test_one_view_moves_its_return_by_its_confidence(k):
    (belief,) = taken(f"roi(tv) - roi(social) == 1 @ {k}%").record.beliefs
    assert belief.reached == pytest.approx(k / 100)
    assert belief.posterior == pytest.approx(belief.prior + k / 100 * (1 - belief.prior))


def test_overlapping_views_say_how_far_each_of_them_came():
    first, second = taken("roi(tv) == 6 @ 50%", "roi(tv) == 6 @ 50%").record.beliefs
    assert first.reached == second.reached == pytest.approx(2 / 3)


def test_moved_curves_still_rise_from_zero_and_only_their_own_outcome_moves():
    tables = four_channels()
    for belief in ("roi(tv) == 9 @ 90%", "roi(tv) == 0.1 @ 90%"):
        moved = taken(belief, tables=tables, goals={"roi": {"outcome": "revenue", "measure": "roi"}}).tables
        revenue, reach = moved.outcomes.index("revenue"), moved.outcomes.index("awareness")
        assert not moved.values[revenue, :, 0].any()
        assert (np.diff(moved.values[revenue], axis=1) >= 0).all()
        assert (moved.slopes[revenue] >= 0).all()
        np.testing.assert_array_equal(moved.values[reach], tables.values[reach])
        assert not np.array_equal(moved.values[revenue], tables.values[revenue])


def test_what_stops_at_zero_is_said():
    viewed = taken("roi(tv) == 0.3 @ 90%")
    assert 0.01 < viewed.record.channels["tv"].at_zero < 0.2
    said = {message.code: message.text for message in viewed.messages}
    got = viewed.record.channels["tv"].roi_posterior.mean
    (belief,) = viewed.record.beliefs
    wanted = belief.prior + 0.9 * (0.3 - belief.prior)
    assert got > wanted + 1e-3
    assert said["views.at-zero"].startswith("views would make the return of tv negative under 3% of the draws")
    assert f"so {got:.3g} is expected where the views and the data together say {wanted:.3g}." in said["views.at-zero"]


def test_a_tag_is_all_the_outcome_over_all_the_money_of_its_channels():
    tables = uneven_tables()
    before = returns_today(tables, "revenue", TODAY, PERIODS)
    together = before.response[[0, 3]].sum(axis=0) / before.spend[[0, 3]].sum()
    (belief,) = taken("roi(brand) == 5", tables=tables).record.beliefs
    assert belief.prior == pytest.approx(together @ before.weights)
    assert belief.posterior == pytest.approx(5)
    assert belief.form == "0.933 roi(tv) + 0.0667 roi(social)"


def test_where_nothing_is_spent_today_the_roi_of_a_concave_curve_is_the_slope_at_zero():
    today = TODAY | {"social": 0.0}
    tables = uneven_tables()
    viewed = taken("roi(social) == 7", tables=tables, today=today)
    start = tables.mean_slopes[0, 3, 0]
    assert viewed.record.channels["social"].roi_prior.mean == pytest.approx(start)
    assert viewed.record.channels["social"].read_at == 0.0
    assert viewed.tables.mean_slopes[0, 3, 0] == pytest.approx(7)


def s_shaped_tables(n_draws=300):
    """Two channels, one of them with curves whose first unit brings nothing: x^2 / (x^2 + 30^2) returns most at 30."""
    rng = np.random.default_rng(3)
    factors = np.exp(0.3 * rng.normal(size=(2, n_draws)))
    curves = {
        "tv": lambda x: (900 * factors[0]) * x[:, None] / (x[:, None] + 90),
        "video": lambda x: (400 * factors[1]) * x[:, None] ** 2 / (x[:, None] ** 2 + 900),
    }
    return from_functions({"revenue": curves}, {"tv": 200.0, "video": 200.0})


@pytest.mark.parametrize("method", ["black_litterman", "entropy_pooling"])
def test_a_view_on_an_s_shaped_channel_without_money_moves_it_and_not_only_the_other_side(method):
    """The first unit brings nothing under any draw: its slope at zero would be certain, and the other side would give
    way alone."""
    tables, about = s_shaped_tables(), {"today": {"tv": 1000.0}, "periods": PERIODS, "currency": "EUR"}
    spec = {"beliefs": ["roi(video) == 1.2 * roi(tv) @ 60%"], "method": method}
    viewed = taken_in(tables, spec, **about)
    video = viewed.record.channels["video"]
    (belief,) = viewed.record.beliefs
    assert video.read_at / PERIODS == pytest.approx(30, rel=0.15)
    assert video.roi_prior.mean == pytest.approx(400 / 60 * np.exp(0.3**2 / 2), rel=0.1)
    assert video.roi_prior.std > 1.0
    assert video.mroi_prior.mean == pytest.approx(video.roi_prior.mean, rel=0.1)  # where most is returned they agree
    assert (belief.form, belief.against) == ("roi(video)", "1.2 roi(tv)")
    assert belief.prior > belief.asked + 0.5
    assert video.roi_posterior.mean < video.roi_prior.mean - 0.05
    assert belief.asked_posterior > belief.asked + 0.05


def test_a_moved_s_shaped_channel_returns_what_black_litterman_says_where_it_was_read():
    tables, about = s_shaped_tables(), {"today": {"tv": 1000.0}, "periods": PERIODS}
    before = returns_today(tables, "revenue", **about)
    viewed = taken_in(tables, {"beliefs": ["roi(video) == 0.8 @ 80%"]}, **about)
    after = returns_at(viewed.tables, "revenue", before.spend, before.read_at)
    start = before.roi[1] @ before.weights
    assert after.roi[1] @ after.weights == pytest.approx(start + 0.8 * (0.8 - start), rel=0.05)  # draws stop at zero
    assert viewed.record.channels["video"].implied > 1.05  # not the bare hurdle: its first money carries risk


def test_returns_before_views_and_with_them_are_read_at_the_same_money():
    """Draws that bend early and draws that bend late: weighed anew, the expected curve returns most elsewhere."""
    half = np.where(np.arange(200) % 4 == 0, 15.0, 90.0) * np.exp(0.1 * np.random.default_rng(5).normal(size=200))
    curves = {
        "tv": lambda x: 900 * x / (x + 90),
        "video": lambda x: 400 * x[:, None] ** 2 / (x[:, None] ** 2 + half**2),
    }
    tables, about = from_functions({"revenue": curves}, dict.fromkeys(curves, 200.0)), ({"tv": 1000.0}, PERIODS)
    before = returns_today(tables, "revenue", *about)
    low = np.sort(before.roi[1])[90]
    spec = {"beliefs": [f"roi(video) == {low}"], "method": "entropy_pooling"}
    viewed = taken_in(tables, spec, today={"tv": 1000.0}, periods=PERIODS)
    elsewhere = returns_today(viewed.tables, "revenue", *about).read_at
    assert elsewhere[1] > 1.5 * before.read_at[1]
    assert viewed.record.channels["video"].roi_posterior.mean == pytest.approx(before.roi[1] @ viewed.tables.weights)
    assert viewed.record.beliefs[0].posterior == pytest.approx(low)


def test_a_channel_that_brings_nothing_at_any_money_has_no_return_to_speak_of():
    tables = from_functions({"revenue": {"tv": hill(9, 30, 1)}}, {"tv": 200.0, "radio": 200.0})
    for method in ("black_litterman", "entropy_pooling"):
        with pytest.raises(InputError, match="is about `radio`, which brings nothing at any money under any draw"):
            apply_views(tables, {"beliefs": ["roi(radio) == roi(tv)"], "method": method}, today={"tv": 9}, periods=1)


def test_a_ranking_that_just_holds_is_not_minus_zero():
    viewed = taken("roi(tv) - roi(search) >= 0", method="entropy_pooling")
    (belief,) = viewed.record.beliefs
    assert -1e-9 < belief.posterior < 0.0
    assert viewed.messages[0].text.endswith("asked >= 0, now 0.")


def test_rows_are_matched_by_the_name_of_the_channel():
    tables = uneven_tables()
    order = [2, 0, 3, 1]
    turned = {name: value[:, order] for name, value in vars(tables).items() if name in ("values", "slopes")}
    turned |= {"knots": tables.knots[order], "channels": tuple(CHANNELS[c] for c in order)}
    turned |= {"carry_over": tables.carry_over[:, order], "carry_in": tables.carry_in[:, order]}
    known = {name: value for name, value in vars(tables).items() if not name.startswith("mean_")}
    beliefs = "roi(tv) == 1.5 * roi(search) @ 60%", "roi(social) == 2 @ 50%"
    plain = taken(*beliefs, tables=tables).tables
    other = taken(*beliefs, tables=type(tables)(**known | turned)).tables
    np.testing.assert_allclose(other.values, plain.values[:, order], rtol=1e-12)


def test_a_view_speaks_of_the_lead_goals_outcome_unless_it_names_another():
    tables = four_channels()
    goals = {
        "money": {"measure": "spend"},
        "seen": {"outcome": "awareness", "measure": "total", "goal": False},
        "reach": {"outcome": "awareness", "measure": "total"},
    }
    assert taken("roi(tv) == 50 @ 10%", tables=tables, goals=goals).record.outcome == "awareness"
    assert taken("roi(tv) == 50 @ 10%", tables=tables, currency="EUR").record.outcome == "revenue"
    spec = {"beliefs": ["roi(tv) == 50 @ 10%"], "outcome": "awareness"}
    assert taken_in(tables, spec, **ABOUT).record.outcome == "awareness"


def test_later_steps_see_the_posterior():
    tables = apply_views(four_channels(), {"beliefs": ["roi(tv) == 9 @ 80%"]}, **ABOUT, currency="EUR")
    before, after = four_channel_problem(), four_channel_problem(tables=tables)
    assert evaluate(after, TODAY).goals["roi"].value > 1.1 * evaluate(before, TODAY).goals["roi"].value


def test_pooling_holds_inequalities_rankings_and_quantiles():
    tables = uneven_tables()
    before = returns_today(tables, "revenue", TODAY, PERIODS)
    low = np.sort(before.roi[1])[60]
    viewed = taken(
        "roi(tv) >= roi(brand) >= 5.3",
        f"quantile(roi(search), 10%) >= {low}",
        "roi(电视) <= 100",
        tables=tables,
        method="entropy_pooling",
    )
    np.testing.assert_array_equal(viewed.tables.values, tables.values)
    pooled = returns_today(viewed.tables, "revenue", TODAY, PERIODS)
    assert pooled.roi[0] @ pooled.weights >= 5.3 - 1e-6
    assert (pooled.roi[1] < low) @ pooled.weights <= 0.1 + 1e-8
    ranking, floor, quantile, idle = viewed.record.beliefs
    assert (ranking.text, floor.text) == ("roi(tv) >= roi(brand)", "roi(brand) >= 5.3")
    assert quantile.prior < low <= quantile.posterior
    assert idle.reached is None
    assert 20 <= viewed.record.effective_draws < viewed.record.n_draws == 300


def test_pooling_with_views_that_hold_already_changes_nothing():
    tables = uneven_tables()
    viewed = taken("roi(tv) >= 0", "roi(tv) <= 1000", tables=tables, method="entropy_pooling")
    np.testing.assert_allclose(viewed.tables.weights, tables.weights, atol=1e-12)
    assert {belief.reached for belief in viewed.record.beliefs} == {None}


def test_copies_of_a_draw_count_as_one():
    """As bootstrap models hand them out: 300 draws that are 30 in truth."""
    tables = uneven_tables(n_draws=30)
    copies = {name: np.tile(getattr(tables, name), 10) for name in ("values", "slopes")}
    copies |= {name: np.tile(getattr(tables, name), (1, 1, 10, 1)) for name in ("carry_over", "carry_in")}
    known = {name: value for name, value in vars(tables).items() if not name.startswith("mean_")}
    tiled = type(tables)(**known | copies | {"weights": np.tile(tables.weights, 10) / 10})
    belief = "roi(tv) >= 5.3"
    once, often = (taken(belief, tables=each, method="entropy_pooling") for each in (tables, tiled))
    np.testing.assert_allclose(often.tables.weights.reshape(10, 30).sum(axis=0), once.tables.weights, rtol=1e-8)
    assert often.record.n_draws == 30
    assert often.record.effective_draws == pytest.approx(once.record.effective_draws)


def test_weights_count_like_copies_in_all_that_follows():
    tables = four_channels()
    weights = np.full(40, 1 / 48)
    weights[:8] = 2 / 48
    chosen = np.append(np.arange(40), np.arange(8))
    copied = {name: getattr(tables, name)[..., chosen] for name in ("values", "slopes")}
    copied |= {name: getattr(tables, name)[:, :, chosen] for name in ("carry_over", "carry_in")}
    parameters = {
        "total": {},
        "std": {},
        "semi_deviation": {},
        "tail_mean": {},
        "regret": {},
        "shortfall": {"target": 4e3},
    }
    goals = {
        f"{measure}_goal": {"outcome": "revenue", "measure": measure} | more for measure, more in parameters.items()
    }
    of_weights = four_channel_problem(tables=replace(tables, weights=weights), goals=goals)
    of_copies = four_channel_problem(tables=replace(tables, weights=np.full(48, 1 / 48), **copied), goals=goals)
    plans = np.array([list(TODAY.values()), [250.0] * 4])
    one, other = of_weights.values(plans), of_copies.values(plans)
    np.testing.assert_allclose(one.value, other.value, rtol=1e-9)
    np.testing.assert_allclose(one.low, other.low, rtol=1e-9)


def test_a_channel_that_can_get_no_money_has_no_return_to_speak_of():
    tables = from_functions({"revenue": {"tv": hill(9, 30, 1), "radio": hill(9, 30, 1)}}, {"tv": 200.0, "radio": 0.0})
    with pytest.raises(InputError, match=r"`roi\(radio\) == 1` is about `radio`, which was never bought and can get"):
        apply_views(tables, {"beliefs": ["roi(radio) == 1"]}, today={"tv": 100.0}, periods=1)


def test_a_belief_that_leans_on_a_mix_with_zeros_is_told_that_it_implies_a_ceiling_there():
    def said(belief):
        viewed = taken(belief, today=TODAY | {"social": 0.0}, currency="EUR", tables=four_channels())
        return {message.code: message.text for message in viewed.messages}

    text = said("mroi(social) == implied(social) @ 10%")["views.reference-zeros"]
    assert text.startswith("nothing is spent today on social, so what today's mix implies")
    assert "views.reference-zeros" not in said("mroi(tv) == implied(tv) @ 10%")
    assert "views.reference-zeros" not in said("roi(social) == 5 @ 10%")


def test_pooling_can_hold_roi_and_marginal_roi_of_one_channel():
    viewed = taken("mroi(tv) == 0.6 * roi(tv)", "roi(tv) >= 5.2", method="entropy_pooling")
    first, second = viewed.record.beliefs
    assert first.against == "0.6 roi(tv)"
    assert first.posterior == pytest.approx(first.asked_posterior, abs=1e-6)
    assert second.posterior >= 5.2 - 1e-6


def test_few_effective_draws_are_said():
    tables = uneven_tables(n_draws=60)
    far = float(np.quantile(returns_today(tables, "revenue", TODAY, PERIODS).roi[1], 0.92))
    viewed = taken(f"roi(search) == {far}", tables=tables, method="entropy_pooling")
    assert 20 <= viewed.record.effective_draws < 50
    said = {message.code: message.text for message in viewed.messages}
    assert f"the views leave {viewed.record.effective_draws:.0f} effective draws of 60" in said["views.few-draws"]


def test_what_views_changed_is_said_with_todays_money():
    viewed = taken("roi(tv) == 20 @ 10%")
    said = {message.code: message.text for message in viewed.messages}
    assert said["views.taken-in"].startswith(
        "views on revenue at today's money (tv 700.00), after Black and Litterman: `roi(tv) == 20 @ 10%`: roi(tv) was"
    )
    assert "standard deviations away" in said["views.far-from-data"]


def test_a_comparison_of_returns_is_said_by_its_two_sides_and_where_they_are_read():
    tables, about = s_shaped_tables(), {"today": {"tv": 1000.0}, "periods": PERIODS}
    spec = {"beliefs": ["roi(video) == 1000 * roi(tv) @ 1%"]}
    viewed = taken_in(tables, spec, **about)
    (belief,) = viewed.record.beliefs
    said = {message.code: message.text for message in viewed.messages}
    read_at = f"{viewed.record.channels['video'].read_at:,.2f}"
    assert f"(tv 1,000.00, video nothing, read at {read_at}), after Black and Litterman: " in said["views.taken-in"]
    sides = f"roi(video) was {belief.prior:.3g} against {belief.asked:.3g}, now {belief.posterior:.3g} against "
    assert sides in said["views.taken-in"]
    assert (
        f"what the data say is {belief.prior:.3g} with what they say is {belief.asked:.3g}"
        in (said["views.far-from-data"])
    )


def test_a_view_may_lean_on_the_belief_behind_todays_mix():
    tables = four_channels()
    implied = implied_beliefs(tables, "revenue", **ABOUT).channels
    beliefs = "mroi(tv) == implied(tv) @ 40%", "mroi(social) - implied(social) == 0"
    record = taken(*beliefs, tables=tables, currency="EUR").record
    tv, social = record.beliefs
    assert tv.asked == pytest.approx(implied["tv"].implied)
    assert social.posterior == pytest.approx(implied["social"].implied)
    assert record.channels["search"].implied == pytest.approx(implied["search"].implied)


def test_the_hurdle_behind_todays_mix_is_that_of_the_goals_margin():
    goals = {"profit": {"outcome": "revenue", "measure": "profit", "margin": 0.5}}
    record = taken("roi(tv) == 5 @ 10%", tables=four_channels(), goals=goals).record
    implied = implied_beliefs(four_channels(), "revenue", **ABOUT, margin=0.5).channels
    assert record.channels["tv"].implied == pytest.approx(implied["tv"].implied)


def test_an_outcome_that_is_no_money_has_no_belief_behind_todays_mix():
    goals = {"reach": {"outcome": "awareness", "measure": "total"}}
    record = taken("roi(tv) == 50 @ 10%", tables=four_channels(), goals=goals, currency="EUR").record
    assert record.channels["tv"].implied is None
    assert record.not_implied.startswith("awareness is counted in impressions")


@pytest.mark.parametrize(
    ("beliefs", "about", "text"),
    [
        (["roi(tvv) == 1"], {}, "there is no channel or tag `tvv`. Did you mean `tv`?"),
        (["roi(tv) == 1 @ 101%"], {}, "a confidence is above 0% and at most 100%, not 101%"),
        (["roi(tv) == 1", "roi(tv) == 2"], {}, r"`roi\(tv\) == 2` contradicts `roi\(tv\) == 1`, and all of them"),
        (["roi(tv) == 1", "mroi(tv) == 2"], {}, "views are about both roi and mroi of `tv`"),
        (["roi(brand) == 1", "mroi(tv) == 2"], {}, "views are about both roi and mroi of `tv`"),
        (["roi(tv) >= 1"], {}, 'for inequalities and rankings write method = "entropy_pooling"'),
        (["roi(tv) == 1"], {"today": None}, "nobody said what is spent today"),
        (["roi(tv) == 1"], {"today": TODAY | {"tv": 3000.0}}, "today's 300.00 of `tv` per period lies beyond the end"),
        (["roi(brand) == 1"], {"today": TODAY | {"tv": 0.0, "social": 0.0}}, "nothing is spent today on any channel"),
        (["mroi(tv) == implied(tv)"], {"today": TODAY | {"tv": 2000.0, "search": 1990.0}}, "implies no belief"),
    ],
)
def test_views_that_cannot_be_taken_in_are_refused(beliefs, about, text):
    with pytest.raises(InputError, match=text):
        taken(*beliefs, **about)


@pytest.mark.parametrize(
    ("beliefs", "text"),
    [
        (["roi(tv) == 100"], "cannot be reached by weighing the draws: under them its value lies between"),
        (["quantile(roi(tv), 10%) >= 100"], "cannot be reached by weighing the draws: under them it lies between"),
        (["roi(tv) >= 6", "roi(tv) <= 4"], r"`roi\(tv\) <= 4` and `roi\(tv\) >= 6` contradict each other"),
        (["roi(tv) == 10"], r"of 300 draws these views leave \d+.\d effective ones"),
    ],
)
def test_pooling_refuses_what_the_draws_cannot_say(beliefs, text):
    with pytest.raises(InputError, match=text):
        taken(*beliefs, method="entropy_pooling")


@pytest.mark.parametrize("method", ["black_litterman", "entropy_pooling"])
def test_curves_that_are_certain_cannot_be_moved(method):
    sure = from_functions({"revenue": {"tv": hill(9, 30, 1)}}, {"tv": 200.0})
    about = {"today": {"tv": 100.0}, "periods": 1, "currency": "EUR"}
    spec = {"beliefs": ["roi(tv) == 0.2"], "method": method}
    with pytest.raises(InputError, match=r"nothing about that is uncertain|cannot be reached by weighing the draws"):
        apply_views(sure, spec, **about)
