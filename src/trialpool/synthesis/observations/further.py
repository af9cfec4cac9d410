"""Further thresholds of patients who are counted already: an ordered multinomial, read in steps.

On the bounded scales of pain the shares at two thresholds do not fit one normal distribution
(docs/decisions/0003), so the distance between thresholds is free: a step on the probit scale, one
for each trial, month and threshold, common to the arms. What a further threshold then says is how
the arms differ. Given the count at the nearer threshold, the next one is binomial:

    P(beyond k | beyond k - 1) = Phi(z - D[k]) / Phi(z - D[k-1]),    D[k] = sum of the steps to k
"""

from __future__ import annotations

from typing import Any

import numpy as np

from trialpool import graph as g
from trialpool.synthesis.design import Design
from trialpool.synthesis.observations.courses import Term

#: A share of the patients nearer than this to 0 or 1 has no gradient.
_TINY = 1e-12


def further_term(design: Design, z: Any, given: Any, step: Any) -> Term:
    """Counts at further thresholds given the nearer ones.

    Parameters
    ----------
    design : Design
    z, given : (count_report,)
        Probit of a response at the first threshold, of new patients and given the shared errors.
    step : (threshold_step,)
        Distances between neighbouring thresholds, probit, positive.

    Returns
    -------
    Term
    """
    rows = design.further
    # Counted from the first threshold outwards: responders at harder ones, the others at easier.
    beyond = g.Data(
        "further_beyond",
        np.where(rows.harder, rows.count, rows.n - rows.count),
        dims="further_report",
    )
    nearer = g.Data("further_nearer", rows.nearer, dims="further_report")
    # With these two a reader of the posterior gets the responders back.
    n = g.Data("further_n", rows.n, dims="further_report")
    harder = g.Data("further_harder", rows.harder.astype(float), dims="further_report")
    side = 2 * harder - 1
    to_this = g.times(rows.steps, step)
    to_nearer = g.times(rows.steps_nearer, step)
    start = side * given[rows.first]
    log_share = g.log_normal_cdf(start - to_this) - g.log_normal_cdf(start - to_nearer)
    share = g.clip(g.exp(log_share), _TINY, 1 - _TINY)
    reports = g.Binomial("further_reports", nearer, share, observed=beyond, dims="further_report")
    passed = g.exp(g.log_normal_cdf(side * z[rows.first] - to_this))
    expected = g.switch(harder > 0, passed, 1 - passed)
    return Term(
        g.logp(reports, beyond),
        design.network.trial[rows.arm],
        rows.row,
        expected,
        g.sqrt(expected * (1 - expected) / n),
    )
