"""Printed comparisons of two arms: differences, standardised differences, p-values.

The error of a difference is that of one arm's mean minus that of the other's: of its variance the
arm has the share ``w = (1/n) / (1/n + 1/n_versus)``, so rows with a common arm correlate, and the
part ``rho`` of an arm's error is the level that its other visits show too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from trialpool import graph as g
from trialpool.synthesis.design import Design
from trialpool.synthesis.network import Index, Values
from trialpool.synthesis.observations.courses import (
    Courses,
    SharedErrors,
    Term,
    choose,
)


def _gain(courses: Courses, arm: Index, versus: Index, month: Index) -> Any:
    return courses.gain[arm, month] - courses.gain[versus, month]


def _pair_sd(courses: Courses, arm: Index, versus: Index) -> Any:
    """SD of the patients of both arms together."""
    return g.sqrt((courses.spread[arm] ** 2 + courses.spread[versus] ** 2) / 2)


def _level(shared: SharedErrors, arm: Index, versus: Index, share: Values) -> Any:
    """Error of the arms' levels, in standard errors of the difference."""
    of_arm = shared.level_in_sds
    return np.sqrt(share) * of_arm[arm] - np.sqrt(1 - share) * of_arm[versus]


def difference_term(design: Design, courses: Courses, shared: SharedErrors) -> Term:
    """Printed differences, arm minus versus: normal around minus the gain of arm over versus.

    Standardised ones are divided by the SD of the patients. Each is read given those before it in
    the same trial and month with a common arm (``DifferenceRows.given``), so that together they
    have the covariance of differences against a shared control.
    """
    rows = design.differences
    y = g.Data("difference_y", rows.y, dims="difference_report")
    se = g.Data("difference_se", rows.se, dims="difference_report")
    expected = -_gain(courses, rows.arm, rows.versus, rows.month)
    if rows.standardised.any():
        sds = expected / _pair_sd(courses, rows.arm, rows.versus)
        expected = choose(rows.standardised, sds, expected)
    mu: Any = expected
    own: Any = 1.0
    again = design.repeated[rows.arm]
    if again.any():
        mu = mu + se * _level(shared, rows.arm, rows.versus, rows.share)
        own = g.sqrt(choose(again, 1 - courses.rho, 1.0))
    if rows.given.any():
        mu = mu + se * g.times(rows.given, (y - mu) / se)
        own = own * rows.remains
    reports = g.Normal("difference_reports", mu, se * own, observed=y, dims="difference_report")
    return Term(g.logp(reports, y), design.network.trial[rows.arm], rows.row, expected, se)


def p_value_term(design: Design, courses: Courses, shared: SharedErrors) -> Term:
    """Tests of which only p is printed: the statistic is normal around the standardised gain.

    ``z ~ N(gain / (s sqrt(1/n + 1/n_versus)), 1)``, known exactly, within an interval ("p < 0.05",
    "not significant"), or up to its sign where the source does not say which arm it favours.
    """
    rows = design.p_values
    shown = g.Data("z", np.where(np.isfinite(rows.low), rows.low, rows.high), dims="p_report")
    expected = _gain(courses, rows.arm, rows.versus, rows.month) / (
        _pair_sd(courses, rows.arm, rows.versus) * rows.se
    )
    mu, variance = expected, np.ones(len(rows.row))
    again = design.repeated[rows.arm]
    if again.any():
        # A higher level is a worse score.
        mu = mu - _level(shared, rows.arm, rows.versus, rows.share)
        variance = choose(again, 1 - courses.rho, 1.0)
    if design.tested:
        # Tests against one arm at one visit share that arm's error.
        z = g.concatenate([g.Normal("tested_z", 0, 1, dims="tested_arm"), g.zeros(1)])
        inside = rows.common >= 0
        part = np.where(inside, 1 - rows.share, 0.0)
        mu = mu + g.sqrt(variance * part) * z[rows.common]
        variance = variance * (1 - part)
    reports = g.CustomDist(
        "p_reports",
        mu,
        g.sqrt(variance) * np.ones(len(rows.row)),
        g.Data("z_low", rows.low, dims="p_report"),
        g.Data("z_high", rows.high, dims="p_report"),
        g.Data("z_directed", rows.directed.astype(float), dims="p_report"),
        logp=statistic_logp,
        random=_random_statistic,
        observed=shown,
        dims="p_report",
    )
    return Term(
        g.logp(reports, shown),
        design.network.trial[rows.arm],
        rows.row,
        expected,
        np.ones(len(rows.row)),
    )


def statistic_logp(z: Any, mu: Any, sd: Any, low: Any, high: Any, directed: Any) -> Any:
    """Log density of a statistic that is ``z`` or lies between ``low`` and ``high``.

    Where it is not directed, its sign is unknown: the sum over both.
    """
    one = _inside(z, mu, sd, low, high)
    return g.switch(directed, one, g.logaddexp(one, _inside(z, -mu, sd, low, high)))


def _inside(z: Any, mu: Any, sd: Any, low: Any, high: Any) -> Any:
    """Log density of ``z`` where ``low`` equals ``high``, else log probability of the interval.

    The probability is a difference of two lower tails, taken on the side on which they are small.
    """
    exact = g.eq(low, high)
    at = g.switch(exact, z, 0.0)
    density = -0.5 * ((at - mu) / sd) ** 2 - g.log(sd) - 0.5 * np.log(2 * np.pi)
    a = g.switch(exact, -1.0, (g.maximum(low, -_FAR) - mu) / sd)
    b = g.switch(exact, 1.0, (g.minimum(high, _FAR) - mu) / sd)
    left = a + b < 0
    near, far = g.switch(left, b, -a), g.switch(left, a, -b)
    outer, inner = g.log_normal_cdf(far), g.log_normal_cdf(near)
    return g.switch(exact, density, inner + g.log1mexp(g.minimum(outer - inner, -_TINY)))


#: Statistics beyond this many standard errors do not occur.
_FAR = 1e6
_TINY = 1e-12


def _random_statistic(
    mu: Any,
    sd: Any,
    low: Any,
    high: Any,
    directed: Any,
    rng: np.random.Generator | None = None,
    size: Any = None,
) -> Any:
    """Draws of the statistic itself, before it is known only as an interval."""
    generator = np.random.default_rng() if rng is None else rng
    return generator.normal(mu, sd, size=size)
