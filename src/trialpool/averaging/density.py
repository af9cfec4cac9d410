"""A model as two NumPy functions of many points at once: what the trials say, and the priors.

The graph of the PyMC model is vectorised over a leading dim and run operator by operator. Nothing
is compiled, so it is ready in seconds, and a thousand points cost little more than one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import xarray as xr
from numpy.typing import NDArray
from pymc.model.transform.optimization import freeze_dims_and_data
from pytensor.compile.mode import Mode
from pytensor.graph.replace import graph_replace, vectorize_graph

Values = NDArray[np.float64]
Index = NDArray[np.int64]

#: Each operator as NumPy has it; fused ones would need a compiler. The rewrites put operators on
#: whole batches in the place of loops over points.
_PLAIN = Mode(linker="py", optimizer="fast_compile")
#: Points evaluated together: enough to drown the cost of a call, few enough for the cache.
_CHUNK = 2000
#: Dims whose variables belong to the review and not to a trial, even where one trial alone shows
#: them: a class that one trial tests has numbers in plenty (a random walk, an interval each).
_COMMON = {"class", "interval", "covariate"}
#: Draws around which `Density.own` looks whom an element moves; no draw is special.
_LOOKS = 4


@dataclass(frozen=True)
class _Variable:
    """A free variable as a piece of the flat point."""

    name: str
    place: slice
    forward: Any
    own: bool


class Density:
    """Log likelihood by trial and log prior density by element, on the unconstrained space.

    Parameters
    ----------
    model : pm.Model
        With the deterministic ``log_lik`` by trial or study.
    """

    def __init__(self, model: pm.Model) -> None:
        model = freeze_dims_and_data(model)
        (dim,) = model.named_vars_to_dims["log_lik"]
        self.trials = tuple(str(label) for label in model.coords[dim])
        start = model.initial_point()
        self._variables: list[_Variable] = []
        at = 0
        for rv in model.free_RVs:
            size = int(np.size(start[model.rvs_to_values[rv].name]))
            dims = set(model.named_vars_to_dims.get(rv.name) or ())
            own = bool(dims) and not dims & _COMMON and rv.owner.op.ndim_supp == 0
            self._variables.append(
                _Variable(rv.name, slice(at, at + size), _forward(model, rv), own)
            )
            at += size
        self.size = at
        self._call = self._vectorised(model, start)

    def _vectorised(self, model: pm.Model, start: dict[str, Any]) -> Any:
        point = pt.vector("point", shape=(self.size,))
        pieces, priors = {}, []
        for rv, logp, variable in zip(
            model.free_RVs, model.logp(vars=model.free_RVs, sum=False), self._variables, strict=True
        ):
            value = model.rvs_to_values[rv]
            piece = point[variable.place].reshape(np.shape(start[value.name]))
            pieces[value] = pt.specify_shape(piece, value.type.shape)
            # A joint density of several elements has no parts; nobody asks for it here.
            width = variable.place.stop - variable.place.start
            priors.append(logp.ravel() if rv.owner.op.ndim_supp == 0 else pt.zeros(width))
        (log_lik,) = model.replace_rvs_by_values([model["log_lik"]])
        outputs = graph_replace([log_lik, pt.concatenate(priors)], pieces, strict=False)
        points = pt.matrix("points", shape=(None, self.size))
        return pytensor.function([points], vectorize_graph(outputs, {point: points}), mode=_PLAIN)

    def __call__(self, points: Values) -> tuple[Values, Values]:
        """Log likelihood (point, trial) and log prior density (point, element)."""
        with np.errstate(all="ignore"):  # far from the posterior numbers may overflow
            found = [self._call(points[i : i + _CHUNK]) for i in range(0, len(points), _CHUNK)]
        log_lik, log_prior = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return log_lik, log_prior

    def points(self, posterior: xr.Dataset) -> Values:
        """Draws as points, (draw, element), chain after chain."""
        rows = posterior.sizes["chain"] * posterior.sizes["draw"]
        pieces = []
        for variable in self._variables:
            drawn = posterior[variable.name].transpose("chain", "draw", ...).values
            drawn = drawn.reshape(rows, *drawn.shape[2:]).astype(float)
            pieces.append(variable.forward(drawn).reshape(rows, -1))
        return np.concatenate(pieces, axis=1)

    @cached_property
    def _may_be_own(self) -> Index:
        return np.concatenate(
            [np.arange(v.place.start, v.place.stop) for v in self._variables if v.own]
            or [np.zeros(0, dtype=np.int64)]
        )

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


def _forward(model: pm.Model, rv: Any) -> Any:
    """From draws of a variable to the space of the sampler."""
    transform = model.rvs_to_transforms[rv]
    if transform is None:
        return lambda drawn: drawn
    drawn = pt.tensor("drawn", dtype="float64", shape=(None,) * (1 + rv.ndim))
    there = transform.forward(drawn, *rv.owner.inputs)
    return pytensor.function([drawn], there, mode=_PLAIN)
