"""What the prior says of a quantity, and how much of its uncertainty the data removed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.draws import Draws
from trialpool.questions.effects import Array, Summary, summarise
from trialpool.questions.monte_carlo import effective_sample_size

#: Standard error of the log of an interquartile range times the root of the number of draws, of
#: normal draws (David and Nagaraja 2003, Order Statistics, chapter 10).
_QUARTILES = 1.166


@dataclass(frozen=True)
class PriorBeside:
    """A quantity before any trial, beside what it is now.

    Attributes
    ----------
    prior : Summary
    data_share : float or None
        ``1 - var(posterior) / var(prior)``: 0 where the posterior is as wide as the prior, 1 where
        nothing is open; under 0 where it is wider. None where that is not known.
    mcse : float or None
        Its Monte Carlo standard error, mostly from the few draws of the prior that a file keeps.
    why : str
        Why the share is not known.
    """

    prior: Summary
    data_share: float | None
    mcse: float | None
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            **self.prior.to_dict(),
            "data_share": self.data_share,
            "data_share_mcse": self.mcse,
        }

    def __str__(self) -> str:
        return f"prior {self.prior}; {self.told()}"

    def told(self) -> str:
        """What the data did, in words."""
        if self.data_share is None:
            return self.why
        if self.data_share <= 0.0:
            return "the data removed nothing of its variance"
        return f"the data removed {self.short()} of its variance"

    def short(self) -> str:
        """Share of the prior's variance that the data removed, with its Monte Carlo error."""
        if self.data_share is None or self.mcse is None:
            return "-"
        if self.data_share <= 0.0:
            return "none"
        return f"{self.data_share * 100:.0f} ± {max(self.mcse * 100, 1):.0f} %"


def prior_of(draws: Draws) -> Draws | None:
    """Draws from the prior that the posterior keeps, with the record of the posterior."""
    prior = draws.prior
    if prior is None or not prior.has("benefit"):
        return None
    return prior.with_meta(**draws.meta)


def beside_prior(
    posterior: Array,
    prior: Array,
    *,
    unit: str,
    level: float,
    log: bool = False,
    limit: float | None = None,
) -> PriorBeside | None:
    """Summary of the prior, and the share of its variance that the data removed.

    The variance is read off the interquartile range, since ratios such as a share left have none;
    for normal draws the two are the same.

    Parameters
    ----------
    posterior, prior : numpy.ndarray
        Draws, of any shape; those that are not finite are left out.
    unit : str
    level : float
    log : bool
        Whether the variance is of the logarithm, for numbers above 0.
    limit : float, optional
        Where draws are cut: a quartile there says nothing of the spread.

    Returns
    -------
    PriorBeside or None
        None where the prior has no draws.
    """
    before, after = prior[np.isfinite(prior)], posterior[np.isfinite(posterior)]
    if not before.size or not after.size:
        return None
    scale = np.log if log else np.asarray
    wide, left = (float(np.subtract(*np.quantile(scale(x), [0.75, 0.25]))) for x in (before, after))
    told = summarise(before, unit=unit, level=level)
    if wide <= 0:
        return PriorBeside(told, None, None, "the prior fixes it")
    if limit is not None and max(np.quantile(x, 0.75) for x in (before, after)) >= limit:
        why = f"how much the data removed is not known: a quarter of the draws are over {limit:g}"
        return PriorBeside(told, None, None, why)
    kept = (left / wide) ** 2
    size = effective_sample_size(posterior) if posterior.ndim == 2 else float(after.size)
    error = kept * 2.0 * _QUARTILES * math.sqrt(1.0 / before.size + 1.0 / size)
    return PriorBeside(told, 1.0 - kept, error)
