"""Money placed in periods: the dynamic response, timing within limits, and what is said when limits clash."""

import datetime
import re
from dataclasses import replace

import numpy as np
import pytest

import moo_budget as mb
from moo_budget.calendar import CalendarLaw, calendar_frame
from moo_budget.calendar.bursts import best_bursts
from moo_budget.choose import picks
from moo_budget.evaluation import placing_told
from moo_budget.limits import CalendarCheck
from tests.worlds import CHANNELS, TODAY, four_channels

GOALS = {
    "revenue": {"outcome": "revenue", "measure": "total"},
    "awareness": {"outcome": "awareness", "measure": "total"},
    "risk": {"outcome": "revenue", "measure": "std"},
}
MONDAYS = [datetime.date(2024, 1, 1) + datetime.timedelta(weeks=t) for t in range(11)]


def flowing(tables=None, *, decay=0.5, n_lags=4, past=0.0, season=None):
    """Tables with a geometric carry-over, as if `past` (currency per period) had been spent before."""
    tables = four_channels() if tables is None else tables
    size = (len(tables.outcomes), len(tables.channels), len(tables.weights))
    weights = decay ** np.arange(n_lags)
    weights = np.broadcast_to(weights / weights.sum(), (*size, n_lags))
    left = np.flip(np.cumsum(np.flip(weights, -1), -1), -1)  # weight of lags 0, 1, ... and all later ones
    stock = (
        np.concatenate([left[..., 1:], np.zeros((*size, 1))], -1) * np.broadcast_to(past, size[1])[None, :, None, None]
    )
    season = np.ones((1, 1, 1, 1)) if season is None else np.asarray(season, dtype=float).reshape(1, 1, 1, -1)
    return replace(tables, carry_over=weights, carry_in=stock, season=season)


def question(tables=None, **changes):
    settings = {"goals": GOALS, "budget": 1000.0, "periods": 10, "today": TODAY, "calendar": True} | changes
    return mb.BudgetProblem(flowing(past=20.0) if tables is None else tables, **settings)


def level(problem, splits):
    """The same money in every period."""
    return np.repeat(splits[:, None, :] / problem.periods, problem.periods, axis=1)


def measured(problem, splits, money):
    return problem.under(CalendarLaw(problem, splits, money)).measure(splits)


def parabola(height, most, *, outcomes=1):
    """One channel, response height x - x^2 / 2 up to `most` < height, which Hermite cubics hold exactly."""
    knots = np.linspace(0.0, most, 5)[None]
    values = (height * knots - 0.5 * knots**2)[None, ..., None]
    tables = mb.from_functions({"revenue": {"tv": lambda x: x}}, {"tv": most})
    return replace(tables, knots=knots, values=values, slopes=(height - knots)[None, ..., None])


def one_channel(tables, total, periods, money_step=0.0, **changes):
    goals = {"revenue": {"outcome": "revenue", "measure": "total"}}
    return mb.BudgetProblem(
        tables, goals=goals, budget=total, periods=periods, money_step=money_step, calendar=True, **changes
    )


class TestDynamicResponse:
    @pytest.mark.parametrize("goal", ["revenue", "awareness"])
    def test_a_plan_that_goes_on_as_before_brings_what_the_tables_say_of_level_spend(self, goal):
        spend = np.array([TODAY[name] for name in CHANNELS])
        problem = question(flowing(past=spend / 10))
        law = CalendarLaw(problem, spend[None], level(problem, spend[None]))
        brought = question(calendar=False).totals(goal, spend[None])
        assert problem.under(law).totals(goal, spend[None]) == pytest.approx(brought, rel=1e-12)

    def test_without_carry_over_all_goals_are_those_of_level_spend(self):
        problem = question(four_channels())
        spend = np.array([[400.0, 300.0, 200.0, 100.0]])
        dynamic = measured(problem, spend, level(problem, spend))
        np.testing.assert_allclose(dynamic, problem.measure(spend), rtol=1e-12)

    def test_searches_see_what_money_spent_evenly_brings_with_carry_in_and_season(self):
        spend = np.random.default_rng(2).dirichlet(np.ones(4), 12) * 1000.0
        for past in (0.0, [90.0, 3.0, 3.0, 30.0]):
            problem = question(flowing(past=past, season=1.0 + 0.3 * np.sin(np.arange(13))))
            seen, dynamic = problem.measure(spend), measured(problem, spend, level(problem, spend))
            np.testing.assert_allclose(seen[:, :2], dynamic[:, :2], rtol=1e-4)  # tables are read between their knots
            np.testing.assert_allclose(seen[:, 2], dynamic[:, 2], rtol=5e-3)  # noise as of a usual money

    def test_a_plan_without_money_brings_nothing_whatever_was_spent_before(self):
        problem = question(flowing(past=50.0), budget={"min": 0.0, "max": 1000.0})
        nothing = np.zeros((1, 4))
        assert measured(problem, nothing, level(problem, nothing))[0, :3] == pytest.approx(0.0, abs=1e-9)

    def test_it_equals_a_simulation_with_history_before_and_quiet_after(self):
        """What the plan brings: revenue of history, plan and quiet weeks less that of history and quiet weeks."""
        rng = np.random.default_rng(3)
        before, plan = rng.uniform(5.0, 60.0, 12), rng.uniform(5.0, 60.0, 6)
        weights = np.array([0.5, 0.3, 0.2])
        curve = lambda stock: 900.0 * stock - 0.5 * stock**2  # noqa: E731
        with_plan = curve(np.convolve(np.r_[before, plan, np.zeros(4)], weights)).sum()
        without = curve(np.convolve(np.r_[before, np.zeros(10)], weights)).sum()
        stock = [weights[t + 1 :] @ before[::-1][: 2 - t] for t in range(2)] + [0.0]
        tables = replace(
            parabola(900.0, 100.0), carry_over=weights.reshape(1, 1, 1, 3), carry_in=np.reshape(stock, (1, 1, 1, 3))
        )
        problem = one_channel(tables, plan.sum(), 6)
        split = np.array([[plan.sum()]])
        assert measured(problem, split, plan.reshape(1, 6, 1))[0, 0] == pytest.approx(with_plan - without, rel=1e-12)

    def test_market_noise_is_independent_between_periods(self):
        problem = question(four_channels(noise=0.3))
        spend = np.array([[400.0, 300.0, 200.0, 100.0]])
        money = level(problem, spend) * np.r_[np.full(5, 2.0), np.zeros(5)][None, :, None]
        _, variance = CalendarLaw(problem, spend, money).batch(spend).moments(0)
        alone = replace(problem.tables, carry_over=problem.tables.carry_over)
        _, one_period = alone.moments("revenue", money[0, :1])
        np.testing.assert_allclose(variance, 5.0 * one_period, rtol=1e-12)

    def test_what_risk_is_made_of_adds_up_to_the_deviation_of_the_plan(self):
        problem = question()
        front = mb.schedule(mb.solve(problem, n_plans=4, n_evaluations=400, seed=1))
        parts = mb.decompose_risk(front.problem, front.plan("1").spend, outcome="revenue")
        assert parts.std == pytest.approx(front.plan("1").goals["risk"].value, rel=1e-9)
        assert sum(one.total for one in parts.channels.values()) == pytest.approx(parts.std, rel=1e-9)

    def test_a_reference_that_stays_where_it_is_is_as_likely_below_as_above_itself(self):
        goals = GOALS | {"worse": {"outcome": "revenue", "measure": "shortfall", "target": "today"}}
        problem = question(goals=goals)
        reference = problem.money.reference[None]
        worse = measured(problem, reference, level(problem, reference))[0, 3]
        earlier = level(problem, reference) * np.linspace(1.4, 0.6, 10)[None, :, None]
        assert worse == 0.5
        assert measured(problem, reference, earlier)[0, 3] != 0.5

    def test_a_season_that_is_shorter_than_the_plan_is_refused(self):
        with pytest.raises(mb.InputError, match="season has 7 periods and the plan 10; it needs a factor for each"):
            question(flowing(season=np.ones(7)))


class TestKnownAnswers:
    def test_two_periods_and_stock_of_the_past_have_a_closed_form(self):
        """Least sum of squared stocks: x = X / 2 - w0 i / (2 (w0^2 + w1^2 - w0 w1)), i the past's stock."""
        w0, w1, past = 0.7, 0.3, 6.0
        tables = replace(
            parabola(200.0, 90.0),
            carry_over=np.reshape([w0, w1], (1, 1, 1, 2)),
            carry_in=np.reshape([past, 0.0], (1, 1, 1, 2)),
        )
        front = mb.schedule(mb.solve(one_channel(tables, 80.0, 2), seed=1))
        first = 40.0 - w0 * past / (2.0 * (w0**2 + w1**2 - w0 * w1))
        np.testing.assert_allclose(front.problem.law.money[0, :, 0], [first, 80.0 - first], rtol=1e-5)

    def test_without_carry_over_marginal_returns_are_equal_under_a_season(self):
        """Response s (a - x) x / ...: s0 (a - x0) = s1 (a - x1) with x0 + x1 = X."""
        height, total, season = 100.0, 60.0, np.array([1.2, 1.0])
        tables = replace(parabola(height, 90.0), season=season.reshape(1, 1, 1, 2))
        front = mb.schedule(mb.solve(one_channel(tables, total, 2), seed=1))
        first = (season[0] * height - season[1] * (height - total)) / season.sum()
        np.testing.assert_allclose(front.problem.law.money[0, :, 0], [first, total - first], rtol=1e-5)

    @pytest.mark.parametrize("money_step", [0.0, 0.01])  # what is rounded stays within its burst
    def test_a_burst_is_put_around_the_season(self, money_step):
        """Straight response: all money at the peak; bursts of three put it there and the least beside it."""
        season = np.array([1.0, 1.0, 1.05, 1.5, 1.1, 1.0])
        tables = replace(parabola(1e6, 90.0), season=season.reshape(1, 1, 1, 6))
        limits = {"calendar": {"tv": {"min_burst": 3}}}
        front = mb.schedule(mb.solve(one_channel(tables, 60.0, 6, money_step, limits=limits), seed=1))
        np.testing.assert_allclose(front.problem.law.money[0, :, 0], [0, 0, 1, 58, 1, 0], atol=1e-6)

    @pytest.mark.parametrize("shortest", [1, 2, 3])
    def test_bursts_are_the_best_of_all_that_are_allowed(self, shortest):
        rng = np.random.default_rng(shortest)
        for _ in range(30):
            worth, allowed = rng.normal(-0.2, 1.0, 8), rng.random(8) < 0.85
            sets = ((np.arange(256)[:, None] >> np.arange(8)) & 1).astype(bool)
            good = [on for on in sets if on.any() and not (on & ~allowed).any() and _runs(on).min() >= shortest]
            if good:
                found = best_bursts(worth, allowed, shortest)
                assert any((found == on).all() for on in good)
                assert worth[found].sum() == pytest.approx(max(worth[on].sum() for on in good))


def _runs(on):
    """Lengths of the runs of a row of booleans."""
    edges = np.flatnonzero(np.diff(np.r_[False, on, False]))
    return edges[1::2] - edges[::2]


class TestSchedule:
    def test_without_season_and_carry_over_the_level_plan_comes_back(self):
        problem = question(four_channels())
        before = mb.solve(problem, n_plans=12, n_evaluations=1000, seed=1)
        after = mb.schedule(before)
        np.testing.assert_array_equal(after.spend, before.spend)
        np.testing.assert_allclose(after.values.value, before.values.value, rtol=1e-6)
        assert np.abs(after.problem.law.money - level(problem, after.spend)).max() <= 0.01 + 1e-9
        assert after.messages[-1].code == "calendar.level"

    def test_every_plan_is_at_least_as_good_as_spent_level_in_every_goal_risk_included(self):
        problem = question(flowing(past=[90.0, 3.0, 3.0, 30.0], season=1.0 + 0.3 * np.sin(np.arange(13))))
        before = mb.solve(problem, n_plans=20, n_evaluations=1000, seed=1)
        after = mb.schedule(before)
        placed = after.problem.to_minimise(after.values.value)
        spent_level = problem.to_minimise(measured(problem, after.spend, level(problem, after.spend)))
        gained = (spent_level - placed) / np.ptp(spent_level, axis=0)
        assert gained.min() >= -1e-4  # level money is no whole number of cents
        assert (np.median(gained, axis=0) > 1e-3).all()
        said = {m.code: m.text for m in after.messages}["calendar.timed"]
        assert "made 20 of 20 plans better than spent level, and none worse in any goal" in said

    def test_the_front_is_feasible_sorted_and_not_dominated(self):
        front = mb.schedule(mb.solve(question(), n_plans=20, n_evaluations=1000, seed=1))
        goals = front.problem.to_minimise(front.values.value)
        assert (np.diff(goals[:, 0]) >= 0).all()
        for row in goals:
            assert not (np.all(goals <= row, axis=1) & np.any(goals < row, axis=1)).any()
        assert all(plan.breaks == () for plan in front.plans)
        np.testing.assert_allclose(front.problem.law.money.sum(axis=1), front.spend, atol=1e-9)

    def test_the_same_front_gives_the_same_calendar_and_no_plan_depends_on_its_neighbours(self):
        before = mb.solve(question(), n_plans=8, n_evaluations=500, seed=1)
        one, other = mb.schedule(before), mb.schedule(before)
        np.testing.assert_array_equal(one.problem.law.money, other.problem.law.money)
        batch, alone = one.problem.measure(one.spend), [one.problem.measure(row[None])[0] for row in one.spend]
        np.testing.assert_array_equal(batch, alone)

    def test_random_limits_are_kept_by_every_plan(self):
        rng = np.random.default_rng(5)
        for seed in range(12):
            limits = _random_limits(rng)
            problem = question(
                flowing(past=20.0, season=1.0 + 0.4 * np.cos(np.arange(13))), limits=limits, calendar=MONDAYS
            )
            front = mb.schedule(mb.solve(problem, n_plans=6, n_evaluations=300, seed=seed))
            check = CalendarCheck(problem.limits, problem.money, 10, MONDAYS)
            for split, money in zip(front.spend, front.problem.law.money, strict=True):
                assert check.broken(money, split, 1e-6) == ()
                assert np.abs(money / 0.01 - np.round(money / 0.01)).max() < 1e-5

    def test_plans_that_the_team_limit_does_not_hold_are_moved_and_it_is_said(self):
        limits = {
            "calendar": {"total_max": 120.0, "tv": {"blackout": MONDAYS[:7]}, "search": {"blackout": MONDAYS[:7]}}
        }
        problem = question(limits=limits, calendar=MONDAYS)
        front = mb.schedule(mb.solve(problem, n_plans=10, n_evaluations=500, seed=1))
        assert any(message.code == "calendar.moved-splits" for message in front.messages)
        assert all(plan.breaks == () for plan in front.plans)
        np.testing.assert_allclose(front.spend.sum(axis=1), 1000.0, rtol=1e-12)

    def test_rules_on_goals_are_kept_by_what_comes_with_money_placed(self):
        problem = question(limits={"rules": ["risk <= 600"]})
        front = mb.schedule(mb.solve(problem, n_plans=20, n_evaluations=2000, seed=1))
        assert (front.values.value[:, 2] <= 600.0 * (1 + 1e-6)).all()
        assert all(plan.breaks == () for plan in front.plans)

    def test_what_is_asked_of_a_calendar_front_is_answered_with_a_plan_whose_periods_are_known(self):
        front = mb.schedule(mb.solve(question(), n_plans=6, n_evaluations=300, seed=1))
        wanted = dict(zip(GOALS, front.values.value[2].tolist(), strict=True))
        assert front.choose(aspiration=wanted).spend == front.plans[2].spend
        assert front.choose(weights={"revenue": 1.0}).spend == front.plans[0].spend
        with pytest.raises(mb.InputError, match=r"solves for plans that are spent evenly.*front.choose\(aspiration"):
            mb.reach(front.problem, wanted)
        with pytest.raises(
            mb.InputError, match=r"placed in periods, which can bring more. Certify the front as it was"
        ):
            mb.certify(front.problem, front)

    def test_what_the_reference_has_is_told_as_the_calendar_measures_it(self):
        problem = question(flowing(past=40.0), limits={"rules": ["awareness >= today(awareness)"]})
        reference = problem.money.reference[None]
        under = problem.under(CalendarLaw(problem, reference, level(problem, reference)))
        assert under.goal_rules[0].bound == under.measure(reference)[0, 1]
        assert under.broken(reference[0]) == ()
        front = mb.schedule(mb.solve(problem, n_plans=6, n_evaluations=500, seed=1))
        assert (front.values.value[:, 1] >= under.goal_rules[0].bound * (1 - 1e-6)).all()

    def test_a_rule_that_no_plan_keeps_once_its_money_is_placed_is_told_with_the_nearest(self):
        gaps = {name: {"blackout": MONDAYS[:7]} for name in CHANNELS[:3]}
        problem = question(limits={"rules": ["revenue >= 6000"], "calendar": gaps}, calendar=MONDAYS)
        front = mb.solve(problem, n_plans=5, n_evaluations=1000, seed=1)
        with pytest.raises(
            mb.InfeasibleError,
            match=r"keeps all limits. The nearest one spends 1,000.00: the rule `revenue >= 6000` is broken: "
            r"revenue is .*too little. Raise the budget, .* or ask for less: revenue >= ",
        ) as caught:
            mb.schedule(front)
        assert caught.value.code == "calendar.none-keeps"

    def test_a_plan_of_ones_own_is_spent_as_evenly_as_the_periods_allow_and_compared_so(self):
        gaps = {"total_max": 130.0, "tv": {"blackout": MONDAYS[:3]}, "social": {"min_burst": 3, "max": 30.0}}
        problem = question(limits={"calendar": gaps}, calendar=MONDAYS)
        front = mb.schedule(mb.solve(problem, n_plans=6, n_evaluations=300, seed=1))
        spend = np.array([[400.0, 300.0, 200.0, 100.0]])
        money = level(problem, spend)
        money[0, :, 0] = np.r_[np.zeros(3), np.full(7, 400.0 / 7)]
        one = mb.evaluate(front.problem, dict(zip(CHANNELS, spend[0], strict=True)), front=front)
        assert one.breaks == ()
        assert one.goals["revenue"].value == pytest.approx(measured(problem, spend, money)[0, 0], rel=1e-9)
        crowded = mb.evaluate(front.problem, {"tv": 1000.0}, front=front)
        assert crowded.breaks == tuple(
            f"period {t + 1} ({MONDAYS[t]}): 142.86 is above `total_max` 130.00" for t in range(3, 10)
        )
        assert crowded.within.breaks == ()
        assert "tv: 70.00 in period 1 (2024-01-01), which is a blackout" in front.reference.breaks  # it is spent level
        (told,) = placing_told(front.problem)
        assert told.text.startswith(
            "plans of your own are spent as evenly over the periods as the limits of these allow"
        )
        assert placing_told(problem) == ()

    def test_a_level_problem_has_no_calendar_to_make(self):
        front = mb.solve(question(calendar=False), n_plans=4, n_evaluations=100, seed=1)
        with pytest.raises(mb.InputError, match="plans no calendar; make it with calendar=True"):
            mb.schedule(front)
        with pytest.raises(mb.InputError, match=r"has no calendar; make one with schedule\(front\)"):
            calendar_frame(front, picks(front))

    def test_money_that_does_not_add_up_is_no_calendar(self):
        problem = question()
        spend = np.array([[400.0, 300.0, 200.0, 100.0]])
        with pytest.raises(mb.InputError, match="misses the totals of its channels by up to 40; it must add up"):
            CalendarLaw(problem, spend, 1.1 * level(problem, spend))

    def test_the_frame_has_a_row_a_plan_and_period(self):
        front = mb.schedule(mb.solve(question(calendar=MONDAYS), n_plans=3, n_evaluations=100, seed=1))
        frame = calendar_frame(front, picks(front))
        assert list(frame.columns[:5]) == ["plan_id", "pick", "period", "start", "total"]
        assert len(frame) == 10 * len(front)
        assert frame["start"].iloc[9] == "2024-03-04"
        by_plan = frame.groupby("plan_id", sort=False)[[f"spend_{name}" for name in CHANNELS]].sum()
        np.testing.assert_allclose(by_plan.to_numpy(), front.spend, atol=1e-9)


def _random_limits(rng):
    """A most of all channels, and limits of two channels that leave room for the budget of 1,000."""
    one, other = rng.permutation(CHANNELS)[:2]
    blackout = [MONDAYS[t] + datetime.timedelta(days=int(rng.integers(0, 7))) for t in rng.integers(0, 10, 2)]
    return {
        "calendar": {
            "total_max": float(rng.choice([105.0, 130.0, 200.0])),
            str(one): {"max": float(rng.integers(30, 90)), "min_burst": int(rng.integers(1, 4))},
            str(other): {"blackout": blackout, "min_burst": int(rng.integers(1, 3))},
        }
    }


class TestGoalSeek:
    SOUGHT = {"spend": {"measure": "spend"}, "revenue": GOALS["revenue"] | {"goal": False}}  # noqa: RUF012

    def seek(self, revenue, **changes):
        tables = flowing(past=[90.0, 3.0, 3.0, 30.0], season=1.0 + 0.3 * np.sin(np.arange(13)))
        settings = {"goals": self.SOUGHT, "budget": {"min": 0.0, "max": 2000.0}} | changes
        problem = question(tables, limits={"rules": [f"revenue >= {revenue}"]}, **settings)
        return mb.solve(problem, n_plans=5, n_evaluations=1000, seed=1)

    def test_the_least_money_is_that_of_money_well_placed_and_the_rule_holds_to_its_bound(self):
        evenly = self.seek(4500)
        front = mb.schedule(evenly)
        assert front.values.value[0, 1] == pytest.approx(4500.0, rel=1e-4)
        assert front.plans[0].breaks == ()
        assert front.spend.sum() < 0.97 * evenly.spend.sum()
        told = {message.code: message.text for message in front.messages}
        assert told["solve.goal-rules"].endswith("`revenue >= 4500`: revenue is 4,500.04 EUR")

    def test_what_no_evenly_spent_money_brings_is_told_as_that(self):
        with pytest.raises(
            mb.InfeasibleError, match=r"This is proved: .*All this is of money spent evenly over the per"
        ):
            self.seek(99_999)

    def test_the_least_money_is_what_brings_no_more_than_is_asked_when_all_of_it_is_placed_for_revenue(self):
        least = mb.schedule(self.seek(4500)).spend.sum()
        goals = {"revenue": GOALS["revenue"]}
        tables = flowing(past=[90.0, 3.0, 3.0, 30.0], season=1.0 + 0.3 * np.sin(np.arange(13)))
        most = [
            mb.schedule(mb.solve(question(tables, goals=goals, budget=round(share * least, 2)), n_plans=1, seed=1))
            for share in (0.99, 1.01)
        ]
        assert most[0].values.value[0, 0] < 4500.0 < most[1].values.value[0, 0]


class TestCheckOfPlans:
    @pytest.mark.parametrize(
        ("money", "limits", "text"),
        [
            ([5, 5, 5], {"tv": {"max": 4.0}}, "tv: 5.00 in period 1 (2024-01-01) is above its maximum 4.00 per period"),
            ([5, 0, 5], {"tv": {"min_burst": 2}}, "tv: runs for 1 of at least 2 periods in a row from period 1"),
            (
                [0, 5, 5],
                {"tv": {"blackout": [datetime.date(2024, 1, 10)]}},
                "tv: 5.00 in period 2 (2024-01-08), which is",
            ),
            ([5, 5, 14], {"total_max": 12.0}, "period 3 (2024-01-15): 14.00 is above `total_max` 12.00"),
            ([-1, 5, 9], {"total_max": 9.0}, "tv: -1.00 in period 1 (2024-01-01) is below 0"),
        ],
    )
    def test_every_kind_of_break_is_named(self, money, limits, text):
        tables = parabola(100.0, 50.0)
        problem = mb.BudgetProblem(
            tables,
            goals={"revenue": {"outcome": "revenue", "measure": "total"}},
            budget={"min": 0.0, "max": 100.0},
            periods=3,
            limits={"calendar": limits},
            calendar=MONDAYS[:4],
        )
        check = CalendarCheck(problem.limits, problem.money, 3, MONDAYS[:4])
        found = check.broken(np.array(money, dtype=float)[:, None], np.array([float(sum(money))]), 1e-9)
        assert any(text in one for one in found), found
        assert check.broken(np.zeros((3, 1)), np.zeros(1), 1e-9) == ()

    def test_periods_that_miss_the_total_are_named(self):
        check = CalendarCheck(question().limits, question().money, 10, ())
        assert check.broken(np.zeros((10, 4)), np.array([0.0, 7.0, 0.0, 0.0]), 1e-9) == (
            "search: its periods add up to 0.00, not 7.00",
        )


# Limits and arguments, words of the error.
REFUSED = [
    ({"calendar": {"tvv": {"max": 3.0}}}, {}, "no channel `tvv`. Did you mean `tv`"),
    (
        {"calendar": {"tv": {"blackout": [datetime.date(2024, 7, 1)]}}},
        {"calendar": MONDAYS},
        "is in no period of the plan",
    ),
    ({"calendar": {"tv": {"blackout": [datetime.date(2024, 1, 1)]}}}, {}, "the plan's periods have no dates"),
    ({"calendar": {"total_max": 50.0}}, {"calendar": False}, "limits money per period, and this plan spends level"),
    ({}, {"calendar": MONDAYS[:5]}, "calendar has 5 dates; for 10 periods it needs 11 that rise"),
    (
        {},
        {"goals": {"regret": {"outcome": "revenue", "measure": "regret"}}},
        "goals.regret is measured against the best plan of every draw, which is known of level plans only",
    ),
]


@pytest.mark.parametrize(("limits", "changes", "text"), REFUSED)
def test_what_cannot_be_is_refused_with_the_reason(limits, changes, text):
    with pytest.raises(mb.InputError, match=re.escape(text)):
        question(limits=limits, **changes)


def refused(limits):
    """Where the limits stand that contradict each other, and what is advised."""
    with pytest.raises(mb.InfeasibleError) as caught:
        question(four_channels(), limits=limits, calendar=MONDAYS)
    places = {line.split(": ")[0].strip() for line in caught.value.text.splitlines() if line.startswith("   ")}
    return places, caught.value.text.split("would do: ")[1].removesuffix(".").split("; ")


class TestInfeasibleLimits:
    def test_a_team_limit_below_the_budget_says_what_would_do(self):
        limits = {"calendar": {"total_max": 90.0, "tv": {"max": 20.0}}}
        assert refused(limits) == (
            {"plan.budget", "limits.calendar.total_max"},
            ["lower the budget by 100.00", "raise `total_max` to 100.00"],
        )
        question(limits={"calendar": {"total_max": 100.0, "tv": {"max": 20.0}}})
        question(limits=limits, budget=900.0)

    def test_a_minimum_that_the_periods_do_not_hold_says_what_would_do(self):
        limits = {"channel": {"tv": {"min": 300.0}}, "calendar": {"tv": {"max": 40.0, "blackout": MONDAYS[:4]}}}
        places, advice = refused(limits)
        assert places == {"limits.channel.tv.min", "limits.calendar.tv.max", "limits.calendar.tv.blackout"}
        assert advice == [
            "lower the minimum of `tv` to 240.00",
            "raise `max` of `tv` per period to 50.00",
            "open `tv` in 2 of its 4 periods of blackout: 2024-01-01, 2024-01-08",
        ]
        limits["calendar"]["tv"]["max"] = 50.0
        question(limits=limits, calendar=MONDAYS)
        limits["calendar"]["tv"] = {"max": 40.0, "blackout": MONDAYS[2:4]}
        question(limits=limits, calendar=MONDAYS)

    def test_a_burst_that_fits_between_no_blackouts_says_what_would_do(self):
        gaps = {"min_burst": 3, "blackout": [MONDAYS[t] for t in (2, 5, 8)]}
        limits = {"rules": ["tv >= 100"], "calendar": {"tv": gaps}}
        places, advice = refused(limits)
        assert places == {"limits.rules[0]", "limits.calendar.tv.blackout", "limits.calendar.tv.min_burst"}
        assert advice[1:] == [
            "open `tv` in 1 of its 3 periods of blackout: 2024-01-15",
            "lower `min_burst` of `tv` to 2",
        ]
        question(limits={"rules": ["tv >= 100"], "calendar": {"tv": gaps | {"min_burst": 2}}}, calendar=MONDAYS)
        question(
            limits={"rules": ["tv >= 100"], "calendar": {"tv": gaps | {"blackout": [MONDAYS[5], MONDAYS[8]]}}},
            calendar=MONDAYS,
        )

    def test_a_burst_longer_than_the_plan_is_told(self):
        limits = {"rules": ["tv >= 100"], "calendar": {"tv": {"min_burst": 12}}}
        places, advice = refused(limits)
        assert places == {"limits.rules[0]", "limits.calendar.tv.min_burst"}
        assert advice[1:] == ["lower `min_burst` of `tv` to 10"]

    def test_minimums_that_do_not_fit_under_the_team_limit_say_which_limit_would_do(self):
        window = {"blackout": MONDAYS[:7]}
        least = {"tv": {"min": 250.0}, "search": {"min": 200.0}}
        limits = {"channel": least, "calendar": {"total_max": 140.0, "tv": window, "search": window}}
        places, advice = refused(limits)
        assert len(places) == 5
        assert "raise `total_max` to 150.00" in advice
        assert "open `search` in 1 of its 7 periods of blackout: 2024-01-01" in advice
        limits["calendar"]["total_max"] = 150.0
        question(limits=limits, calendar=MONDAYS)

    def test_counts_and_blocks_are_decided_together_with_the_periods(self):
        gaps = {name: {"blackout": [MONDAYS[5 * (c % 2) + t] for t in range(5)]} for c, name in enumerate(CHANNELS)}
        limits = {"rules": ["count <= 1"], "calendar": {"total_max": 150.0} | gaps}
        places, advice = refused(limits)
        assert {"limits.rules[0]", "limits.calendar.total_max", "limits.calendar.tv.blackout"} < places
        assert "let `count <= 1` be missed by 1 channel" in advice
        limits["rules"], limits["channel"] = ["count <= 2"], {"tv": {"step": 300.0}}
        problem = question(four_channels(), limits=limits, calendar=MONDAYS)
        front = mb.schedule(mb.solve(problem, "scalarised", n_plans=5, n_evaluations=300, seed=1))
        assert all(plan.breaks == () for plan in front.plans)

    def test_change_and_limits_per_period_that_do_not_meet_are_told(self):
        places, advice = refused({"change": 0.2, "calendar": {"tv": {"max": 10.0}}})
        assert places == {"limits.change", "limits.calendar.tv.max"}
        assert advice[1] == "raise `max` of `tv` per period to 64.00"

    def test_gaps_that_are_shorter_than_a_burst_hold_nothing(self):
        blackout = [MONDAYS[t] for t in (2, 5, 8)]
        problem = question(limits={"calendar": {"tv": {"min_burst": 3, "blackout": blackout}}}, calendar=MONDAYS)
        assert problem.feasible.upper[0] == 0.0

    def test_a_channel_is_cut_to_what_its_periods_hold(self):
        problem = question(limits={"calendar": {"tv": {"max": 20.0}}})
        assert problem.feasible.upper[0] == pytest.approx(200.0)
