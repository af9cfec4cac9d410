"""Alogliptin and HbA1c over weeks (MBNMAtime): Emax and log-linear courses in a network.

The peer's default leaves out the correlation between the weeks of an arm, so rho is fixed at 0
here. Given the heterogeneity and the ET50 these posteriors are normal, so the log density of the
model is integrated instead of sampled (tests/gaussian.py).
"""

import re

import numpy as np
import pytest

from tests.gaussian import GivenNormal
from tests.reference.draws import compare, difference, share
from tests.reference.problems import COURSES, alogliptin, course_model
from trialpool.synthesis.time_courses import time_course

SIZE = 20_000
#: Grids around the peer's means and SDs.
GRIDS = {
    "tc_alogliptin_emax_common": {"onset_log__": np.log(5.2) + 0.036 * np.arange(-5, 6)},
    "tc_alogliptin_emax_random": {
        "onset_log__": np.log(5.64) + 0.048 * np.arange(-3, 4),
        "tau_log__": np.log(0.131) + 0.2 * np.arange(-3, 5),
    },
    "tc_alogliptin_loglin_random": {"tau_log__": np.log(0.08) + 0.16 * np.arange(-4, 6)},
}


@pytest.fixture(scope="module")
def evidence(reference):
    return alogliptin(reference("tc_alogliptin_emax_common"))


@pytest.mark.parametrize("case", GRIDS)
def test_posterior_is_the_peers(reference, evidence, case):
    course, trial, unit = COURSES[case]
    grids = GRIDS[case]
    problem = reference(case)
    treatments = problem["treatments_in_order"]
    model = course_model(course, trial, unit).build(evidence)
    mixture = GivenNormal(model, list(grids)).over(**grids)
    rng = np.random.default_rng(4)
    draws = mixture.draw(rng, SIZE)
    place = [list(model.coords["treatment"]).index(name) for name in treatments[1:]]
    d = draws["treatment_effect"][:, place]
    label = "emax" if course == "emax" else "rate"
    ours = {f"{label}[{i + 2}]": d[None, :, i] / unit for i in range(len(place))}
    for theirs, name, scale in (
        ("et50", "onset_log__", 1.0), (f"sd.{label}", "tau_log__", unit),
    ):  # fmt: skip
        if name in grids:
            ours[theirs] = np.exp(mixture.marginal(name, rng, SIZE))[None] / scale
    found = problem["results"]
    compared, off = compare(ours, found["posterior"])
    # What is left are functions of the likelihood, which multiply no effect.
    assert set(found["posterior"]) - set(compared) == {"deviance", "totresdev"}

    onset = np.exp(draws["onset_log__"]) if "onset_log__" in grids else None
    ess = min(found["posterior"][name]["ess"] for name in compared)
    for time, by_treatment in found["relative_effects_vs_reference"].items():
        g = time_course(course).share(float(time), {"onset": onset})
        at = d * (g[:, None] if onset is not None else g)
        expected = {
            name: row | {"mcse": row["sd"] / np.sqrt(ess), "ess": ess}
            for name, row in by_treatment.items()
        }
        effects = {name: at[None, :, i] for i, name in enumerate(treatments[1:])}
        names, more = compare(effects, expected)
        assert names == treatments[1:]
        off += [f"{time}: {text}" for text in more]
        lowest = np.argmin(np.column_stack([np.zeros(SIZE), at]), axis=1)
        for i, name in enumerate(treatments):
            p, error, other = share((lowest == i)[None], ess)
            off += difference(f"{time}: {name} best", p, by_treatment[name]["p_best"], error, other)
    assert not off, "\n".join(off)


def test_priors_and_correlation_are_those_of_the_peers_program(reference):
    for case in COURSES:
        problem = reference(case)
        code = problem["jags_code"]
        assert "rho <- 0" in code and "mu.1[i] ~ dnorm(0,0.0001)" in code
        assert re.search(r"(emax|rate)\[k\] ~ dnorm\(0,0\.001\)", code)
        assert ("dnorm(0,0.05) T(0,)" in code) == (COURSES[case][1] == "partial")
        assert problem["data"] == reference("tc_alogliptin_emax_common")["data"]


def test_relative_effects_are_kept_at_every_month_asked_for(reference, evidence):
    model = course_model(*COURSES["tc_alogliptin_emax_random"]).build(evidence)
    asked = reference("tc_alogliptin_emax_random")["results"]["relative_effects_vs_reference"]
    assert {float(time) for time in asked} <= set(model.coords["months"])
