"""A quantity that is normal given each draw: its probabilities and quantiles without simulation.

A new trial's result is such a quantity. Simulating one result a draw would add noise that the
posterior does not have, and a seed; averaging normal probabilities over the draws adds neither.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialpool.questions.effects import LEVEL, Array, Summary

# Steps of a quantile, and how near it has to come, in units of the mixture's width.
_STEPS, _NEAR = 60, 1e-10
_ROOT = float(np.sqrt(2.0 * np.pi))
# Coefficients of `normal_share`, the highest power first: up to 0.47, up to 4, and beyond.
_A = (
    0.18577770618460315,
    3.1611237438705655,
    113.86415415105016,
    377.485237685302,
    3209.3775891384694,
)
_B = (1.0, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171)
_C = (
    2.1531153547440383e-08,
    0.5641884969886701,
    8.883149794388377,
    66.11919063714163,
    298.6351381974001,
    881.952221241769,
    1712.0476126340707,
    2051.0783778260716,
    1230.3393547979972,
)
_D = (
    1.0,
    15.744926110709835,
    117.6939508913125,
    537.1811018620099,
    1621.3895745666903,
    3290.7992357334597,
    4362.619090143247,
    3439.3676741437216,
    1230.3393548037495,
)
_P = (
    0.016315387137302097,
    0.30532663496123236,
    0.36034489994980445,
    0.12578172611122926,
    0.016083785148742275,
    0.0006587491615298378,
)
_Q = (
    1.0,
    2.568520192289822,
    1.8729528499234673,
    0.5279051029514285,
    0.06051834131244132,
    0.0023352049762686918,
)


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
        """Value below which the share of the mixture lies, by Newton's steps within a bracket."""
        low = float((self.mean - 10.0 * self.sd).min()) - 1e-9
        high = float((self.mean + 10.0 * self.sd).max()) + 1e-9
        near = _NEAR * (high - low)
        # A sample is near enough to begin with; where the steps end does not depend on it.
        sample = self.mean + self.sd * np.random.default_rng(0).normal(size=self.mean.shape)
        place = float(np.quantile(sample, share))
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
        lower, median, upper = (self.quantile(q) for q in (tail, 0.5, 1.0 - tail))
        return Summary(float(self.mean.mean()), median, lower, upper, level, unit)


def normal_share(z: Array) -> Array:
    """Share of a standard normal distribution below z.

    Rational approximations of erf and erfc by Cody (1969, Math Comp 23:631), to 1e-15. SciPy's
    takes a third of a second to import, as long as a whole answer.
    """
    x = np.abs(z) / np.sqrt(2.0)
    small, large = x <= 0.46875, x > 4.0
    tail = np.empty_like(x)
    s = x[small]
    tail[small] = 1.0 - s * _ratio(s * s, _A, _B)
    middle = ~(small | large)
    m = x[middle]
    tail[middle] = np.exp(-m * m) * _ratio(m, _C, _D)
    far = x[large]
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        inverse = 1.0 / (far * far)
        series = inverse * _ratio(inverse, _P, _Q)
        tail[large] = np.exp(-far * far) * (1.0 / np.sqrt(np.pi) - series) / far
    half = 0.5 * tail
    return np.where(z > 0, 1.0 - half, half)


def _ratio(x: Array, above: tuple[float, ...], below: tuple[float, ...]) -> Array:
    """Quotient of two polynomials, the highest power first."""
    return np.asarray(np.polyval(above, x) / np.polyval(below, x))
