"""A quantity that is normal given each draw: its probabilities and quantiles without simulation.

A new trial's result is such a quantity. Simulating one result a draw would add noise that the
posterior does not have, and a seed; averaging normal probabilities over the draws adds neither.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trialpool.questions.effects import LEVEL, Array, Summary

# Halvings of the bracket of a quantile: 2^-40 of ten SDs is beyond what is printed.
_HALVINGS = 40
# SciPy's version takes a third of a second to import, as long as a whole answer.
_erfc = np.vectorize(math.erfc, otypes=[float])


@dataclass(frozen=True)
class NormalMixture:
    """Normal with its own mean and SD in each draw.

    Attributes
    ----------
    mean, sd : numpy.ndarray
        Dims (chain, draw); an SD of 0 is a point.
    """

    mean: Array
    sd: Array

    def above(self, value: float | Array) -> Array:
        """Probability of more than a value given each draw, dims (chain, draw)."""
        apart = self.mean - value
        known = self.sd > 0
        z = apart / np.where(known, self.sd, 1.0)
        inside: Array = 0.5 * _erfc(-z / math.sqrt(2.0))
        return np.where(known, inside, (apart > 0).astype(float))

    def quantile(self, share: float) -> float:
        """Value below which the share of the mixture lies, by bisection."""
        low = float((self.mean - 10.0 * self.sd).min()) - 1e-9
        high = float((self.mean + 10.0 * self.sd).max()) + 1e-9
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            if 1.0 - float(self.above(middle).mean()) < share:
                low = middle
            else:
                high = middle
        return 0.5 * (low + high)

    def summary(self, *, unit: str, level: float = LEVEL) -> Summary:
        """Mean, median and equal-tailed interval of the mixture."""
        tail = (1.0 - level) / 2.0
        lower, median, upper = (self.quantile(q) for q in (tail, 0.5, 1.0 - tail))
        return Summary(float(self.mean.mean()), median, lower, upper, level, unit)
