"""Shapes of a benefit over time against their formulas."""

import numpy as np
import pytensor.tensor as pt
import pytest

from tests.helpers import QUICK
from trialpool.errors import ModelError
from trialpool.synthesis.time_courses import SHAPES, time_course
from trialpool.synthesis.time_courses.spline import KNOTS

MONTHS = np.array([0.0, 1.0, 6.0, 12.0, 24.0, 36.0, 60.0])


def value(name, months=MONTHS, **p):
    return time_course(name).share(np.asarray(months, dtype=float), p)


def build_up(t, onset):
    return 1 - np.exp(-np.log(2) * t / onset)


# Written out once more, with exponentials instead of powers of two.
BY_HAND = {
    "constant": ({}, lambda t: np.ones_like(t)),
    "waning": (
        {"half_life": 30.0, "onset": 2.0},
        lambda t: build_up(t, 2) * np.exp(-np.log(2) * t / 30),
    ),
    "plateau": (
        {"half_life": 18.0, "onset": 1.5, "change_point": 20.0},
        lambda t: build_up(t, 1.5) * np.where(t > 20, np.exp(-np.log(2) * (t - 20) / 18), 1),
    ),
    "linear": (
        {"trend": -0.25, "onset": 1.0},
        lambda t: build_up(t, 1) * np.maximum(1 - t / 48, 0),
    ),
    "free": ({"onset": 0.7}, lambda t: build_up(t, 0.7)),
    "emax": ({"onset": 3.0}, lambda t: t / (3 + t)),
    "loglinear": ({}, lambda t: np.log(t + 1) / np.log(13)),
    "itp": ({"onset": 2.0}, lambda t: build_up(t, 2) / build_up(12, 2)),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_shape_is_its_formula(name):
    p, formula = BY_HAND[name]
    np.testing.assert_allclose(value(name, **p), formula(MONTHS), rtol=1e-12, atol=1e-15)


def test_no_shape_is_without_a_formula_here():
    assert set(BY_HAND) | {"spline"} == set(SHAPES)


def test_half_of_the_benefit_is_gone_after_a_half_life():
    late = value("waning", [36.0, 60.0], half_life=24.0, onset=1.0)
    assert late[1] / late[0] == pytest.approx(0.5, rel=1e-9)
    after = value("plateau", [24.0, 42.0], half_life=18.0, onset=0.1, change_point=24.0)
    np.testing.assert_allclose(after, [1, 0.5], rtol=1e-9)


def test_a_benefit_that_has_gone_does_not_turn_into_harm():
    assert value("linear", [60.0], trend=-0.5, onset=1.0) == 0
    assert value("linear", [60.0], trend=0.1, onset=0.1) == pytest.approx(1.5)


def test_a_spline_goes_through_its_knots_and_on_as_a_line():
    shares = {"share_1": 0.5, "share_4": 1.1, "share_36": 0.4}
    at = value("spline", [0, *KNOTS, 12], **shares)
    np.testing.assert_allclose(at, [0, 0.5, 1.1, 0.4, 1], atol=1e-12)
    log_months = np.array([3.7, 3.9, 4.1, 4.3])
    past = value("spline", np.expm1(log_months), **shares)
    np.testing.assert_allclose(np.diff(past, 2), 0, atol=1e-12)
    # A straight line through the knots is its own natural spline.
    line = {f"share_{k:g}": np.log1p(k) / np.log(13) for k in KNOTS}
    np.testing.assert_allclose(value("spline", **line), value("loglinear"), atol=1e-12)


@pytest.mark.parametrize("name", SHAPES)
def test_numpy_and_pytensor_read_the_same_formula(name):
    shape = time_course(name)
    rng = np.random.default_rng(1)
    # Numbers by class stand in rows, common ones are scalars.
    p = {
        q.name: q.role.prior.draw(rng, 1)[0] if q.spread is None else q.role.prior.draw(rng, 2)
        for q in shape.parameters
    }
    p = {key: value[:, None] if np.ndim(value) else float(value) for key, value in p.items()}
    symbolic = shape.share(
        pt.as_tensor(MONTHS[None, :]) if name not in ("loglinear", "spline") else MONTHS[None, :],
        {key: pt.as_tensor(value) for key, value in p.items()},
    )
    ours = shape.share(MONTHS[None, :], p)
    np.testing.assert_allclose(pt.as_tensor(symbolic).eval(mode=QUICK), ours, rtol=1e-12)
    assert np.all(np.isfinite(ours))


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_says_what_it_is(name):
    shape = time_course(name)
    assert shape.name == name and shape.formula.startswith("g(t) = ") and shape.source
    for parameter in shape.parameters:
        for role in parameter.roles.values():
            assert role.meaning and role.unit and role.source


def test_unknown_shape_names_those_that_exist():
    with pytest.raises(ModelError, match="got 'exponential'; expected one of constant, emax"):
        time_course("exponential")
