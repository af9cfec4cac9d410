"""A quantity that is normal given each draw: its probabilities and quantiles without simulation.

A new trial's result is such a quantity. Simulating one result a draw would add noise that the
posterior does not have, and a seed; averaging normal probabilities over the draws adds neither.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from trialpool.questions.effects import LEVEL, Array, Summary

# Steps of a quantile, and how near it has to come, in units of the mixture's width.
_STEPS, _NEAR = 60, 1e-10
_ROOT = float(np.sqrt(2.0 * np.pi))
# Nodes of the table of normal shares: how many to 1, and up to where. Beyond 9 lies 1e-19.
_PER_UNIT, _END = 1024, 9


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
        inside = normal_share(z)
        return np.where(known, inside, (apart > 0).astype(float))

    def quantile(self, share: float) -> float:
        """Value below which the share of the mixture lies."""
        return self._quantiles((share,))[0]

    def _quantiles(self, shares: Sequence[float]) -> list[float]:
        """Quantiles by Newton's steps within a bracket."""
        ends = (
            float((self.mean - 10.0 * self.sd).min()) - 1e-9,
            float((self.mean + 10.0 * self.sd).max()) + 1e-9,
        )
        # A sample is near enough to begin with; where the steps end does not depend on it.
        sample = self.mean + self.sd * np.random.default_rng(0).normal(size=self.mean.shape)
        starts = np.quantile(sample, shares)
        return [self._reach(q, float(x), *ends) for q, x in zip(shares, starts, strict=True)]

    def _reach(self, share: float, place: float, low: float, high: float) -> float:
        near = _NEAR * (high - low)
        for _ in range(_STEPS):
            apart = 1.0 - float(self.above(place).mean()) - share
            low, high = (place, high) if apart < 0 else (low, place)
            slope = self._density(place)
            step = place - apart / slope if slope > 0 else np.inf
            # Where draws have no spread the share jumps, and halving gets past that.
            after = step if low < step < high else 0.5 * (low + high)
            if abs(after - place) < near:
                return after
            place = after
        return place

    def _density(self, value: float) -> float:
        spread = np.where(self.sd > 0, self.sd, np.inf)
        return float(np.mean(np.exp(-0.5 * ((value - self.mean) / spread) ** 2) / spread)) / _ROOT

    def summary(self, *, unit: str, level: float = LEVEL) -> Summary:
        """Mean, median and equal-tailed interval of the mixture."""
        tail = (1.0 - level) / 2.0
        lower, median, upper = self._quantiles((tail, 0.5, 1.0 - tail))
        return Summary(float(self.mean.mean()), median, lower, upper, level, unit)


def normal_share(z: Array) -> Array:
    """Share of a standard normal distribution below z, to 1e-15.

    A table and three terms of the Taylor series: SciPy's takes a third of a second to import, as
    long as a whole answer, and `math.erfc` is a hundred times slower.
    """
    shares, densities = _table()
    z = np.clip(z, -_END, _END)
    place = np.rint(z * _PER_UNIT)
    node = place / _PER_UNIT
    d = z - node
    index = place.astype(np.int64) + _END * _PER_UNIT
    series = d * (1.0 - d * (0.5 * node - d * (node * node - 1.0) / 6.0))
    return np.asarray(shares[index] + densities[index] * series)


@cache
def _table() -> tuple[Array, Array]:
    """Normal shares and densities at the nodes."""
    nodes = np.arange(-_END * _PER_UNIT, _END * _PER_UNIT + 1) / _PER_UNIT
    shares = np.array([0.5 * math.erfc(-x / math.sqrt(2.0)) for x in nodes.tolist()])
    return shares, np.exp(-0.5 * nodes * nodes) / _ROOT
