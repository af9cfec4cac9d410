"""Myocardial infarction under rosiglitazone (Nissen and Wolski 2007): 42 trials, rare events, zero
cells, exact binomial likelihood; against JAGS and multinma, whose results have an error too.
"""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit

import trialpool as tp
from tests.helpers import LogDensity, mcse_mean, mcse_quantile, mcse_sd
from tests.reference.problems import NISSEN, nissen

CASES = ("nissen_mi_jags_binomial_normal", "nissen_mi_multinma_random")


@pytest.fixture(scope="module")
def evidence(reference):
    return nissen(reference(CASES[0]))


@pytest.fixture(scope="module")
def posterior(evidence):
    return tp.fit(tp.Model(priors=NISSEN), evidence, seed=3, draws=2000, progress=False)


def test_no_case_is_missing(reference):
    assert reference.names("nissen_mi_*") - {"nissen_mi_metafor"} == set(CASES)


def test_both_peers_have_the_same_trials_and_priors(reference, evidence):
    assert nissen(reference(CASES[1])).data_hash == evidence.data_hash
    assert len(evidence.reports) == 42
    jags, stan = (reference(case)["priors"] for case in CASES)
    assert (jags["mu"].removesuffix(" each study"), jags["d"], jags["tau"]) == (
        "Normal(0,10^2)", "Normal(0,2^2)", "half-Normal(0.5)",
    )  # fmt: skip
    assert (stan["intercept"], stan["trt"], stan["het"]) == (
        "Normal(0,10^2)", "Normal(0,2^2)", "half-Normal(0.5)",
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_posterior_is_the_peers(reference, posterior, case):
    draws = posterior.tree["posterior"]
    names = {"d": "effect", "d[rosiglitazone]": "effect", "tau": "tau", "dnew": "predicted_effect"}
    off, compared = [], set()
    for theirs, found in reference(case)["results"]["posterior"].items():
        if theirs not in names:
            continue
        compared.add(names[theirs])
        values = draws[names[theirs]].values
        # The peer's error of its SD and quantiles follows from that of its mean, as for a normal.
        sd_error = found["mcse"] / np.sqrt(2)
        tail_error = found["mcse"] * 2.7
        for label, ours, error, peer_error in (
            ("mean", values.mean(), mcse_mean(values), found["mcse"]),
            ("sd", values.std(), mcse_sd(values), sd_error),
            ("median", np.median(values), mcse_quantile(values, 0.5), 1.25 * found["mcse"]),
            ("q2.5", np.quantile(values, 0.025), mcse_quantile(values, 0.025), tail_error),
            ("q97.5", np.quantile(values, 0.975), mcse_quantile(values, 0.975), tail_error),
        ):
            combined = np.hypot(error, peer_error)
            if abs(ours - found[label]) > 4 * combined:
                off.append(
                    f"{theirs} {label}: {ours:.4g}, peer {found[label]:.4g} +- {combined:.2g}"
                )
    assert compared >= {"effect", "tau"}
    assert not off, "\n".join(off)


def test_sampling_went_well(posterior):
    assert int(posterior.tree["sample_stats"]["diverging"].sum()) == 0
    assert posterior.meta["diagnostics"]["ok"], posterior.meta["diagnostics"]["messages"]


def test_common_effect_is_that_of_metafor(reference, evidence):
    # Logistic regression with fixed study effects by maximum likelihood: at its estimate, with each
    # baseline at its best, our likelihood is metafor's and has its maximum.
    theirs = reference("nissen_mi_metafor")["results"]["glmm_UM.FS_EE"]
    density = LogDensity(tp.Model(pooling={"trial": "complete"}).build(evidence))
    used = evidence.used

    def likelihood(effect):
        def score(mu, row):
            expected = row.n_c * expit(mu) + row.n_t * expit(mu + effect)
            return row.events_c + row.events_t - expected

        # Without any event the likelihood grows to 1 as the baseline falls.
        baseline = [
            brentq(score, -40, 40, args=(row,)) if row.events_c + row.events_t else -40.0
            for row in used.itertuples()
        ]
        start = {k: np.zeros_like(v) for k, v in density.model.initial_point().items()}
        point = start | {"effect": np.asarray(effect), "baseline": np.array(baseline)}
        return density(point)[0]

    best = likelihood(theirs["b"])
    assert best == pytest.approx(theirs["loglik"], abs=1e-6)
    assert all(likelihood(theirs["b"] + step) < best for step in (-1e-3, 1e-3))
