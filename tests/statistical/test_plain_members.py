"""Sampled posteriors of plain members against integrals that know nothing of samplers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import trialpool as tp
from tests.helpers import assert_moments
from tests.statistical import normal_normal, published, three_level
from trialpool.engines import Draw
from trialpool.engines.nuts import sample

pytestmark = pytest.mark.statistical


def draws_of(model, evidence):
    tree = sample(model.graph(evidence), Draw(draws=3000, tune=1000, seed=3))
    return tree["posterior"]


def test_three_levels_with_correlated_errors_and_pet():
    rng = np.random.default_rng(21)
    cluster = np.repeat(list("abcdef"), [4, 3, 3, 2, 1, 1])
    rows = len(cluster)
    se = rng.uniform(0.1, 0.5, rows)
    together = (cluster[:, None] == cluster).astype(float)
    errors = np.outer(se, se) * (0.5 * together + 0.5 * np.eye(rows))
    y = rng.multivariate_normal(0.2 + 0.5 * se, errors + 0.2**2 * np.eye(rows) + 0.3**2 * together)
    frame = pd.DataFrame({"s": range(rows), "c": cluster, "y": y, "se": se})
    evidence = tp.Evidence.from_effects(
        frame, study="s", effect="y", se="se", cluster="c", correlation=0.5
    )
    priors = {
        "effect": tp.priors.Normal(0, 1),
        "bias": tp.priors.Normal(0, 2),
        "tau": tp.priors.HalfNormal(0.4),
        "tau_cluster": tp.priors.HalfNormal(0.6),
    }
    draws = draws_of(tp.Model(small_study="pet", priors=priors), evidence)
    exact = three_level.integrate(
        y,
        errors,
        np.column_stack([np.ones(rows), se]),
        np.column_stack([np.ones(rows), np.zeros(rows)]),
        precision=[1, 1 / 4],
        log_priors=[priors["tau"].logpdf, priors["tau_cluster"].logpdf],
        upper=4.0,
        clusters=cluster,
    )
    for name, expected in (
        ("effect", exact.coefficients[0]),
        ("bias", exact.coefficients[1]),
        ("tau", exact.tau),
        ("tau_cluster", exact.tau_cluster),
        ("predicted_effect", exact.predicted),
    ):
        assert_moments(draws[name].values, expected, name)
    for i, expected in enumerate(exact.theta):
        assert_moments(draws["study_effect"].values[..., i], expected, f"study_effect {i}")


TRUTH, TAU, PUBLISHED = 0.2, 0.1, 0.3
PRIOR = tp.priors.HalfNormal(0.3)


def literature(seed, studies=60):
    """Studies of a true mean effect, of which 30 % of those without p < 0.025 appear."""
    rng = np.random.default_rng(seed)
    y, se = [], []
    while len(y) < studies:
        error = rng.uniform(0.1, 0.5)
        estimate = rng.normal(TRUTH, np.hypot(error, TAU))
        if stats.norm.sf(estimate / error) <= 0.025 or rng.uniform() < PUBLISHED:
            y.append(estimate)
            se.append(error)
    return np.array(y), np.array(se)


def without_preference(y, se):
    return published.integrate(y, se, log_prior_tau=PRIOR.logpdf, effects=(-0.6, 0.9), upper=1.5)


def test_selection_is_the_integral_and_covers_the_truth():
    y, se = literature(0)
    frame = pd.DataFrame({"s": range(len(y)), "y": y, "se": se})
    evidence = tp.Evidence.from_effects(frame, study="s", effect="y", se="se")
    draws = draws_of(tp.Model(small_study="selection", priors={"tau": PRIOR}), evidence)
    effect, tau, omega, _ = without_preference(y, se)
    assert_moments(draws["effect"].values, effect, "effect")
    assert_moments(draws["tau"].values, tau, "tau")
    assert_moments(draws["publication"].values[..., 0], omega, "publication")
    low, high = np.quantile(draws["effect"].values, [0.025, 0.975])
    assert low < TRUTH < high
    assert abs(draws["publication"].values.mean() - PUBLISHED) < 2 * omega[1]
    # The same estimates taken as all there are.
    mean, sd = normal_normal.integrate(y, se, log_prior_tau=PRIOR.logpdf, upper=3.0).mu
    assert mean - 1.96 * sd > TRUTH


def test_selection_takes_out_what_a_plain_mean_keeps():
    seeds = range(16)
    found = [without_preference(*literature(seed)) for seed in seeds]
    plain = [
        normal_normal.integrate(*literature(seed), log_prior_tau=PRIOR.logpdf, upper=3.0).mu[0]
        for seed in seeds
    ]
    means = np.array([effect[0] for effect, *_ in found])
    error = means.std() / np.sqrt(len(means))
    assert abs(means.mean() - TRUTH) < 3 * error < 0.05
    assert np.mean(plain) - TRUTH > 5 * error
    # 16 intervals of 95 %: fewer than 13 cover in one of 150 times.
    assert sum(low < TRUTH < high for *_, (low, high) in found) >= 13
