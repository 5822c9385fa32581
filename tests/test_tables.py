import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moo_budget.errors import InputError
from moo_budget.interpolation import TOLERANCE
from moo_budget.responses import fit
from moo_budget.simulate import TrueResponse
from moo_budget.spec import FitSpec
from moo_budget.tables import ResponseTables, from_curves, from_functions, load_tables, save_tables, tabulate
from tests.responses.histories import brought, flighted, history_of
from tests.worlds import four_channels, hill


def points(spend, value, outcome="revenue", channel="tv", **more):
    return pd.DataFrame({"outcome": outcome, "channel": channel, "spend": spend, "value": value} | more)


@pytest.mark.parametrize("slope", [1.0, 1.7, 3.5])
def test_a_table_keeps_its_stated_error_everywhere(slope):
    tables = from_functions({"revenue": {"tv": hill(10, 40, slope)}}, {"tv": 300.0})
    spend = np.linspace(0, 300, 10_001)[:, None]
    missed = np.abs(tables.expected("revenue", spend)[:, 0] - hill(10, 40, slope)(spend[:, 0]))
    assert tables.error <= TOLERANCE
    # Between the points at which the error was looked for it may be a little larger.
    assert missed.max() <= 1.2 * TOLERANCE * 10


def test_a_table_never_falls_and_is_zero_at_zero():
    tables = from_functions({"revenue": {"tv": lambda x: np.minimum(x, 50.0)}}, {"tv": 300.0})
    value = tables.expected("revenue", np.linspace(0, 300, 5_000)[:, None])[:, 0]
    assert value[0] == 0.0
    assert (np.diff(value) >= -1e-12 * 50).all()  # rounding of a flat piece


def test_beyond_the_end_there_is_no_value():
    tables = four_channels(end=200.0)
    spend = np.array([[200.0, 0.0, 0.0, 0.0], [200.1, 0.0, 0.0, 0.0]])
    assert np.isfinite(tables.expected("revenue", spend)[0]).all()
    assert np.isnan(tables.expected("revenue", spend)[1, 0])
    assert np.isnan(tables.moments("revenue", spend)[0][1]).all()


def test_the_mean_of_the_draws_is_the_mean_table():
    tables = four_channels()
    spend = np.random.default_rng(0).uniform(0, 200, (20, 4))
    mean, _ = tables.moments("awareness", spend)
    np.testing.assert_allclose(mean @ tables.weights, tables.expected("awareness", spend).sum(axis=1), rtol=1e-12)


def test_an_end_of_zero_means_no_effect():
    tables = from_functions({"revenue": {"tv": hill(1, 1, 1), "radio": hill(1, 1, 1)}}, {"tv": 5.0, "radio": 0.0})
    assert tables.ends.tolist() == [5.0, 0.0]
    assert tables.expected("revenue", np.array([[0.0, 0.0]])).tolist() == [[0.0, 0.0]]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0.01, 100.0), min_size=2, max_size=12))
def test_given_points_are_met_and_stay_between_their_neighbours(steps):
    spend = np.cumsum(steps)
    value = np.sqrt(spend)
    tables = from_curves(points(spend, value))
    np.testing.assert_allclose(tables.expected("revenue", spend[:, None])[:, 0], value, rtol=1e-9)
    between = (spend[1:] + spend[:-1]) / 2
    got = tables.expected("revenue", between[:, None])[:, 0]
    assert ((got >= value[:-1] - 1e-9) & (got <= value[1:] + 1e-9)).all()


def test_curves_of_several_outcomes_channels_and_draws():
    frame = pd.concat(
        [
            points([1, 2, 4], [1, 2, 3], draw=0),
            points([1, 2, 4], [2, 3, 4], draw=1),
            points([10, 30], [5, 6], channel="radio", draw=0),
            points([10, 30], [5, 6], channel="radio", draw=1),
            points([1, 4], [7, 9], outcome="awareness", draw=0),
            points([1, 4], [7, 9], outcome="awareness", draw=1),
        ]
    )
    tables = from_curves(frame, units={"revenue": "EUR"})
    assert (tables.channels, tables.outcomes, tables.units) == (("tv", "radio"), ("revenue", "awareness"), ("EUR", ""))
    assert tables.draws("revenue", "tv", np.array([2.0])).tolist() == [[2.0, 3.0]]
    assert tables.draws("awareness", "radio", np.array([20.0])).tolist() == [[0.0, 0.0]]
    assert tables.ends.tolist() == [4.0, 30.0]


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (points([1], [1]).drop(columns="value"), "curves: no column value; the columns are outcome, channel, spend"),
        (points([1, -2], [1, 2]), "curves, row 3: spend is -2; it must be a finite number, 0 or more"),
        (points([1, 2], [1, "x"]), "curves, row 3: value is x; it must be a finite number"),
        (points([1, 1], [1, 2]), "curves, row 3: revenue of `tv` has spend 1 twice"),
        (points([0, 1], [5, 6]), "curves: revenue of `tv` is 5 at zero spend; a response is incremental"),
        (points([0], [0]), "draw 0 of revenue of `tv` has no point above zero spend"),
        (points([1, 2], [2, 1]), "curves: revenue of `tv` falls to 1 at spend 2"),
        (points([1, 2], [1, 2], channel=""), "curves, row 2: the channel has no name"),
        (points([], []), "curves: the table has no rows"),
        (
            pd.concat([points([1, 2], [1, 2]), points([1, 3], [1, 2], outcome="clicks")]),
            "curves of `tv` end at 2 and at 3; all outcomes and draws of a channel must end at the same spend",
        ),
    ],
)
def test_what_is_no_curve_is_refused(frame, text):
    with pytest.raises(InputError, match=text):
        from_curves(frame)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda x: x + 1, "revenue of tv: the function is 1 at zero spend"),
        (lambda x: np.full_like(x, np.nan), "revenue of tv: the function is not finite at 0 per period"),
        (lambda x: -x, r"revenue of tv: the function falls near .* per period; a response never falls"),
        (lambda x: 3.0, r"revenue of tv: the function gave shape \(\) for 33 amounts"),
    ],
)
def test_a_function_that_is_no_response_is_refused(function, text):
    with pytest.raises(InputError, match=text):
        from_functions({"revenue": {"tv": function}}, {"tv": 5.0})


def test_every_function_needs_an_end():
    with pytest.raises(InputError, match="revenue: max_spend has no entry for tv"):
        from_functions({"revenue": {"tv": hill(1, 1, 1)}}, {"radio": 5.0})


def test_functions_must_agree_on_the_number_of_draws():
    two = lambda x: np.column_stack([x, x])  # noqa: E731
    three = lambda x: np.column_stack([x, x, x])  # noqa: E731
    with pytest.raises(InputError, match="curves have 2, 3 draws; all must have as many"):
        from_functions({"revenue": {"tv": two, "radio": three}}, {"tv": 1.0, "radio": 1.0})


def _tables_with(**changes) -> ResponseTables:
    tables = four_channels()
    names = [name for name in vars(tables) if not name.startswith("mean_")]
    return ResponseTables(**{name: getattr(tables, name) for name in names} | changes)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"weights": np.full(40, 0.5)}, "weights of the draws sum to 20"),
        ({"knots": -four_channels().knots}, "knots of `tv` must rise from 0"),
        ({"values": np.zeros((2, 4, 3, 40))}, r"values has shape \(2, 4, 3, 40\)"),
        ({"slopes": np.full(four_channels().slopes.shape, np.nan)}, r"slopes\[0, 0, 0, 0\] is nan"),
        ({"knots": np.zeros_like(four_channels().knots)}, "a channel whose table ends at zero has a response"),
    ],
)
def test_tables_check_themselves(changes, text):
    with pytest.raises(InputError, match=text):
        _tables_with(**changes)


def test_a_jump_is_tabulated_and_its_error_is_stated():
    tables = from_functions({"revenue": {"tv": lambda x: np.where(x > 3.3, 1.0, 0.0)}}, {"tv": 6.0})
    assert tables.error > TOLERANCE
    np.testing.assert_allclose(tables.expected("revenue", np.array([[3.2], [3.4]])), [[0.0], [1.0]], atol=1e-6)


def test_integer_money_and_unknown_names():
    tables = four_channels()
    np.testing.assert_array_equal(
        tables.expected("revenue", np.array([[1, 2, 3, 4]])), tables.expected("revenue", np.array([[1.0, 2, 3, 4]]))
    )
    with pytest.raises(InputError, match=r"there is no outcome `revenu`. Did you mean `revenue`"):
        tables.expected("revenu", np.zeros((1, 4)))
    with pytest.raises(InputError, match="there is no channel `tvv`"):
        tables.draws("revenue", "tvv", np.zeros(1))


def test_no_curves_are_no_table():
    with pytest.raises(InputError, match="there are no curves"):
        from_functions({}, {})


def test_tables_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        four_channels().values[0, 0, 0, 0] = 1.0


def test_saved_tables_come_back_bit_for_bit(tmp_path):
    tables = four_channels()
    save_tables(tables, tmp_path / "tables.npz")
    back = load_tables(tmp_path / "tables.npz")
    for name, value in vars(tables).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(back, name), value)
    assert (back.channels, back.outcomes, back.units) == (tables.channels, tables.outcomes, tables.units)
    np.testing.assert_array_equal(back.noise[1].loadings, tables.noise[1].loadings)


@pytest.mark.parametrize("content", [b"", b"rubbish", None])
def test_a_damaged_table_file_is_refused(tmp_path, content):
    path = tmp_path / "tables.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"tables.npz: no response tables can be read from it"):
        load_tables(path)


def test_a_table_that_cannot_hold_learned_curves_is_refused_by_name():
    spend = flighted(60, (900.0, 300.0), seed=1)
    clicks = brought(spend, [TrueResponse(50_000, 700.0), TrueResponse(9_000, 300.0)], noise=0.2, seed=2)
    responses = fit(history_of(spend, {"clicks": clicks}), FitSpec(draws=20, curve="hill"), seed=1)
    said = r"`b`: a table up to 1,000,000,000,000\.00 per period misses its curves by \d+% of .* Lower its max, or"
    with pytest.raises(InputError, match=said):
        tabulate(responses, {"a": 2_000.0, "b": 1e12})
