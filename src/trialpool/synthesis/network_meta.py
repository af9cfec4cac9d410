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
import pymc as pm
import pytensor.tensor as pt

from trialpool.evidence import Evidence
from trialpool.synthesis import network_likelihood as likelihood
from trialpool.synthesis.course_parameters import course_parameters
from trialpool.synthesis.covariates import Covariates, read_covariates
from trialpool.synthesis.network import Index, Values
from trialpool.synthesis.network_choices import treatment_pooling
from trialpool.synthesis.priors import Prior
from trialpool.synthesis.time_courses import time_course
from trialpool.synthesis.treatment_network import TreatmentNetwork, build_treatment_network
from trialpool.synthesis.weights import trial_weights, weigh

if TYPE_CHECKING:
    from trialpool.synthesis.model import Model


def build(spec: Model, evidence: Evidence, priors: dict[str, Prior]) -> pm.Model:
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
        delta, against the base arm of the study), ``predicted_effect`` (treatment: in one new
        study of all), ``baseline`` (study; baseline_study where some studies report contrasts;
        visit where the control is free), ``slope`` (covariate), ``relative_effect`` (treatment,
        months), ``rho``, the numbers of the course, ``log_lik`` (study).
    """
    network = build_treatment_network(evidence, horizon=spec.horizon)
    studies = evidence.trials.set_index("trial").loc[network.studies]
    covariates = read_covariates(studies, tuple(spec.covariates), "study")
    coords = network.coords | ({"covariate": covariates.labels} if covariates.labels else {})
    with pm.Model(coords=coords) as model:
        d = _treatment_effects(network, priors, treatment_pooling(spec, evidence))
        of_arm = pt.dot(pt.as_tensor(network.of_treatment), d)
        if covariates.labels:
            of_arm = of_arm + _shift(network, covariates, priors)
        if "tau" in priors:
            of_arm = of_arm + _deviations(network, priors["tau"], d)
        else:
            pm.Deterministic("predicted_effect", d, dims="treatment")
        delta = of_arm - of_arm[network.base]
        pm.Deterministic("study_effect", delta[network.others], dims="contrast")
        if network.months is None:
            terms = _at_one_time(network, priors, delta)
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
        return priors["effect"].to_pymc("treatment_effect", dims="treatment")
    of_class = priors["effect"].to_pymc("class_effect", dims="class")
    d = pt.concatenate([of_class, pt.zeros(1)])[network.class_of_treatment]
    if pooling == "partial":
        sd = priors["treatment_sd"].to_pymc("treatment_sd", positive=True)
        d = d + sd * pm.Normal("treatment_z", 0, 1, dims="treatment")
    return pm.Deterministic("treatment_effect", d, dims="treatment")


def _shift(network: TreatmentNetwork, covariates: Covariates, priors: dict[str, Prior]) -> Any:
    """What the covariates of its study add to each arm but those of the reference."""
    per_sd = priors["slope"].to_pymc("slope_per_sd", dims="covariate")
    pm.Deterministic("slope", per_sd / covariates.scale, dims="covariate")
    moved = network.of_treatment.sum(axis=1, keepdims=True)
    return pt.dot(pt.as_tensor(moved * covariates.values[network.study]), per_sd)


def _deviations(network: TreatmentNetwork, prior: Prior, d: Any) -> Any:
    """Deviations of the arms of each study, and the effects in a new study of all treatments."""
    tau = prior.to_pymc("tau", positive=True)
    size = len(network.treatments)
    factor = np.linalg.cholesky(0.5 + 0.5 * np.eye(size))
    new = pt.dot(pt.as_tensor(factor), pm.Normal("new_study_z", 0, 1, dims="treatment"))
    pm.Deterministic("predicted_effect", d + tau * new, dims="treatment")
    z = pm.Normal("study_z", 0, 1, dims="contrast")
    return tau * pt.dot(pt.as_tensor(network.deviation), z)


def _at_one_time(network: TreatmentNetwork, priors: dict[str, Prior], delta: Any) -> list[Any]:
    """Log densities by row and the studies of the rows, kind by kind."""
    terms = []
    if network.contrasts.labels:
        found = likelihood.contrasts(network.contrasts, delta)
        terms.append((found, network.contrasts.study))
    if not network.with_baseline:
        return terms
    dim = "baseline_study" if "baseline_study" in network.coords else "study"
    baseline = priors["baseline"].to_pymc("baseline", dims=dim)
    place = np.full(len(network.studies), -1)
    place[np.isin(network.studies, network.with_baseline)] = np.arange(len(network.with_baseline))
    for rows, density in (
        (network.counts, likelihood.counts),
        (network.rates, likelihood.rates),
        (network.means, lambda rows, eta: likelihood.means(rows, eta, None)),
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
    share = pt.broadcast_to(pt.as_tensor(share), (grid[0] * grid[1],)).reshape(grid)
    pm.Deterministic("relative_effect", d[:, None] * share, dims=("treatment", "months"))

    rows = network.means
    at = rows.column("months")
    group_of_arm = np.append(group, -1)[network.treatment]

    def benefit(arm: Index) -> Any:
        return of_arm[arm] * shape.share(at, numbers.at(group_of_arm[arm]))

    gain = benefit(rows.arm) - benefit(network.base[rows.arm])
    if spec.control == "course":
        baseline = priors["baseline"].to_pymc("baseline", dims="study")
        control = baseline[rows.study] * shape.share(at, numbers.typical)
    else:
        control = priors["baseline"].to_pymc("baseline", dims="visit")[network.visit]
    rho = priors["rho"].to_pymc("rho") if "rho" in priors else None
    return likelihood.means(rows, control + gain, rho), rows.study


def _by_study(network: TreatmentNetwork, terms: list[Any]) -> Any:
    """Log likelihood by study, (study,)."""
    study = np.concatenate([study for _, study in terms])
    member = (np.arange(len(network.studies))[:, None] == study).astype(float)
    return pt.dot(pt.as_tensor(member), pt.concatenate([density for density, _ in terms]))
