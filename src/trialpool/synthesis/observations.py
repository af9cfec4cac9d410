"""From the latent courses to each printed number: one function a family of rows.

Every number that an arm prints is a view of the same patients' scores ``Y``, a linear form ``at
Y(t) + a0 Y(0)``. With compound symmetry (SD ``s``, correlation ``rho``) the error of its mean over
n patients has three independent parts, each times ``1 / sqrt(n)``:

    s sqrt(rho) (at + a0) b        the patients' general level, shared by all rows of the arm
    s sqrt(1 - rho) a0 e0          their baseline visit, shared by all rows that look back at it
    s sqrt(1 - rho) at e(t)        the visit itself

A printed baseline mean shows ``e0``. Responders are counted among the same patients: given the
shared errors the count varies less than a binomial, by the double binomial of Efron (1986,
doi:10.1080/01621459.1986.10478327) with ``theta = 1 / (1 - shared phi(z)^2 / (p (1 - p)))``, which
leaves its total variance binomial. Derivation: ``docs/model.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.special import xlogy
from scipy.special import gammaln
from scipy.special import xlogy as np_xlogy

from trialpool.synthesis.design import Design
from trialpool.synthesis.network import Index

#: SDs of one arm differ between visits, by about this much on the log scale.
VISIT_LOG_SD = 0.15
#: Beyond this many SDs a normal probability is 0 or 1 in double precision and its logarithm
#: useless.
PROBIT_BOUND = 7.0


@dataclass(frozen=True)
class Courses:
    """What the rows look at, as PyTensor variables; points of 100, lower is better, gains positive.

    Attributes
    ----------
    gain : (trial_arm, months)
        Benefit of an arm over its trial's reference arm.
    baseline : (trial,)
        Mean before treatment, common to the arms of a trial.
    change : (visit,)
        Change of the reference arm since baseline.
    spread : (trial_arm,)
        SD between patients.
    rho : ()
        Correlation between two visits.
    """

    gain: Any
    baseline: Any
    change: Any
    spread: Any
    rho: Any


@dataclass(frozen=True)
class SharedErrors:
    """Errors shared by the rows of an arm, (trial_arm,), in points times ``sqrt(n)``."""

    level: Any
    at_baseline: Any


@dataclass(frozen=True)
class Term:
    """One family of rows in the likelihood.

    ``log_density`` by row; ``trial`` of each row; ``row`` its place among the used reports (empty
    where the term says no more about a report than another does); ``expected`` value and ``sd`` of
    a new report like it.
    """

    log_density: Any
    trial: Index
    row: Index
    expected: Any
    sd: Any


def shared_errors(design: Design, courses: Courses) -> SharedErrors:
    """Latent shared errors of the arms with several numbers; zero for the others."""
    where = np.flatnonzero(design.repeated)
    zeros = pt.zeros(len(design.network.arms))
    if not where.size:
        return SharedErrors(zeros, zeros)
    level = pt.set_subtensor(zeros[where], pm.Normal("level_error_z", 0, 1, dims="repeated_arm"))
    visit = pt.set_subtensor(zeros[where], pm.Normal("baseline_error_z", 0, 1, dims="repeated_arm"))
    return SharedErrors(
        level=courses.spread * pt.sqrt(courses.rho) * level,
        at_baseline=courses.spread * pt.sqrt(1 - courses.rho) * visit,
    )


def _choose(mask: NDArray[np.bool_], yes: Any, no: Any) -> Any:
    """``yes`` where the mask holds, else ``no``; a mask all of one kind costs no graph."""
    if mask.all():
        return yes
    return pt.switch(mask, yes, no) if mask.any() else no


def _form_sd(spread: Any, rho: Any, at: Any, a0: Any) -> Any:
    """SD between patients of ``at Y(t) + a0 Y(0)``."""
    return spread * pt.sqrt(at**2 + a0**2 + 2 * rho * at * a0)


def _change(courses: Courses, visit: Index, arm: Index, month: Index) -> Any:
    """Mean change since baseline of each row's arm; 0 at baseline (visit -1)."""
    padded = pt.concatenate([courses.change, pt.zeros(1)])
    return padded[visit] - np.where(visit >= 0, 1.0, 0.0) * courses.gain[arm, month]


def mean_terms(
    design: Design, courses: Courses, shared: SharedErrors
) -> tuple[list[Term], SharedErrors]:
    """Means and changes: normal around ``k0 m(0) + kt change(t)``; printed SDs inform the spread.

    A printed SD is itself an estimate: mean and SD of a visit are read together, the SE of the mean
    coming from the visit's true SD, which lies within ``VISIT_LOG_SD`` of the arm's.

    Returns
    -------
    terms : list of Term
    shared : SharedErrors
        With the baseline error of arms that print a baseline mean replaced by the one seen.
    """
    rows = design.means
    trial = design.network.trial[rows.arm]
    at = rows.kt
    at_baseline = rows.visit < 0
    a0 = np.where(at_baseline, 1.0, rows.k0 - 1.0)
    y = pm.Data("mean_y", rows.y, dims="mean_report")
    n = pm.Data("mean_n", rows.n, dims="mean_report")
    form_sd = _form_sd(courses.spread[rows.arm], courses.rho, at, a0)
    terms: list[Term] = []
    printed = np.flatnonzero(np.isfinite(rows.sd))
    per_point = 1 / pt.sqrt(n)
    if printed.size:
        of_visit = pt.exp(VISIT_LOG_SD * pm.Normal("visit_sd_z", 0, 1, dims="sd_report"))
        form_sd = pt.set_subtensor(form_sd[printed], form_sd[printed] * of_visit)
        per_point = pt.set_subtensor(per_point[printed], per_point[printed] * of_visit)
        log_sd = pm.Data("log_sd", np.log(rows.sd[printed]), dims="sd_report")
        error = 1 / pt.sqrt(2 * (n[printed] - 1))
        spreads = pm.Normal(
            "sd_reports", pt.log(form_sd[printed]), error, observed=log_sd, dims="sd_report"
        )
        nothing = np.zeros(0, dtype=np.int64)
        terms.append(Term(pm.logp(spreads, log_sd), trial[printed], nothing, None, None))
    se = form_sd / pt.sqrt(n)

    expected = rows.k0 * courses.baseline[trial] + _change(
        courses, rows.visit, rows.arm, rows.month
    )
    after_level = expected + per_point * (at + a0) * shared.level[rows.arm]
    seen = np.flatnonzero(at_baseline & design.repeated[rows.arm])
    if seen.size:
        visible = (y - after_level)[seen] / per_point[seen]
        shared = SharedErrors(
            shared.level, pt.set_subtensor(shared.at_baseline[rows.arm[seen]], visible)
        )
    looks_back = np.where(at_baseline, 0.0, a0)
    mu = after_level + per_point * looks_back * shared.at_baseline[rows.arm]
    own_share = (1 - courses.rho) / (at**2 + a0**2 + 2 * courses.rho * at * a0)
    own_sd = se * pt.sqrt(_choose(design.repeated[rows.arm], own_share, 1.0))
    reports = pm.Normal("mean_reports", mu, own_sd, observed=y, dims="mean_report")
    terms.append(Term(pm.logp(reports, y), trial, rows.row, expected, se))
    return terms, shared


def difference_term(design: Design, courses: Courses) -> Term:
    """Printed differences, arm minus versus: normal around minus the gain of arm over versus."""
    rows = design.differences
    y = pm.Data("difference_y", rows.y, dims="difference_report")
    se = pm.Data("difference_se", rows.se, dims="difference_report")
    expected = -(courses.gain[rows.arm, rows.month] - courses.gain[rows.versus, rows.month])
    repeated = np.flatnonzero(np.bincount(rows.pair) > 1)
    mu, own = expected, np.ones(len(rows.y))
    if repeated.size:
        # The same patients at each visit: differences of one pair of arms share rho of their error.
        z = pm.Normal("pair_error_z", 0, 1, dims="repeated_pair")
        by_pair = pt.set_subtensor(pt.zeros(len(design.pairs))[repeated], z)
        inside = np.isin(rows.pair, repeated)
        mu = expected + se * pt.sqrt(courses.rho) * by_pair[rows.pair]
        own = _choose(inside, pt.sqrt(1 - courses.rho), 1.0)
    reports = pm.Normal("difference_reports", mu, se * own, observed=y, dims="difference_report")
    return Term(pm.logp(reports, y), design.network.trial[rows.arm], rows.row, expected, se)


def count_term(design: Design, courses: Courses, shared: SharedErrors, cutoff: Any) -> Term:
    """Responders: double binomial, P from the bivariate normal of baseline and visit.

    ``Y(t) <= keep Y(0) - points`` is one normal event. Where the threshold is not printed,
    ``cutoff`` (probit of the reference arm) stands for it and the arms differ by their benefits
    over the SD of a change.
    """
    rows = design.counts
    trial = design.network.trial[rows.arm]
    count = pm.Data("responders", rows.count, dims="count_report")
    n = pm.Data("count_n", rows.n, dims="count_report")
    a0 = -rows.keep
    form_sd = _form_sd(courses.spread[rows.arm], courses.rho, 1.0, a0)

    baseline = courses.baseline[trial]
    change = _change(courses, rows.visit, rows.arm, rows.month)
    printed = rows.cutoff < 0
    form_mean = (1 - rows.keep) * baseline + change + rows.points
    padded = pt.concatenate([cutoff, pt.zeros(1)])
    z = _choose(
        printed,
        -form_mean / form_sd,
        padded[rows.cutoff] + courses.gain[rows.arm, rows.month] / form_sd,
    )
    error = ((1 + a0) * shared.level[rows.arm] + a0 * shared.at_baseline[rows.arm]) / pt.sqrt(n)
    shifted = pt.clip(z - error / form_sd, -PROBIT_BOUND, PROBIT_BOUND)

    own_share = (1 - courses.rho) / (1 + a0**2 + 2 * courses.rho * a0)
    shared_share = _choose(design.repeated[rows.arm], 1 - own_share, 0.0)
    p = _normal_cdf(shifted)
    theta = _dispersion(shifted, p, shared_share)
    pm.CustomDist(
        "count_reports",
        n,
        p,
        theta,
        logp=double_binomial_logp,
        random=_random_counts,
        observed=count,
        dims="count_report",
    )
    expected = _normal_cdf(z)
    return Term(
        double_binomial_logp(count, n, p, theta),
        trial,
        rows.row,
        expected,
        pt.sqrt(expected * (1 - expected) / n),
    )


def _normal_cdf(z: Any) -> Any:
    return 0.5 * pt.erfc(-z / np.sqrt(2.0))


def _dispersion(z: Any, p: Any, shared_share: Any) -> Any:
    """Efron's theta of a count that shares ``shared_share`` of its variance with other rows."""
    density = pt.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    return 1 / (1 - shared_share * density**2 / (p * _normal_cdf(-z)))


def double_binomial_logp(count: Any, total: Any, p: Any, theta: Any) -> Any:
    """Log density of Efron's double binomial; the binomial itself at ``theta = 1``.

    ``theta^(1/2) f(k; n, k/n)^(1 - theta) f(k; n, p)^theta`` with its normalising constant taken
    as 1, which Efron shows to be accurate to order 1/n.
    """
    misses = total - count
    choose = pt.gammaln(total + 1) - pt.gammaln(count + 1) - pt.gammaln(misses + 1)
    saturated = xlogy(count, count) + xlogy(misses, misses) - xlogy(total, total)
    fitted = count * pt.log(p) + misses * pt.log1p(-p)
    return 0.5 * pt.log(theta) + choose + saturated + theta * (fitted - saturated)


def _random_counts(
    total: Any, p: Any, theta: Any, rng: np.random.Generator | None = None, size: Any = None
) -> Any:
    """Draws of the double binomial, by its distribution function over 0 to ``total``."""
    generator = np.random.default_rng() if rng is None else rng
    shape = np.broadcast_shapes(*(np.shape(value) for value in (total, p, theta)))
    shape = shape if size is None else tuple(np.atleast_1d(size))
    n, p, theta = (np.broadcast_to(value, shape)[..., None] for value in (total, p, theta))
    k = np.arange(int(np.max(n, initial=0)) + 1)
    misses = np.maximum(n - k, 0)
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(misses + 1)
    saturated = np_xlogy(k, k) + np_xlogy(misses, misses) - np_xlogy(n, n)
    fitted = k * np.log(p) + misses * np.log1p(-p)
    log_weight = np.where(k <= n, choose + saturated + theta * (fitted - saturated), -np.inf)
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    share = np.cumsum(weight, axis=-1) / weight.sum(axis=-1, keepdims=True)
    return (generator.uniform(size=shape)[..., None] > share).sum(axis=-1).astype(float)
