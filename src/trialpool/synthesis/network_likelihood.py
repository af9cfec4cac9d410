"""Likelihood of the numbers of a network: counts, rates, means, contrasts.

Each function registers the rows of one kind and returns their log density; a new kind needs its
function here and a line in ``trialpool.synthesis.network_meta``.
"""

from __future__ import annotations

from typing import Any

import pymc as pm
import pytensor.tensor as pt

from trialpool.synthesis.treatment_network import ArmRows, ContrastRows


def counts(rows: ArmRows, log_odds: Any) -> Any:
    """``events ~ Binomial(n, p)``, exact; ``log_odds`` (row,)."""
    n = pm.Data("n", rows.column("n").astype(int), dims="count_report")
    events = pm.Data("events", rows.column("events").astype(int), dims="count_report")
    reports = pm.Binomial("counts", n, logit_p=log_odds, observed=events, dims="count_report")
    return pm.logp(reports, events)


def rates(rows: ArmRows, log_rate: Any) -> Any:
    """``events ~ Poisson(person_time exp(log_rate))``; ``log_rate`` (row,)."""
    time = pm.Data("person_time", rows.column("person_time"), dims="rate_report")
    events = pm.Data("rate_events", rows.column("events").astype(int), dims="rate_report")
    reports = pm.Poisson("rates", time * pt.exp(log_rate), observed=events, dims="rate_report")
    return pm.logp(reports, events)


def means(rows: ArmRows, expected: Any, rho: Any) -> Any:
    """``y ~ N(expected, se)``, errors of one arm at two visits correlated by ``rho``.

    Each row is read given the k rows of its arm before it, which is the joint normal density
    written as a product: of standardised residuals r with compound symmetry,

        r[k] | before ~ N( rho sum(before) / (1 + (k-1) rho),  1 - k rho^2 / (1 + (k-1) rho) ).

    ``expected`` (row,); ``rho`` is None where no arm has two visits.
    """
    y = pm.Data("y", rows.column("y"), dims="mean_report")
    se = pm.Data("se", rows.column("se"), dims="mean_report")
    sd = se
    if rho is not None:
        k = rows.before.astype(float)
        residual = (y - expected) / se
        until = pt.cumsum(residual) - residual
        weight = rho * (k > 0) / (1 + (k - 1) * rho)
        expected = expected + se * weight * (until - until[rows.start])
        sd = se * pt.sqrt(1 - k * rho * weight)
    reports = pm.Normal("means", expected, sd, observed=y, dims="mean_report")
    return pm.logp(reports, y)


def contrasts(rows: ContrastRows, of_arm: Any) -> Any:
    """Contrasts with the covariance of a shared baseline arm; ``of_arm`` (study_arm,)."""
    y = pm.Data("contrast_y", rows.y, dims="contrast_report")
    sd = pm.Data("contrast_sd", rows.sd, dims="contrast_report")
    expected = pt.dot(pt.as_tensor(rows.of_arm), of_arm)
    reports = pm.Normal("contrasts", expected, sd, observed=y, dims="contrast_report")
    return pm.logp(reports, y)
