"""Network meta-analysis of treatments: arms or contrasts, at one time or over time.

    eta[i, k] = baseline[i] + delta[i, k]
    delta[i, k] ~ N( d[t(i, k)] - d[t(i, base)] + x[i] slope, tau )    correlation 1/2 in a study

(Lu and Ades 2004, doi:10.1002/sim.1875; Dias et al. 2011, NICE DSU Technical Support Document 2;
multi-arm correlation: Higgins and Whitehead 1996, Stat Med 15:2733.) Over time delta is multiplied
by the share of a time course, and the baseline follows the course or is free at each visit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trialpool import graph as g
from trialpool.evidence import Evidence
from trialpool.synthesis import network_likelihood as likelihood
from trialpool.synthesis.course_parameters import course_parameters
from trialpool.synthesis.covariates import Covariates, read_covariates
from trialpool.synthesis.network import Index, Values, positions
from trialpool.synthesis.network_choices import treatment_pooling
from trialpool.synthesis.priors import Prior
from trialpool.synthesis.time_courses import time_course
from trialpool.synthesis.treatment_network import Rows, TreatmentNetwork, build_treatment_network
from trialpool.synthesis.weights import trial_weights, weigh

if TYPE_CHECKING:
    from trialpool.synthesis.model import Model


def build(spec: Model, evidence: Evidence, priors: dict[str, Prior]) -> Any:
    """The PyMC model of a network.

    Parameters
    ----------
    spec : Model
        Pooling of trials and treatments, covariates, weights; time course and control over time.
    evidence : Evidence
        Layout ``network``.
    priors : dict of str to Prior
        One prior for each role that the specification uses.

    Returns
    -------
    pm.Model
        Variables ``treatment_effect`` (treatment: d, against the reference), ``class_effect``
        (class) and ``treatment_sd`` where there are classes, ``tau``, ``study_effect`` (contrast:
        delta, against the base arm of the study, where it is not integrated out),
        ``predicted_effect`` (treatment: in one new study of all), ``baseline`` (study;
        baseline_study where some studies report contrasts; visit where the control is free),
        ``slope`` (covariate), ``relative_effect`` (treatment, months), ``rho``, the numbers of the
        course, ``log_lik`` (study).
    """
    network = build_treatment_network(evidence, horizon=spec.horizon)
    studies = evidence.trials.set_index("trial").loc[network.studies]
    covariates = read_covariates(studies, tuple(spec.covariates), "study")
    coords = network.coords | ({"covariate": covariates.labels} if covariates.labels else {})
    with g.new_model(coords=coords) as model:
        d = _treatment_effects(network, priors, treatment_pooling(spec, evidence))
        of_arm = g.times(network.of_treatment, d)
        if covariates.labels:
            of_arm = of_arm + _shift(network, covariates, priors)
        tau = priors["tau"].register("tau", positive=True) if "tau" in priors else None
        if tau is not None and network.latent.size:
            z = g.Normal("study_z", 0, 1, dims="contrast")
            of_arm = of_arm + tau * g.times(network.deviation, z)
        _predict(d, tau)
        delta = of_arm - of_arm[network.base]
        if network.latent.size:
            g.Deterministic("study_effect", delta[network.latent], dims="contrast")
        if network.months is None:
            terms = _at_one_time(network, priors, delta, tau)
        else:
            terms = [_over_time(network, network.months, spec, priors, d, of_arm)]
        weigh(
            _by_study(network, terms),
            trial_weights(spec.trial_weights, evidence, network.studies),
            dim="study",
        )
    return model


def _treatment_effects(network: TreatmentNetwork, priors: dict[str, Prior], pooling: str) -> Any:
    """Effects of the treatments against the reference, (treatment,)."""
    if pooling == "none":
        return priors["effect"].register("treatment_effect", dims="treatment")
    of_class = priors["effect"].register("class_effect", dims="class")
    d = g.concatenate([of_class, g.zeros(1)])[network.class_of_treatment]
    if pooling == "partial":
        sd = priors["treatment_sd"].register("treatment_sd", positive=True)
        d = d + sd * g.Normal("treatment_z", 0, 1, dims="treatment")
    return g.Deterministic("treatment_effect", d, dims="treatment")


def _shift(network: TreatmentNetwork, covariates: Covariates, priors: dict[str, Prior]) -> Any:
    """What the covariates of its study add to each arm but those of the reference."""
    per_sd = priors["slope"].register("slope_per_sd", dims="covariate")
    g.Deterministic("slope", per_sd / covariates.scale, dims="covariate")
    moved = network.of_treatment.sum(axis=1, keepdims=True)
    return g.times(moved * covariates.values[network.study], per_sd)


def _predict(d: Any, tau: Any) -> None:
    """Effects in one new study of all treatments, so deviations correlate by 1/2."""
    if tau is not None:
        size = len(g.context().coords["treatment"])
        factor = np.linalg.cholesky(0.5 + 0.5 * np.eye(size))
        z = g.Normal("new_study_z", 0, 1, dims="treatment")
        d = d + tau * g.times(factor, z)
    g.Deterministic("predicted_effect", d, dims="treatment")


def _at_one_time(
    network: TreatmentNetwork, priors: dict[str, Prior], delta: Any, tau: Any
) -> list[Any]:
    """Log densities by row and the studies of the rows, kind by kind."""
    terms = []
    if (rows := network.contrasts).labels:
        terms.append((likelihood.contrasts(rows, delta[rows.arm], tau), rows.study))
    if not network.with_baseline:
        return terms
    dim = "baseline_study" if "baseline_study" in network.coords else "study"
    baseline = priors["baseline"].register("baseline", dims=dim)
    place = positions(network.studies, network.with_baseline)

    def means(rows: Rows, eta: Any) -> Any:
        return likelihood.means(rows, eta, network.base, tau)

    for rows, density in (
        (network.counts, likelihood.counts),
        (network.rates, likelihood.rates),
        (network.means, means),
    ):
        if rows.labels:
            eta = baseline[place[rows.study]] + delta[rows.arm]
            terms.append((density(rows, eta), rows.study))
    return terms


def _over_time(
    network: TreatmentNetwork,
    months: Values,
    spec: Model,
    priors: dict[str, Prior],
    d: Any,
    of_arm: Any,
) -> tuple[Any, Any]:
    """Log densities of means over time and their studies.

    ``theta = control + B[arm] - B[base]``, ``B = of_arm g(t; numbers of the treatment)``; the
    control is ``baseline[i] g(t; typical numbers)`` or free at each visit.
    """
    shape = time_course(spec.time_course)
    dim = "class" if network.classes else "treatment"
    group = network.class_of_treatment if network.classes else np.arange(len(network.treatments))
    numbers = course_parameters(shape, priors, spec.pooling_choices.time, dim=dim)
    grid = (len(group), len(months))
    share = shape.share(np.tile(months, len(group)), numbers.at(np.repeat(group, len(months))))
    share = g.broadcast_to(share, (grid[0] * grid[1],)).reshape(grid)
    g.Deterministic("relative_effect", d[:, None] * share, dims=("treatment", "months"))

    rows = network.means
    at = rows.column("months")
    group_of_arm = np.append(group, -1)[network.treatment]

    def benefit(arm: Index) -> Any:
        return of_arm[arm] * shape.share(at, numbers.at(group_of_arm[arm]))

    gain = benefit(rows.arm) - benefit(network.base[rows.arm])
    if spec.control == "course":
        baseline = priors["baseline"].register("baseline", dims="study")
        control = baseline[rows.study] * shape.share(at, numbers.typical)
    else:
        control = priors["baseline"].register("baseline", dims="visit")[network.visit]
    rho = priors["rho"].register("rho") if "rho" in priors else None
    return likelihood.visits(rows, control + gain, rho), rows.study


def _by_study(network: TreatmentNetwork, terms: list[Any]) -> Any:
    """Log likelihood by study, (study,)."""
    study = np.concatenate([study for _, study in terms])
    member = (np.arange(len(network.studies))[:, None] == study).astype(float)
    return g.times(member, g.concatenate([density for density, _ in terms]))
