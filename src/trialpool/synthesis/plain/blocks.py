"""Estimates with known covariances, in clusters of effects: independent blocks of rows.

In one block, with errors e ~ N(0, V) and effects theta = mean + u + v, u ~ N(0, tau_cluster) common
to the block, v ~ N(0, tau) each row's own,

    y ~ N( mean, V + tau^2 I + tau_cluster^2 11' )

With ``V = Q' diag(lambda) Q``, decomposed once in NumPy, the rows of ``Q y`` have variances ``d =
lambda + tau^2`` and share only ``u``, with loadings ``q = Q 1``. So the log density is that of
independent rows with a correction of rank one a block (Sherman and Morrison 1950,
doi:10.1214/aoms/1177729893), and no matrix is factorised while sampling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool import graph as g
from trialpool.evidence import Evidence
from trialpool.synthesis.network import Index, Values


@dataclass(frozen=True)
class Blocks:
    """Rows that are independent of those of other blocks.

    Attributes
    ----------
    dim : {"cluster", "block"}
        Clusters, or sets of rows whose errors correlate.
    labels : list of str
    of_study : (study,)
        Index of the block.
    variance : (direction,)
        Eigenvalues of the covariance of the errors.
    rotation : (direction, study) or None
        Its eigenvectors, block by block; None where the errors are independent.
    """

    dim: str
    labels: list[str]
    of_study: Index
    variance: Values
    rotation: Values | None

    @property
    def coords(self) -> dict[str, list[str]]:
        """Dims of the blocks and of the directions in which errors are independent."""
        directions = [] if self.rotation is None else range(len(self.variance))
        return {self.dim: self.labels} | (
            {"direction": [str(i) for i in directions]} if directions else {}
        )


def read_blocks(evidence: Evidence) -> Blocks | None:
    """Blocks of the rows of ``evidence.used``; None where all rows are independent."""
    used = evidence.used
    names, variance = used["study"].tolist(), used["se"].to_numpy(float) ** 2
    clustered = "cluster" in used
    covariance = None
    if evidence.covariance is not None:
        covariance = evidence.covariance.loc[names, names].to_numpy(float)
        if not (covariance - np.diag(np.diag(covariance))).any():
            covariance = None
    if clustered:
        labels = list(dict.fromkeys(used["cluster"]))
        place = {label: i for i, label in enumerate(labels)}
        of_study = np.array([place[label] for label in used["cluster"]], dtype=np.int64)
    elif covariance is None:
        return None
    else:
        from scipy.sparse.csgraph import connected_components  # only here

        count, found = connected_components(covariance != 0, directed=False)
        of_study = found.astype(np.int64)
        labels = [
            " + ".join(name for name, b in zip(names, of_study, strict=True) if b == block)
            for block in range(count)
        ]
    rotation = None
    if covariance is not None:
        rotation = np.zeros_like(covariance)
        for block in range(len(labels)):
            rows = np.flatnonzero(of_study == block)
            square = np.ix_(rows, rows)
            variance[rows], vectors = np.linalg.eigh(covariance[square])
            rotation[square] = vectors.T
    return Blocks("cluster" if clustered else "block", labels, of_study, variance, rotation)


class Correlated:
    """Blocks in the model in whose context this is made, which gets their data."""

    def __init__(self, blocks: Blocks) -> None:
        self.dim = blocks.dim
        self._turn: Any = None
        if blocks.rotation is None:
            self.variance = g.Data("variance", blocks.variance, dims="study")
        else:
            self.variance = g.Data("variance", blocks.variance, dims="direction")
            self._turn = g.Data("rotation", blocks.rotation, dims=("direction", "study"))
        self._of_study = g.Data(f"{blocks.dim}_of_study", blocks.of_study, dims="study")
        labels = np.arange(len(blocks.labels))
        self._member = (labels[:, None] == blocks.of_study).astype(float)
        self._ones = g.ones(len(blocks.of_study))

    def _turned(self, values: Any) -> Any:
        return values if self._turn is None else g.times(self._turn, values)

    def _shared(self, residual: Any, tau: Any) -> tuple[Any, Any, Any]:
        """Variance by direction; precision and weighted residual of ``u`` by block."""
        d = self.variance + tau**2
        loading = self._turned(self._ones)
        precision = g.times(self._member, loading**2 / d)
        return d, precision, g.times(self._member, loading * residual / d)

    def log_density(self, value: Any, mean: Any, tau: Any, tau_cluster: Any) -> Any:
        """Of the estimates by block, study effects integrated out."""
        residual = self._turned(value - mean)
        d, precision, weighted = self._shared(residual, tau)
        rows = -0.5 * (np.log(2 * np.pi) + g.log(d) + residual**2 / d)
        inflation = 1 + tau_cluster**2 * precision
        common = 0.5 * (tau_cluster**2 * weighted**2 / inflation - g.log(inflation))
        return g.times(self._member, rows) + common

    def deviations(
        self, residual: Any, tau: Any, tau_cluster: Any, z: Any, cluster_z: Any
    ) -> tuple[Any, Any]:
        """``u`` by block and ``theta - mean`` by study, from their exact conditional given y.

        Parameters
        ----------
        residual : (study,)
            Estimates minus all that they are expected to be.
        tau, tau_cluster : scalar
        z, cluster_z : (study,), (block,)
            Standard normals.
        """
        residual = self._turned(residual)
        d, precision, weighted = self._shared(residual, tau)
        inflation = 1 + tau_cluster**2 * precision
        u = tau_cluster**2 * weighted / inflation + tau_cluster / g.sqrt(inflation) * cluster_z
        left = residual - self._turned(u[self._of_study])
        kept = tau**2 / d
        own = kept * left + g.sqrt(kept * self.variance) * z
        if self._turn is not None:
            own = g.times(self._turn.T, own)
        return u, u[self._of_study] + own
