"""How many channels are used, and money that is bought in blocks, from the limits to a front."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moo_budget import best, certify, reach, solve
from moo_budget.algorithms import ALGORITHMS
from moo_budget.errors import InfeasibleError
from tests.worlds import CHANNELS, TODAY, four_channel_problem

TAGS = {"brand": ["tv", "电视"], "direct": ["search", "social"]}
REVENUE = {"revenue": {"outcome": "revenue", "measure": "total"}}


def problem(rules=(), limits=None, **changes):
    return four_channel_problem(limits={"rules": list(rules)} | (limits or {}), tags=TAGS, **changes)


def in_blocks(**steps):
    return {"channel": {name: {"step": step} for name, step in steps.items()}}


def by_hand(asked, plan):
    """Whether a plan keeps what is asked, worked out from the limits as they were stated."""
    slack = 1e-9 * asked.budget.max
    own = [asked.limits.channel.get(name) for name in CHANNELS]
    used = plan >= (asked.money_step or 1e-9 * asked.budget.max) * (1 - 1e-9)
    kept = asked.budget.min - slack <= plan.sum() <= asked.budget.max + slack
    kept &= asked.limits.share is None or bool((plan <= asked.limits.share * plan.sum() + slack).all())
    for money, limit in zip(plan, own, strict=True):
        if limit is None:
            continue
        kept &= limit.min - slack <= money <= (np.inf if limit.max is None else limit.max) + slack
        kept &= money <= slack or money >= (limit.min_if_used or 0.0) - slack
        kept &= limit.step is None or abs(money - round(money / limit.step) * limit.step) <= slack
    for resource in asked.limits.resource.values():
        used_up = sum(per * plan[CHANNELS.index(name)] for name, per in resource.per_money.items())
        kept &= used_up <= resource.max * (1 + 1e-9) + slack
    names = {name: [c] for c, name in enumerate(CHANNELS)}
    names |= {tag: [CHANNELS.index(name) for name in members] for tag, members in TAGS.items()}
    for rule in asked.limits.rules:
        left, relation, right = rule.split(" ")
        if left.startswith("count"):
            members = names[left[6:-1]] if "(" in left else list(range(4))
            value, bound = used[members].sum(), int(right)
        else:
            share, _, of = right.partition("*")
            value = plan[names[left]].sum()
            bound = float(share[:-1]) / 100.0 * plan.sum() if of == "total" else float(share) * plan[names[of]].sum()
        kept &= {"<=": value <= bound + slack, ">=": value >= bound - slack, "==": abs(value - bound) <= slack}[
            relation
        ]
    return bool(kept)


def random_limits(seed):
    """Limits of every kind, many of which leave no plan."""
    rng = np.random.default_rng(seed)
    channel = {}
    for name in CHANNELS:
        own = {}
        if rng.random() < 0.4:
            own["step"] = float(rng.choice([50.0, 100.0, 70.0, 12.5]))
        if rng.random() < 0.3:
            own["min_if_used"] = float(rng.integers(20, 200))
        if rng.random() < 0.2:
            own["max"] = float(rng.integers(200, 800))
        if rng.random() < 0.1:
            own["min"] = float(rng.integers(10, 150))
        channel[name] = own
    counting = [
        "count <= 2",
        "count <= 3",
        "count == 3",
        "count(brand) <= 1",
        "count(direct) >= 1",
        "count(brand) == 1",
    ]
    of_money = [
        "brand <= 70%*total",
        "search >= 2*social",
        "tv >= 1*电视",
        "direct >= 20%*total",
        "search == 1.5*social",
    ]
    rules = [rule for rule in counting if rng.random() < 0.25] + [rule for rule in of_money if rng.random() < 0.15]
    limits = {"channel": channel, "rules": rules}
    if rng.random() < 0.2:
        limits["share"] = float(rng.choice([0.5, 0.6]))
    if rng.random() < 0.2:
        limits["resource"] = {"hours": {"per_money": {"tv": 0.02, "social": 0.05}, "max": float(rng.integers(8, 30))}}
    budget = 1000.0 if rng.random() < 0.6 else {"min": 700.0, "max": 1100.0}
    return {"limits": limits, "budget": budget, "money_step": float(rng.choice([0.01, 1.0, 0.0]))}


def made(settings_of):
    try:
        return four_channel_problem(tags=TAGS, **settings_of)
    except InfeasibleError:
        return None


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32 - 1))
def test_projection_and_rounding_keep_every_limit_and_leave_feasible_plans_alone(seed):
    asked = made(random_limits(seed))
    if asked is None:
        return
    plans = asked.feasible.project(np.random.default_rng(seed).normal(250.0, 300.0, (6, 4)))
    assert asked.kept(plans).all(), [asked.broken(plan) for plan in plans]
    assert all(by_hand(asked, plan) for plan in plans)
    np.testing.assert_array_equal(asked.feasible.project(plans), plans)
    rounded = asked.feasible.rounded(plans, asked.money_step)
    assert asked.kept(rounded).all(), [asked.broken(plan) for plan in rounded]
    assert all(by_hand(asked, plan) for plan in rounded)
    if asked.budget.min == asked.budget.max:
        np.testing.assert_allclose(rounded.sum(axis=1), asked.budget.max, rtol=1e-12)


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_every_search_hands_out_plans_that_keep_random_limits(algorithm):
    n_solved, seed = 0, 0
    while n_solved < 8:
        seed += 1
        asked = made(random_limits(seed))
        if asked is None:
            continue
        front = solve(asked, algorithm, n_plans=10, n_evaluations=600, seed=seed)
        assert all(by_hand(asked, plan) for plan in front.spend)
        assert all(asked.broken(plan) == () for plan in front.spend)
        assert not any("dropped" in message.text for message in front.messages)
        n_solved += 1


def grid(total, steps):
    """All plans in whole steps of `total` / `steps`."""
    for parts in combinations(range(steps + 3), 3):
        ends = (-1, *parts, steps + 3)
        yield np.diff(ends) - 1.0


def test_a_limited_number_of_channels_finds_the_best_ones():
    asked = problem(["count <= 2"], goals=REVENUE, money_step=0.0)
    plan = solve(asked, "auto", n_plans=1, n_evaluations=4000, seed=1).spend[0]
    assert (plan > 0.0).sum() == 2
    grids = np.array([np.eye(4)[[a, b]].T @ [x, 1000.0 - x] for a, b in combinations(range(4), 2) for x in range(1001)])
    assert asked.totals("revenue", plan[None])[0] >= asked.totals("revenue", grids).max() * (1 - 1e-6)


@pytest.mark.parametrize("algorithm", ["auto", "scalarised"])
def test_blocks_of_all_channels_find_the_best_split(algorithm):
    asked = problem(limits=in_blocks(**dict.fromkeys(CHANNELS, 50.0)), goals=REVENUE)
    plan = solve(asked, algorithm, n_plans=1, n_evaluations=4000, seed=1).spend[0]
    splits = 50.0 * np.array(list(grid(1000.0, 20)))
    assert plan.sum() == 1000.0
    assert (plan % 50.0 == 0.0).all()
    assert asked.totals("revenue", plan[None])[0] >= asked.totals("revenue", splits).max() * (1 - 1e-3)


def test_what_is_asked_for_keeps_counts_and_blocks():
    asked = problem(["count <= 3"], in_blocks(tv=100.0, social=20.0))
    plan = reach(asked, {"awareness": 3e5})
    assert plan.breaks == ()
    assert by_hand(asked, np.array(list(plan.spend.values())))


@pytest.mark.parametrize(
    ("rules", "limits", "loose"),
    [
        (["count <= 2"], {}, 1e-6),
        (["count == 1"], {}, 1e-6),
        (["count(brand) >= 2", "count <= 3"], {}, 1e-5),
        ([], in_blocks(**dict.fromkeys(CHANNELS, 50.0)), 1e-4),
        (["count <= 2"], in_blocks(tv=300.0), 1e-6),
        ([], in_blocks(tv=300.0, social=250.0), 2e-3),
    ],
)
def test_bounds_know_counts_and_blocks(rules, limits, loose):
    """Against all plans in whole fifties; without counts and blocks bounds are 0.2 % to 50 % too high here."""
    asked = problem(rules, limits, goals=REVENUE, money_step=0.0)
    plans = 50.0 * np.array(list(grid(1000.0, 20)))
    highest = asked.totals("revenue", plans[asked.kept(plans)]).max()
    found = best(asked, "revenue")
    assert found.gap is not None
    bound = found.goals["revenue"].value + found.gap
    assert highest <= bound
    assert found.gap <= loose * bound


def test_bounds_hold_for_random_limits_of_every_kind():
    plans = 50.0 * np.array(list(grid(1000.0, 20)))
    n_held, seed = 0, 100
    while n_held < 6:
        seed += 1
        asked = made(random_limits(seed))
        if asked is None or not (len(asked.feasible.counts) or asked.feasible.block.any()):
            continue
        kept = plans[asked.kept(plans)]
        if not len(kept):
            continue
        front = solve(asked, "scalarised", n_plans=10, n_evaluations=600, seed=1)
        certificate = certify(asked, front, n_weights=3)
        reached, known = (asked.to_minimise(values) for values in (front.values.value, asked.measure(kept)))
        gaps = np.array([certificate.extreme_gap[goal.name] for goal in asked.sought_goals], dtype=float)
        assert np.isfinite(gaps).any()
        lowest = reached.min(axis=0) - np.nan_to_num(gaps, nan=np.inf) - 1e-9 * np.abs(reached).max(axis=0)
        assert (known >= lowest).all()
        n_held += 1


def test_a_certificate_says_which_blocks_it_does_not_take_in_full():
    coarse, fine = (problem(["count <= 3"], in_blocks(tv=block)) for block in (100.0, 1.0))
    notes = [
        certify(asked, solve(asked, "scalarised", n_plans=10, n_evaluations=600, seed=1), branch=False).note
        for asked in (coarse, fine)
    ]
    assert "blocks" not in notes[0]
    assert "count" not in notes[0]
    assert "Of blocks of which a channel may get very many the bounds know only that it gets nothing" in notes[1]


def test_broken_counts_and_blocks_are_told_in_words():
    asked = problem(["count <= 2", "count(brand) == 1"], in_blocks(tv=100.0))
    assert asked.broken(np.array([650.0, 100.0, 200.0, 50.0])) == (
        "tv: 650.00 is no whole number of blocks of 100.00",
        "the rule `count <= 2` is broken: 4 are used",
        "the rule `count(brand) == 1` is broken: 2 are used",
    )
    assert asked.broken(np.array([600.0, 399.996, 0.004, 0.0])) == ()


@pytest.mark.parametrize(
    ("rules", "limits", "changes", "text"),
    [
        (
            ["count <= 2", "search >= 20%*total", "social >= 20%*total", "tv >= 20%*total"],
            {},
            {},
            "   limits.rules[1]: the rule `search >= 20%*total`\n   limits.rules[2]: the rule `social >= 20%*total`\n"
            "   limits.rules[3]: the rule `tv >= 20%*total`\n   limits.rules[0]: the rule `count <= 2`\n"
            "Any one of these would do: let `search >= 20%*total` be missed by 200.00; let `social >= 20%*total` be "
            "missed by 200.00; let `tv >= 20%*total` be missed by 200.00; let `count <= 2` be missed by 1 channel.",
        ),
        (["count >= 5"], {}, {}, "no plan can keep this limit:\n   limits.rules[0]: the rule `count >= 5`"),
        (["count >= 1e200"], {}, {}, "no plan can keep this limit:\n   limits.rules[0]: the rule `count >= 1e200`"),
        (
            ["count(brand) >= 2"],
            {"channel": {"tv": {"off": True}}},
            {},
            "`tv` is off\n   limits.rules[0]: the rule `count(brand) >= 2`\nAny one of these would do: let `tv` have "
            "0.01; let `count(brand) >= 2` be missed by 1 channel.",
        ),
        (
            [],
            in_blocks(**dict.fromkeys(CHANNELS, 300.0)),
            {},
            "Any one of these would do: lower the budget by 100.00; let `tv` be 100.00 off whole blocks of 300.00; let",
        ),
        (
            [],
            {"channel": {"tv": {"step": 300.0, "min": 310.0, "max": 590.0}}},
            {},
            "   limits.channel.tv.min: the minimum of `tv`, 310.00\n"
            "   limits.channel.tv.max: the maximum of `tv`, 590.00\n"
            "   limits.channel.tv.step: `tv` is bought in blocks of 300.00\n"
            "Any one of these would do: lower the minimum of `tv` to 300.00; raise the maximum of `tv` to 600.00; let "
            "`tv` be 10.00 off whole blocks of 300.00.",
        ),
        (
            [],
            {"channel": {"tv": {"step": 300.0, "lock": True}}},
            {},
            "   limits.channel.tv.lock: `tv` is locked at 700.00\n   limits.channel.tv.step: `tv` is bought in blocks",
        ),
    ],
)
def test_counts_and_blocks_that_contradict_other_limits_are_named(rules, limits, changes, text):
    with pytest.raises(InfeasibleError) as caught:
        problem(rules, limits, **changes)
    assert text in caught.value.text


def test_a_channel_whose_block_is_more_than_it_may_get_gets_nothing_and_this_is_said():
    asked = problem(limits={"channel": {"social": {"step": 300.0, "max": 200.0}}})
    assert asked.feasible.upper[3] == 0.0
    assert asked.messages[0].text == "`social` gets nothing: a block is 300.00, which is more than it may get"


def test_blocks_come_before_change_and_this_is_said():
    asked = problem(limits={"change": 0.2, "channel": {"social": {"step": 70.0}}})
    assert asked.feasible.upper[3] == 1960.0
    assert "`change` says nothing about this channel" in asked.messages[0].text
    assert asked.broken(np.array([650.0, 100.0, 110.0, 140.0])) == ("电视: moves by more than 20% of 150.00",)


def every_plan(blocks, total):
    """All plans in the blocks of each channel that add up to `total`, (n_plans, n_channels)."""
    amounts = [np.arange(0.0, total + 0.5 * block, block) for block in blocks]
    return np.array([plan for plan in product(*amounts) if abs(sum(plan) - total) < 1e-9])


def test_where_odd_blocks_leave_few_plans_one_of_them_is_found():
    blocks = [170.0, 130.0, 110.0, 90.0]
    possible = every_plan(blocks, 1000.0)
    assert 1 < len(possible) < 40
    asked = problem(limits=in_blocks(**dict(zip(CHANNELS, blocks, strict=True))))
    front = solve(asked, "auto", n_plans=20, n_evaluations=2000, seed=1)
    assert all((np.abs(possible - plan).max(axis=1) < 1e-9).any() for plan in front.spend)


def test_a_channel_that_is_locked_at_nothing_is_not_counted_as_used():
    today = dict(TODAY) | {"social": 0.0}
    channel = {"social": {"lock": True}, "tv": {"off": True}}
    with pytest.raises(InfeasibleError, match=r"count >= 3"):
        four_channel_problem(limits={"rules": ["count >= 3"], "channel": channel}, today=today, budget=500.0)
    asked = four_channel_problem(limits={"rules": ["count >= 2"], "channel": channel}, today=today, budget=500.0)
    assert all(plan.breaks == () for plan in solve(asked, n_plans=5, n_evaluations=600, seed=1).plans)
