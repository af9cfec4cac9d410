"""Adverse events by arm: log ratios pooled over classes and trials, no time course.

Patients with an event are binomial, ``events ~ Binomial(n, p)``, with ``logit p`` or ``log p =
baseline[trial] + arm_effect - arm_effect[reference arm]``. Events in person-months are Poisson,
``events ~ Poisson(person_months * exp(rate[trial] + arm_effect - arm_effect[reference arm]))``.
Zero cells and trials without any event enter as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from trialpool import graph as g
from trialpool.evidence import Evidence
from trialpool.synthesis.network import Index, Network, build_network
from trialpool.synthesis.pooling import Normals, independent, pooled_effects
from trialpool.synthesis.priors import Prior
from trialpool.synthesis.regression import Regression
from trialpool.synthesis.weights import trial_weights, weigh

if TYPE_CHECKING:
    from trialpool.synthesis.model import Model

#: Patients expected without the event below which ``log(1 - p)`` follows its tangent. If there was
#: one such patient or more, less than a thousandth of the posterior lies there.
EDGE = 0.01


@dataclass(frozen=True)
class _Rows:
    """The rows of one likelihood.

    Attributes
    ----------
    table : DataFrame
        Those rows of ``Evidence.used``.
    row, arm, trial, own_trial : (rows,)
        Place among the used rows, index of the arm, of the trial among all and among those of these
        rows.
    dim, trial_dim : str
        Dims of vectors over these rows and their trials.
    """

    table: pd.DataFrame
    row: Index
    arm: Index
    trial: Index
    own_trial: Index
    dim: str
    trial_dim: str


@dataclass(frozen=True)
class _Term:
    """Log density by row, and expected value and SD of a new report like it."""

    log_density: Any
    expected: Any
    sd: Any


def build(
    spec: Model,
    evidence: Evidence,
    priors: dict[str, Prior],
    *,
    normals: Normals = independent,
    new_model: Callable[..., Any] = g.new_model,
) -> Any:
    """The PyMC model of adverse events.

    Parameters
    ----------
    spec : Model
        Its ``event_scale`` says what the ratios compare: for counts of patients odds or risk; rate
        where there are none.
    evidence : Evidence
        Layout ``events``.
    priors : dict of str to Prior
        Roles ``effect``, ``class_sd``, ``tau``; ``baseline`` where patients are counted and
        ``rate`` where there are person-months.
    normals : callable
        Makes the deviations of classes, treatments and trials.
    new_model : callable
        Makes the empty model from its ``coords``.

    Returns
    -------
    pm.Model
        Deterministics ``log_odds_ratio``, ``log_risk_ratio`` or ``log_rate_ratio`` (class) against
        the reference class, ``arm_effect`` (trial_arm), ``fitted`` and ``report_sd`` (report;
        probabilities, or events per person-month), ``log_lik`` (trial).
    """
    network = build_network(evidence)
    regression = Regression.read(spec.covariates, evidence, network)
    scale = spec.event_scale(evidence) or spec.events
    used = evidence.used
    timed = used["exposure"].notna().to_numpy()
    counted, rated = _rows(used, network, ~timed, "count"), _rows(used, network, timed, "rate")
    report = [f"{r.trial} | {r.arm} | {r.months:g} | events" for r in used.itertuples()]
    coords: dict[str, list[str]] = {**network.coords, **regression.coords, "report": report}
    present = [rows for rows in (counted, rated) if rows.row.size]
    for rows in present:
        coords[rows.dim] = [report[i] for i in rows.row]
        coords[rows.trial_dim] = [network.trials[i] for i in np.unique(rows.trial)]
    with new_model(coords=coords) as model:
        effects = pooled_effects(
            network,
            priors,
            spec.pooling_choices,
            by_class=spec.heterogeneity == "class",
            shift=regression.shift(priors),
            normals=normals,
        )
        g.Deterministic(f"log_{scale}_ratio", effects.of_class, dims="class")
        contrast = effects.of_arm - effects.of_arm[network.reference]
        terms = []
        if counted.row.size:
            terms.append(_patients(counted, contrast, priors["baseline"], scale))
        if rated.row.size:
            terms.append(_rates(rated, contrast, priors["rate"]))
        order = np.argsort(np.concatenate([counted.row, rated.row]))
        for name, parts in (
            ("fitted", [term.expected for term in terms]),
            ("report_sd", [term.sd for term in terms]),
        ):
            g.Deterministic(name, g.concatenate(parts)[order], dims="report")
        trial = np.concatenate([counted.trial, rated.trial])
        member = (np.arange(len(network.trials))[:, None] == trial).astype(float)
        by_row = g.concatenate([term.log_density for term in terms])
        log_lik = g.times(member, by_row)
        weigh(log_lik, trial_weights(spec.trial_weights, evidence, network.trials))
    return model


def _rows(used: pd.DataFrame, network: Network, mask: np.ndarray, name: str) -> _Rows:
    table, whole = used[mask], bool(mask.all())
    place = {label: i for i, label in enumerate(network.arms)}
    labels = [f"{t} | {a}" for t, a in zip(table["trial"], table["arm"], strict=True)]
    arm = np.array([place[label] for label in labels], dtype=np.int64)
    trial = network.trial[arm]
    return _Rows(
        table,
        np.flatnonzero(mask),
        arm,
        trial,
        np.searchsorted(np.unique(trial), trial),
        "report" if whole else f"{name}_report",
        "trial" if whole else f"{name}_trial",
    )


def _patients(rows: _Rows, contrast: Any, prior: Prior, scale: str) -> _Term:
    """Binomial counts of the patients with an event."""
    events = g.Data("events", rows.table["count"].to_numpy(int), dims=rows.dim)
    n = g.Data("n", rows.table["n"].to_numpy(int), dims=rows.dim)
    baseline = prior.register("baseline", dims=rows.trial_dim)
    eta = baseline[rows.own_trial] + contrast[rows.arm]
    log_odds = log_odds_of_log_probability(eta, n) if scale == "risk" else eta
    reports = g.Binomial("event_reports", n, logit_p=log_odds, observed=events, dims=rows.dim)
    p = g.sigmoid(log_odds)
    return _Term(g.logp(reports, events), p, g.sqrt(p * (1 - p) / n))


def _rates(rows: _Rows, contrast: Any, prior: Prior) -> _Term:
    """Poisson counts of events in person-months."""
    events = g.Data("rate_events", rows.table["count"].to_numpy(int), dims=rows.dim)
    exposure = g.Data("person_months", rows.table["exposure"].to_numpy(float), dims=rows.dim)
    baseline = prior.register("rate", dims=rows.trial_dim)
    rate = g.exp(baseline[rows.own_trial] + contrast[rows.arm])
    reports = g.Poisson("rate_reports", exposure * rate, observed=events, dims=rows.dim)
    return _Term(g.logp(reports, events), rate, g.sqrt(rate / exposure))


def log_odds_of_log_probability(log_p: Any, n: Any) -> Any:
    """``log p - log(1 - p)``, which keeps the probability below 1 whatever ``log_p``.

    Within ``EDGE`` patients of ``p = 1`` and beyond, where ``log_p`` is no log probability,
    ``log(1 - p)`` goes on along its tangent: steep enough to keep the posterior out, and finite, so
    that a gradient finds the way back. Warn, Thompson and Spiegelhalter (2002,
    doi:10.1002/sim.1189) constrain the log probability for the same reason.
    """
    edge = EDGE / n
    inside = g.minimum(log_p, -edge)
    return log_p - g.log(-g.expm1(inside)) + (log_p - inside) / g.expm1(edge)
