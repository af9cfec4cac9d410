"""Common effect, meta-regression and selection by p-value of the BCG trials against metafor.

metafor maximises likelihoods: ours is held against its value at metafor's estimates, exactly.
"""

import numpy as np
import pytest

import trialpool as tp
from tests.helpers import LogDensity, assert_moments
from tests.reference.problems import FLAT, bcg_effects, frame
from tests.statistical import three_level


@pytest.fixture(scope="module")
def bcg(reference):
    """Table of the trials, their evidence, metafor's results."""
    problem = reference("bcg_metafor")
    return frame(problem), bcg_effects(reference), problem["results"]


def log_likelihood(model, evidence, **point):
    density = LogDensity(model.build(evidence))
    start = {name: np.zeros_like(value) for name, value in density.model.initial_point().items()}
    return density(start | {name: np.asarray(value) for name, value in point.items()})[0]


def test_common_effect(bcg):
    _, evidence, results = bcg
    theirs = results["EE"]
    ours = log_likelihood(
        tp.Model(pooling={"trial": "complete"}, priors=FLAT), evidence, effect=theirs["b"]
    )
    assert ours == pytest.approx(theirs["loglik_ml"], abs=1e-8)


def test_meta_regression(bcg):
    data, evidence, results = bcg
    theirs = results["metareg_ablat_REML"]
    intercept, slope = theirs["b"]
    ours = log_likelihood(
        tp.Model(covariates=["ablat"], priors=FLAT),
        evidence,
        effect=intercept + slope * data["ablat"].mean(),
        slope_per_sd=[slope * data["ablat"].std(ddof=0)],
        tau_log__=0.5 * np.log(theirs["tau2"]),
    )
    assert ours == pytest.approx(theirs["loglik_ml"], abs=1e-8)


def test_meta_regression_on_a_category(bcg):
    data, evidence, results = bcg
    # metafor counts from "alternate"; here the most common level, "random", is the reference.
    theirs = results["metareg_alloc_REML"]
    alternate, random, systematic = theirs["b"] + np.array([0, *[theirs["b"][0]] * 2])
    levels = {"alternate": alternate - random, "systematic": systematic - random}
    model = tp.Model(covariates=["alloc"], priors=FLAT)
    labels = [name.removeprefix("alloc=") for name in model.build(evidence).coords["covariate"]]
    share = {name: (data["alloc"] == name).mean() for name in labels}
    ours = log_likelihood(
        model,
        evidence,
        effect=random + sum(share[name] * levels[name] for name in labels),
        slope_per_sd=[levels[n] * np.sqrt(share[n] * (1 - share[n])) for n in labels],
        tau_log__=0.5 * np.log(theirs["tau2"]),
    )
    assert ours == pytest.approx(theirs["loglik_ml"], abs=1e-8)


def test_selection_by_p_value(bcg):
    _, evidence, results = bcg
    theirs, without = results["selmodel_3psm_less_025"], results["ML"]
    share = theirs["delta"][1]
    selected = log_likelihood(
        tp.Model(small_study="selection(negative)", priors=FLAT),
        evidence,
        effect=theirs["b"],
        tau_log__=0.5 * np.log(theirs["tau2"]),
        publication_interval__=[np.log(share / (1 - share))],
    )
    plain = log_likelihood(
        tp.Model(priors=FLAT),
        evidence,
        effect=without["b"],
        tau_log__=0.5 * np.log(without["tau2"]),
    )
    assert 2 * (selected - plain) == pytest.approx(theirs["LRT"], abs=1e-7)


def test_risk_falls_with_latitude_as_in_metafor(bcg):
    # Estimates of REML for orientation; the integral is exact.
    data, evidence, results = bcg
    model = tp.Model(covariates=["ablat"], priors=FLAT)
    draws = tp.fit(model, evidence, seed=3, draws=3000, progress=False).tree["posterior"]
    latitude = data["ablat"] - data["ablat"].mean()
    design = np.column_stack([np.ones(len(data)), latitude])
    exact = three_level.integrate(
        data["yi"],
        np.diag(data["vi"]),
        design,
        design,
        precision=[0, 0],
        log_priors=[FLAT["tau"].logpdf],
        upper=6.0,
        points=200,
    )
    slope = draws["slope"].values[..., 0]
    assert_moments(draws["effect"].values, exact.coefficients[0], "effect")
    assert_moments(slope, exact.coefficients[1], "slope")
    assert_moments(draws["tau"].values, exact.tau, "tau")
    assert_moments(draws["predicted_effect"].values, exact.predicted, "predicted_effect")
    for i, expected in enumerate(exact.theta):
        assert_moments(draws["study_effect"].values[..., i], expected, f"study_effect {i}")
    theirs = results["metareg_ablat_REML"]
    assert abs(slope.mean() - theirs["b"][1]) < 0.3 * theirs["se"][1]
