"""Weights on densities of which the answer is known."""

import numpy as np
import pytest

from trialpool.averaging import METHODS, model_weights, stack
from trialpool.averaging.stacking import posterior_weights
from trialpool.errors import ModelError

RNG = np.random.default_rng(1)
ONE = RNG.normal(-3, 0.5, size=12)


def test_a_model_that_is_always_better_has_all_the_weight():
    lpd = np.array([ONE, ONE - 0.5, ONE - 1.0])
    weights, sd = model_weights(lpd, method="stacking-mode", seed=1)
    np.testing.assert_allclose(weights, [1, 0, 0], atol=1e-4)
    np.testing.assert_allclose(sd, 0, atol=1e-3)


def test_models_that_are_right_in_turn_share_the_weight():
    # Each foretells half of the trials well: no single one does as well as both together.
    lpd = np.array([[-1.0, -5] * 6, [-5.0, -1] * 6, [-4.0, -4] * 6])
    weights, sd = model_weights(lpd, method="stacking-mode", seed=1)
    np.testing.assert_allclose(weights, [0.5, 0.5, 0], atol=1e-4)
    assert 0.05 < sd[0] < 0.3


def test_the_mixture_of_two_models_has_a_closed_form():
    # Models that differ in two kinds of trials: the score is a sum of two logarithms.
    p, q = np.exp([-1.0, -2.0]), np.exp([-2.5, -0.5])
    lpd = np.log(np.array([[p[0]] * 3 + [p[1]] * 5, [q[0]] * 3 + [q[1]] * 5]))
    w = np.linspace(0, 1, 100_001)
    score = 3 * np.log(w * p[0] + (1 - w) * q[0]) + 5 * np.log(w * p[1] + (1 - w) * q[1])
    mode = model_weights(lpd, method="stacking-mode", seed=1)[0]
    assert mode[0] == pytest.approx(w[score.argmax()], abs=1e-4)
    # The posterior of the one weight under a uniform prior, by the rectangle rule.
    mass = np.exp(score - score.max())
    mean = (mass * w).sum() / mass.sum()
    sd = np.sqrt((mass * (w - mean) ** 2).sum() / mass.sum())
    found, found_sd = model_weights(lpd, seed=1)
    assert found[0] == pytest.approx(mean, abs=0.01)
    assert found_sd[0] == pytest.approx(sd, abs=0.01)


@pytest.mark.parametrize("method", list(METHODS))
def test_names_and_order_of_models_and_trials_do_not_matter(method):
    lpd = np.array([ONE, ONE + RNG.normal(0, 1, 12), ONE + RNG.normal(0, 1, 12)])
    weights, sd = model_weights(lpd, method=method, seed=3)
    assert weights.sum() == pytest.approx(1)
    turned, turned_sd = model_weights(lpd[[2, 0, 1]], method=method, seed=3)
    close = 0.01 if method == "stacking" else 1e-6  # drawn, the others are computed
    np.testing.assert_allclose(turned, weights[[2, 0, 1]], atol=close)
    np.testing.assert_allclose(turned_sd, sd[[2, 0, 1]], atol=close)
    even = np.full((1, 12), 1 / 12)
    order = RNG.permutation(12)
    np.testing.assert_allclose(stack(lpd, even), stack(lpd[:, order], even), atol=1e-6)
    # What all models foretell equally badly says nothing of them.
    np.testing.assert_allclose(
        model_weights(lpd - 1000, method=method, seed=3)[0], weights, atol=1e-6
    )


def test_pseudo_bma_is_between_all_and_even():
    lpd = np.array([ONE, ONE - 0.1])
    weights, _ = model_weights(lpd, method="pseudo-bma", seed=1)
    # Every resample has the same difference, 12 x 0.1.
    assert weights[0] == pytest.approx(1 / (1 + np.exp(-1.2)), abs=1e-6)


def test_models_that_no_trial_can_tell_apart_share_the_weight():
    weights, sd = model_weights(np.array([ONE] * 4), seed=1)
    np.testing.assert_allclose(weights, 0.25, atol=0.01)
    # Nothing is learnt: the SD is that of the uniform prior on the simplex.
    np.testing.assert_allclose(sd, np.sqrt(3 / (16 * 5)), atol=0.01)
    better = np.array([ONE, ONE - 0.02, ONE - 0.05, ONE - 0.1])
    np.testing.assert_allclose(model_weights(better, seed=1)[0], 0.25, atol=0.05)
    np.testing.assert_allclose(
        model_weights(better, method="stacking-mode", seed=1)[0], [1, 0, 0, 0], atol=0.02
    )


def test_many_trials_bring_the_posterior_to_its_mode():
    lpd = np.tile([[-1.0, -5, -2], [-5.0, -1, -1.5], [-4.0, -4, -4]], 400)
    mode = model_weights(lpd, method="stacking-mode", seed=1)[0]
    drawn = posterior_weights(lpd, np.random.default_rng(1))
    np.testing.assert_allclose(drawn.mean(axis=0), mode, atol=0.02)


def test_refusals():
    with pytest.raises(ModelError, match="got 'bma'; expected one of stacking, stacking-mode"):
        model_weights(np.zeros((2, 3)), method="bma", seed=1)
    with pytest.raises(ModelError, match="with 1 that are not finite"):
        model_weights(np.array([[0, np.nan], [0, 0]]), seed=1)
