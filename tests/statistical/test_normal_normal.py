"""Sampled posteriors against an integral that knows nothing of samplers."""

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from tests.helpers import evidence_of, mcse_sd, row, within_mcse
from tests.statistical.gaussian_posterior import GaussianModel
from tests.statistical.normal_normal import integrate
from trialpool.engines import Draw
from trialpool.engines.nuts import sample

pytestmark = pytest.mark.statistical

STUDIES = 7
#: Name -> priors, and what the integral needs to know of them.
PRIORS = {
    "flat mean, half-Cauchy": (
        {"effect": tp.priors.Flat(), "tau": tp.priors.HalfCauchy(0.5)},
        None,
    ),
    "normal mean, half-normal": (
        {"effect": tp.priors.Normal(0.2, 0.5), "tau": tp.priors.HalfNormal(0.4)},
        (0.2, 0.5),
    ),
}


def data_set(seed):
    """Seven studies of unequal size; the third data set has no heterogeneity."""
    rng = np.random.default_rng(seed)
    se = rng.uniform(0.1, 0.6, STUDIES)
    tau = 0.0 if seed == 3 else 0.3
    y = rng.normal(0.4, np.hypot(se, tau))
    frame = pd.DataFrame({"study": [f"study {i}" for i in range(STUDIES)], "y": y, "se": se})
    return tp.Evidence.from_effects(frame, study="study", effect="y", se="se"), y, se


def agrees(values, expected, name):
    mean, sd = expected
    assert within_mcse(values, mean), f"{name}: mean {values.mean():.4g}, exact {mean:.4g}"
    assert abs(values.std() - sd) < 5 * mcse_sd(values), (
        f"{name}: sd {values.std():.4g}, exact {sd:.4g}"
    )


@pytest.fixture(scope="module", params=PRIORS)
def chosen(request):
    """A model, and what the integral needs to know of the prior of its mean."""
    priors, mu_prior = PRIORS[request.param]
    return tp.Model(priors=priors), mu_prior


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_plain_meta_analysis_is_the_integral(chosen, seed):
    model, mu_prior = chosen
    evidence, y, se = data_set(seed)
    tree = sample(model.graph(evidence), Draw(draws=4000, tune=1000, seed=seed))
    draws = tree["posterior"]
    exact = integrate(
        y, se, log_prior_tau=model.priors["tau"].logpdf, mu_prior=mu_prior, upper=60.0
    )
    agrees(draws["effect"].values, exact.mu, "effect")
    agrees(draws["tau"].values, exact.tau, "tau")
    agrees(draws["predicted_effect"].values, exact.predicted, "predicted_effect")
    for i, expected in enumerate(exact.theta):
        agrees(draws["study_effect"].values[..., i], expected, f"study_effect {i}")


def test_the_numbers_given_are_recorded():
    evidence, y, se = data_set(2)
    tree = sample(tp.Model().graph(evidence), Draw(draws=10, tune=50, chains=1))
    np.testing.assert_array_equal(tree["observed_data"]["y"].values, y)
    np.testing.assert_array_equal(tree["constant_data"]["se"].values, se)


def test_longitudinal_builder_gives_the_integral_where_it_must(tmp_path):
    # One class, one treatment, one difference a trial, a constant course that may not wander: what
    # is left of the longitudinal model is the normal-normal model of the benefits.
    rng = np.random.default_rng(8)
    se = np.round(rng.uniform(2, 8, 6), 2)
    y = np.round(rng.normal(-10, np.hypot(se, 5)), 2)
    rows = [
        row(f"trial {i}", "prp", "difference", 6, mean=y[i], se=se[i], versus="saline")
        for i in range(6)
    ]
    evidence = evidence_of(tmp_path, rows)
    tau = tp.priors.HalfNormal(7.5)
    model = tp.Model(
        time_course="constant",
        pooling={"treatment": "complete"},
        priors={
            "effect": tp.priors.Normal(0, 15),
            "tau": tau,
            "drift": tp.priors.Fixed(1e-3),
            "spread_sd": tp.priors.Fixed(0.1),
            "spread": tp.priors.Fixed(25),
            "rho": tp.priors.Fixed(0.5),
        },
    )
    # tau at equally probable points of its prior, the rest in closed form: no sampler.
    grid = tau.quantile((np.arange(400) + 0.5) / 400)
    names = ["effect", "arm_effect"]
    found = GaussianModel(model.build(evidence), names, ["tau"])
    mean, sd = found.posterior({"tau": grid}).moments()
    exact = integrate(-y, se, log_prior_tau=tau.logpdf, mu_prior=(0, 15), upper=100.0)
    others = [i for i, arm in enumerate(found.model.coords["trial_arm"]) if "prp" in arm]
    for place, expected in zip(
        [0, *(1 + i for i in others)], [exact.mu, *exact.theta], strict=True
    ):
        np.testing.assert_allclose([mean[place], sd[place]], expected, rtol=2e-3)
