"""Money in whole steps where steps are smaller than numbers can tell apart."""

import numpy as np
import pytest

from moo_budget.rounding import round_money


@pytest.mark.parametrize("money", [1e14, 1e150])
def test_money_whose_cents_no_number_can_tell_apart_is_left_as_it_is(money):
    plan = money * np.array([0.123456789, 0.3, 0.576543211])
    rounded = round_money(plan, np.zeros(3), np.full(3, np.inf), float(plan.sum()), 0.01)
    np.testing.assert_array_equal(rounded, plan)


def test_a_trillion_is_still_rounded_to_cents():
    plan = 1e12 * np.array([0.1, 0.2, 0.3]) + 0.004
    rounded = round_money(plan, np.zeros(3), np.full(3, np.inf), 6e11 + 0.01, 0.01)
    np.testing.assert_allclose(rounded * 100, np.round(rounded * 100), rtol=0, atol=1e-2)
    assert rounded.sum() == 6e11 + 0.01
