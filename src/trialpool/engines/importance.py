"""Draws of a few numbers from any log density, by importance sampling that checks itself.

Proposals are multivariate Student t. Their mean and covariance are those of weighted draws, round
after round, the density tempered at first so that a poor beginning does not matter (adaptive
importance sampling: Cappe et al. 2004, doi:10.1198/106186004X12803; Bugallo et al. 2017,
doi:10.1109/MSP.2017.2699226). Two adaptations that know nothing of each other must agree, and the
weights must have a tail that is light enough (Pareto k: Vehtari et al. 2024, arXiv:1507.02646).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from trialpool.engines.pareto import pareto_k
from trialpool.engines.peak import curvature

Values = NDArray[np.float64]
LogDensity = Callable[[Values], Values]

#: Degrees of freedom of proposals of few numbers: tails heavier than those of the posterior of a
#: scale. Of more numbers there are as many, or most draws would be far out in one of them.
_NU = 6.0
#: Variance of a proposal over that of the draws it was made from.
_WIDER = 1.2
#: Rounds of an adaptation at most, and effective share of draws that is good enough to stop.
_ROUNDS, _GOOD = 12, 0.75
#: It stops too where the share has risen less than by this factor.
_RISE = 1.25
#: The search for the peak of an adaptation begins so far from the start, in SDs.
_APART = 0.5
#: A round has at least so many draws, so many for each number, and so many more for each nested
#: one.
_BASE, _EACH, _NESTED = 300, 60, 5
#: Share of the last draws of one number that come from proposals so many times as wide, for long
#: tails (defensive mixture: Hesterberg 1995, doi:10.1080/00401706.1995.10484303); less of several,
#: of which few would be where the mass is.
_DEFENCE, _SPREAD = 0.2, 4.0
#: Where the weights are still uneven, so many times a part with this share is added.
_REPAIRS, _REPAIR = 4, 0.1
#: Least effective share of the last weights, and largest Pareto k, that are trusted.
LEAST_SHARE, LARGEST_K = 0.05, 0.7
#: Effective draws aimed at for each one asked for, and most further draws for each.
_ENOUGH, _MOST = 0.6, 11
#: Means of the two adaptations may differ by so many standard errors.
_AGREE = 5.0


class DistrustError(Exception):
    """What the check found wrong, in words."""


@dataclass(frozen=True)
class Weighted:
    """Draws with weights.

    Attributes
    ----------
    points : (draw, number)
    log_weight : (draw,)
        Unnormalised: their mean estimates the constant of the density.
    pareto_k, share : float
        Tail of the weights; effective number over number.
    """

    points: Values
    log_weight: Values
    pareto_k: float
    share: float

    @property
    def log_constant(self) -> float:
        """Log of the integral of the density."""
        return float(logsumexp(self.log_weight) - np.log(len(self.log_weight)))


@dataclass(frozen=True)
class _Proposal:
    """Student t of the first numbers, independent normals of SD 1 of the nested ones."""

    mean: Values
    factor: Values

    @property
    def nu(self) -> float:
        return _degrees_of_freedom(self.factor)

    def draw(self, rng: np.random.Generator, size: int) -> Values:
        d = len(self.factor)
        z = rng.normal(size=(size, self.mean.size))
        z[:, :d] /= np.sqrt(rng.chisquare(self.nu, size=size) / self.nu)[:, None]
        z[:, :d] = z[:, :d] @ self.factor.T
        return np.asarray(self.mean + z)

    def log_density(self, points: Values) -> Values:
        d, nu, apart = len(self.factor), self.nu, points - self.mean
        z = np.linalg.solve(self.factor, apart[:, :d].T)
        constant = gammaln((nu + d) / 2) - gammaln(nu / 2) - d / 2 * np.log(nu * np.pi)
        tail = np.log1p((z**2).sum(axis=0) / nu)
        first = constant - np.log(np.diag(self.factor)).sum() - (nu + d) / 2 * tail
        nested = (apart[:, d:] ** 2).sum(axis=1) + (self.mean.size - d) * np.log(2 * np.pi)
        return np.asarray(first - 0.5 * nested)


def importance_sample(
    log_density: LogDensity,
    start: Values,
    size: int,
    rng: np.random.Generator,
    *,
    nested: int = 0,
) -> Weighted:
    """Weighted draws of a density.

    Parameters
    ----------
    log_density : callable
        Of points (n, number); minus infinity where there is none.
    start : (number,)
        A point within a few units of where the mass is; numbers should be about as wide as 1.
    size : int
        Number of draws; several times as many where few of them are effective.
    rng : numpy.random.Generator
    nested : int
        Further numbers, which are independent standard normals but for a little.

    Raises
    ------
    DistrustError
        If the draws would not be those of the density.
    """
    proposals, means, errors = [], [], []
    for own in rng.spawn(2):
        proposal, points, weight = _adapted(log_density, start, nested, own)
        proposals.append(proposal)
        means.append(weight @ points)
        errors.append(np.sqrt(weight**2 @ (points - means[-1]) ** 2))
    gap = abs(means[0] - means[1]) / np.hypot(*errors)
    if (gap > _AGREE).any():
        raise DistrustError(
            f"two adaptations disagree: means {gap.max():.1f} standard errors apart"
        )
    mixture, fault = _mixture_of(proposals), None
    for _ in range(_REPAIRS + 1):
        points, log_weight = mixture.weighted(log_density, size, rng)
        # The fewer are effective, the more are needed.
        more = min(_MOST, int(np.ceil(_ENOUGH / max(_share(log_weight), LEAST_SHARE))) - 1)
        if more > 0:
            further = mixture.weighted(log_density, more * size, rng)
            points = np.concatenate([points, further[0]])
            log_weight = np.concatenate([log_weight, further[1]])
        share, k = _share(log_weight), pareto_k(log_weight)
        if share >= LEAST_SHARE and k <= LARGEST_K:
            return Weighted(points, log_weight, k, share)
        fault = f"importance weights are uneven: Pareto k {k:.2f}, {100 * share:.0f} % effective"
        if not share:
            break
        mixture = mixture.repaired(points, log_weight)
    raise DistrustError(fault)


@dataclass(frozen=True)
class _Mixture:
    parts: tuple[_Proposal, ...]
    shares: tuple[float, ...]

    def weighted(
        self, log_density: LogDensity, size: int, rng: np.random.Generator
    ) -> tuple[Values, Values]:
        """Draws, and their log weights."""
        counts = rng.multinomial(size, self.shares)
        drawn = [part.draw(rng, count) for part, count in zip(self.parts, counts, strict=True)]
        points = np.concatenate(drawn)[rng.permutation(size)]
        both = zip(self.parts, self.shares, strict=True)
        logs = [part.log_density(points) + np.log(share) for part, share in both]
        return points, log_density(points) - logsumexp(logs, axis=0)

    def repaired(self, points: Values, log_weight: Values) -> _Mixture:
        """With a part more where the weights are largest, as wide as the draws next to it are.

        Incremental mixture importance sampling (Raftery and Bao 2010,
        doi:10.1111/j.1541-0420.2010.01399.x).
        """
        d = len(self.parts[0].factor)
        centre = points[np.nanargmax(log_weight)]
        apart = np.linalg.solve(self.parts[0].factor, (points - centre)[:, :d].T)
        near = np.argsort((apart**2).sum(axis=0))[: max(len(points) // 10, 10 * d)]
        weight = np.exp(log_weight[near] - logsumexp(log_weight)) + 1 / len(points)
        centred = (points[near] - centre)[:, :d]
        covariance = (weight / weight.sum() * centred.T) @ centred
        mean = np.concatenate([centre[:d], self.parts[0].mean[d:]])
        part = _Proposal(mean, _factor(_rounded(covariance)))
        kept = tuple((1 - _REPAIR) * share for share in self.shares)
        return _Mixture((*self.parts, part), (*kept, _REPAIR))


def _mixture_of(proposals: list[_Proposal]) -> _Mixture:
    """Two proposals and the same but wider."""
    wide = _DEFENCE / np.sqrt(len(proposals[0].factor))
    parts = [*proposals, *(replace(p, factor=_SPREAD * p.factor) for p in proposals)]
    return _Mixture(tuple(parts), ((1 - wide) / 2, (1 - wide) / 2, wide / 2, wide / 2))


def _share(log_weight: Values) -> float:
    if not np.isfinite(log_weight).any():
        return 0.0
    return float(np.exp(2 * logsumexp(log_weight) - logsumexp(2 * log_weight)) / len(log_weight))


def _adapted(
    log_density: LogDensity, start: Values, nested: int, rng: np.random.Generator
) -> tuple[_Proposal, Values, Values]:
    """A proposal, and the draws of the last round with their weights."""
    d = start.size
    size = max(_BASE, _EACH * d) + _NESTED * nested

    def without_nested(u: Values) -> Values:
        return log_density(np.hstack([u, np.zeros((len(u), nested))]))

    peak, covariance = curvature(without_nested, start + _APART * rng.normal(size=d))
    proposal = _Proposal(np.concatenate([peak, np.zeros(nested)]), _factor(covariance))
    last = 0.0
    for _ in range(_ROUNDS):
        points = proposal.draw(rng, size)
        log_weight = log_density(points) - proposal.log_density(points)
        if not np.isfinite(log_weight).any():
            raise DistrustError("no draw of the first round has a density")
        power = _power(log_weight, max(0.15 * size, 8 * d))
        weight = np.exp(power * log_weight - logsumexp(power * log_weight))
        share = _share(log_weight)
        if power == 1 and (share > _GOOD or share < _RISE * last):
            return proposal, points, weight
        last = share if power == 1 else 0.0
        mean = weight @ points
        centred = points[:, :d] - mean[:d]
        covariance = (weight * centred.T) @ centred
        proposal = _Proposal(mean, _factor(_rounded(covariance)))
    raise DistrustError(f"the adaptation did not settle within {_ROUNDS} rounds")


def _rounded(covariance: Values) -> Values:
    """A covariance that is positive definite in spite of rounding."""
    d = len(covariance)
    return np.asarray(covariance + 1e-10 * np.trace(covariance) / d * np.eye(d))


def _degrees_of_freedom(matrix: Values) -> float:
    return max(_NU, float(len(matrix)))


def _factor(covariance: Values) -> Values:
    nu = _degrees_of_freedom(covariance)
    return np.asarray(np.linalg.cholesky(_WIDER * (nu - 2) / nu * covariance))


def _power(log_weight: Values, effective: float) -> float:
    """Largest power of the weights, up to 1, at which so many draws are effective."""
    if _share(log_weight) * len(log_weight) >= effective:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        if _share(middle * log_weight) * len(log_weight) >= effective:
            low = middle
        else:
            high = middle
    return low


def independence_chain(
    weighted: Weighted, chains: int, draws: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Places of draws that follow the density exactly, (chain, draw).

    Metropolis chains whose proposals are the weighted draws (independence sampler: Tierney 1994,
    doi:10.1214/aos/1176325750); each kept draw follows on several proposals.
    """
    each = len(weighted.points) // chains
    steps = each // draws
    log_weight = weighted.log_weight[: chains * each].reshape(chains, each)
    accept = np.log(rng.uniform(size=log_weight.shape))
    found = np.empty((chains, draws), dtype=np.int64)
    for chain in range(chains):
        # Begin at a draw of the weighted ones, so that no warm-up is needed.
        own = np.exp(log_weight[chain] - log_weight[chain].max())
        at = int(rng.choice(each, p=own / own.sum()))
        for step in range(steps * draws):
            if accept[chain, step] < log_weight[chain, step] - log_weight[chain, at]:
                at = step
            if (step + 1) % steps == 0:
                found[chain, step // steps] = chain * each + at
    return found
