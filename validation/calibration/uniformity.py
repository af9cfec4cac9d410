"""Are ranks uniform? Chi-square, the ECDF with a simultaneous band, and Holm's correction.

The rank of a true value among draws from its posterior is uniform if model, simulator and engine
agree (Talts et al. 2018, arXiv:1804.06788).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Ranks = NDArray[np.int64]

#: Data sets of uniform ranks behind the null distribution of `ecdf_p`.
NULL_SETS = 4000


def rank_of(truth: float, draws: NDArray[np.float64], rng: np.random.Generator) -> int:
    """How many draws lie below the truth, 0 to their number; ties are broken by chance."""
    below, equal = int((draws < truth).sum()), int((draws == truth).sum())
    return below + int(rng.integers(equal + 1))


def chi_square_p(ranks: Ranks, values: int, *, per_bin: int = 20) -> float:
    """p-value of the chi-square test that ranks 0 to ``values - 1`` are uniform.

    Parameters
    ----------
    ranks : (replication,)
    values : int
        Number of possible ranks.
    per_bin : int
        Replications expected in a bin, at least; at most 20 bins.
    """
    bins = int(np.clip(len(ranks) // per_bin, 2, 20))
    # Bins of equal numbers of ranks, as nearly as they divide; expected counts take care of it.
    of_rank = np.arange(values) * bins // values
    expected = np.bincount(of_rank, minlength=bins) * len(ranks) / values
    seen = np.bincount(of_rank[ranks], minlength=bins)
    return float(stats.chi2.sf(((seen - expected) ** 2 / expected).sum(), bins - 1))


def _evenness(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Smallest two-sided tail probability of an ECDF, (set,), from counts (set, rank).

    Saeilynoja, Buerkner and Vehtari (2022, doi:10.1007/s11222-022-10090-6), equation 7: the number
    of ranks up to r is binomial at each r; how unlikely is the most unlikely of them?
    """
    sizes = counts.sum(axis=1, keepdims=True)
    at = np.arange(1, counts.shape[1]) / counts.shape[1]
    below = np.cumsum(counts, axis=1)[:, :-1]
    lower = stats.binom.cdf(below, sizes, at)
    upper = stats.binom.sf(below - 1, sizes, at)
    found: NDArray[np.float64] = 2 * np.minimum(lower, upper).min(axis=1)
    return found


@cache
def _null(size: int, values: int) -> NDArray[np.float64]:
    """`_evenness` of sets of uniform ranks, sorted."""
    rng = np.random.default_rng(0)
    counts = rng.multinomial(size, np.full(values, 1 / values), size=NULL_SETS)
    return np.sort(_evenness(counts))


def ecdf_p(ranks: Ranks, values: int) -> float:
    """p-value of the simultaneous ECDF band: the share of uniform sets that leave a wider one."""
    seen = _evenness(np.bincount(ranks, minlength=values)[None])[0]
    null = _null(len(ranks), values)
    return float((1 + np.searchsorted(null, seen, side="right")) / (1 + len(null)))


def ecdf_band(size: int, values: int, prob: float = 0.95) -> NDArray[np.float64]:
    """Lower and upper end of the simultaneous band of the ECDF, (2, values - 1)."""
    gamma = np.quantile(_null(size, values), 1 - prob)
    at = np.arange(1, values) / values
    return np.array([stats.binom.ppf(p, size, at) for p in (gamma / 2, 1 - gamma / 2)]) / size


def holm(p: Sequence[float]) -> NDArray[np.float64]:
    """Adjusted p-values of Holm (1979, Scand J Statist 6:65)."""
    given = np.asarray(p, dtype=float)
    order = np.argsort(given)
    steps = (len(given) - np.arange(len(given))) * given[order]
    adjusted = np.empty(len(given))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
