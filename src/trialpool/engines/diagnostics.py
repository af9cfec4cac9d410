"""R-hat and effective sample sizes of many quantities at once.

The rank-normalised split R-hat and the bulk and tail ESS of Vehtari et al. (2021,
doi:10.1214/20-BA1221), as ArviZ computes them one quantity after the other; the tests hold the two
equal. A posterior of a network over time reports a thousand quantities, and a fit takes a second.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtri

Values = NDArray[np.float64]

#: Quantities computed together: few enough for the cache.
_TOGETHER = 32
#: Below this range a quantity is a constant.
_CONSTANT = 1e-15
#: Ends of the tails.
_TAIL = 0.05


def diagnostics(draws: Values) -> tuple[Values, Values, Values]:
    """R-hat, bulk ESS and tail ESS.

    Parameters
    ----------
    draws : (quantity, chain, draw)

    Returns
    -------
    rhat, bulk, tail : (quantity,)
        Not a number where there are too few draws, or chains for R-hat; R-hat of a constant too.
    """
    found = np.full((3, len(draws)), np.nan)
    if draws.shape[-1] >= 4 and len(draws):
        half = draws.shape[-1] // 2
        size = 2 * half * draws.shape[1]
        # Twice a mean rank is whole: Blom's scores from a table.
        table = ndtri((np.arange(2 * size + 1) / 2 - 0.375) / (size + 0.25))
        starts = range(0, len(draws), _TOGETHER)
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # sorts and sums leave Python's lock
            parts = [slice(start, start + _TOGETHER) for start in starts]
            list(pool.map(lambda part: _some(draws[part], table, found[:, part]), parts))
    rhat, bulk, tail = found
    return rhat, bulk, tail


def effective(draws: Values) -> Values:
    """Effective sample size of a mean, (quantity,), of draws (quantity, chain, draw)."""
    half = draws.shape[-1] // 2
    halves = np.concatenate([draws[..., :half], draws[..., -half:]], axis=1)
    return np.array([_ess(np.ascontiguousarray(own, dtype=float)) for own in halves])


def _some(draws: Values, table: Values, found: Values) -> None:
    quantities, chains, length = draws.shape
    bad = ~np.isfinite(draws).all(axis=(1, 2))
    draws = np.ascontiguousarray(np.where(bad[:, None, None], 0.0, draws))
    half = length // 2
    halves = np.concatenate([draws[..., :half], draws[..., -half:]], axis=1)
    flat = halves.reshape(quantities, -1)
    order = np.argsort(flat, axis=1)
    ordered = np.take_along_axis(flat, order, axis=1)
    median = 0.5 * (ordered[:, (flat.shape[1] - 1) // 2] + ordered[:, flat.shape[1] // 2])
    folded = abs(flat - median[:, None])
    if length % 2:  # the middle draw is in no half, but in the quantiles
        ordered = np.sort(draws.reshape(quantities, -1), axis=1)
    ends = np.quantile(ordered, [_TAIL, 1 - _TAIL], axis=1, method="linear")
    _diagnose(halves, order, folded, np.argsort(folded, axis=1), ends, table, found)
    if chains < 2:
        found[0] = np.nan
    found[:, bad] = np.nan


@njit(cache=True, error_model="numpy", nogil=True)
def _diagnose(
    halves: Any, order: Any, folded: Any, folded_order: Any, ends: Any, table: Any, found: Any
) -> None:
    """R-hat, bulk and tail ESS of each quantity, into ``found``."""
    quantities, chains, length = halves.shape
    scores = np.empty((chains, length))
    flat = scores.reshape(-1)
    for q in range(quantities):
        values = halves[q].reshape(-1)
        _normal_scores(folded[q], folded_order[q], table, flat)
        spread = _rhat(scores)
        _normal_scores(values, order[q], table, flat)
        found[0, q] = max(spread, _rhat(scores))
        found[1, q] = _ess(scores)
        found[2, q] = math.inf
        for end in ends[:, q]:
            for i in range(values.size):
                flat[i] = 1.0 if values[i] <= end else 0.0
            found[2, q] = min(found[2, q], _ess(scores))


@njit(cache=True, error_model="numpy", nogil=True)
def _normal_scores(values: Any, order: Any, table: Any, scores: Any) -> None:
    """Normal quantiles of the ranks among all draws; ties have their mean rank."""
    first = 0
    while first < order.size:
        last = first
        while last + 1 < order.size and values[order[last + 1]] == values[order[first]]:
            last += 1
        for i in range(first, last + 1):
            scores[order[i]] = table[first + last + 2]
        first = last + 1


@njit(cache=True, error_model="numpy", nogil=True)
def _variances(draws: Any, centred: Any) -> Any:
    """Variance of the chains' means, and mean of their variances; ``centred`` gets each centred."""
    chains, length = draws.shape
    means, within = np.empty(chains), 0.0
    for c in range(chains):
        means[c] = draws[c].mean()
        for i in range(length):
            centred[c, i] = draws[c, i] - means[c]
            within += centred[c, i] ** 2
    between = ((means - means.mean()) ** 2).sum() / (chains - 1)
    return between, within / chains / (length - 1)


@njit(cache=True, error_model="numpy", nogil=True)
def _rhat(draws: Any) -> float:
    length = draws.shape[1]
    between, within = _variances(draws, np.empty(draws.shape))
    return math.sqrt((length * between / within + length - 1) / length)


@njit(cache=True, error_model="numpy", nogil=True)
def _correlation(centred: Any, lag: int, within: float, variance: float) -> float:
    chains, length = centred.shape
    total = 0.0
    for c in range(chains):
        for i in range(length - lag):
            total += centred[c, i] * centred[c, i + lag]
    return 1 - (within - total / length / chains) / variance


@njit(cache=True, error_model="numpy", nogil=True)
def _ess(draws: Any) -> float:
    """Effective sample size by Geyer's initial monotone sequence of autocorrelations."""
    chains, length = draws.shape
    size = chains * length
    centred = np.empty(draws.shape)
    between, within = _variances(draws, centred)
    variance = within * (length - 1) / length + between
    if variance == 0 or draws.max() - draws.min() < _CONSTANT:
        return size
    most = max((length - 1) // 2 - 1, 0)  # last pair that is looked at
    total, smallest, even = 0.0, math.inf, 1.0
    for pair in range(most + 1):
        if pair:
            even = _correlation(centred, 2 * pair, within, variance)
        both = even + _correlation(centred, 2 * pair + 1, within, variance)
        if both <= 0 or pair == most:
            if both >= 0 or even > 0 or pair == 0:
                total += 0.5 * even
            break
        smallest = min(smallest, both)
        total += smallest
    tau = max(2 * total - 1, 1 / math.log10(size))
    return size / tau
