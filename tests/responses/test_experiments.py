import re
from dataclasses import replace
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from moo_budget.errors import InputError
from moo_budget.responses import additive_fit, fit
from moo_budget.responses.additive import AdditiveRegression, no_baseline
from moo_budget.responses.carry_over import CARRY_OVERS
from moo_budget.responses.channel_term import ChannelTerm
from moo_budget.responses.curves import CURVES
from moo_budget.responses.experiments import LiftTest, lift_series, read_experiments
from moo_budget.simulate import TrueResponse
from moo_budget.spec import FitSpec, read_problem

from .histories import brought, flighted, history_of

learning = import_module("moo_budget.learning")

LEVELS = (900.0, 300.0, 120.0)
TRUTHS = [
    TrueResponse(50_000, 700.0, 1.0, 0.0),
    TrueResponse(9_000, 500.0, 1.8, 0.5),
    TrueResponse(30_000, 400.0, 1.2, 0.2),
]
SPEND = flighted(120, LEVELS, seed=1)
CLICKS = brought(SPEND, TRUTHS, noise=0.3, seed=2)
SALES = 60_000 + brought(SPEND, TRUTHS, 0.0, 0).sum(axis=1) + np.random.default_rng(3).normal(scale=3_000, size=120)
HISTORY = history_of(SPEND, {"sales": SALES, "clicks": CLICKS})
DATES = HISTORY.dates
HEADER = "channel,outcome,start,end,spend_change,lift,lift_se,spend"
GOOD = "a,sales,2022-03-07,2022-04-03,1000,5000,500,"


def true_test(c, first, share, outcome="sales", weeks=6, error=0.1):
    """What a change of a channel's spend by a share of it really brought, with its standard error."""
    changed = SPEND[:, c].copy()
    span = slice(first, first + weeks)
    changed[span] *= 1.0 + share
    lift = (TRUTHS[c].over_time(changed) - TRUTHS[c].over_time(SPEND[:, c]))[span].sum()
    end = DATES[first + weeks - 1] + 6
    money = share * SPEND[span, c].sum()
    return LiftTest(("abc"[c],), outcome, DATES[first], end, money, lift, error * abs(lift))


def written(tmp_path, *rows, header=HEADER):
    path = tmp_path / "lift_tests.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def slope_of(responses, outcome, c):
    """What the curve's next half brings, (n_draws,)."""
    values = responses.outcome(outcome).curves[c].values(np.array([1.0, 1.5]) * LEVELS[c])
    return values[1] - values[0]


def fitted(*tests, history=HISTORY, **settings):
    return fit(history, FitSpec(curve="hill", **settings), seed=1, experiments=tests)


@pytest.fixture(scope="module")
def untested():
    return fitted()


@pytest.mark.parametrize(("outcome", "narrower"), [("sales", 0.5), ("clicks", 0.85)])
def test_two_tests_on_a_channel_narrow_its_curve_about_the_truth(untested, outcome, narrower):
    tested = fitted(true_test(1, 20, -1.0, outcome), true_test(1, 60, 1.0, outcome))
    before, after = (slope_of(responses, outcome, 1) for responses in (untested, tested))
    assert after.std() < narrower * before.std()
    true = np.diff(TRUTHS[1].level(np.array([1.0, 1.5]) * LEVELS[1]))[0]
    low, high = np.quantile(after, [0.01, 0.99])
    assert low < true < high


@pytest.mark.parametrize("outcome", ["sales", "clicks"])
def test_a_precise_test_is_what_the_draws_keep_to(outcome):
    precise = replace(true_test(1, 20, -1.0, outcome), lift_se=100.0)
    # Without carry-over what the draws remove is the lift itself.
    curve = fitted(precise, carry_over="none").outcome(outcome).curves[1]
    removed = curve.values(SPEND[20:26, 1]).sum(axis=0)
    assert removed.std() < 1.5 * precise.lift_se


def test_a_test_of_one_channel_says_next_to_nothing_of_an_outcome_it_did_not_measure(untested):
    tested = fitted(true_test(1, 20, -1.0))
    np.testing.assert_array_equal(slope_of(tested, "clicks", 1), slope_of(untested, "clicks", 1))


def test_what_is_tested_together_is_known_together():
    spend = flighted(120, (500.0,), seed=4).repeat(2, axis=1)
    history = history_of(spend, {"sales": SALES})
    together = LiftTest(("a", "b"), "sales", DATES[20], DATES[29] + 6, -spend[20:30].sum(), -40_000.0, 1_000.0)
    (sales,) = fitted(together, history=history).outcomes
    removed = [curve.values(np.array([spend[20:30, 0].mean()]))[0] for curve in sales.curves]
    assert (removed[0] + removed[1]).std() < 0.4 * min(removed[0].std(), removed[1].std())
    assert (10 * (removed[0] + removed[1])).mean() == pytest.approx(40_000, rel=0.15)


def test_a_test_outside_the_history_teaches_a_channel_that_was_never_bought():
    spend = np.column_stack([SPEND, np.zeros(120)])
    history = history_of(spend, {"sales": SALES, "clicks": np.column_stack([CLICKS, np.zeros(120)])})
    tests = [
        LiftTest(
            ("d",),
            outcome,
            np.datetime64("2025-01-06"),
            np.datetime64("2025-02-02"),
            4_000.0,
            8_000.0,
            400.0,
            spend=0.0,
        )
        for outcome in ("sales", "clicks")
    ]
    learned = fitted(*tests, history=history)
    for outcome in ("sales", "clicks"):
        values = learned.outcome(outcome).curves[3].values(np.array([1_000.0]))[0]
        # Carry-over beyond the span is not in the lift, so four weeks bring somewhat less than four level weeks.
        assert 2_000.0 < values.mean() < 2_900.0
        assert values.std() < 0.25 * values.mean()


def test_the_lift_is_what_the_change_makes_within_its_span_and_no_later():
    truth, first, last = TrueResponse(9_000, 500.0, 1.8, 0.5), 30, 35
    term = ChannelTerm(CURVES["hill"], CARRY_OVERS["geometric"], 40, SPEND[:, 1], 500.0, 1.0)
    test = LiftTest(("b",), "sales", DATES[first], DATES[last] + 6, -0.4 * SPEND[first : last + 1, 1].sum(), 1.0, 1.0)
    lifts = lift_series([test], "sales", ("b",), HISTORY, 40)
    regression = AdditiveRegression(no_baseline(120), (term,), lifts=lifts)
    natural = {"effect": 4_500.0, "half_saturation": 1.0, "slope": 1.8, "decay": 0.5}
    free = np.array([parameter.scale.free(natural[parameter.name]) for parameter in term.parameters])
    changed = SPEND[:, 1].copy()
    changed[first : last + 1] *= 0.6
    exact = (truth.over_time(changed) - truth.over_time(SPEND[:, 1]))[first : last + 1].sum()
    predicted, jacobian = regression.predict_lifts(lifts, free)
    assert predicted[0] == pytest.approx(exact, rel=1e-6)
    nudged = [regression.predict_lifts(lifts, free + step)[0][0] for step in 1e-6 * np.eye(len(free))]
    np.testing.assert_allclose(jacobian[0], (np.array(nudged) - predicted[0]) / 1e-6, rtol=1e-3)


@pytest.mark.parametrize("carry_over", CARRY_OVERS)
@pytest.mark.parametrize("curve", CURVES)
def test_lifts_of_many_draws_are_those_of_each_and_of_a_history_changed_by_hand(curve, carry_over):
    terms = tuple(ChannelTerm(CURVES[curve], CARRY_OVERS[carry_over], 5, spend, spend.mean(), 1.0) for spend in SPEND.T)
    spans = [([2], slice(70, 76)), ([0, 2], slice(10, 14))]
    tests = [
        LiftTest(
            tuple(HISTORY.channels[c] for c in tested),
            "sales",
            DATES[span][0],
            DATES[span][-1] + 6,
            0.5 * SPEND[span, tested].sum(),
            1.0,
            1.0,
        )
        for tested, span in spans
    ]
    lifts = lift_series(tests, "sales", HISTORY.channels, HISTORY, 5)
    regression = AdditiveRegression(no_baseline(120), terms, lifts=lifts)
    mean = regression.prior.mean
    draws = mean + np.random.default_rng(1).normal(size=(4, len(mean)))
    predicted, jacobian = regression.predict_lifts(lifts, draws)
    alone = [regression.predict_lifts(lifts, free) for free in draws]
    np.testing.assert_allclose(predicted, [lift for lift, _ in alone], rtol=1e-12)
    np.testing.assert_allclose(jacobian, [slopes for _, slopes in alone], rtol=1e-9, atol=1e-12)
    for test, (tested, span) in enumerate(spans):
        changed = SPEND.copy()
        changed[span, tested] *= 1.5
        parts = zip(terms, changed.T, regression.split(draws)[1], strict=True)
        rises = sum(
            replace(term, spend=spend).contributions(free) - term.contributions(free) for term, spend, free in parts
        )
        np.testing.assert_allclose(predicted[:, test], rises[span].sum(axis=0), rtol=1e-9)


def test_a_joint_change_is_shared_in_proportion_to_spend_in_its_flighting():
    test = LiftTest(("a", "c"), "sales", DATES[10], DATES[13] + 6, 100.0, 1.0, 1.0)
    lifts = lift_series([test], "sales", HISTORY.channels, HISTORY, 3)
    without, changed = np.split(np.column_stack(lifts.spend), 2)
    assert lifts.places == (0, 2)
    np.testing.assert_array_equal(without, SPEND[8:14, [0, 2]])
    np.testing.assert_array_equal(changed[:2], without[:2])
    added = (changed - without)[2:]
    assert added.sum() == pytest.approx(100.0)
    np.testing.assert_allclose(added / without[2:], 100.0 / without[2:].sum())


def test_outside_the_history_the_stated_spend_is_level_and_carries_over_from_before():
    test = LiftTest(
        ("b",), "sales", np.datetime64("2021-02-01"), np.datetime64("2021-02-28"), 80.0, 1.0, 1.0, spend=400.0
    )
    lifts = lift_series([test], "sales", ("b",), HISTORY, 3)
    np.testing.assert_allclose(lifts.spend[0], [100.0] * 6 + [100.0] * 2 + [120.0] * 4)
    assert lifts.signs[0].tolist() == [[0.0] * 2 + [-1.0] * 4 + [0.0] * 2 + [1.0] * 4]


@pytest.mark.parametrize(("end", "n_periods"), [("2021-02-27", 1), ("2021-03-30", 2), ("2022-01-30", 12)])
def test_months_outside_the_history_are_counted_by_the_calendar(end, n_periods):
    months = history_of(SPEND, {"sales": SALES}, period="month")
    test = LiftTest(("b",), "sales", np.datetime64("2021-01-31"), np.datetime64(end), 80.0, 1.0, 1.0, spend=400.0)
    lifts = lift_series([test], "sales", ("b",), months, 1)
    assert (lifts.signs[0] == 1.0).sum() == n_periods


def test_a_test_may_end_before_a_week_of_which_there_is_no_row():
    kept = np.r_[0:14, 16:120]
    history = replace(history_of(SPEND[kept], {"sales": SALES[kept]}), dates=DATES[kept])
    for last in (DATES[13] + 6, DATES[16] - 1):
        test = LiftTest(("b",), "sales", DATES[10], last, 80.0, 1.0, 1.0)
        assert (lift_series([test], "sales", ("b",), history, 1).signs[0] == 1.0).sum() == 4


def test_a_week_that_went_dark_in_the_history_is_tested_against_what_is_stated():
    spend = SPEND.copy()
    spend[10:14, 1] = 0.0
    test = LiftTest(("b",), "sales", DATES[10], DATES[13] + 6, -800.0, -1.0, 1.0, spend=800.0)
    lifts = lift_series([test], "sales", ("b",), history_of(spend, {"sales": SALES}), 1)
    np.testing.assert_allclose(lifts.spend[0], [200.0] * 4 + [0.0] * 4)


@pytest.mark.parametrize("factor", [1.0, 1000.0])
def test_another_currency_changes_nothing_but_the_currency(factor):
    tests = [true_test(1, 20, -1.0, outcome) for outcome in ("sales", "clicks")]
    scaled = [
        replace(test, spend_change=1000.0 * test.spend_change, lift=factor * test.lift, lift_se=factor * test.lift_se)
        for test in tests
    ]
    mine = fitted(*tests)
    theirs = fitted(*scaled, history=history_of(1000.0 * SPEND, {"sales": factor * SALES, "clicks": factor * CLICKS}))
    for outcome in ("sales", "clicks"):
        np.testing.assert_allclose(
            theirs.outcome(outcome).curves[1].values(1000.0 * SPEND[:5, 1]),
            factor * mine.outcome(outcome).curves[1].values(SPEND[:5, 1]),
            rtol=1e-4,  # the least-squares solver stops at 1e-6
        )


def test_a_fit_that_fails_leaves_the_tests_out_as_well(monkeypatch):
    def broken(regression, observed, *, ordered, trust):
        raise additive_fit.ModelError("least squares found no finite solution", code="fit.failed")

    monkeypatch.setattr(additive_fit, "learn", broken)
    learned = fitted(true_test(1, 20, -1.0))
    assert learned.outcome("sales").quality["status"] == "prior"


def test_a_file_of_tests_is_read_row_by_row(tmp_path):
    path = written(
        tmp_path,
        '"a+b",sales,2022-03-07,2022-04-03,"1,000.50",5000,500,',
        "b,clicks,2021-01-04,2021-01-31,-50,-10,2,80",
    )
    together, dark = read_experiments(path, HISTORY)
    assert together.channels == ("a", "b")
    assert (together.spend_change, together.spend, together.where) == (1000.5, None, "lift_tests.csv, row 2")
    assert (dark.outcome, dark.spend_change, dark.lift, dark.lift_se, dark.spend) == ("clicks", -50.0, -10.0, 2.0, 80.0)
    assert (dark.start, dark.end) == (np.datetime64("2021-01-04"), np.datetime64("2021-01-31"))


def test_the_file_that_the_fit_settings_name_is_read(tmp_path, untested):
    test = true_test(1, 20, -1.0)
    row = f"b,sales,{test.start},{test.end},{test.spend_change},{test.lift},{test.lift_se},"
    by_file = fit(HISTORY, FitSpec(curve="hill", experiments=str(written(tmp_path, row))), seed=1)
    np.testing.assert_allclose(slope_of(by_file, "sales", 1), slope_of(fitted(test), "sales", 1), rtol=1e-6)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("z,sales,2022-03-07,2022-04-03,10,200,20,", "there is no channel `z`. Known: a, b, c"),
        ("a,sale,2022-03-07,2022-04-03,10,200,20,", "there is no outcome `sale`. Did you mean `sales`?"),
        ("a+a,sales,2022-03-07,2022-04-03,10,200,20,", "a channel is named twice in `a+a`."),
        ("a,sales,2022-05-07,2022-04-03,10,200,20,", "it ends on 2022-04-03, before it starts on 2022-05-07."),
        ("a,sales,2022-03-07,2022-04-03,0,200,20,", "spend_change is 0; a test changes what is spent."),
        ("a,sales,2022-03-07,2022-04-03,10,200,0,", "lift_se is 0; a standard error is above 0."),
        ("a,sales,2022-03-07,2022-04-03,10,200,20,-3", "spend is -3.0; it must be 0 or more."),
        (
            "a,sales,2024-04-15,2024-05-05,10,200,20,",
            "2024-04-15 to 2024-05-05 does not lie within the history, 2022-01-03 to 2024-04-21. State what was spent "
            "over the span without the change under `spend`.",
        ),
        (
            "a,sales,2022-03-08,2022-03-10,10,200,20,",
            "2022-03-08 to 2022-03-10 cuts through a week, and only what whole weeks spent and brought is known. It "
            "begins in the week from 2022-03-07 to 2022-03-13 and ends in the one from 2022-03-07 to 2022-03-13; state "
            "money and lift of whole weeks.",
        ),
        (
            "a,sales,2022-03-07,2022-04-04,10,200,20,",
            "2022-03-07 to 2022-04-04 cuts through a week, and only what whole weeks spent and brought is known. It "
            "begins in the week from 2022-03-07 to 2022-03-13 and ends in the one from 2022-04-04 to 2022-04-10; state "
            "money and lift of whole weeks.",
        ),
        (
            "a,sales,2021-01-05,2021-01-20,10,200,20,100",
            "2021-01-05 to 2021-01-20 cuts through a week, and only what whole weeks spent and brought is known. It "
            "begins in the week from 2021-01-05 to 2021-01-11 and ends in the one from 2021-01-19 to 2021-01-25; state "
            "money and lift of whole weeks.",
        ),
        (
            "a,sales,2022-03-07,2199-04-03,10,200,20,100",
            "2022-03-07 to 2199-04-03 is 9,239 weeks, more than the 120 of the history. Is a year mistyped?",
        ),
        (
            GOOD,
            "it says in every column what lift_tests.csv, row 2 says, and counted twice a test would seem more certain "
            "than it is. Take one of the two out.",
        ),
        (
            "a,sales,2022-03-07,2022-04-03,-1e5,-200,20,5000",
            "it takes away 100,000.00 of 5,000.00 that was spent. If the history shows the spend with the change made, "
            "state the spend without it under `spend`.",
        ),
        (
            "a+b,clicks,2022-03-07,2022-04-03,10,200,20,",
            "`a+b` were tested together, but `clicks` is measured channel by channel, so each channel is learned by "
            "itself. State the lift of each channel in a row of its own.",
        ),
        (
            "c,visits,2022-03-07,2022-04-03,10,200,20,",
            "`visits` is not measured for `c`, which is taken to have no effect on it. Known: a, b.",
        ),
    ],
)
def test_a_row_that_is_wrong_is_named_with_what_is_wrong_and_allowed(tmp_path, row, said):
    history = history_of(SPEND, {"sales": SALES, "clicks": CLICKS, "visits": CLICKS}, measured={"visits": ("a", "b")})
    with pytest.raises(InputError, match=re.escape(f"lift_tests.csv, row 3: {said}")):
        read_experiments(written(tmp_path, GOOD, row), history)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "a,sales,2022-03-07,2022-04-03,,200,20,",
            "lift_tests.csv, row 3, column `spend_change`: an empty cell. Only spend may be empty.",
        ),
        (
            ",sales,2022-03-07,2022-04-03,10,200,20,",
            "lift_tests.csv, row 3, column `channel`: an empty cell. Only spend may be empty.",
        ),
        ("a,sales,2022-03-07,2022-04-03,10,much,20,", "lift_tests.csv, row 3, column `lift`: `much` is no number."),
        ("a,sales,soon,2022-04-03,10,200,20,", "lift_tests.csv, row 3, column `start`: `soon` is no date"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(tmp_path, row, said):
    with pytest.raises(InputError, match=re.escape(said)):
        read_experiments(written(tmp_path, GOOD, row), HISTORY)


def test_all_rows_that_are_wrong_are_named_in_one_go(tmp_path):
    with pytest.raises(InputError) as caught:
        read_experiments(written(tmp_path, GOOD.replace("a,", "z,"), GOOD, GOOD.replace("500,", "0,")), HISTORY)
    assert re.findall(r"row \d", caught.value.text) == ["row 2", "row 4"]


def test_a_missing_column_is_named_beside_those_that_are_there(tmp_path):
    said = "lift_tests.csv: no column lift_se; the columns are channel, outcome, start, end, spend_change, lift."
    path = written(tmp_path, "a,sales,2022-03-07,2022-04-03,1,2", header=HEADER.removesuffix(",lift_se,spend"))
    with pytest.raises(InputError, match=re.escape(said)):
        read_experiments(path, HISTORY)


def test_a_missing_file_is_named_with_the_nearest_one(tmp_path):
    written(tmp_path, GOOD)
    said = "lift_test.csv. Did you mean `lift_tests.csv`? [fit] experiments is a path relative to the problem file."
    with pytest.raises(InputError, match=re.escape(said)):
        read_experiments(tmp_path / "lift_test.csv", HISTORY)


def test_a_history_without_dates_cannot_place_a_test(tmp_path):
    rows = history_of(SPEND, {"sales": SALES}, period="none")
    said = "lift_tests.csv, row 2: a lift test needs dates, and history.csv has none. Name its date column."
    with pytest.raises(InputError, match=re.escape(said)):
        read_experiments(written(tmp_path, GOOD), rows)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"lift": np.nan}, "lift test: lift is nan; it must be a finite number."),
        ({"channels": ()}, "lift test: no channel is named."),
        ({"channels": ("z",)}, "lift test: there is no channel `z`."),
        ({}, "lift test: it says in every column what lift test says"),
    ],
)
def test_a_test_stated_in_python_is_checked_as_well(wrong, said):
    with pytest.raises(InputError, match=re.escape(said)):
        fitted(true_test(1, 20, -1.0), replace(true_test(1, 20, -1.0), **wrong))


def test_a_problem_file_names_its_tests_beside_itself(tmp_path, monkeypatch):
    frame = pd.DataFrame({"week": DATES.astype(str), "b_spend": SPEND[:, 1], "sales": SALES})
    frame.to_csv(tmp_path / "history.csv", index=False)
    problem = tmp_path / "problem.toml"
    problem.write_text(
        'schema_version = 1\ncurrency = "EUR"\n[history]\nfile = "history.csv"\ndate = "week"\nchannels = ["b"]\n'
        'spend = "{channel}_spend"\n[outcomes.sales]\ncolumn = "sales"\nunit = "EUR"\n[plan]\nperiods = 13\n'
        '[fit]\ndraws = 5\nexperiments = "lift_tests.csv"\n'
    )
    written(tmp_path, "b,sales,2022-03-07,2022-04-03,500,2000,100,")
    seen = []

    def watched(*arguments, experiments, **settings):
        seen.extend(experiments)
        return fit(*arguments, experiments=experiments, **settings)

    monkeypatch.setattr(learning, "fit", watched)
    learning.learn(read_problem(problem), seed=1)
    assert [(test.channels, test.lift) for test in seen] == [(("b",), 2_000.0)]
    learning.check(problem)
    written(tmp_path, "z,sales,2022-03-07,2022-04-03,500,2000,100,")
    with pytest.raises(InputError, match="row 2: there is no channel `z`"):
        learning.check(problem)


def test_tests_of_curves_of_one_s_own_are_refused(tmp_path):
    (tmp_path / "curves.csv").write_text("outcome,channel,spend,value\nsales,b,100,50\n")
    problem = tmp_path / "problem.toml"
    problem.write_text(
        'schema_version = 1\ncurrency = "EUR"\n[plan]\nbudget = 100\n'
        '[fit]\ncurves = "curves.csv"\nexperiments = "lift_tests.csv"\n'
    )
    said = "[fit] experiments sharpen curves that are learned, and this problem brings its own. Take them out."
    with pytest.raises(InputError, match=re.escape(said)):
        learning.learn(read_problem(problem), seed=1)
