"""The longitudinal model: scores over months, every report kind a view of one latent outcome.

``benefit[arm](t) = arm_effect * g(t; half_life[class], onset) + wander[class](t)`` over the
reference class; ``m[arm](t) = baseline[trial] + change[trial, t] - (benefit[arm](t) -
benefit[reference arm](t))``. The model page, with every formula, is ``docs/model.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from trialpool import graph as g
from trialpool.evidence import Evidence
from trialpool.synthesis.course_parameters import course_parameters
from trialpool.synthesis.design import Design, build_design
from trialpool.synthesis.observations import (
    Courses,
    Term,
    count_term,
    difference_term,
    further_term,
    mean_terms,
    p_value_term,
    shared_errors,
)
from trialpool.synthesis.pooling import Effects, Normals, independent, pooled_effects
from trialpool.synthesis.priors import Prior
from trialpool.synthesis.regression import Regression
from trialpool.synthesis.time_courses import time_course
from trialpool.synthesis.weights import trial_weights, weigh

if TYPE_CHECKING:
    from trialpool.synthesis.model import Model


def build(
    spec: Model,
    evidence: Evidence,
    priors: dict[str, Prior],
    *,
    normals: Normals = independent,
    new_model: Callable[..., Any] = g.new_model,
) -> Any:
    """The PyMC model of longitudinal evidence.

    Parameters
    ----------
    spec : Model
        Time course, pooling, heterogeneity, covariates, weights and scale.
    evidence : Evidence
        Layout ``longitudinal``.
    priors : dict of str to Prior
        One prior for each role that the specification uses.
    normals : callable
        Makes the deviations of classes, treatments and trials.
    new_model : callable
        Makes the empty model from its ``coords``.

    Returns
    -------
    pm.Model
        With dims class, treatment, trial, trial_arm, visit, months, report. Deterministics:
        ``benefit`` (class, months), ``course_share`` (class, months), ``trial_benefit`` (trial_arm,
        months), the shape's numbers such as ``half_life`` (class), ``fitted`` and ``report_sd``
        (report), ``log_lik`` (trial).
    """
    design = build_design(evidence, horizon=spec.horizon)
    regression = Regression.read(spec.covariates, evidence, design.network)
    with new_model(coords=_coords(design) | regression.coords) as model:
        baseline = priors["baseline"].register("baseline", dims="trial")
        effects = pooled_effects(
            design.network,
            priors,
            spec.pooling_choices,
            by_class=spec.heterogeneity == "class",
            shift=regression.shift(priors, baseline),
            normals=normals,
        )
        benefit = _benefits(design, effects, priors, spec)
        spread = _spreads(priors)
        gain = benefit - benefit[design.network.reference]
        if spec.is_standardised(evidence):
            gain = gain * _trial_spread(design, spread)[:, None]
        courses = Courses(
            gain=gain,
            baseline=baseline,
            change=_each(priors["control"], "control_change", "visit", design.visits),
            spread=spread,
            rho=priors["rho"].register("rho"),
        )
        log_lik = _likelihood(design, courses, priors)
        weigh(log_lik, trial_weights(spec.trial_weights, evidence, design.network.trials))
    return model


def _each(prior: Prior, name: str, dim: str, labels: list[str], *, positive: bool = False) -> Any:
    """One free variable a label; none at all where the evidence has no such label."""
    return prior.register(name, positive=positive, dims=dim) if labels else g.zeros(0)


def _coords(design: Design) -> dict[str, Any]:
    repeated = np.flatnonzero(design.repeated)
    with_sd, with_se = np.isfinite(design.means.sd), np.isfinite(design.means.se)

    def names(rows: np.ndarray) -> list[str]:
        return [design.reports[i] for i in rows]

    return {
        **design.network.coords,
        "visit": design.visits,
        "months": design.months,
        "interval": design.months[1:],
        "cutoff_report": design.cutoffs,
        "repeated_arm": [design.network.arms[i] for i in repeated],
        "mean_report": names(design.means.row),
        "sd_report": names(design.means.row[with_sd]),
        "se_report": names(design.means.row[with_se]),
        "difference_report": names(design.differences.row),
        "p_report": names(design.p_values.row),
        "tested_arm": design.tested,
        "count_report": names(design.counts.row),
        "further_report": names(design.further.row),
        "threshold_step": design.steps,
        "report": design.reports,
    }


def _benefits(design: Design, effects: Effects, priors: dict[str, Prior], spec: Model) -> Any:
    """Benefit over the reference class by arm and month; registers it by class and by arm."""
    shape = time_course(spec.time_course)
    parameters = course_parameters(shape, priors, spec.pooling_choices.time)
    share = shape.share(design.months[None, :], parameters.of_group)
    share = g.broadcast_to(share, (len(design.network.classes), len(design.months)))
    share = g.Deterministic("course_share", share, dims=("class", "months"))

    # A Wiener process from 0 at the injection: what the formula misses grows with time, so
    # intervals widen past follow-up instead of shrinking with the formula (docs/decisions/0002).
    drift = priors["drift"].register("drift", positive=True)
    steps = g.Normal("drift_z", 0, 1, dims=("class", "interval")) * np.sqrt(
        np.diff(design.months) / 12
    )
    wander = drift * g.concatenate(
        [g.zeros((len(design.network.classes), 1)), g.cumsum(steps, axis=1)], axis=1
    )

    g.Deterministic("benefit", effects.of_class[:, None] * share + wander, dims=("class", "months"))
    nothing = g.zeros((1, len(design.months)))  # class -1, the reference, reads these final zeros
    share_of = g.concatenate([share, nothing])[design.network.class_]
    wander_of = g.concatenate([wander, nothing])[design.network.class_]
    of_arm = effects.of_arm[:, None] * share_of + wander_of
    return g.Deterministic("trial_benefit", of_arm, dims=("trial_arm", "months"))


def _spreads(priors: dict[str, Prior]) -> Any:
    typical = priors["spread"].register("spread", positive=True)
    sd = priors["spread_sd"].register("spread_sd", positive=True)
    z = g.Normal("spread_z", 0, 1, dims="trial_arm")
    return g.Deterministic("arm_spread", typical * g.exp(sd * z), dims="trial_arm")


def _trial_spread(design: Design, spread: Any) -> Any:
    """Geometric mean of the SDs of the arms of each arm's trial, (trial_arm,)."""
    same = (design.network.trial[:, None] == design.network.trial).astype(float)
    return g.exp(g.times(same / same.sum(axis=1, keepdims=True), g.log(spread)))


def _likelihood(design: Design, courses: Courses, priors: dict[str, Prior]) -> Any:
    """Registers every row; log likelihood by trial, (trial,)."""
    shared = shared_errors(design, courses)
    terms: list[Term] = []
    if design.means.row.size:
        found, shared = mean_terms(design, courses, shared)
        terms += found
    if design.differences.row.size:
        terms.append(difference_term(design, courses, shared))
    if design.p_values.row.size:
        terms.append(p_value_term(design, courses, shared))
    if design.counts.row.size:
        cutoff = _each(priors["cutoff"], "cutoff", "cutoff_report", design.cutoffs)
        term, z, given = count_term(design, courses, shared, cutoff)
        terms.append(term)
        if design.further.row.size:
            step = _each(priors["step"], "step", "threshold_step", design.steps, positive=True)
            terms.append(further_term(design, z, given, step))

    shown = [term for term in terms if term.row.size]
    order = np.argsort(np.concatenate([term.row for term in shown]))
    g.Deterministic(
        "fitted", g.concatenate([term.expected for term in shown])[order], dims="report"
    )
    g.Deterministic("report_sd", g.concatenate([term.sd for term in shown])[order], dims="report")
    by_row = g.concatenate([term.log_density for term in terms])
    member = np.arange(len(design.network.trials))[:, None] == np.concatenate(
        [term.trial for term in terms]
    )
    return g.times(member.astype(float), by_row)
