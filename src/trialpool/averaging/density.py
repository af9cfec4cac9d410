"""A model as two functions of many points at once: what the trials say, and the priors."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from trialpool.engines import reader
from trialpool.graph import Graph

Values = NDArray[np.float64]
Index = NDArray[np.int64]

#: Dims whose variables belong to the review and not to a trial, even where one trial alone shows
#: them: a class that one trial tests has numbers in plenty (a random walk, an interval each).
_COMMON = {"class", "interval", "covariate"}
#: Draws around which `Density.own` looks whom an element moves; no draw is special.
_LOOKS = 4


class Density:
    """Log likelihood by trial and log prior density by element, on the unconstrained space.

    Parameters
    ----------
    graph : Graph
        With the deterministic ``log_lik`` by trial or study.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph, self.size = graph, graph.size
        dims, log_lik = graph.deterministics["log_lik"]
        self.trials = tuple(str(label) for label in graph.coords[dims[0]])
        # One program for hundreds of calls: reading the graph takes longer than running it.
        self._read = reader(graph, [log_lik, *(free.log_prior for free in graph.free)])

    def __call__(self, points: Values) -> tuple[Values, Values]:
        """Log likelihood (point, trial) and log prior density (point, element)."""
        log_lik, *priors = self._read(points)
        return log_lik, np.concatenate([p.reshape(len(points), -1) for p in priors], axis=1)

    def points(self, posterior: xr.Dataset) -> Values:
        """Draws as points, (draw, element), chain after chain."""
        rows = posterior.sizes["chain"] * posterior.sizes["draw"]
        pieces = []
        for free in self.graph.free:
            drawn = posterior[free.name].transpose("chain", "draw", ...).values
            pieces.append(free.unconstrained(drawn.astype(float)).reshape(rows, -1))
        return np.concatenate(pieces, axis=1)

    @cached_property
    def _may_be_own(self) -> Index:
        places = [
            np.arange(free.place.start, free.place.stop)
            for free in self.graph.free
            if free.dims and not set(free.dims) & _COMMON
        ]
        return np.concatenate([*places, np.zeros(0, dtype=np.int64)])

    def own(self, points: Values) -> list[Index]:
        """The elements that are a trial's own: they move its log likelihood and that of no other.

        A trial that is left out takes these with it: its mean before treatment, its controls'
        course, its deviations, spreads and shared errors. They are found by moving each and looking
        who is moved, not by labels.

        Parameters
        ----------
        points : (draw, element)
            Draws of the posterior.

        Returns
        -------
        list of arrays of int
            One a trial.
        """
        moved = self._may_be_own
        step = points.std(axis=0)
        seen = np.zeros((moved.size, len(self.trials)), dtype=bool)
        for start in points[np.linspace(0, len(points) - 1, _LOOKS).astype(int)]:
            shifted = np.tile(start, (1 + moved.size, 1))
            shifted[1 + np.arange(moved.size), moved] += np.where(step > 0, step, 1.0)[moved]
            log_lik, _ = self(shifted)
            seen |= ~np.isclose(log_lik[1:], log_lik[0], rtol=1e-10, atol=1e-10)
        alone = seen.sum(axis=1) == 1
        return [moved[alone & seen[:, trial]] for trial in range(len(self.trials))]
