"""Means, changes, percentages of change and medians of one arm: normal around the arm's course."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trialpool import graph as g
from trialpool.synthesis.design import Design
from trialpool.synthesis.observations.courses import (
    Courses,
    SharedErrors,
    Term,
    change_of,
    choose,
    form_sd,
)

#: SDs of one arm differ between visits, by about this much on the log scale.
VISIT_LOG_SD = 0.15


def mean_terms(
    design: Design, courses: Courses, shared: SharedErrors
) -> tuple[list[Term], SharedErrors]:
    """Rows of `MeanRows`: normal around ``k0 m(0) + change(t)``; printed SDs inform the spread.

    A printed SD is itself an estimate: mean and SD of a visit are read together, the SE of the mean
    coming from the visit's true SD, which lies within ``VISIT_LOG_SD`` of the arm's. A percentage
    of change is ``100 change(t) / m(0)``: to first order the form with ``at = 100 / m(0)``, ``a0 =
    -100 m(t) / m(0)^2`` (delta method). A median is a mean with independent noise on top
    (``MeanRows.extra``).

    Returns
    -------
    terms : list of Term
    shared : SharedErrors
        With the baseline error of arms that print a baseline mean replaced by the one seen.
    """
    rows = design.means
    trial = design.network.trial[rows.arm]
    repeated = design.repeated[rows.arm]
    at_baseline = rows.visit < 0
    y = g.Data("mean_y", rows.y, dims="mean_report")
    n = g.Data("mean_n", rows.n, dims="mean_report")

    change = change_of(courses, rows.visit, rows.arm, rows.month)
    expected = rows.k0 * courses.baseline[trial] + change
    at, a0 = rows.kt, np.where(at_baseline, 1.0, rows.k0 - 1.0)
    if rows.percent.any():
        percent_per_point = 100 / g.maximum(courses.baseline[trial], 1.0)
        kept = -percent_per_point * (1 + change * percent_per_point / 100)
        at, a0 = choose(rows.percent, percent_per_point, at), choose(rows.percent, kept, a0)
        expected = choose(rows.percent, change * percent_per_point, expected)

    of_form = form_sd(courses.spread[rows.arm], courses.rho, at, a0)
    sd = of_form
    terms: list[Term] = []
    if (with_sd := np.flatnonzero(np.isfinite(rows.sd))).size:
        of_visit = g.exp(VISIT_LOG_SD * g.Normal("visit_sd_z", 0, 1, dims="sd_report"))
        sd = g.put(sd, with_sd, of_form[with_sd] * of_visit)
        log_sd = g.Data("log_sd", np.log(rows.sd[with_sd]), dims="sd_report")
        error = g.Data("log_sd_error", rows.sd_error[with_sd], dims="sd_report")
        spreads = g.Normal(
            "sd_reports", g.log(sd[with_sd]), error, observed=log_sd, dims="sd_report"
        )
        nothing = np.zeros(0, dtype=np.int64)
        terms.append(Term(g.logp(spreads, log_sd), trial[with_sd], nothing, None, None))
    if (with_se := np.flatnonzero(np.isfinite(rows.se))).size:
        known = g.Data("mean_se", rows.se[with_se], dims="se_report")
        sd = g.put(sd, with_se, known * g.sqrt(n[with_se]))
    se = sd / g.sqrt(n)

    # What the arm's shared errors, in points times sqrt(n), do to this row.
    per_point = se / of_form
    after_level = expected + per_point * (at + a0) * shared.level[rows.arm]
    seen = np.flatnonzero(at_baseline & repeated & (rows.extra == 0))
    if seen.size:
        visible = (y - after_level)[seen] / per_point[seen]
        at_baseline_error = g.put(shared.at_baseline, rows.arm[seen], visible)
        shared = replace(shared, at_baseline=at_baseline_error)
    shows = np.isin(np.arange(len(rows.y)), seen)
    looks_back = choose(shows, 0.0, a0)
    mu = after_level + per_point * looks_back * shared.at_baseline[rows.arm]
    own = (1 - courses.rho) * choose(shows, 1.0, at**2)
    own_share = own / (at**2 + a0**2 + 2 * courses.rho * at * a0)
    own_sd = se * g.sqrt(choose(repeated, own_share, 1.0) + rows.extra)
    reports = g.Normal("mean_reports", mu, own_sd, observed=y, dims="mean_report")
    terms.append(Term(g.logp(reports, y), trial, rows.row, expected, se * np.sqrt(1 + rows.extra)))
    return terms, shared
