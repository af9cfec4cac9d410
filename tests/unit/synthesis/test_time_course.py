"""Shapes of a benefit over time against their formulas."""

import numpy as np
import pytensor.tensor as pt
import pytest

from tests.helpers import QUICK
from trialpool.errors import ModelError
from trialpool.synthesis.time_course import SHAPES, time_course

MONTHS = np.array([0.0, 1.0, 6.0, 24.0, 60.0])


def test_constant_is_one_everywhere():
    assert np.array_equal(time_course("constant").share(MONTHS, None, None), np.ones(5))


def test_waning_rises_by_its_onset_and_halves_every_half_life():
    share = time_course("waning").share
    assert share(0.0, 24.0, 1.0) == 0
    assert share(1.0, 1e12, 1.0) == pytest.approx(0.5)
    late = share(np.array([36.0, 60.0]), 24.0, 1.0)
    assert late[1] / late[0] == pytest.approx(0.5, rel=1e-9)
    by_hand = (1 - np.exp(-np.log(2) * MONTHS / 2)) * np.exp(-np.log(2) * MONTHS / 30)
    np.testing.assert_allclose(share(MONTHS, 30.0, 2.0), by_hand)


@pytest.mark.parametrize("name", SHAPES)
def test_numpy_and_pytensor_read_the_same_formula(name):
    half_life = np.array([12.0, 48.0])[:, None]
    shape = time_course(name)
    symbolic = shape.share(
        pt.as_tensor(MONTHS[None, :]), pt.as_tensor(half_life), pt.as_tensor(1.5)
    )
    ours = shape.share(MONTHS[None, :], half_life, 1.5)
    np.testing.assert_allclose(symbolic.eval(mode=QUICK), ours, rtol=1e-12)
    assert np.all((ours >= 0) & (ours <= 1))


def test_unknown_shape_names_those_that_exist():
    with pytest.raises(ModelError, match="got 'exponential'; expected one of constant, waning"):
        time_course("exponential")
