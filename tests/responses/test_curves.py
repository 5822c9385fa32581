import numpy as np
import pytest

from moo_budget.responses import CURVES, CurveDraws, NoEffect
from moo_budget.responses.parameters import Between, Positive, SoftPositive, natural, natural_slopes

Z = np.array([0.0, 0.01, 0.3, 1.0, 2.5, 40.0])
# Shape parameters away from the prior's centre, one set per curve.
SHAPES = {
    "hill": (0.7, 1.9),
    "logarithmic": (0.35,),
    "exponential": (8.0,),
    "power": (0.6,),
    "logistic": (6.0, 3.0),
    "michaelis_menten": (0.4,),
    "linear": (),
}


@pytest.mark.parametrize("name", CURVES)
def test_every_curve_is_zero_at_zero_one_at_typical_spend_and_never_falls(name):
    shape = CURVES[name].shape(Z, *SHAPES[name])
    assert shape[0] == 0.0
    assert shape[3] == pytest.approx(1.0, rel=1e-14)
    assert (np.diff(shape) > 0.0).all()


@pytest.mark.parametrize("name", CURVES)
def test_slope_and_gradient_agree_with_finite_differences(name):
    curve, parameters, step = CURVES[name], np.array(SHAPES[name]), 1e-6
    inner = Z[1:]
    by_hand = (curve.shape(inner + step, *parameters) - curve.shape(inner - step, *parameters)) / (2 * step)
    np.testing.assert_allclose(curve.slope(inner, *parameters), by_hand, rtol=1e-5, atol=1e-8)
    for i, derivative in enumerate(curve.gradient(Z, *parameters)):
        nudge = step * np.eye(len(parameters))[i]
        by_hand = (curve.shape(Z, *(parameters + nudge)) - curve.shape(Z, *(parameters - nudge))) / (2 * step)
        np.testing.assert_allclose(derivative, by_hand, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("name", CURVES)
def test_the_slope_at_zero_is_finite_at_both_ends_of_every_parameter(name):
    ends = [natural(CURVES[name].parameters, np.full(len(CURVES[name].parameters), free)) for free in (-6.0, 6.0)]
    for parameters in ends:
        assert np.isfinite(CURVES[name].slope(np.zeros(1), *parameters)).all()


def test_hill_reaches_half_its_ceiling_at_half_saturation():
    curve = CurveDraws(CURVES["hill"], 100.0, np.array([8.0]), np.array([[0.5, 2.0]]))
    ceiling = 8.0 * (1 + 0.5**2)
    np.testing.assert_allclose(curve.values(np.array([50.0, 1e9]))[:, 0], [ceiling / 2, ceiling])


@pytest.mark.parametrize(
    "name", [name for name, c in CURVES.items() if "half_saturation" in {p.name for p in c.parameters}]
)
def test_half_saturation_is_where_half_of_the_most_is_reached(name):
    curve = CURVES[name]
    parameters = [0.7 if parameter.name == "half_saturation" else parameter.centre for parameter in curve.parameters]
    half, most = curve.shape(np.array([0.7, 1e12]), *parameters)
    assert half / most == pytest.approx(0.5, rel=1e-6)


def test_the_knee_of_the_logarithmic_curve_is_where_its_slope_has_halved():
    (knee,) = CURVES["logarithmic"].parameters
    assert knee.name == "knee"
    slopes = CURVES["logarithmic"].slope(np.array([0.0, 0.35]), 0.35)
    assert slopes[1] / slopes[0] == pytest.approx(0.5)


def test_the_logarithmic_curve_has_its_textbook_values():
    curve = CurveDraws(CURVES["logarithmic"], 10.0, np.array([3.0]), np.array([[0.25]]))
    height = 3.0 / np.log(5.0)
    np.testing.assert_allclose(curve.values(np.array([30.0]))[:, 0], height * np.log(13.0))
    np.testing.assert_allclose(curve.slopes(np.array([30.0]))[:, 0], height / 10 / (0.25 + 3.0))


def test_other_curves_have_their_textbook_values():
    z = np.array([0.5])
    np.testing.assert_allclose(CURVES["exponential"].shape(z, 0.5), 0.5 / 0.75)
    np.testing.assert_allclose(CURVES["power"].shape(z, 0.5), (0.51**0.5 - 0.1) / (1.01**0.5 - 0.1))
    np.testing.assert_allclose(CURVES["michaelis_menten"].shape(z, 0.5), 0.75)
    np.testing.assert_allclose(CURVES["linear"].shape(z), 0.5)
    rise = 1 / (1 + np.exp(2.0))
    np.testing.assert_allclose(CURVES["logistic"].shape(z, 0.5, 2.0), (0.5 - rise) / (1 / (1 + np.exp(-2.0)) - rise))


def test_draws_of_a_curve_have_a_column_each_and_cannot_be_changed():
    curve = CurveDraws(CURVES["hill"], 2.0, np.array([1.0, 3.0]), np.array([[1.0, 1.0], [1.0, 2.0]]))
    assert curve.values(np.zeros(5)).shape == curve.slopes(np.zeros(5)).shape == (5, 2)
    np.testing.assert_allclose(curve.slopes(np.zeros(1)), [[1.0, 0.0]])  # 1 (1 + k) / k / scale; S-curves start flat
    with pytest.raises(ValueError, match="read-only"):
        curve.effects[0] = 9.0


def test_no_effect_is_zero_in_every_draw():
    assert not NoEffect(7).values(np.ones(3)).any()
    assert NoEffect(7).slopes(np.ones(3)).shape == (3, 7)


@pytest.mark.parametrize("scale", [Positive(), SoftPositive(), Between(1.0, 4.0)])
def test_every_scale_can_be_undone_and_knows_its_slope(scale):
    free = np.array([-4.0, -0.3, 0.0, 2.0])
    values = scale.natural(free)
    np.testing.assert_allclose([scale.free(value) for value in values], free, atol=1e-12)
    by_hand = (scale.natural(free + 1e-6) - scale.natural(free - 1e-6)) / 2e-6
    np.testing.assert_allclose(scale.slope(free), by_hand, rtol=1e-6)


def test_free_numbers_become_natural_ones_parameter_by_parameter():
    parameters = CURVES["hill"].parameters
    assert natural(parameters, np.zeros((3, 2))).tolist() == [[1.0, 2.5]] * 3
    assert natural_slopes(parameters, np.zeros(2)).tolist() == [1.0, 0.75]
    assert natural((), np.empty((3, 0))).shape == (3, 0)
