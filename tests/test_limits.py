import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moo_budget.errors import InfeasibleError, InputError
from tests.worlds import CHANNELS, TODAY, four_channel_problem, four_channels


def box(problem):
    return problem.feasible.lower.tolist(), problem.feasible.upper.tolist()


def test_without_limits_only_the_tables_end_a_channel():
    assert box(four_channel_problem()) == ([0.0] * 4, [2000.0] * 4)


def test_minimum_maximum_lock_and_off_are_the_box():
    limits = {"channel": {"tv": {"min": 10, "max": 800}, "search": {"lock": True}, "电视": {"off": True}}}
    assert box(four_channel_problem(limits=limits)) == ([10.0, 100.0, 0.0, 0.0], [800.0, 100.0, 0.0, 2000.0])


def test_change_is_a_share_of_the_reference_money():
    lower, upper = box(four_channel_problem(limits={"change": 0.5}, budget=2000.0))
    assert lower == [700.0, 100.0, 150.0, 50.0]
    assert upper == [2000.0, 300.0, 450.0, 150.0]  # tv ends with its table


def test_change_says_nothing_about_a_channel_without_money_today():
    lower, upper = box(four_channel_problem(limits={"change": 0.1}, today={"tv": 500.0, "search": 500.0}))
    assert (lower[2], upper[2]) == (0.0, 2000.0)


def test_a_channels_own_limits_come_before_change_and_this_is_said():
    problem = four_channel_problem(limits={"change": 0.2, "channel": {"social": {"min": 200, "max": 400}}})
    assert (problem.feasible.lower[3], problem.feasible.upper[3]) == (200.0, 400.0)
    assert "`social`: its own limits (200.00 to 400.00) and `change` (40.00 to 60.00)" in problem.messages[0].text


def test_the_default_cap_is_a_multiple_of_the_highest_spend_seen():
    tables = four_channels()
    object.__setattr__(tables, "observed_max", np.array([50.0, 20.0, 0.0, np.nan]))
    problem = four_channel_problem(tables=tables, limits={"extrapolate": 1.5})
    assert problem.feasible.upper.tolist() == [750.0, 300.0, 0.0, 2000.0]
    explicit = four_channel_problem(tables=tables, limits={"channel": {"电视": {"max": 900}}})
    assert explicit.feasible.upper[2] == 900.0
    assert four_channel_problem(tables=tables, limits={"extrapolate": 0}).feasible.upper.tolist() == [2000.0] * 4


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        (
            {"limits": {"channel": {"tv": {"min": 800}, "search": {"min": 500}}}},
            InfeasibleError,
            "limits.channel.search.min: the minimum of `search`, 500.00\n"
            "Any one of these would do: raise the budget by 300.00; lower the minimum of `tv` to 500.00; lower the "
            "minimum of `search` to 200.00.",
        ),
        (
            {"limits": {"channel": {name: {"max": 22.5} for name in CHANNELS}}, "budget": 100.0},
            InfeasibleError,
            "Any one of these would do: lower the budget by 10.00; raise the maximum of `tv` to 32.50; raise",
        ),
        (
            {"limits": {"share": 0.2}},
            InfeasibleError,
            "limits.share: no channel takes more than 0.2 of the total\nThis would do: raise `share` to 25.00%.",
        ),
        (
            {"limits": {"share": 0.5, "channel": {"tv": {"min": 600}}}},
            InfeasibleError,
            "would do: raise the budget by 200.00; lower the minimum of `tv` to 500.00; raise `share` to 60.00%.",
        ),
        (
            {"limits": {"channel": {"tv": {"lock": True, "min": 900}}}},
            InfeasibleError,
            "limits.channel.tv.lock: `tv` is locked at 700.00\n   limits.channel.tv.min: the minimum of `tv`, 900.00\n"
            "Any one of these would do: let `tv` have 900.00; lower the minimum of `tv` to 700.00.",
        ),
        (
            {"limits": {"channel": {"tv": {"max": 1e-4}, "search": {"off": True}}}, "budget": 5000.0},
            InfeasibleError,
            "limits.channel.tv.max: the maximum of `tv`, 0.0001\n   limits.channel.search.off: `search` is off\n"
            "Response tables end, and plans with them, at: tv 2,000.00, search 2,000.00, 电视 2,000.00",
        ),
        ({"money_step": -1.0}, InputError, r"money_step is -1.0; it must be 0 \(not rounded\) or more"),
        ({"periods": 1.5}, InputError, "periods is 1.5; a plan has 1, 2, 3, ... periods"),
        ({"tags": {"brand": ["tvv"]}}, InputError, "tags.brand: there is no channel `tvv`. Did you mean `tv`"),
        (
            {"limits": {"channel": {"tv": {"min": 2100}}}, "budget": 5000.0},
            InfeasibleError,
            "no plan can keep this limit:\n   limits.channel.tv.min: the minimum of `tv`, 2,100.00\nResponse tables",
        ),
        (
            {"limits": {"change": 0.1, "channel": {"tv": {"max": 600}, "search": {"off": True}}}},
            InfeasibleError,
            "limits.change: no channel moves by more than 0.1 of its reference money\n"
            "Any one of these would do: raise the maximum of `tv` to 780.00; let `search` "
            "have 180.00; raise `change` to 1.",
        ),
        (
            {"limits": {"channel": {"tv": {"max": 2500}}}},
            InputError,
            r"limits.channel.tv.max = 2,500.00 lies beyond the end of the response table of `tv` \(2,000.00",
        ),
        (
            {"limits": {"channel": {"serach": {"max": 5}}}},
            InputError,
            "limits.channel: there is no channel `serach`. Did you mean `search`?",
        ),
        (
            {"limits": {"channel": {"tv": {"lock": True}}}, "today": None},
            InputError,
            "limits.channel.tv.lock needs today's money, and there is none",
        ),
        ({"limits": {"change": 0.2}, "today": None}, InputError, "limits.change needs a reference plan"),
        (
            {"limits": {"resource": {"co2": {"per_money": {"tvv": 1.0}, "max": 5}}}},
            InputError,
            "limits.resource.co2.per_money: there is no channel `tvv`. Did you mean `tv`",
        ),
        (
            {"limits": {"resource": {"co2": {"per_money": {"tv": 0.0}, "max": 5}}}},
            InputError,
            "limits.resource.co2: no channel uses up `co2`, so its limit says nothing. Write per_money = { tv = 0.02 }",
        ),
        ({"budget": None, "today": None}, InputError, "`budget` is missing"),
        ({"periods": 0}, InputError, "periods is 0; a plan has 1, 2, 3, ... periods"),
    ],
)
def test_limits_that_cannot_be_are_refused_in_words(changes, error, text):
    with pytest.raises(error, match=text):
        four_channel_problem(**changes)


@st.composite
def limit_sets(draw):
    """Limits around a plan that keeps them all, so that each set is feasible."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    inside = rng.dirichlet(np.full(4, 2.0)) * 1000.0
    limits = {"channel": {}}
    for name, amount in zip(CHANNELS, inside, strict=True):
        if rng.random() < 0.5:
            limits["channel"][name] = {"min": amount * rng.uniform(0, 1), "max": amount * rng.uniform(1, 2)}
    if draw(st.booleans()):
        limits["share"] = float(min(1.0, inside.max() / 1000.0 * rng.uniform(1, 1.5)))
    budget = 1000.0 if draw(st.booleans()) else {"min": 900.0, "max": 1100.0}
    return {
        "limits": limits,
        "budget": budget,
        "money_step": draw(st.sampled_from([0.0, 0.01, 1.0, 7.0, 250.0, 500.0])),
    }


@settings(deadline=None, max_examples=150)
@given(limit_sets(), st.integers(0, 2**32 - 1))
def test_projected_and_rounded_plans_break_no_limit(changes, seed):
    problem = four_channel_problem(**changes)
    wild = np.random.default_rng(seed).normal(250, 400, (5, 4))
    plans = problem.feasible.project(wild)
    rounded = problem.feasible.rounded(plans, problem.money_step)
    for plan in (*plans, *rounded):
        assert problem.broken(plan) == ()
    if problem.budget.min == problem.budget.max:
        np.testing.assert_allclose(rounded.sum(axis=1), 1000.0, rtol=1e-12)
    if problem.money_step == 0.01 and "share" not in changes["limits"] and not changes["limits"]["channel"]:
        np.testing.assert_array_equal(np.round(rounded, 2), rounded)
        assert not np.signbit(rounded).any()


def test_rounding_gives_whole_cents_and_the_exact_total():
    problem = four_channel_problem(budget=1000.01)
    rounded = problem.feasible.rounded(np.full((1, 4), 1000.01 / 4), 0.01)
    np.testing.assert_array_equal(np.round(rounded * 100), rounded * 100)
    assert sorted(rounded[0].tolist()) == [250.0, 250.0, 250.0, 250.01]


def test_a_locked_channel_keeps_its_odd_cents_and_the_rest_rounds():
    problem = four_channel_problem(
        today=TODAY | {"social": 50.123}, limits={"channel": {"social": {"lock": True}}}, money_step=1.0
    )
    plan = problem.feasible.rounded(problem.feasible.project(np.full((1, 4), 300.0)), 1.0)[0]
    assert plan[3] == 50.123
    assert plan.sum() == pytest.approx(1000.0, abs=1e-9)
    assert sum(amount != round(amount) for amount in plan[:3]) == 1  # one channel carries what is no whole step


def test_a_total_in_broken_cents_gives_no_money_to_a_channel_without_any():
    problem = four_channel_problem(today={"search": 100 / 3, "social": 200 / 7}, budget=None, limits={"change": 0.5})
    assert problem.budget.max == 61.9  # today's 61.90476... in whole cents
    assert problem.money.reference.tolist() == [0.0, 33.33, 0.0, 28.57]
    assert problem.feasible.lower.tolist()[0] == 0.0
    assert problem.feasible.upper.tolist()[0] == 2000.0


def test_money_in_thousandths_and_in_billions_is_rounded_to_its_own_cents():
    for scale in (1e-6, 1e9):
        step = 0.01 * scale
        tables = four_channels(end=200.0 * scale)
        problem = four_channel_problem(tables=tables, budget=1000.0 * scale, today=None, money_step=step)
        rounded = problem.feasible.rounded(problem.feasible.project(np.full((1, 4), 333.3333 * scale)), step)
        assert rounded.sum() == pytest.approx(1000.0 * scale, rel=1e-12)
        np.testing.assert_allclose(rounded / step, np.round(rounded / step), rtol=1e-12)


def test_integers_are_money_too():
    problem = four_channel_problem(budget=100.0)
    np.testing.assert_allclose(problem.feasible.project(np.array([[1, 2, 3, 4]])), [[23.5, 24.5, 25.5, 26.5]])
    with pytest.raises(InputError, match=r"money has shape \(3,\)"):
        problem.feasible.project(np.array([1, 2, 3]))


def test_a_locked_channel_outside_change_is_said():
    limits = {"change": 0.1, "channel": {"social": {"off": True}}}
    problem = four_channel_problem(limits=limits, budget={"min": 900.0, "max": 1000.0})
    assert "`social`: its own limits (0.00 to 0.00) and `change`" in problem.messages[0].text


def test_the_reference_is_todays_mix_at_the_plans_total_in_whole_cents():
    problem = four_channel_problem(today={"tv": 1.0, "search": 1.0, "social": 1.0}, budget=100.0)
    assert problem.money.today.tolist() == [1.0, 1.0, 0.0, 1.0]
    assert sorted(problem.money.reference.tolist()) == [0.0, 33.33, 33.33, 33.34]


def test_a_plan_outside_every_limit_is_told_each_of_them():
    limits = {
        "share": 0.5,
        "change": 0.5,
        "channel": {"tv": {"max": 400}, "search": {"min": 200}, "电视": {"lock": True}, "social": {"off": True}},
    }
    problem = four_channel_problem(limits=limits, today=TODAY | {"tv": 500.0, "search": 300.0, "social": 50.0})
    broken = "\n".join(problem.broken(np.array([900.0, 10.0, 100.0, 100.0])))
    for text in (
        "the total 1,110.00 is above the budget 1,000.00",
        "tv: 900.00 is above its maximum 400.00",
        "tv: takes more than 50% of the total",
        "tv: moves by more than 50% of 500.00",
        "search: 10.00 is below its minimum 200.00",
        "电视: is locked at 150.00",
        "social: is switched off",
    ):
        assert text in broken
    assert "the total 10.00 is below the budget 1,000.00" in problem.broken(np.array([0.0, 10.0, 0.0, 0.0]))
