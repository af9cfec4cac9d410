"""Likelihood of the numbers of a network: counts, rates, means, contrasts.

Each function registers the rows of one kind and returns their log density; a new kind needs its
function here and a line in ``trialpool.synthesis.network_meta``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from trialpool import graph as g
from trialpool.synthesis.network import Index
from trialpool.synthesis.treatment_network import Rows


def counts(rows: Rows, log_odds: Any) -> Any:
    """``events ~ Binomial(n, p)``, exact; ``log_odds`` (row,)."""
    n = g.Data("n", rows.column("n").astype(int), dims="count_report")
    events = g.Data("events", rows.column("events").astype(int), dims="count_report")
    reports = g.Binomial("counts", n, logit_p=log_odds, observed=events, dims="count_report")
    return g.logp(reports, events)


def rates(rows: Rows, log_rate: Any) -> Any:
    """``events ~ Poisson(person_time exp(log_rate))``; ``log_rate`` (row,)."""
    time = g.Data("person_time", rows.column("person_time"), dims="rate_report")
    events = g.Data("rate_events", rows.column("events").astype(int), dims="rate_report")
    reports = g.Poisson("rates", time * g.exp(log_rate), observed=events, dims="rate_report")
    return g.logp(reports, events)


def means(rows: Rows, expected: Any, base: Index, tau: Any) -> Any:
    """``y ~ N(expected + deviation, se)``, deviations of a study integrated out.

    ``expected`` (row,); ``base`` (study_arm,) the base arms, which do not deviate; ``tau`` is None
    under a common effect.
    """
    y = g.Data("y", rows.column("y"), dims="mean_report")
    se = g.Data("se", rows.column("se"), dims="mean_report")
    sd = se
    if tau is not None:
        moves = (base[rows.arm] != rows.arm).astype(float)
        half = tau**2 / 2  # deviations with correlation 1/2: half is shared, half is the arm's own
        shift, variance = given_before(
            y - expected, se**2 + moves * half, half, moves, rows.first_of_study
        )
        expected, sd = expected + shift, g.sqrt(variance)
    reports = g.Normal("means", expected, sd, observed=y, dims="mean_report")
    return g.logp(reports, y)


def contrasts(rows: Rows, expected: Any, tau: Any) -> Any:
    """Contrasts with their study's base arm, whose error they share; deviations integrated out.

    The covariance of two contrasts is the squared SE of the base arm, and tau^2 / 2.
    ``expected`` (row,); ``tau`` is None under a common effect.
    """
    y = g.Data("contrast_y", rows.column("y"), dims="contrast_report")
    se = g.Data("contrast_se", rows.column("se"), dims="contrast_report")
    # Where a study has one contrast, nothing is shared and the base arm's SE may be missing.
    alone = np.bincount(rows.study)[rows.study] == 1
    base_se = np.where(alone, 0.0, rows.column("base_se"))
    base = g.Data("base_se", base_se, dims="contrast_report")
    half = 0.0 if tau is None else tau**2 / 2
    shift, variance = given_before(
        y - expected, se**2 - base**2 + half, base**2 + half, 1.0, rows.first_of_study
    )
    reports = g.Normal(
        "contrasts", expected + shift, g.sqrt(variance), observed=y, dims="contrast_report"
    )
    return g.logp(reports, y)


def visits(rows: Rows, expected: Any, rho: Any) -> Any:
    """``y ~ N(expected, se)``, errors of one arm at two visits correlated by ``rho``.

    ``expected`` (row,); ``rho`` is None where no arm has two visits.
    """
    y = g.Data("y", rows.column("y"), dims="mean_report")
    se = g.Data("se", rows.column("se"), dims="mean_report")
    sd = se
    if rho is not None:
        shift, variance = given_before(
            (y - expected) / se, 1 - rho, rho, np.ones(len(rows.arm)), rows.first_of_arm
        )
        expected, sd = expected + se * shift, se * g.sqrt(variance)
    reports = g.Normal("means", expected, sd, observed=y, dims="mean_report")
    return g.logp(reports, y)


def given_before(residual: Any, own: Any, shared: Any, loads: Any, first: Index) -> tuple[Any, Any]:
    """Mean and variance of each residual given those of its group before it.

    ``residual = loads f + e`` with f ~ N(0, shared) common to a group and e ~ N(0, own). Reading
    the rows one after the other is the joint normal density written as a product, without a matrix.

    Parameters
    ----------
    residual, own, shared, loads : (row,) or scalar
        ``loads`` is 0 for rows without the common part.
    first : (row,)
        First row of the row's group; rows of a group stand together.
    """
    weight = loads / own + 0.0 * residual
    left = shared / (1 + shared * g.sum_before(weight, first))
    return loads * left * g.sum_before(weight * residual, first), own + loads * left
