"""Posteriors of two peaks for each test without a direction: those tests come in by steps.

"p = 0.01" of a source that does not say which arm did better fits a benefit and a harm. Chains of
NUTS stay on the peak where they begin, so that the share of each would be decided by the starts.
Without these tests there is one peak. From its draws a sequence of densities leads to the posterior
(sequential Monte Carlo, Del Moral et al. 2006, doi:10.1111/j.1467-9868.2006.00553.x): each step
gives the tests a larger share of their log density, draws the points anew by how well they fit, and
moves them by Hamiltonian trajectories. Points cross between the peaks while these are still joined.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from trialpool.engines.machine import at_point
from trialpool.errors import EngineError
from trialpool.evidence import Evidence
from trialpool.graph import Graph
from trialpool.graph.program import Program

Values = NDArray[np.float64]
Rng = np.random.Generator

#: Effective share of the points that a step leaves.
_LEFT = 0.5
#: Trajectories of each point after a step, and the most leaps of one.
_SWEEPS, _LEAPS = 5, 16
#: Acceptance rate aimed at, and how fast the length of a leap follows it.
_ACCEPTANCE, _FOLLOW = 0.8, 0.5
#: First length of a leap, in standard deviations of the points.
_LEAP = 0.2


def count_unsigned(given: Any) -> int:
    """How many tests of the evidence, or of several outcomes, do not say which arm did better."""
    if isinstance(given, Mapping):
        return sum(count_unsigned(evidence) for evidence in given.values())
    # Evidence of one number a study or an arm has no tests.
    return int(_unsigned(given).sum()) if "z_low" in given.reports else 0


def easy_graph(model: Any, given: Any) -> Graph | None:
    """The model without what these tests say; None where there are none."""
    return model.graph(without_unsigned(given)) if count_unsigned(given) else None


def without_unsigned(given: Any) -> Any:
    """The same evidence, in which any statistic of these tests is as likely as any other."""
    if isinstance(given, Mapping):
        return {name: without_unsigned(evidence) for name, evidence in given.items()}
    reports, unsigned = given.reports, _unsigned(given)
    return replace(
        given,
        reports=reports.assign(
            z_low=reports["z_low"].mask(unsigned, -math.inf),
            z_high=reports["z_high"].mask(unsigned, math.inf),
            directed=reports["directed"] | unsigned,
        ),
    )


def _unsigned(evidence: Evidence) -> Any:
    """Rows of tests that rule out a difference of zero and have no sign."""
    return (evidence.reports["z_low"] > 0) & ~evidence.reports["directed"].astype(bool)


def anneal_chains(easy: Program, full: Program, points: Values, seed: int) -> Values:
    """Each chain on its own way, so that R-hat compares the shares that they found.

    Parameters
    ----------
    easy, full : Program
        Log densities without the tests and with them, of the same elements.
    points : (chain, draw, element)
        Of the density ``easy``.
    seed : int

    Returns
    -------
    (chain, draw, element)
        Of the density ``full``; draws of the same ancestor stand together.
    """

    def one(chain: int) -> Values:
        return anneal(easy, full, points[chain], np.random.default_rng([seed, 2, chain]))

    with ThreadPoolExecutor(min(len(points), os.cpu_count() or 1)) as pool:
        return np.stack(list(pool.map(one, range(len(points)))))


def anneal(easy: Program, full: Program, points: Values, rng: Rng) -> Values:
    """Points of ``full``, (draw, element), from points of ``easy``."""
    machines = _machine(easy), _machine(full)
    points = np.array(points, dtype=float, order="C")
    logs = _log_densities(*machines, points)
    share, leap = 0.0, _LEAP
    while share < 1:
        gain = np.nan_to_num(logs[:, 1] - logs[:, 0], nan=-np.inf, neginf=-np.inf)
        if not np.isfinite(gain.max()):
            raise EngineError(
                "sampling: the tests that do not say which arm did better fit nothing that the "
                "other reports allow; check their p-values"
            )
        step = _step(gain, 1 - share)
        # The last one lands on 1, not a rounding error before it.
        share = 1.0 if step == 1 - share else share + step
        kept = _drawn_anew(gain * step, rng)
        points, logs = points[kept], logs[kept]
        for _ in range(_SWEEPS):
            scale = points.std(axis=0)
            accepted = _sweep(*machines, share, points, logs, scale, leap, *_chances(points, rng))
            leap *= math.exp(_FOLLOW * (accepted - _ACCEPTANCE))
    return points


def _machine(program: Program) -> Any:
    """What the machine runs."""
    return program.table, program.index, program.numbers


def _step(gain: Values, left: float) -> float:
    """The step, at most ``left``, after which `_LEFT` of the points count."""
    small, large = 0.0, left
    if _effective(gain * large) >= _LEFT:
        return large
    while large - small > 1e-3 * large:
        middle = (small + large) / 2
        small, large = (middle, large) if _effective(gain * middle) > _LEFT else (small, middle)
    return large


def _effective(log_weights: Values) -> float:
    """Effective share of points with these weights."""
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.mean() ** 2 / (weights**2).mean())


def _drawn_anew(log_weights: Values, rng: Rng) -> NDArray[np.int64]:
    """As many points, each as often as its weight says (systematic), in the order they had."""
    weights = np.exp(log_weights - log_weights.max())
    ends = np.cumsum(weights) / weights.sum()
    wanted = (rng.random() + np.arange(weights.size)) / weights.size
    return np.searchsorted(ends, wanted).clip(max=weights.size - 1)


def _chances(points: Values, rng: Rng) -> tuple[Values, NDArray[np.int64], Values, Values]:
    """Momenta, numbers of leaps, their relative lengths, and what decides on acceptance."""
    size = len(points)
    return (
        rng.standard_normal(points.shape),
        rng.integers(1, _LEAPS + 1, size),
        rng.uniform(0.8, 1.2, size),
        np.log(rng.random(size)),
    )


@njit(cache=True, error_model="numpy", nogil=True)
def _log_densities(easy: Any, full: Any, points: Any) -> Any:
    """Both log densities of each point, (point, 2)."""
    found, gradient = np.empty((points.shape[0], 2)), np.empty(points.shape[1])
    for i in range(points.shape[0]):
        found[i, 0] = at_point(easy[0], easy[1], easy[2], points[i], gradient)
        found[i, 1] = at_point(full[0], full[1], full[2], points[i], gradient)
    return found


@njit(cache=True, error_model="numpy", nogil=True)
def _sweep(
    easy: Any, full: Any, share: float, points: Any, logs: Any, scale: Any, leap: float,
    momenta: Any, leaps: Any, lengths: Any, chances: Any,
) -> float:  # fmt: skip
    """One Hamiltonian trajectory of each point, in place; the mean probability of acceptance.

    The density is the geometric mean of the two, ``easy^(1 - share) full^share``.
    """
    size, elements = points.shape
    slope, other = np.empty(elements), np.empty(elements)
    accepted = 0.0
    for i in range(size):
        x, momentum, length = points[i].copy(), momenta[i], leap * lengths[i]
        energy = (1 - share) * logs[i, 0] + share * logs[i, 1] - 0.5 * (momentum**2).sum()
        at_point(easy[0], easy[1], easy[2], x, slope)
        at_point(full[0], full[1], full[2], x, other)
        a, b = logs[i, 0], logs[i, 1]
        for _ in range(leaps[i]):
            for j in range(elements):
                push = (1 - share) * slope[j] + share * other[j]
                momentum[j] += 0.5 * length * scale[j] * push
                x[j] += length * scale[j] * momentum[j]
            a = at_point(easy[0], easy[1], easy[2], x, slope)
            b = at_point(full[0], full[1], full[2], x, other)
            for j in range(elements):
                push = (1 - share) * slope[j] + share * other[j]
                momentum[j] += 0.5 * length * scale[j] * push
            if not math.isfinite(a + b):
                break
        change = (1 - share) * a + share * b - 0.5 * (momentum**2).sum() - energy
        if not math.isfinite(change):
            continue
        accepted += math.exp(min(change, 0.0)) / size
        if chances[i] < change:
            points[i], logs[i, 0], logs[i, 1] = x, a, b
    return accepted
