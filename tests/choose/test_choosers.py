"""What every chooser keeps, known answers of each, and the words of refusals."""

from dataclasses import replace

import numpy as np
import pytest

from moo_budget.choose import CHOOSERS, groups
from moo_budget.errors import InputError
from moo_budget.problem import BudgetProblem
from moo_budget.risk import Factors
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from tests.choose.fronts import THREE, TWO, front_of, front_of_goals
from tests.test_architecture import PACKAGE
from tests.worlds import CHANNELS, TODAY, four_channel_problem

EVEN = [400.0, 300.0, 200.0, 100.0]
BOLD = [600.0, 200.0, 150.0, 50.0]


def asked_of(front, rule):
    """Something that the rule can be told."""
    middle = np.median(front.values.value, axis=0)
    names = [goal.name for goal in front.problem.sought_goals]
    return {
        "aspiration": {"aspiration": dict(zip(names, middle.tolist(), strict=True))},
        "weights": {"weights": dict.fromkeys(names, 1.0)},
        "than": {"than": front.ids[len(front) // 2]},
        None: {},
    }[rule.asks]


@pytest.fixture(scope="module")
def front():
    return solve(four_channel_problem(goals=THREE), n_plans=40, n_evaluations=4000, seed=1)


@pytest.mark.parametrize("name", CHOOSERS)
def test_every_chooser_hands_over_a_plan_within_the_limits_that_no_plan_of_the_front_beats(front, name):
    plan = front.choose(name, **asked_of(front, CHOOSERS[name]))
    assert plan.rule == name
    assert plan.breaks == ()
    assert plan.nearest in front.ids
    goals = front.problem.to_minimise(front.values.value)
    mine = front.problem.to_minimise(front.problem.measure(np.array([list(plan.spend.values())])))[0]
    assert not (goals < mine - 1e-6 * np.ptp(goals, axis=0)).all(axis=1).any()
    again = front.choose(name, **asked_of(front, CHOOSERS[name]))
    assert again.spend == plan.spend


@pytest.mark.parametrize("name", CHOOSERS)
@pytest.mark.parametrize("spend", [[EVEN], [EVEN, EVEN, EVEN], [BOLD, EVEN], [BOLD, EVEN, EVEN, BOLD]])
@pytest.mark.parametrize("n_goals", [1, 2, 3])
def test_every_chooser_chooses_from_one_plan_from_twins_and_for_one_goal(name, spend, n_goals):
    problem = four_channel_problem(goals=dict(list(THREE.items())[:n_goals]), money_step=0.0)
    front = front_of(problem, spend)
    plan = front.choose(name, **asked_of(front, CHOOSERS[name]))
    assert plan.breaks == ()
    assert plan.rule == name


@pytest.mark.parametrize("name", [name for name, rule in CHOOSERS.items() if rule.asks in (None, "than")])
def test_what_is_picked_does_not_depend_on_the_order_of_channels(front, name):
    turned = [2, 0, 3, 1]
    names = [CHANNELS[c] for c in turned]
    tables = front.problem.tables
    other = permuted_problem(tables, turned, {channel: TODAY[channel] for channel in names})
    told = asked_of(front, CHOOSERS[name])
    assert front_of(other, front.spend[:, turned]).choose(name, **told).id == front.choose(name, **told).id


def permuted_problem(tables, order, today):
    permuted = replace(
        tables,
        channels=tuple(tables.channels[c] for c in order),
        knots=tables.knots[order],
        values=tables.values[:, order],
        slopes=tables.slopes[:, order],
        observed_max=tables.observed_max[order],
        noise=tuple(Factors(noise.loadings[order], noise.specific[order]) for noise in tables.noise),
    )
    return four_channel_problem(tables=permuted, today=today, goals=THREE)


def test_the_design_page_names_every_chooser():
    page = (PACKAGE.parent / "docs" / "design.md").read_text(encoding="utf-8")
    picks = page.split("- **Picks.**")[1].split("- **Certificate**")[0]
    for name in CHOOSERS:
        assert f"`{name}`" in picks, name


# knee


def test_the_knee_of_two_straight_pieces_is_where_they_meet_and_as_strong_as_they_are_steep():
    # Both pieces in one order: from (0, 1) to (0.2, 0.2) to (1, 0); leaving the corner costs four for one.
    left = np.column_stack([np.linspace(0.0, 0.2, 9), np.linspace(1.0, 0.2, 9)])
    right = np.column_stack([np.linspace(0.2, 1.0, 9), np.linspace(0.2, 0.0, 9)])[1:]
    found = front_of_goals(np.vstack([left, right])).choose("knee")
    assert found.id == "9"
    assert found.strength == pytest.approx(4.0)
    assert found.messages == ()


def test_the_knee_of_a_smooth_front_is_where_it_trades_one_for_one():
    first = np.linspace(0.0, 1.0, 401)
    found = front_of_goals(np.column_stack([first, (1.0 - np.sqrt(first)) ** 2])).choose("knee")
    assert first[int(found.id) - 1] == pytest.approx(0.25, abs=0.01)
    # The nearest plans that count lose a tenth of a range in one goal; there the other is (1 - sqrt(0.35))^2.
    assert found.strength == pytest.approx(0.1 / (0.25 - (1.0 - np.sqrt(0.35)) ** 2), rel=0.02)


def test_the_knee_does_not_depend_on_units_nor_on_how_dense_the_front_is():
    first = np.linspace(0.0, 1.0, 301)
    goals = np.column_stack([first, (1.0 - first**0.6) ** (1 / 0.6)])
    dense = front_of_goals(goals).choose("knee")
    scaled = front_of_goals(goals * [1e6, 1e-3] + [5.0, 7.0]).choose("knee")
    sparse = front_of_goals(goals[::5]).choose("knee")
    assert scaled.id == dense.id
    assert scaled.strength == pytest.approx(dense.strength)
    assert sparse.strength == pytest.approx(dense.strength, rel=0.05)


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_a_straight_front_and_a_dent_have_no_knee_and_say_so(power):
    first = np.linspace(0.0, 1.0, 101)
    found = front_of_goals(np.column_stack([first, (1.0 - first**power) ** (1.0 / power)])).choose("knee")
    assert found.strength <= 1.0 + 1e-6
    assert "the front has no knee: the trade-off is nowhere worse on both sides" in found.messages[0].text


def test_the_knee_of_three_goals_is_the_corner_of_three_planes():
    grid = np.random.default_rng(1).dirichlet(np.ones(3), 300)
    corner = np.full(3, 0.1)
    goals = np.vstack([np.eye(3), grid[grid.max(axis=1) < 0.6], corner])
    found = front_of_goals(goals).choose("knee")
    assert int(found.id) == len(goals)
    assert found.strength > 2.0


def test_a_lone_plan_is_no_knee_and_twins_are_one_plan():
    for goals in ([[1.0, 2.0]], [[1.0, 2.0]] * 3):
        found = front_of_goals(goals).choose("knee")
        assert (found.id, found.strength) == ("1", None)
        assert "there is nothing to trade off" in found.messages[0].text


# weights and aspiration


def logarithmic_problem():
    """Two channels whose best split has a closed form for every weighting."""
    curves = {
        "revenue": {"a": lambda x: 90.0 * np.log1p(x / 40.0), "b": lambda x: 30.0 * np.log1p(x / 40.0)},
        "awareness": {"a": lambda x: 20.0 * np.log1p(x / 40.0), "b": lambda x: 80.0 * np.log1p(x / 40.0)},
    }
    goals = {name: {"outcome": name, "measure": "total"} for name in curves}
    return BudgetProblem(from_functions(curves, dict.fromkeys("ab", 200.0)), goals=goals, budget=200.0, money_step=0.0)


@pytest.mark.parametrize("weights", [(1.0, 1.0), (3.0, 1.0), (2.0, 5.0)])
def test_weights_give_the_closed_form_of_two_channels(weights):
    problem = logarithmic_problem()
    front = solve(problem, n_plans=15, seed=1)  # so coarse that a pick would miss it
    counts = np.array(weights) / np.ptp(front.values.value, axis=0)
    a, b = counts @ [[90.0, 30.0], [20.0, 80.0]]
    plan = front.choose(weights=dict(zip(("revenue", "awareness"), weights, strict=True)))
    # The marginals a / (40 + x) and b / (40 + 200 - x) are equal.
    assert plan.spend["a"] == pytest.approx((240.0 * a - 40.0 * b) / (a + b), abs=0.05)
    assert plan.id == "weighted"


def test_only_the_ratios_of_weights_count(front):
    some = front.choose(weights={"revenue": 2.0, "risk": 1.0})
    assert front.choose(weights={"revenue": 200.0, "risk": 100.0}).spend == some.spend
    assert front.choose(weights={"revenue": 2.0, "risk": 1.0, "awareness": 0.0}).spend == some.spend


def test_a_single_weight_asks_for_the_best_of_that_goal(front):
    plan = front.choose(weights={"awareness": 1.0})
    assert plan.goals["awareness"].value >= front.values.value[:, 2].max() * (1 - 1e-6)


def test_an_aspiration_names_the_nearest_plan_and_solves_for_a_nearer_one():
    problem = logarithmic_problem()
    front = solve(problem, n_plans=6, seed=1)
    names = [goal.name for goal in problem.sought_goals]
    asked = front.values.value[2:4].mean(axis=0) + 3.0  # beyond the front, between two of its plans
    plan = front.choose(aspiration=dict(zip(names, asked.tolist(), strict=True)))
    span = np.ptp(front.values.value, axis=0)

    def missed(values):
        return ((asked - values) / span).max(axis=-1)

    assert front.ids.index(plan.nearest) == np.argmin(missed(front.values.value))
    mine = np.array([plan.goals[name].value for name in names])
    assert missed(mine) < missed(front.values.value).min() - 1e-3
    # Where the aspiration projects both goals miss by as much, and no split of the money misses by less.
    assert ((asked - mine) / span).std() < 1e-3
    splits = np.linspace(0.0, 200.0, 4001)
    assert missed(mine) <= missed(problem.measure(np.column_stack([splits, 200.0 - splits]))).min() + 2e-3


# a little safer, a little bolder


def test_with_two_goals_the_neighbour_is_the_next_plan_of_the_front():
    front = solve(four_channel_problem(goals=TWO), n_plans=12, n_evaluations=3000, seed=1)
    for row in range(1, len(front)):
        assert front.choose("safer", than=front.ids[row - 1]).id == front.ids[row]
        assert front.choose("bolder", than=front.ids[row]).id == front.ids[row - 1]


def test_walking_safer_ends_at_the_least_risk_and_each_step_has_less(front):
    risk = front.values.value[:, 1]
    id = front.choose("boldest").id
    walked = [risk[front.ids.index(id)]]
    while not (plan := front.choose("safer", than=id)).messages:
        id = plan.id
        walked.append(risk[front.ids.index(id)])
    assert (np.diff(walked) < 0.0).all()
    assert walked[-1] == risk.min()
    assert f"no plan of the front is safer than plan {id}" in plan.messages[0].text


# groups


def test_groups_put_plans_together_that_spend_alike():
    near = np.random.default_rng(2).uniform(-5.0, 5.0, (12, 4))
    near -= near.mean(axis=1, keepdims=True)
    centres = np.repeat([EVEN, BOLD, [100.0, 100.0, 400.0, 400.0]], 4, axis=0)
    front = front_of(four_channel_problem(goals=TWO), centres + near)
    found = groups(front, 3)
    assert [group.ids for group in found] == [("1", "2", "3", "4"), ("5", "6", "7", "8"), ("9", "10", "11", "12")]
    for group in found:
        rows = [int(id) - 1 for id in group.ids]
        apart = np.abs(front.spend[rows][:, None] - front.spend[rows]).sum(axis=2) / 2000.0
        assert group.delegate == group.ids[int(np.argmin(apart.mean(axis=1)))]
        assert group.spread == pytest.approx(apart.max())


def test_groups_look_at_money_and_not_at_goals():
    problem = four_channel_problem(goals=TWO)
    front = front_of(problem, [EVEN, BOLD, EVEN])
    assert [group.ids for group in groups(front, 2)] == [("1", "3"), ("2",)]


def test_every_plan_is_in_one_group_and_twins_share_theirs(front):
    for n_groups in (1, 2, 5, 40, 1000):
        found = groups(front, n_groups)
        assert sorted(int(id) for group in found for id in group.ids) == list(range(1, len(front) + 1))
        assert len(found) <= n_groups
    twins = front_of(front.problem, [EVEN] * 5)
    assert groups(twins)[0].ids == twins.ids
    assert groups(front_of(front.problem, [EVEN]))[0].delegate == "1"
    with pytest.raises(InputError, match="n_groups is 0; it must be at least 1"):
        groups(front, 0)


# words


def test_choosing_by_name(front):
    assert front.choose().rule == "balanced"
    with pytest.raises(InputError, match=r"there is no chooser `boldst`. Did you mean `boldest`?"):
        front.choose("boldst")


@pytest.mark.parametrize(
    ("name", "told", "words"),
    [
        ("balanced", {"aspiration": {"risk": 1.0}}, "`balanced` takes nothing else, and got `aspiration`"),
        (None, {"aspiration": {"risk": 1.0}, "weights": {"risk": 1.0}}, "`aspiration` takes `aspiration`, and got"),
        ("safer", {}, "`safer` takes `than`, and got none"),
        (None, {"than": "1"}, "`balanced` takes nothing else, and got `than`"),
        ("safer", {"than": "999"}, "than: there is no plan `999`"),
        (None, {"weights": {"rsk": 1.0}}, "weights: there is no optimised goal `rsk`. Did you mean `risk`?"),
        (None, {"weights": {"risk": -1.0}}, "weights: risk has the weight -1.0; it must be a number, 0 or more"),
        (None, {"weights": {"risk": "2"}}, "weights: risk has the weight '2'; it must be a number, 0 or more"),
        (None, {"weights": {"risk": 0.0}}, "weights: no goal has a weight above 0"),
    ],
)
def test_what_a_rule_cannot_be_told_is_refused(front, name, told, words):
    with pytest.raises(InputError, match=words):
        front.choose(name, **told)
