"""Likelihood of each trial with the numbers that are its own integrated out.

    L[i](theta) = integral of p(y[i] | phi, theta) p(phi | theta) dphi,    phi the own numbers of i

For each draw of ``theta`` Newton's method finds the mode and the curvature in ``phi``; draws from
Student's t around the mode, weighted by what the integrand is there, estimate the integral. Own
numbers of different trials do not meet, so one evaluation of the model serves all trials.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import gammaln, logsumexp

from trialpool.averaging.density import Density, Index, Values

#: Degrees of freedom of the proposal, tails that cover those of the integrand.
_NU = 8.0
#: Width of the proposal over that of the normal curve at the mode: too wide costs a few draws,
#: too narrow a bias that nothing shows.
_WIDER = 1.1
#: Newton's steps at one draw in the middle; a nearly normal integrand needs one or two.
_STEPS = 4
#: Log density below the top from which no further step is needed.
_NEAR = 0.5
#: Points evaluated together, at most; more cost memory and gain nothing.
_TOGETHER = 2000
#: Half the distance of points in finite differences, in posterior SDs: the second difference of a
#: log density near 100 keeps ten digits.
_STEP = 0.02
#: Least curvature, in units of the posterior precision. Given theta a number is known at least as
#: well as without, unless there the log density is not concave.
_FLAT = 0.1
#: Shares of a step that are tried.
_DAMPED = (1.0, 0.5, 0.2, 0.05)


#: Log likelihood where there is none, finite so that differences of it are.
_NOWHERE = -1e6


@dataclass(frozen=True)
class TrialLikelihood:
    """Estimates of ``L[i](theta)``.

    Attributes
    ----------
    log_value : (draw, trial)
        Log likelihood of the trial.
    log_powered : (draw, trial)
        The same with the likelihood to the power at which the trial enters the posterior.
    effective : (draw, trial)
        Effective number of the draws behind the integral, of ``copies``.
    copies : int
    """

    log_value: Values
    log_powered: Values
    effective: Values
    copies: int


class OwnNumbers:
    """The trials' own numbers in standard units, side by side: (draw, trial, number).

    Parameters
    ----------
    density : Density
    own : list of arrays of int
        Elements of each trial, `Density.own`; an empty array leaves a trial as it is.
    centre, scale : (element,)
        Units of the numbers: means and SDs of the posterior.
    """

    def __init__(self, density: Density, own: list[Index], centre: Values, scale: Values) -> None:
        self.density = density
        self.count = np.array([len(elements) for elements in own])
        self.width = int(self.count.max(initial=0))
        self.real = np.arange(self.width) < self.count[:, None]
        self.elements = np.concatenate([*own, np.zeros(0, dtype=np.int64)]).astype(np.int64)
        self.centre = centre[self.elements]
        self.scale = np.where(scale > 0, scale, 1.0)[self.elements]
        self.member = np.zeros((len(own), density.size))
        for trial, elements in enumerate(own):
            self.member[trial, elements] = 1.0
        of_trial = np.repeat(np.arange(len(own)), self.count)
        #: Log volume of a unit of each trial's numbers.
        self.log_unit = np.bincount(of_trial, np.log(self.scale), minlength=len(own))

    def __call__(self, points: Values, numbers: Values) -> tuple[Values, Values]:
        """Log likelihood and log prior of the own numbers, (draw, trial) each, in standard units.

        Parameters
        ----------
        points : (draw, element)
            Whatever stands there for own numbers is replaced.
        numbers : (draw, trial, number)
        """
        moved = points.copy()
        moved[:, self.elements] = self.centre + self.scale * numbers[:, self.real]
        log_lik, log_prior = self.density(moved)
        # What cannot be computed is far out: it has no weight, and Newton's method turns back.
        log_lik = np.nan_to_num(log_lik, nan=_NOWHERE, neginf=_NOWHERE)
        return log_lik, log_prior @ self.member.T + self.log_unit

    def joint(self, points: Values, numbers: Values) -> Values:
        """Log likelihood plus log prior, (draw, trial)."""
        log_lik, log_prior = self(points, numbers)
        return log_lik + log_prior


def trial_likelihood(
    own: OwnNumbers, points: Values, power: Values, *, copies: int, rng: np.random.Generator
) -> TrialLikelihood:
    """Integrate out every trial's own numbers at each draw.

    Parameters
    ----------
    own : OwnNumbers
    points : (draw, element)
        Draws of the posterior, or of one without some of the trials.
    power : (trial,)
        Weight at which each trial enters the posterior.
    copies : int
        Draws of the own numbers for each draw of the others.
    rng : numpy.random.Generator
    """
    mode, half = _modes(own, points)
    real, count = own.real, own.count
    # Padding has the factor _WIDER, which belongs to no number.
    volume = (np.log(np.diagonal(half, axis1=-2, axis2=-1)) * real).sum(axis=-1)
    constant = gammaln((_NU + count) / 2) - gammaln(_NU / 2) - count / 2 * np.log(_NU * np.pi)
    values, powered = [], []
    for _ in range(copies):
        z = rng.normal(size=mode.shape) * real
        z /= np.sqrt(rng.chisquare(_NU, size=mode.shape[:2]) / _NU)[..., None]
        log_lik, log_prior = own(points, mode + np.einsum("stij,stj->sti", half, z))
        tail = np.log1p((z**2).sum(axis=-1) / _NU)
        log_proposal = constant - (_NU + count) / 2 * tail - volume
        values.append(log_lik + log_prior - log_proposal)
        powered.append(power * log_lik + log_prior - log_proposal)
    log_value = logsumexp(values, axis=0)
    effective = np.exp(2 * log_value - logsumexp(2 * np.array(values), axis=0))
    # Without own numbers every copy is the value itself, and no draw is lost.
    return TrialLikelihood(
        log_value - np.log(copies), logsumexp(powered, axis=0) - np.log(copies), effective, copies
    )


def _modes(own: OwnNumbers, points: Values) -> tuple[Values, Values]:
    """Modes (draw, trial, number), and the proposal's ``half`` with ``half half'`` = its scale."""
    mode = np.zeros((1, *own.real.shape))
    if not own.width:
        return np.repeat(mode, len(points), axis=0), np.zeros((len(points), len(own.real), 0, 0))
    # At one draw in the middle steps cost next to nothing; from its mode the others are near.
    middle = points.mean(axis=0, keepdims=True)
    for _ in range(_STEPS):
        mode, covariance, _ = _newton(own, middle, mode, None)
    mode, _, _ = _newton(own, points, np.repeat(mode, len(points), axis=0), covariance)
    half = np.zeros((*mode.shape, own.width))
    far = np.arange(len(points))
    for _ in range(_STEPS):
        mode[far], covariance, gain = _newton(own, points[far], mode[far], None)
        half[far] = np.linalg.cholesky(_WIDER**2 * covariance)
        far = far[(gain > _NEAR).any(axis=1)]
        if not far.size:
            break
    return mode, half


def _newton(
    own: OwnNumbers, points: Values, at: Values, covariance: Values | None
) -> tuple[Values, Values, Values]:
    """One step uphill, by the inverse curvature that is given or else by the one found here.

    Returns where it leads, the inverse curvature, and how far below the top it thought it was.
    """
    unit = _STEP * np.eye(own.width)
    pairs = [(j, k) for j, k in combinations(range(own.width), 2) if (own.real[:, k]).any()]
    offsets = [np.zeros(own.width), *unit, *-unit]
    if covariance is None:
        offsets += [unit[j] + unit[k] for j, k in pairs]
    height, *rest = _heights(own, points, at, np.array(offsets))
    up, down = (
        np.stack(part, axis=-1) for part in (rest[: own.width], rest[own.width :][: own.width])
    )
    slope = (up - down) / (2 * _STEP)
    if covariance is None:
        curvature = np.zeros((*at.shape, own.width))
        own_place = np.arange(own.width)
        curvature[..., own_place, own_place] = (
            ~own.real - (up + down - 2 * height[..., None]) / _STEP**2
        )
        for (j, k), both in zip(pairs, rest[2 * own.width :], strict=True):
            mixed = (both - up[..., j] - up[..., k] + height) / _STEP**2
            curvature[..., j, k] = curvature[..., k, j] = -mixed
        size, axes = np.linalg.eigh(curvature)
        covariance = (axes / np.maximum(size, _FLAT)[..., None, :]) @ axes.swapaxes(-1, -2)
    step = np.einsum("...ij,...j->...i", covariance, slope)
    gain = 0.5 * (slope * step).sum(axis=-1)
    return _damped(own, points, at, step, height), covariance, gain


def _heights(own: OwnNumbers, points: Values, at: Values, offsets: Values) -> list[Values]:
    """Log density at each offset from ``at``, (draw, trial) each."""
    found: list[Values] = []
    together = max(1, _TOGETHER // len(points))
    for start in range(0, len(offsets), together):
        block = offsets[start : start + together]
        moved = (at + block[:, None, None, :]).reshape(-1, *at.shape[1:])
        height = own.joint(np.tile(points, (len(block), 1)), moved)
        found += list(height.reshape(len(block), len(points), -1))
    return found


def _damped(own: OwnNumbers, points: Values, at: Values, step: Values, height: Values) -> Values:
    """The longest of a few shares of the step that leads up; where none does, stay."""
    reached = at
    done = np.zeros(height.shape, dtype=bool)
    for share in _DAMPED:
        tried = np.where(done[..., None], reached, at + share * step)
        better = ~done & (own.joint(points, tried) > height)
        reached = np.where(better[..., None], tried, reached)
        done |= better
        if done.all():
            break
    return reached
