"""Simulated reviews whose truth is known: does the posterior hold it?

The slow version, with thresholds and a record, is validation/coverage.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.statistical.conftest import SimulatedFit
from trialpool.engines import Draw
from trialpool.synthesis.roles import LONGITUDINAL
from validation.coverage.study import CLASSES, HELD, MONTHS, fit_seed, share_inside, true_value

pytestmark = pytest.mark.statistical


def holds(draws: np.ndarray, truth: float, level: float = 0.99) -> bool:
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return bool(low <= truth <= high)


def test_no_divergences(simulated_pain_fit: SimulatedFit) -> None:
    assert simulated_pain_fit.convergence.divergences == 0


@pytest.mark.parametrize("class_", CLASSES)
@pytest.mark.parametrize("month", MONTHS)
def test_true_benefit_is_inside(simulated_pain_fit: SimulatedFit, class_: str, month: int) -> None:
    at = {"class": class_, "months": float(month)}
    draws = simulated_pain_fit.posterior["benefit"].sel(at).values
    assert holds(draws, true_value(simulated_pain_fit.truth, "benefit", **at))


@pytest.mark.parametrize("name", ["tau", "rho"])
def test_true_scale_is_inside(simulated_pain_fit: SimulatedFit, name: str) -> None:
    draws = simulated_pain_fit.posterior[name].values
    assert holds(draws, true_value(simulated_pain_fit.truth, name))


def test_rho_moves_from_its_prior(simulated_pain_fit: SimulatedFit) -> None:
    # Where visits are taken as independent by mistake, rho's posterior is its prior.
    prior = LONGITUDINAL["rho"].prior.draw(np.random.default_rng(1), 100_000)
    assert simulated_pain_fit.posterior["rho"].values.std() < prior.std() / 2


def test_intervals_of_a_few_seeds_cover(simulated_pain_fit: SimulatedFit) -> None:
    seeds = range(2, 8)
    how = Draw(draws=300, tune=300, chains=2)
    results = [fit_seed(seed, how) for seed in seeds]
    # The classes of one review share much of their error: half as many independent intervals.
    independent = len(seeds) * len(HELD) * len(CLASSES) // 2
    least = stats.binom.ppf(0.001, independent, 0.9) / independent
    assert share_inside(results, HELD) >= least
