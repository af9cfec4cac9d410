"""R-hat and effective sample sizes of many quantities at once.

The rank-normalised split R-hat and the bulk and tail ESS of Vehtari et al. (2021,
doi:10.1214/20-BA1221), as ArviZ computes them one quantity after the other; the tests hold the two
equal. A posterior of a network over time reports a thousand quantities, and a fit takes a second.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

Values = NDArray[np.float64]

#: Quantities computed together: few enough for the cache.
_TOGETHER = 64
#: Below this range a quantity is a constant.
_CONSTANT = 1e-15


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
    parts = [draws[i : i + _TOGETHER] for i in range(0, len(draws), _TOGETHER)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # sorts and transforms leave Python's lock
        found = list(pool.map(_of_some, parts))
    rhat, bulk, tail = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return rhat, bulk, tail


def _of_some(draws: Values) -> tuple[Values, Values, Values]:
    quantities, chains, length = draws.shape
    nothing = np.full(quantities, np.nan)
    bad = ~np.isfinite(draws).all(axis=(1, 2))
    if length < 4:
        return nothing, nothing.copy(), nothing.copy()
    draws = np.where(bad[:, None, None], 0.0, draws)
    halves = _split(draws)
    normal = _normal_scores(halves)
    if chains < 2:
        rhat = nothing
    else:
        median = np.median(halves, axis=(1, 2), keepdims=True)
        rhat = np.maximum(_rhat(normal), _rhat(_normal_scores(abs(halves - median))))
    flat = draws.reshape(quantities, -1)
    ends = np.quantile(flat, [0.05, 0.95], axis=1)[..., None, None]
    low, high = (_ess(_split((draws <= end).astype(float))) for end in ends)
    found = rhat, _ess(normal), np.minimum(low, high)
    for values in found:
        values[bad] = np.nan
    return found


def _split(draws: Values) -> Values:
    half = draws.shape[-1] // 2
    return np.concatenate([draws[..., :half], draws[..., -half:]], axis=1)


def _normal_scores(draws: Values) -> Values:
    """Normal quantiles of the ranks among all draws of a quantity; ties have their mean rank."""
    flat = draws.reshape(len(draws), -1)
    size = flat.shape[1]
    order = np.argsort(flat, axis=1)
    ordered = np.take_along_axis(flat, order, axis=1)
    places = np.broadcast_to(np.arange(size), flat.shape)
    begins = np.ones(flat.shape, dtype=bool)
    begins[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    ends = np.ones(flat.shape, dtype=bool)
    ends[:, :-1] = begins[:, 1:]
    first = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, places, size)[:, ::-1], axis=1)[:, ::-1]
    # Twice a mean rank is whole: Blom's scores from a table.
    table = ndtri((np.arange(2 * size + 1) / 2 - 0.375) / (size + 0.25))
    scores = np.empty_like(flat)
    np.put_along_axis(scores, order, table[first + last + 2], axis=1)
    return scores.reshape(draws.shape)


def _rhat(draws: Values) -> Values:
    length = draws.shape[-1]
    between = length * draws.mean(axis=2).var(axis=1, ddof=1)
    within = draws.var(axis=2, ddof=1).mean(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt((between / within + length - 1) / length)


def _ess(draws: Values) -> Values:
    """Effective sample size by Geyer's initial monotone sequence of autocorrelations."""
    quantities, chains, length = draws.shape
    width = next_fast_len(2 * length)
    centred = draws - draws.mean(axis=2, keepdims=True)
    spectrum = rfft(centred, n=width, axis=2)
    covariance = irfft(abs(spectrum) ** 2, n=width, axis=2)[..., :length].mean(axis=1) / length
    mean_variance = covariance[:, 0] * length / (length - 1)
    variance = covariance[:, 0].copy()
    if chains > 1:
        variance += draws.mean(axis=2).var(axis=1, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = 1 - (mean_variance[:, None] - covariance) / variance[:, None]
    rho[:, 0] = 1
    most = max((length - 1) // 2 - 1, 0)  # last pair that is looked at
    even = rho[:, 0 : 2 * most + 1 : 2]
    pairs = even + rho[:, 1 : 2 * most + 2 : 2]
    ended = pairs <= 0
    stop = np.where(ended.any(axis=1), ended.argmax(axis=1), most)
    monotone = np.minimum.accumulate(pairs, axis=1)
    before = np.arange(most + 1) < stop[:, None]
    at = np.arange(quantities), stop
    rest = np.where((pairs[at] >= 0) | (even[at] > 0) | (stop == 0), even[at], 0.0)
    tau = -1 + 2 * np.where(before, monotone, 0.0).sum(axis=1) + rest
    size = chains * length
    found = size / np.maximum(tau, 1 / np.log10(size))
    constant = np.ptp(draws, axis=(1, 2)) < _CONSTANT
    return np.where(constant, size, found)
