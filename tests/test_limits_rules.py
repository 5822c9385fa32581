import datetime
import re
from dataclasses import replace

import cvxpy
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moo_budget import certify, solve
from moo_budget.algorithms import ALGORITHMS
from moo_budget.errors import InfeasibleError
from moo_budget.learning import check
from moo_budget.limits import Words, feasible_set, named_limits, period_limits, read_rules
from moo_budget.limits.money import Money
from moo_budget.spec import BudgetRange, CalendarLimits, ChannelLimits, LimitsSpec, ResourceLimit
from tests.worlds import four_channel_problem

TAGS = {"brand": ["tv", "电视"]}
RULES = ["brand <= 60% * total", "search >= 2 * social", "tv >= 0.5 * today(tv)"]


def problem(rules, limits=None, **changes):
    return four_channel_problem(limits={"rules": rules} | (limits or {}), tags=TAGS, **changes)


def broken_rules(plan):
    """The rules of RULES, worked out by hand."""
    tv, search, other, social = plan
    slack = 1e-6
    return tv + other > 0.6 * plan.sum() + slack or search < 2 * social - slack or tv < 350 - slack


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
@pytest.mark.parametrize("limits", [{}, {"channel": {"social": {"min_if_used": 80}, "电视": {"min_if_used": 60}}}])
def test_every_search_hands_out_plans_that_keep_the_rules_to_the_cent(algorithm, limits):
    asked = problem(RULES, limits)
    front = solve(asked, algorithm, n_plans=20, n_evaluations=1500, seed=1)
    assert len(front.spend) > 5
    for plan in front.spend:
        assert not broken_rules(plan)
        assert asked.broken(plan) == ()
        assert plan.sum() == pytest.approx(1000.0, abs=1e-9)
        assert np.abs(100.0 * plan - np.round(100.0 * plan)).max() < 1e-6
        assert all(plan[c] == 0.0 or plan[c] >= least for c, least in ((3, 80), (2, 60)) if limits)


def test_the_structured_search_finds_the_best_plan_within_the_rules():
    goals = {"revenue": {"outcome": "revenue", "measure": "total"}}
    asked = problem(RULES, goals=goals, money_step=0.0)
    best = solve(asked, "scalarised", n_plans=1, n_evaluations=3000, seed=1)
    money = cvxpy.Variable(4)
    heights, halves = np.array([900, 500, 300, 200]), np.array([120, 30, 60, 20])
    factors = [np.exp(s * np.random.default_rng(i).normal(size=40)).mean() for i, s in enumerate([0.3, 0.1, 0.4, 0.2])]
    # x / (x + k) = 1 - k / (x + k), which is concave.
    lost = cvxpy.multiply(heights * factors * halves, cvxpy.inv_pos(money / 10.0 + halves))
    rules = [
        money[0] + money[2] <= 600,
        money[1] >= 2 * money[3],
        money[0] >= 350,
        cvxpy.sum(money) == 1000,
        money >= 0,
    ]
    cvxpy.Problem(cvxpy.Minimize(cvxpy.sum(lost)), rules).solve(solver=cvxpy.CLARABEL)
    reached = asked.totals("revenue", np.vstack([best.spend[0], np.maximum(money.value, 0.0)]))
    assert reached[0] == pytest.approx(reached[1], rel=2e-5)


def test_a_certificate_has_the_rules_in_its_bounds():
    asked = problem(RULES)
    front = solve(asked, "scalarised", n_plans=100, n_evaluations=20000, seed=1)
    certificate = certify(asked, front)
    assert "left out" not in certificate.note
    # Without their prices the bound on awareness lies 42 % of its range away. The risk over concave curves stays loose.
    assert max(certificate.extreme_share[goal] for goal in ("roi", "awareness")) < 1e-4


def test_a_resource_is_used_up_to_its_maximum_and_no_further():
    limits = {"resource": {"co2": {"per_money": {"tv": 0.02, "电视": 0.05}, "max": 12}}}
    goals = {"revenue": {"outcome": "revenue", "measure": "total"}}
    asked = problem(["search >= 2 * social"], limits, goals=goals)
    plan = solve(asked, "scalarised", n_plans=1, n_evaluations=2000, seed=1).spend[0]
    assert 0.02 * plan[0] + 0.05 * plan[2] == pytest.approx(12.0, abs=1e-3)
    assert asked.broken(plan) == ()
    assert asked.broken(np.array([600.0, 150.0, 200.0, 50.0])) == ("`co2`: 22.00 is used up, above 12.00",)
    assert "left out" not in certify(asked, solve(asked, seed=1, n_evaluations=500)).note


def test_a_broken_rule_is_told_with_both_of_its_sides():
    said = problem(RULES).broken(np.array([700.0, 100.0, 150.0, 50.0]))
    assert said == ("the rule `brand <= 60% * total` is broken: its left side is 850.00, its right side 600.00",)


def test_a_result_is_the_same_for_any_number_of_plans_beside_a_plan():
    feasible = problem(RULES, budget={"min": 800.0, "max": 1100.0}, limits={"share": 0.5}).feasible
    money = np.random.default_rng(3).uniform(0.0, 800.0, (300, 4))
    alone = np.vstack([feasible.project(plan[None]) for plan in money])
    assert np.array_equal(feasible.project(money), alone)
    again = feasible.project(alone)
    assert np.array_equal(again, alone)
    total = alone.sum(axis=1, keepdims=True)
    assert (alone <= 0.5 * total + 1e-9).all()


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32 - 1))
def test_rounding_keeps_total_and_rules(seed):
    rng = np.random.default_rng(seed)
    step = float(rng.choice([0.01, 1.0, 25.0]))
    rules = ["search >= 2 * social", "tv - 电视 <= 300", "brand <= 70% * total", "search == 2 * social"]
    asked = problem([rule for rule in rules if rng.random() < 0.6] or rules[:1], money_step=step)
    plans = asked.feasible.project(rng.uniform(0.0, 900.0, (5, 4)))
    rounded = asked.feasible.rounded(plans, step)
    assert asked.kept(rounded).all()
    assert np.abs(rounded / step - np.round(rounded / step)).max() < 1e-6
    assert np.abs(rounded - plans).max() <= 12.0 * step


# Limits that contradict each other.

NAMES = tuple("abcdef")


def random_limits(seed, kinds):
    """Limits of six channels, rules among them, of which many sets contradict each other."""
    rng = np.random.default_rng(seed)
    end = rng.uniform(300.0, 800.0, 6)
    today = rng.dirichlet(np.ones(6)) * 1000.0
    has_all = kinds != "rules"
    channel = {}
    for c, name in enumerate(NAMES):
        least = float(np.round(rng.uniform(0.0, 250.0), 2)) if rng.random() < 0.3 else 0.0
        most = float(np.round(rng.uniform(least, end[c]), 2)) if rng.random() < 0.5 else None
        if_used = float(np.round(rng.uniform(50.0, 150.0), 2)) if least == 0.0 and rng.random() < 0.2 else None
        most = None if most is not None and most < (if_used or 0.0) else most
        step = float(rng.choice([40.0, 75.0])) if has_all and rng.random() < 0.3 else None
        channel[name] = ChannelLimits(min=least, max=most, min_if_used=if_used, step=step)
    rules = []
    for _ in range(rng.integers(1, 5)):
        first, second = rng.choice(NAMES, 2, replace=False)
        rules.append(
            [
                f"{first} + {second} >= {rng.integers(20, 90)}% * total",
                f"{first} <= {rng.uniform(0.2, 2.0):.2f} * {second}",
                f"{first} == {rng.integers(50, 700)}",
                f"total - {first} <= {rng.integers(200, 900)}",
            ][rng.integers(4)]
        )
    resource = {}
    if has_all:
        rules += [rule for rule in ("count <= 2", "count == 3", "count >= 5") if rng.random() < 0.3]
        if rng.random() < 0.3:
            resource["hours"] = ResourceLimit({"a": 0.2, "b": 0.03, "c": 0.1}, float(rng.integers(5, 40)))
    limits = LimitsSpec(
        resource=resource,
        rules=tuple(rules),
        channel=channel,
        share=float(rng.choice([0.3, 0.5])) if rng.random() < 0.3 else None,
    )
    budget = BudgetRange(1000.0, 1000.0)
    if kinds == "everything":
        limits, seen = _with_everything(rng, limits, end)
        today = (
            np.floor(100.0 * np.minimum(today, end)) / 100.0
        )  # advice is in cents, which between blocks and locks may have to be met exactly
        return limits, budget, Money(NAMES, end, seen, today, today, money_step=0.01)
    return limits, budget, Money(NAMES, end, np.full(6, np.nan), today, today)


N_PERIODS = 5
STARTS = [datetime.date(2024, 1, 1) + datetime.timedelta(weeks=t) for t in range(N_PERIODS + 1)]


def _with_everything(rng, limits, end):
    """The limits with locks, default caps and limits per period, or with `change`; and what was ever spent."""
    if rng.random() < 0.2:  # other limits come before `change`, so that it says more without them
        return replace(limits, channel={}, rules=limits.rules[-2:], change=0.4), np.full(6, np.nan)
    channel = dict(limits.channel)
    for name in rng.choice(NAMES, 2, replace=False):
        if rng.random() < 0.4:
            channel[str(name)] = ChannelLimits(**{"lock" if rng.random() < 0.6 else "off": True})
    calendar = {}
    for name in rng.choice(NAMES, rng.integers(1, 4), replace=False):
        closed = np.sort(rng.choice(N_PERIODS, rng.integers(0, N_PERIODS), replace=False))
        calendar[str(name)] = CalendarLimits(
            max=float(np.round(rng.uniform(10.0, 80.0), 2)) if rng.random() < 0.6 else None,
            blackout=tuple(STARTS[t] for t in closed),
            min_burst=int(rng.integers(1, N_PERIODS + 2)),
        )
    if rng.random() < 0.4:
        calendar["total_max"] = float(rng.integers(150, 260))
    seen = np.where(rng.random(6) < 0.5, rng.uniform(30.0, 0.4 * end), np.nan)
    return replace(limits, rules=limits.rules[-2:], channel=channel, calendar=calendar), seen


def refusal(limits, budget, money):
    """Why no plan keeps the limits; None where one does."""
    if budget.min == budget.max:
        money = replace(money, reference=money.today * budget.max / money.today.sum())
    periods = period_limits(limits, money, N_PERIODS, STARTS) if limits.calendar else None
    try:
        rules = read_rules(limits.rules, Words(money, {}))
        feasible_set(named_limits(limits, budget, money, rules, periods=periods))
    except InfeasibleError as error:
        return error
    return None


def named(error):
    """The limits in a message, (place, words)."""
    return {tuple(line.strip().split(": ", 1)) for line in error.text.splitlines() if line.startswith("   ")}


def only(limits, budget, kept, money):
    """The limits that are named so, and no others; there is a default cap where it is named for the channel."""
    places = {place for place, _ in kept}
    channel = {}
    for name, end in zip(NAMES, money.table_end.tolist(), strict=True):
        settings = {
            key: value
            for key, value in vars(limits.channel.get(name, ChannelLimits())).items()
            if f"limits.channel.{name}.{key}" in places
        }
        if not any(words.startswith(f"the default cap of `{name}`,") for _, words in kept) and not limits.change:
            settings = {"max": end} | settings
        channel[name] = ChannelLimits(**settings)
    calendar = {}
    for name, own in limits.calendar.items():
        settings = vars(own).items() if name != "total_max" else ()
        asked = {key: value for key, value in settings if f"limits.calendar.{name}.{key}" in places}
        if asked:
            calendar[name] = CalendarLimits(**asked)
        elif f"limits.calendar.{name}" in places:
            calendar[name] = own
    kept = LimitsSpec(
        resource=limits.resource if "limits.resource.hours.max" in places else {},
        rules=tuple(text for index, text in enumerate(limits.rules) if f"limits.rules[{index}]" in places),
        channel=channel,
        share=limits.share if "limits.share" in places else None,
        change=limits.change if "limits.change" in places else None,
        calendar=calendar,
    )
    return kept, budget if "plan.budget" in places else BudgetRange(0.0, 1e5)


def followed(limits, budget, advice):
    """The limits after one piece of a message's advice."""
    if advice.endswith(("channel", "channels")):
        rule, relation, number, by = re.search(r"`((?:.*) (.=) (\d+))` be missed by (\d+)", advice).groups()
        lowest, highest = int(number) - int(by), int(number) + int(by)
        eased = {"<=": [f"count <= {highest}"], ">=": [f"count >= {lowest}"]}
        eased["=="] = eased["<="] + eased[">="]
        rules = [text for one in limits.rules for text in ([one] if one != rule else eased[relation])]
        return replace(limits, rules=tuple(rules)), budget
    if "off whole blocks" in advice:  # no setting says so: a channel that need not buy blocks can be off by any amount
        name = re.search("`(.*)`", advice)[1]
        return replace(limits, channel=limits.channel | {name: replace(limits.channel[name], step=None)}), budget
    if per_period := _followed_per_period(limits, advice):
        return per_period, budget
    amount = float(re.search(r"([\d,.]+?)%?$", advice)[1].replace(",", ""))
    if "budget" in advice:
        total = budget.max + (amount if advice.startswith("raise") else -amount)
        return limits, BudgetRange(total, total)
    if "`share`" in advice:
        return replace(limits, share=min(amount / 100.0, 1.0)), budget
    if "`change`" in advice:
        return replace(limits, change=amount), budget
    subject = re.search("`(.*)`", advice)[1]
    if "be missed" in advice:
        relation = re.search("[<=>]=", subject)[0]
        eased = {"<=": [f"{subject} + {amount}"], ">=": [f"{subject} - {amount}"]}
        eased["=="] = eased["<="] + eased[">="]
        rules = [text for rule in limits.rules for text in ([rule] if rule != subject else eased[relation])]
        if relation == "==":
            rules = [
                text.replace("==", "<=" if "+" in text else ">=") if text in eased["=="] else text for text in rules
            ]
        return replace(limits, rules=tuple(rules)), budget
    if subject in limits.resource:
        more = replace(limits.resource[subject], max=amount)
        return replace(limits, resource={subject: more}), budget
    subject = subject.split("`")[0]  # of "give `c` an explicit `max`" the channel
    own = limits.channel.get(subject, ChannelLimits())
    if " have " in advice:
        return replace(limits, channel=limits.channel | {subject: ChannelLimits(min=amount, max=amount)}), budget
    setting = "min_if_used" if "if used" in advice else "min" if "minimum" in advice else "max"
    return replace(limits, channel=limits.channel | {subject: replace(own, **{setting: amount})}), budget


def _followed_per_period(limits, advice):
    """The limits after a piece of advice about limits per period; None where it is about something else."""
    if found := re.fullmatch(r"raise `total_max` to ([\d,.]+)", advice):
        return replace(limits, calendar=limits.calendar | {"total_max": float(found[1].replace(",", ""))})
    if found := re.fullmatch(r"raise `max` of `(.*)` per period to ([\d,.]+)", advice):
        name, changes = found[1], {"max": float(found[2].replace(",", ""))}
    elif found := re.fullmatch(r"lower `min_burst` of `(.*)` to (\d+)", advice):
        name, changes = found[1], {"min_burst": int(found[2])}
    elif found := re.fullmatch(r"open `(.*)` in \d of its \d periods of blackout: (.*)", advice):
        name, opened = found[1], found[2].split(", ")
        changes = {"blackout": tuple(day for day in limits.calendar[name].blackout if str(day) not in opened)}
    else:
        return None
    return replace(limits, calendar=limits.calendar | {name: replace(limits.calendar[name], **changes)})


def infeasible_sets(n, kinds):
    found, seed = [], 0
    while len(found) < n:
        seed += 1
        limits, budget, money = random_limits(seed, kinds)
        error = refusal(limits, budget, money)
        if error is not None and error.code == "limits.contradiction":
            found.append((limits, budget, money, error))
    return found


@pytest.mark.parametrize(("n", "kinds"), [(20, "rules"), (25, "everything")])
def test_of_limits_that_contradict_each_other_the_smallest_set_is_named_and_the_advice_is_enough(n, kinds):
    for limits, budget, money, error in infeasible_sets(n, kinds):
        lines = named(error)
        assert refusal(*only(limits, budget, lines, money), money) is not None, error.text
        for line in lines:
            rest = only(limits, budget, lines - {line}, money)
            assert refusal(*rest, money) is None, (line, error.text)
        advice = error.text.split("would do: ")[1].removesuffix(".").split("; ")
        if "together" in error.text:
            eased = limits, budget
            for one in advice:
                eased = followed(*eased, one)
            assert refusal(*eased, money) is None, error.text
        else:
            for one in advice:
                assert refusal(*followed(limits, budget, one), money) is None, (one, error.text)


@pytest.mark.parametrize(
    ("rules", "limits", "changes", "text"),
    [
        (
            ["tv >= 60% * total", "tv <= search"],
            {},
            {},
            "these limits contradict each other; without any one of them the rest could be kept:\n"
            "   plan.budget: the budget, 1,000.00\n"
            "   limits.rules[0]: the rule `tv >= 60% * total`\n"
            "   limits.rules[1]: the rule `tv <= search`\n"
            "Any one of these would do: let `tv >= 60% * total` be missed by 100.00; let `tv <= search` be missed by "
            "200.00.",
        ),
        (
            ["tv >= 900"],
            {"channel": {"tv": {"max": 600}}},
            {},
            "raise the maximum of `tv` to 900.00; let `tv >= 900` be",
        ),
        (["brand >= 80% * total"], {"share": 0.35}, {}, "raise `share` to 40.00%"),
        (["tv >= 400"], {"share": 0.3}, {"budget": {"min": 500.0, "max": 1200.0}}, "raise `share` to 33.34%"),
        (
            ["tv >= 400"],
            {"resource": {"co2": {"per_money": {"tv": 0.02, "search": 0.01}, "max": 5}}},
            {},
            "limits.resource.co2.max: at most 5.00 of `co2` is used up\nAny one of these would do: let `tv >= 400` be "
            "missed by 150.00; raise the maximum of `co2` to 8.00.",
        ),
        (["tv <= 500"], {"change": 0.2}, {}, "raise `change` to 0.6667"),
        (["search <= 50"], {"channel": {"search": {"lock": True}}}, {}, "`search` is locked at 100.00"),
        (
            ["search >= 50"],
            {"channel": {"search": {"off": True}}},
            {},
            "let `search` have 50.00; let `search >= 50` be",
        ),
        (["total >= 1200"], {}, {"budget": {"min": 900.0, "max": 1100.0}}, "raise the budget by 100.00"),
        (["total >= 1200"], {}, {}, "raise the budget by 200.00"),
        (
            ["search + social == 100"],
            {"channel": {"search": {"min_if_used": 150}, "social": {"min_if_used": 120}}},
            {},
            "lower the minimum if used of `search` to 100.00; lower the minimum if used of `social` to 100.00",
        ),
        (
            ["tv >= 600", "tv <= 500", "search >= 700", "search <= 500"],
            {},
            {},
            "They are not the only ones that do. All",
        ),
        (
            ["tv >= 2500"],
            {},
            {"budget": 5000.0},
            "no plan can keep this limit:\n   limits.rules[0]: the rule `tv >= 2500`",
        ),
    ],
)
def test_what_contradicts_is_told_in_the_planners_words(rules, limits, changes, text):
    with pytest.raises(InfeasibleError) as caught:
        problem(rules, limits, **changes)
    assert caught.value.code == "limits.contradiction"
    assert text in caught.value.text


def test_a_contradiction_in_a_file_names_lines(tmp_path):
    lines = [
        "[plan]\nbudget = 1000\ntoday = { tv = 700, radio = 300 }",
        '[fit]\ncurves = "curves.csv"',
        "[goals]\nsales = { outcome = 'sales', measure = 'total' }",
        "[limits]\nrules = [\n 'tv >= 70% * total',\n 'radio >= 400',\n]",
    ]
    (tmp_path / "problem.toml").write_text("\n".join(lines))
    curves = [f"sales,{name},{spend},{spend**0.5}" for name in ("tv", "radio") for spend in (0, 500, 1000)]
    (tmp_path / "curves.csv").write_text("\n".join(["outcome,channel,spend,value", *curves]))
    with pytest.raises(InfeasibleError) as caught:
        check(tmp_path / "problem.toml")
    assert {place for place, _ in named(caught.value)} == {"problem.toml:2", "problem.toml:10", "problem.toml:11"}


def test_a_raised_budget_is_enough_although_change_follows_it():
    limits = {"change": 0.1, "channel": {"电视": {"min": 400}}, "rules": ["tv >= 650", "search >= 100"]}
    with pytest.raises(InfeasibleError, match=r"raise the budget by 702\.13;"):
        four_channel_problem(limits=limits)
    four_channel_problem(limits=limits, budget=1702.13)
    with pytest.raises(InfeasibleError):
        four_channel_problem(limits=limits, budget=1702.12 - 0.01)


def test_a_programme_that_highs_cannot_presolve_is_solved_all_the_same():
    error = refusal(*random_limits(10012, "all"))  # "Solve error" in HiGHS 1.12 where all limits are eased
    assert "All of these together would do: " in error.text
