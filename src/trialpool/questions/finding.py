"""What the draws say of one statement about one class, before it is put into words for people."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trialpool.questions.effects import Array
from trialpool.questions.mixture import NormalMixture
from trialpool.questions.monte_carlo import effective_sample_size, mean_error
from trialpool.questions.window import Truth


@dataclass(frozen=True)
class Finding:
    """A statement in the draws.

    Attributes
    ----------
    text : str
        The statement in full.
    chance : numpy.ndarray
        Dims (chain, draw): 0 or 1 as it holds, or the probability that it does given the draw.
    shown : numpy.ndarray or NormalMixture
        The quantity that it is about.
    unit : str
        Of that quantity.
    asked : list of str
        Classes that it rests on, the one that it is about first.
    month : float or None
        The last month read.
    margin : float
        What the quantity is compared with.
    notes : list of str
    remark : str
        What the quantity is, where that is not plain; for the interpretation.
    given : numpy.ndarray of bool or None
        Draws among which the probability is taken; None for all.
    open : bool
        Whether an interval that covers 0 leaves the question open.
    shade : tuple of float or None
        Values of the quantity between which the statement holds, where that is one range.
    way : str
        Which way is better, where the question says it.
    """

    text: str
    chance: Array
    shown: Array | NormalMixture
    unit: str
    asked: list[str]
    month: float | None
    margin: float = 0.0
    notes: list[str] = field(default_factory=list)
    remark: str = ""
    given: Truth | None = None
    open: bool = False
    shade: tuple[float, float] | None = None
    way: str = ""

    def probability(self) -> tuple[float, float]:
        """Probability and its Monte Carlo standard error, which is never 0."""
        of = self.shown if isinstance(self.shown, np.ndarray) else None
        return share_of(self.chance, given=self.given, of=of)


def mean_of(chance: Array, *, given: Array | Truth | None = None) -> float:
    """Mean of a chance over the draws, or over those in which another holds."""
    if given is None:
        return float(chance.mean())
    weight = np.asarray(given, dtype=float)
    return float((chance * weight).sum() / weight.sum())


def share_of(
    chance: Array, *, given: Array | Truth | None = None, of: Array | None = None
) -> tuple[float, float]:
    """Mean of a chance over the draws, or over those in which another holds.

    Parameters
    ----------
    chance : numpy.ndarray
        Dims (chain, draw), between 0 and 1.
    given : numpy.ndarray, optional
        Dims (chain, draw), between 0 and 1; not 0 everywhere.
    of : numpy.ndarray, optional
        The quantity that the statement is about, whose effective size counts where all draws agree.

    Returns
    -------
    probability, mcse : float
        The error is never 0: where all draws agree it is 1 / (n + 2), the posterior SD of a
        proportion of 0 in n.
    """
    if given is not None:
        # The error of a conditional probability needs chains of full length: the draws left out
        # count as neither.
        weight = np.asarray(given, dtype=float)
        share = mean_of(chance, given=given)
        influence = weight * (chance - share) / weight.mean()
        return share, mean_error(influence) or 1.0 / (float(weight.sum()) + 2.0)
    share = mean_of(chance)
    if np.ptp(chance) > 0:
        return share, mean_error(chance)
    alike = of if of is not None and of.shape == chance.shape else chance
    size = min(effective_sample_size(alike), float(chance.size))
    return share, 1.0 / (size + 2.0)
