"""The prior of a correlation matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trialpool import graph as g
from trialpool.synthesis.priors.base import Prior, require_positive

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class LKJ(Prior):
    """Correlation matrix with density proportional to ``det(R)**(eta - 1)``.

    Uniform over correlation matrices at ``eta = 1``, nearer to no correlation the larger ``eta``.
    The correlation of two outcomes is ``2 Beta(eta, eta) - 1``; ``logpdf``, ``draw`` and
    ``quantile`` speak of that (Lewandowski, Kurowicka and Joe 2009,
    doi:10.1016/j.jmva.2009.04.008).
    """

    eta: float

    def __post_init__(self) -> None:
        require_positive(self, eta=self.eta)

    def _scaled(self, factor: float) -> dict[str, float] | None:
        return {"eta": self.eta / factor**2}

    @property
    def support(self) -> tuple[float, float]:
        """Of a correlation."""
        return -1.0, 1.0

    def register(self, name: str, *, positive: bool = False, dims: str | None = None) -> Any:
        """Register the matrix (dims, ``{dims}_bis``), made of ``{name}_partial``.

        Those are partial correlations, moved to 0-1: of ``i`` and ``j < i`` given all before ``j``,
        independent and ``Beta(b, b)`` with ``b = eta + (size - 2 - j) / 2``. Scalars compile in a
        fraction of the time that a Cholesky factor takes.
        """
        if dims is None:
            raise ValueError(f"LKJ: got no dims for '{name}', expected the dim of what correlates")
        size = len(g.context().coords[dims])
        pairs = [(i, j) for i in range(size) for j in range(i)]
        b = np.array([self.eta + (size - 2 - j) / 2 for _, j in pairs])
        partial = 2 * g.variable("Beta", f"{name}_partial", alpha=b, beta=b, shape=len(pairs)) - 1
        factor: dict[tuple[int, int], Any] = {}
        for i in range(size):
            left: Any = g.ones(())
            for j in range(i):
                factor[i, j] = partial[pairs.index((i, j))] * g.sqrt(left)
                left = left - factor[i, j] ** 2
            factor[i, i] = g.sqrt(left)

        def entry(i: int, j: int) -> Any:
            if i == j:  # exactly, for rounding would look like a quantity whose chains disagree
                return g.ones(())
            return sum(factor[i, k] * factor[j, k] for k in range(min(i, j) + 1))

        matrix = g.stack([g.stack([entry(i, j) for j in range(size)]) for i in range(size)])
        return g.Deterministic(name, matrix, dims=(dims, f"{dims}_bis"))

    def logpdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Log density of the correlation of two outcomes."""
        return np.asarray(self._of_two().logpdf(np.asarray(x, dtype=float)))

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Independent correlations of two outcomes, shape (size,)."""
        return np.asarray(self._of_two().rvs(size=size, random_state=rng))

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Values below which the probabilities ``p`` lie."""
        return np.asarray(self._of_two().ppf(p))

    def _of_two(self) -> Any:
        from scipy import stats  # half a second that a fit need not wait

        return stats.beta(self.eta, self.eta, loc=-1, scale=2)
