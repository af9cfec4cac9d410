"""Densities of several peaks whose shares are known: found from draws of a density of one peak."""

import numpy as np
import pytest
from scipy import stats

from trialpool import graph as g
from trialpool.engines.annealed import anneal, anneal_chains
from trialpool.engines.bridge import sample_program
from trialpool.engines.draw import Draw
from trialpool.errors import EngineError
from trialpool.graph.sampling import target

PRIOR = np.array([0.3, -0.2, 0.1])
SHIFT, NOISE = np.array([2.5, 1.5, 1.8]), 0.3


def programs(size):
    """Log densities of z, normals around `PRIOR`, that are reported up to their sign.

    In the first one the error is so large that the reports say nothing.
    """
    found = []
    for noise in (1e6, NOISE):
        with g.writing_graphs(), g.new_model({"number": range(size)}) as graph:
            x = PRIOR[:size] + g.Normal("z", 0, 1, dims="number")
            one, other = (-0.5 * ((SHIFT[:size] - sign * x) / noise) ** 2 for sign in (1, -1))
            g.Potential("reports", g.logaddexp(one, other))
        found.append(target(graph).program)
    return found


def positive(size):
    """Share of the posterior above zero, of each number."""
    spread = np.hypot(1, NOISE)
    plus, minus = (stats.norm.pdf(sign * SHIFT, PRIOR, spread)[:size] for sign in (1, -1))
    return plus / (plus + minus)


@pytest.mark.parametrize("size", [1, 3])
def test_the_shares_of_the_peaks(size):
    easy, full = programs(size)
    start = np.random.default_rng(1).normal(size=(8, 1000, size))
    found = PRIOR[:size] + anneal_chains(easy, full, start, seed=3)
    share = (found > 0).mean(axis=1)
    se = share.std(axis=0, ddof=1) / np.sqrt(len(share))
    assert (se < 0.02).all()
    np.testing.assert_array_less(np.abs(share.mean(axis=0) - positive(size)), 4 * se)
    # Within a peak: the precisions of prior and report add up.
    sd = 1 / np.sqrt(1 + NOISE**-2)
    upper = found[..., 0][found[..., 0] > 0]
    assert upper.mean() == pytest.approx(sd**2 * (PRIOR[0] + SHIFT[0] / NOISE**2), abs=0.02)
    assert upper.std() == pytest.approx(sd, rel=0.05)


def test_chains_of_nuts_stay_where_they_begin():
    """Why all this: each chain sees one of eight peaks."""
    _, full = programs(3)
    points, _ = sample_program(full, np.zeros(3), Draw(draws=200, tune=200, chains=8, seed=2))
    share = (points > -PRIOR).mean(axis=1)
    assert np.isin(share, (0, 1)).mean() > 0.8


def test_the_same_seed_gives_the_same_points_and_chains_differ():
    easy, full = programs(2)
    start = np.random.default_rng(1).normal(size=(2, 50, 2))
    start[1] = start[0]
    found = anneal_chains(easy, full, start, seed=3)
    assert np.array_equal(found, anneal_chains(easy, full, start, seed=3))
    assert not np.array_equal(found[0], found[1])


def test_what_no_point_allows_is_refused():
    easy, full = programs(1)
    with pytest.raises(EngineError, match="check their p-values"):
        anneal(easy, full, np.full((20, 1), np.nan), np.random.default_rng(1))


def test_nothing_moves_away_where_both_densities_are_one():
    easy, _ = programs(2)
    start = np.random.default_rng(1).normal(size=(2000, 2))
    found = anneal(easy, easy, start, np.random.default_rng(4))
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=0.1)
    np.testing.assert_allclose(found.std(axis=0), 1, atol=0.07)
