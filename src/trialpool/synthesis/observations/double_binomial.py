"""Efron's double binomial: a count that varies less than a binomial.

Responders are counted among patients whose other numbers are in the likelihood too. Given the
errors shared with those, the count has a probability that moves with them and varies less than a
binomial: by the double binomial of Efron (1986, doi:10.1080/01621459.1986.10478327) with ``theta =
1 / (1 - v / (p (1 - p)))``, where ``v / n`` is the variance of p due to the shared errors. Its
total variance is then binomial.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gammaln, xlogy

from trialpool import graph as g


def dispersion(p: Any, q: Any, shared_variance: Any) -> Any:
    """Efron's theta where errors shared with other rows carry ``shared_variance`` of p, times n."""
    return 1 / (1 - shared_variance / (p * q))


def double_binomial_logp(count: Any, total: Any, p: Any, theta: Any) -> Any:
    """Log density of Efron's double binomial; the binomial itself at ``theta = 1``.

    ``theta^(1/2) f(k; n, k/n)^(1 - theta) f(k; n, p)^theta`` with its normalising constant taken
    as 1, which Efron shows to be accurate to order 1/n.
    """
    misses = total - count
    choose = g.gammaln(total + 1) - g.gammaln(count + 1) - g.gammaln(misses + 1)
    saturated = g.xlogy(count, count) + g.xlogy(misses, misses) - g.xlogy(total, total)
    fitted = count * g.log(p) + misses * g.log1p(-p)
    return 0.5 * g.log(theta) + choose + saturated + theta * (fitted - saturated)


def random_counts(
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
    saturated = xlogy(k, k) + xlogy(misses, misses) - xlogy(n, n)
    fitted = k * np.log(p) + misses * np.log1p(-p)
    log_weight = np.where(k <= n, choose + saturated + theta * (fitted - saturated), -np.inf)
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    share = np.cumsum(weight, axis=-1) / weight.sum(axis=-1, keepdims=True)
    return (generator.uniform(size=shape)[..., None] > share).sum(axis=-1).astype(float)
