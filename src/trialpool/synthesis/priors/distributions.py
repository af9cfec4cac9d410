"""The shapes a prior may have. A new one is a class here; the tests of priors run over a list."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trialpool import graph as g
from trialpool.synthesis.priors.base import Prior, is_number, require_finite, require_positive

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Flat(Prior):
    """Improper uniform prior: on the real line for an effect, positive for a scale."""

    def register(self, name: str, *, positive: bool = False, dims: str | None = None) -> Any:
        """Register the variable; see `Prior.register`."""
        return g.variable("HalfFlat" if positive else "Flat", name, dims=dims)

    def logpdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Log density up to its (infinite) constant."""
        return np.zeros_like(np.asarray(x, dtype=float))

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Refuse: a flat prior is improper."""
        raise ValueError(
            "Flat() is improper and cannot be drawn from; give a proper prior to simulate"
        )


@dataclass(frozen=True)
class Fixed(Prior):
    """A value that is known or assumed, such as a correlation taken from another study."""

    value: float

    def __post_init__(self) -> None:
        require_finite(self, value=self.value)

    @property
    def support(self) -> tuple[float, float]:
        """The value, twice."""
        return self.value, self.value

    def register(self, name: str, *, positive: bool = False, dims: str | None = None) -> Any:
        """The value as a constant; no variable is registered, because nothing is learnt of it."""
        if dims is None:
            return np.float64(self.value)
        return np.full(len(g.context().coords[dims]), float(self.value))

    def logpdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Log mass: zero at the value, minus infinity elsewhere."""
        return np.where(np.asarray(x, dtype=float) == self.value, 0.0, -np.inf)

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """The value, ``size`` times."""
        return np.full(size, float(self.value))

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """The value, whatever the probability."""
        return np.full(np.shape(p), float(self.value))


@dataclass(frozen=True)
class _Named(Prior):
    """A prior that is one distribution of `trialpool.graph`, which has its density."""

    @abstractmethod
    def _named(self) -> tuple[str, dict[str, float]]:
        """Name and parameters of the distribution, as PyMC has them."""

    @property
    def support(self) -> tuple[float, float]:
        """Lower and upper end of the values it allows."""
        kind, given = self._named()
        whole = {"real": (-np.inf, np.inf), "positive": (0.0, np.inf), "share": (0.0, 1.0)}
        low, high = whole.get(g.DISTRIBUTIONS[kind].support) or tuple(given.values())[:2]
        return low, high

    def register(self, name: str, *, positive: bool = False, dims: str | None = None) -> Any:
        """Register the variable; see `Prior.register`."""
        kind, given = self._named()
        return g.variable(kind, name, dims=dims, **given)

    def logpdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Log density at ``x``; minus infinity where there is none."""
        kind, given = self._named()
        x = np.asarray(x, dtype=float)
        low, high = self.support
        inside = (x >= low) & (x <= high)
        middle = float(g.DISTRIBUTIONS[kind].start(*given.values()))
        with np.errstate(divide="ignore", invalid="ignore"):  # at the ends
            density = g.DISTRIBUTIONS[kind].log_density(np.where(inside, x, middle), **given)
        return np.where(inside & ~np.isnan(density), density, -np.inf)


def _stats() -> Any:
    from scipy import stats  # half a second that a fit need not wait

    return stats


@dataclass(frozen=True)
class _Scipy(_Named):
    """A named prior whose draws and quantiles are those of a SciPy distribution."""

    @abstractmethod
    def _frozen(self) -> Any:
        """The SciPy distribution."""

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Independent draws, shape (size,)."""
        return np.asarray(self._frozen().rvs(size=size, random_state=rng))

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Values below which the probabilities ``p`` lie."""
        return np.asarray(self._frozen().ppf(p))


@dataclass(frozen=True)
class Normal(_Scipy):
    """Normal with the given mean and standard deviation."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        require_finite(self, mean=self.mean)
        require_positive(self, sd=self.sd)

    def _scaled(self, factor: float) -> dict[str, float] | None:
        return {"sd": factor * self.sd}

    def _named(self) -> tuple[str, dict[str, float]]:
        return "Normal", {"mu": self.mean, "sigma": self.sd}

    def _frozen(self) -> Any:
        return _stats().norm(self.mean, self.sd)


@dataclass(frozen=True)
class Uniform(_Scipy):
    """Uniform between two finite bounds."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (is_number(self.low) and is_number(self.high) and self.low < self.high):
            raise ValueError(
                f"Uniform: low must be finite and below high, got {self.low!r}, {self.high!r}"
            )

    def _scaled(self, factor: float) -> dict[str, float] | None:
        if self.low == 0:
            return {"high": factor * self.high}
        middle, half = (self.low + self.high) / 2, factor * (self.high - self.low) / 2
        return {"low": middle - half, "high": middle + half}

    def _named(self) -> tuple[str, dict[str, float]]:
        return "Uniform", {"lower": self.low, "upper": self.high}

    def _frozen(self) -> Any:
        return _stats().uniform(self.low, self.high - self.low)


@dataclass(frozen=True)
class Beta(_Scipy):
    """Beta distribution of a share between 0 and 1; its mean is ``a / (a + b)``."""

    a: float
    b: float

    def __post_init__(self) -> None:
        require_positive(self, a=self.a, b=self.b)

    def _scaled(self, factor: float) -> dict[str, float] | None:
        return {"a": self.a / factor**2, "b": self.b / factor**2}

    def _named(self) -> tuple[str, dict[str, float]]:
        return "Beta", {"alpha": self.a, "beta": self.b}

    def _frozen(self) -> Any:
        return _stats().beta(self.a, self.b)


@dataclass(frozen=True)
class HalfNormal(_Scipy):
    """Half-normal: absolute value of a normal with mean 0 and the given SD; median 0.67 sd."""

    sd: float

    def __post_init__(self) -> None:
        require_positive(self, sd=self.sd)

    def _scaled(self, factor: float) -> dict[str, float] | None:
        return {"sd": factor * self.sd}

    def _named(self) -> tuple[str, dict[str, float]]:
        return "HalfNormal", {"sigma": self.sd}

    def _frozen(self) -> Any:
        return _stats().halfnorm(scale=self.sd)


@dataclass(frozen=True)
class _Positive(Prior):
    """A prior on the positive half line that SciPy does not have."""

    @property
    def support(self) -> tuple[float, float]:
        """The positive half line."""
        return 0.0, np.inf


@dataclass(frozen=True)
class HalfT(_Named, _Positive):
    """Half Student-t with ``nu`` degrees of freedom; Gelman 2006, doi:10.1214/06-BA117A."""

    nu: float
    scale: float

    def __post_init__(self) -> None:
        require_positive(self, nu=self.nu, scale=self.scale)

    def _scaled(self, factor: float) -> dict[str, float] | None:
        return {"scale": factor * self.scale}

    def _named(self) -> tuple[str, dict[str, float]]:
        return "HalfStudentT", {"nu": self.nu, "sigma": self.scale}

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Independent draws, shape (size,)."""
        return np.abs(_stats().t(self.nu, scale=self.scale).rvs(size=size, random_state=rng))

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Values below which the probabilities ``p`` lie."""
        upper = (1 + np.asarray(p, dtype=float)) / 2
        return np.asarray(_stats().t(self.nu, scale=self.scale).ppf(upper))


@dataclass(frozen=True)
class HalfCauchy(_Scipy):
    """Half-Cauchy; its median is ``scale`` and it has no mean."""

    scale: float

    def __post_init__(self) -> None:
        require_positive(self, scale=self.scale)

    def _scaled(self, factor: float) -> dict[str, float] | None:
        return {"scale": factor * self.scale}

    def _named(self) -> tuple[str, dict[str, float]]:
        return "HalfCauchy", {"beta": self.scale}

    def _frozen(self) -> Any:
        return _stats().halfcauchy(scale=self.scale)


@dataclass(frozen=True)
class LogNormal(_Scipy):
    """Log-normal: the logarithm has the given mean and SD; the median is ``exp(mean)``."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        require_finite(self, mean=self.mean)
        require_positive(self, sd=self.sd)

    def _scaled(self, factor: float) -> dict[str, float] | None:
        return {"sd": factor * self.sd}

    def _named(self) -> tuple[str, dict[str, float]]:
        return "LogNormal", {"mu": self.mean, "sigma": self.sd}

    def _frozen(self) -> Any:
        return _stats().lognorm(s=self.sd, scale=np.exp(self.mean))


@dataclass(frozen=True)
class LogT(_Positive):
    """Log Student-t: the logarithm is t with ``nu`` degrees of freedom, location and scale.

    The form of the predictive distributions of Rhodes et al. 2015
    (doi:10.1016/j.jclinepi.2014.08.012); theirs are for ``tau**2``, so ``LogT(5, location / 2,
    scale / 2)`` is the same statement about ``tau``.
    """

    nu: float
    mean: float
    scale: float

    def __post_init__(self) -> None:
        require_finite(self, mean=self.mean)
        require_positive(self, nu=self.nu, scale=self.scale)

    def _scaled(self, factor: float) -> dict[str, float] | None:
        return {"scale": factor * self.scale}

    def register(self, name: str, *, positive: bool = False, dims: str | None = None) -> Any:
        """Register the variable; see `Prior.register`."""
        log_value = g.variable(
            "StudentT", f"log_{name}", nu=self.nu, mu=self.mean, sigma=self.scale, dims=dims
        )
        return g.Deterministic(name, g.exp(log_value), dims=dims)

    def logpdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Log density at ``x``; minus infinity at and below zero."""
        x = np.asarray(x, dtype=float)
        safe = np.where(x > 0, x, 1.0)
        inside = _stats().t(self.nu, loc=self.mean, scale=self.scale).logpdf(np.log(safe)) - np.log(
            safe
        )
        return np.where(x > 0, inside, -np.inf)

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Independent draws, shape (size,)."""
        return np.exp(
            _stats().t(self.nu, loc=self.mean, scale=self.scale).rvs(size=size, random_state=rng)
        )

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Values below which the probabilities ``p`` lie."""
        return np.exp(_stats().t(self.nu, loc=self.mean, scale=self.scale).ppf(p))


@dataclass(frozen=True)
class DuMouchel(_Positive):
    """DuMouchel's prior for a heterogeneity SD: density ``scale / (scale + tau)**2``.

    Its median is ``scale``. With the root harmonic mean of the squared standard errors, tau is as
    likely to lie above the typical standard error as below it (DuMouchel 1994, Bayesian
    meta-analysis, in Berry (ed.), section 3.2).
    """

    scale: float

    def __post_init__(self) -> None:
        require_positive(self, scale=self.scale)

    def _scaled(self, factor: float) -> dict[str, float] | None:
        return {"scale": factor * self.scale}

    def register(self, name: str, *, positive: bool = False, dims: str | None = None) -> Any:
        """Register the variable; see `Prior.register`."""
        log_value = g.variable("Logistic", f"log_{name}", mu=np.log(self.scale), s=1.0, dims=dims)
        return g.Deterministic(name, g.exp(log_value), dims=dims)

    def logpdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Log density at ``x``; minus infinity below zero."""
        x = np.asarray(x, dtype=float)
        return np.where(
            x < 0, -np.inf, np.log(self.scale) - 2 * np.log(self.scale + np.maximum(x, 0))
        )

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Independent draws, shape (size,)."""
        u = rng.uniform(size=size)
        return self.scale * u / (1 - u)

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Values below which the probabilities ``p`` lie."""
        p = np.asarray(p, dtype=float)
        return np.asarray(self.scale * p / (1 - p))
