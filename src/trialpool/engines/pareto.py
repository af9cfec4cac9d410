"""How heavy the tail of importance weights is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def pareto_k(log_weight: Values) -> float:
    """Shape of the generalised Pareto distribution of the largest weights.

    As Pareto smoothed importance sampling fits it (Vehtari et al. 2024, arXiv:1507.02646), by the
    estimator of Zhang and Stephens (2009, doi:10.1198/tech.2009.08017). The tests hold it equal to
    ArviZ's.
    """
    weight = np.sort(np.exp(log_weight - np.max(log_weight)))
    size = len(weight)
    tail = int(np.ceil(min(0.2 * size, 3 * np.sqrt(size))))
    if tail < 5:
        return float("inf")
    excess = weight[-tail:] - weight[-tail - 1]
    if not (excess > 0).all() or excess[-1] <= 0:
        excess = np.maximum(excess, np.finfo(float).tiny)
    prior_k, prior_b, wide = 10, 3, 30 + int(np.sqrt(tail))
    b = 1 - np.sqrt(wide / (np.arange(1, wide + 1) - 0.5))
    b /= prior_b * excess[int(tail / 4 + 0.5) - 1]
    b += 1 / excess[-1]
    k = np.log1p(-b[:, None] * excess).mean(axis=1)
    log_likelihood = tail * (np.log(-b / k) - k - 1)
    share = np.exp(log_likelihood - log_likelihood.max())
    share /= share.sum()
    share = np.where(share >= 10 * np.finfo(float).eps, share, 0.0)
    share /= share.sum()
    mean_b = (b * share).sum()
    found = np.log1p(-mean_b * excess).mean()
    return float((tail * found + prior_k * 0.5) / (tail + prior_k))
