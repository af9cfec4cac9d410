"""What every prior provides, to whichever engine, figure or table reads it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: Draws behind the quantiles of a prior that has no formula for them.
_DRAWS = 100_000


@dataclass(frozen=True)
class Prior(ABC):
    """A distribution of one number: small, frozen, printed as it is written.

    A new prior provides ``register``, ``logpdf`` and ``draw``; ``support`` where it is not the
    whole line, and ``quantile`` where there is a formula.

    Attributes
    ----------
    source : str
        Where its numbers come from; kept in the record of a fit. Two priors that differ in nothing
        else are equal.
    """

    source: str = field(default="", kw_only=True, compare=False, repr=False)

    @property
    def support(self) -> tuple[float, float]:
        """Lower and upper end of the values it allows."""
        return -np.inf, np.inf

    @property
    def positive(self) -> bool:
        """Whether it rules negative values out, as the prior of a standard deviation must."""
        return self.support[0] >= 0

    @property
    def given(self) -> str:
        """What to print as its source where a user put it in place of a default."""
        return f"given by the user: {self.source}" if self.source else "given by the user"

    @abstractmethod
    def register(self, name: str, *, positive: bool = False, dims: str | None = None) -> Any:
        """Register the prior as a variable of the model in whose context this is called.

        ``positive`` is asked of a scale; only an improper prior has to be told.
        """

    @abstractmethod
    def logpdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Log density at ``x`` (zero everywhere for an improper flat prior)."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Independent draws, shape (size,)."""

    def scaled(self, factor: float) -> Prior | None:
        """The same distribution with its spread multiplied, to see what depends on it.

        A half-normal, half-t or half-Cauchy has its scale multiplied, and so all its quantiles; a
        normal its SD around the same mean; a log-normal or log-t its SD on the log scale around the
        same median; a uniform from 0 its upper end, another its width around the same middle; a
        beta or LKJ its parameters by ``1 / factor**2``, as if it came from so many times as much
        data.

        Parameters
        ----------
        factor : float
            0.5 halves the spread, 2 doubles it.

        Returns
        -------
        Prior or None
            None for a prior that has no spread of its own: fixed, flat, or of another package.
        """
        require_positive(self, factor=factor)
        changes = self._scaled(factor)
        if changes is None:
            return None
        return replace(self, source=f"spread of {self!r} times {factor:g}", **changes)

    def _scaled(self, factor: float) -> dict[str, float] | None:
        """The parameters that `scaled` changes; None where it cannot."""
        return None

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Values below which the probabilities ``p`` lie."""
        p = np.asarray(p, dtype=float)
        return np.asarray(np.quantile(self.draw(np.random.default_rng(0), _DRAWS), p))


def is_number(value: object) -> bool:
    """Whether a parameter is a finite number."""
    return isinstance(value, Real) and math.isfinite(value)


def require_positive(prior: object, **values: float) -> None:
    """Refuse parameters that are not finite and above zero."""
    for name, value in values.items():
        if not (is_number(value) and value > 0):
            raise ValueError(
                f"{type(prior).__name__}: {name} must be finite and > 0, got {value!r}"
            )


def require_finite(prior: object, **values: float) -> None:
    """Refuse parameters that are not finite."""
    for name, value in values.items():
        if not is_number(value):
            raise ValueError(f"{type(prior).__name__}: {name} must be finite, got {value!r}")
