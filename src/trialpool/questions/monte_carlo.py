"""Monte Carlo error of a probability: how far another run of the sampler could move it."""

from __future__ import annotations

from typing import Any

import numpy as np

type Array = np.ndarray[Any, np.dtype[np.float64]]


def effective_sample_size(chains: Array) -> float:
    """Effective sample size for a mean, from split chains.

    Geyer's initial monotone sequence on the combined autocorrelations (Vehtari et al. 2021,
    doi:10.1214/20-BA1221, section 3.2).

    Parameters
    ----------
    chains : numpy.ndarray
        Dims (chain, draw).

    Returns
    -------
    float
        At least 1; the number of draws when they are all equal or too few (under 4 a
        chain) to tell.
    """
    count, length = chains.shape
    half = length // 2
    split = np.concatenate([chains[:, :half], chains[:, length - half :]])
    # The halves of an odd length leave out the middle draw, which may be the only other one.
    if half < 2 or np.ptp(split) == 0:
        return float(chains.size)
    centred = split - split.mean(axis=1, keepdims=True)
    size = (
        1 << (2 * half - 1).bit_length()
    )  # zero-padded, so that the convolution does not wrap round
    spectrum = np.fft.rfft(centred, n=size, axis=1)
    covariance = np.fft.irfft(spectrum * spectrum.conj(), n=size, axis=1)[:, :half] / half
    within = covariance[:, 0].mean() * half / (half - 1)
    total = within * (half - 1) / half + split.mean(axis=1).var(ddof=1)
    rho = 1.0 - (within - covariance.mean(axis=0) * half / (half - 1)) / total
    rho[0] = 1.0
    pairs = rho[: 2 * (half // 2)].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs < 0)
    kept = pairs[: negative[0]] if negative.size else pairs
    tau = -1.0 + 2.0 * float(np.minimum.accumulate(kept).sum())
    draws = 2 * count * half
    # Anticorrelated chains can beat independent ones, but the estimate is unstable there: cap
    # as Stan does.
    tau = max(tau, 1.0 / np.log10(draws))
    return max(1.0, draws / tau)


def probability(hits: np.ndarray[Any, np.dtype[np.bool_]], *, of: Array) -> tuple[float, float]:
    """Share of draws in which a statement holds, and its Monte Carlo standard error.

    Parameters
    ----------
    hits : numpy.ndarray of bool
        Dims (chain, draw): whether the statement holds.
    of : numpy.ndarray
        Dims (chain, draw): the quantity that the statement is about.

    Returns
    -------
    probability, mcse : float
        The error is never 0. When all draws agree the indicator says nothing of its own
        spread, so the error is 1 / (n + 2), the
        posterior SD of a proportion of 0 in n (uniform prior), with n the effective
        sample size of the quantity itself.
    """
    share = float(hits.mean())
    if 0.0 < share < 1.0:
        size = effective_sample_size(hits.astype(float))
        return share, float(np.sqrt(share * (1.0 - share) / size))
    size = min(effective_sample_size(of), float(of.size))
    return share, 1.0 / (size + 2.0)


def mean_error(values: Array) -> float:
    """Monte Carlo standard error of the mean of values with dims (chain, draw)."""
    return float(values.std() / np.sqrt(effective_sample_size(values)))


def expectation(shares: Array) -> tuple[float, float]:
    """Probability from its value given each draw, and its Monte Carlo standard error.

    Parameters
    ----------
    shares : numpy.ndarray
        Dims (chain, draw): probability of a statement given the draw. Less noisy than whether it
        holds in one simulation a draw (Rao and Blackwell).

    Returns
    -------
    probability, mcse : float
        The error is never 0: for shares that do not vary it is 1 / (n + 2), as in `probability`.
    """
    error = mean_error(shares)
    return float(shares.mean()), error or 1.0 / (shares.size + 2.0)
