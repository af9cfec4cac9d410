import arviz as az
import numpy as np
import pytest

from trialpool.questions.monte_carlo import effective_sample_size, probability


def autoregressive(phi, *, chains=4, length=1000, seed=0):
    noise = np.random.default_rng(seed).normal(size=(chains, length))
    x = np.zeros_like(noise)
    for t in range(1, length):
        x[:, t] = phi * x[:, t - 1] + noise[:, t]
    return x


@pytest.mark.parametrize("phi", [-0.3, 0.0, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("length", [1000, 501])
def test_effective_sample_size_agrees_with_arviz(phi, length):
    x = autoregressive(phi, length=length)
    for values in (x, (x > 0.5).astype(float)):
        expected = float(az.ess(values, method="mean"))
        assert effective_sample_size(values) == pytest.approx(expected, rel=0.1)


def test_stuck_chains_count_for_little():
    x = autoregressive(0.0) + np.arange(4)[:, None] * 10
    assert effective_sample_size(x) < 10


def test_error_of_a_probability_is_what_repeats_show():
    rng = np.random.default_rng(5)
    found = [probability(d > 0.5, of=d) for d in rng.normal(size=(200, 4, 100))]
    spread = np.std([p for p, _ in found])
    assert np.mean([e for _, e in found]) == pytest.approx(spread, rel=0.2)


@pytest.mark.parametrize("value", [True, False])
def test_error_is_never_zero(value):
    draws = np.random.default_rng(0).normal(size=(4, 100))
    share, error = probability(np.full(draws.shape, value), of=draws)
    assert share == float(value)
    assert 1 / 600 < error < 1 / 200


def test_short_or_constant_chains():
    assert effective_sample_size(np.zeros((2, 10))) == 20
    assert effective_sample_size(np.array([[1.0, 2.0]])) == 2
    assert np.isfinite(effective_sample_size(np.random.default_rng(0).normal(size=(1, 4))))


def test_one_draw_that_differs_between_the_halves_is_no_division_by_nothing():
    x = np.zeros((1, 5))
    x[0, 2] = 1  # the middle draw, which belongs to neither half
    assert effective_sample_size(x) == 5
    assert probability(x > 0, of=x) == (0.2, pytest.approx(np.sqrt(0.2 * 0.8 / 5)))
