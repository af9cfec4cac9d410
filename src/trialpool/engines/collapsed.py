"""Models of few hyper-parameters: all that is normal given these is integrated out.

The graph says which part that is (`trialpool.graph.gaussian`); importance sampling draws the rest
(`trialpool.engines.importance`), on a scale on which its priors are standard normals, so that what
the reports say little about is proposed as it is. Metropolis steps make the draws exact, and the
locations are drawn from their normal distribution given them.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from trialpool.engines.draw import Draw
from trialpool.engines.importance import Weighted, importance_sample, independence_chain
from trialpool.engines.marginal import marginals
from trialpool.engines.tree import posterior_tree, values_of
from trialpool.graph import Graph
from trialpool.graph.arrow import Arrow, arrow
from trialpool.graph.gaussian import GaussianForm, gaussian_form
from trialpool.graph.model import Free
from trialpool.graph.sampling import complete, start_of

Values = NDArray[np.float64]

#: Hyper-parameters at most; importance sampling of more wastes most of its draws.
MOST = 14


@dataclass(frozen=True)
class Collapsed:
    """A graph whose locations can be integrated out, ready to be sampled."""

    graph: Graph
    form: GaussianForm
    arrow: Arrow

    @property
    def names(self) -> list[str]:
        """Names of the variables that are hyper-parameters."""
        return [free.name for free, _ in self._hyper]

    @property
    def _hyper(self) -> list[tuple[Free, NDArray[np.int64]]]:
        """Each variable with hyper-parameters, and their places among all of these."""
        found = []
        for free in self.graph.free:
            inside = (self.form.hyper >= free.place.start) & (self.form.hyper < free.place.stop)
            if inside.any():
                found.append((free, np.flatnonzero(inside)))
        return found

    def unconstrained(self, u: Values) -> Values:
        """Hyper-parameters, (draw, hyper), from numbers whose priors are standard normals."""
        found = np.empty_like(u)
        for free, places in self._hyper:
            found[:, places] = free.from_normal(u[:, places])
        return found

    def log_density(self, u: Values) -> Values:
        """Log density of these numbers, (draw,), locations integrated out."""
        with np.errstate(all="ignore"):  # far out numbers overflow: no density
            points = np.zeros((len(u), self.graph.size))
            points[:, self.form.hyper] = self.unconstrained(u)
            found, _ = self._marginals(points, np.zeros((0, len(self.form.location))))
            given = [(free, places) for free, places in self._hyper if free.has_normal]
            priors = values_of(self.graph, [free.log_prior for free, _ in given], points)
            for (free, places), prior in zip(given, priors, strict=True):
                own = self.form.hyper[places] - free.place.start
                found = found - prior.reshape(len(u), -1)[:, own].sum(axis=1)
                found = found - 0.5 * (u[:, places] ** 2 + np.log(2 * np.pi)).sum(axis=1)
        return np.where(np.isnan(found), -np.inf, found)

    def _marginals(self, points: Values, z: Values) -> tuple[Values, Values]:
        program = self.form.program
        (residual, rows), (rest, _) = program.outputs
        outputs = np.array([residual, rest, rows])
        arrays = tuple(getattr(self.arrow, field.name) for field in fields(Arrow))
        x = np.empty((len(z), len(self.form.location)))

        def part(places: NDArray[np.int64]) -> Values:
            own = z[places] if len(z) else z
            drawn = np.empty((len(own), x.shape[1]))
            found: Values = marginals(
                (self.form.fixed, self.form.moving, program.index, program.numbers),
                outputs,
                self.form.hyper,
                self.form.location,
                arrays,
                np.ascontiguousarray(points[places][:, self.form.hyper]),
                own,
                drawn,
            )
            if len(z):
                x[places] = drawn
            return found

        workers = os.cpu_count() or 1
        with ThreadPoolExecutor(workers) as pool:  # the machine leaves Python's lock
            parts = list(pool.map(part, np.array_split(np.arange(len(points)), workers)))
        return np.concatenate(parts), x

    def complete(self, u: Values, rng: np.random.Generator) -> Values:
        """Points of all elements, (draw, element), drawn given the hyper-parameters."""
        points = np.zeros((len(u), self.graph.size))
        points[:, self.form.hyper] = self.unconstrained(u)
        if len(self.form.location):
            z = rng.normal(size=(len(u), len(self.form.location)))
            points[:, self.form.location] = self._marginals(points, z)[1]
        kept = np.ones(self.graph.size, dtype=bool)
        kept[self.form.idle] = False
        return complete(self.graph, points[:, kept], kept, rng)


def collapse(graph: Graph) -> Collapsed | str:
    """A graph ready to be sampled, or what stands against it, in words."""
    form = gaussian_form(graph)
    if len(form.hyper) > MOST:
        names = [
            free.name
            for free in graph.free
            if ((form.hyper >= free.place.start) & (form.hyper < free.place.stop)).any()
        ]
        return (
            f"{len(form.hyper)} numbers that cannot be integrated out ({', '.join(names[:4])}"
            f"{', ...' if len(names) > 4 else ''})"
        )
    return Collapsed(graph, form, arrow(form.pattern))


def sample_collapsed(collapsed: Collapsed, how: Draw) -> xr.DataTree:
    """Draw from the posterior of a graph of few hyper-parameters.

    Parameters
    ----------
    collapsed : Collapsed
    how : Draw
        Its warm-up and target acceptance are not used.

    Returns
    -------
    xr.DataTree
        As of `trialpool.engines.nuts.sample`; attributes of ``sample_stats``: ``pareto_k`` and
        ``effective_share`` of the importance weights, and ``log_evidence``.

    Raises
    ------
    DistrustError
        If the check of the draws fails.
    """
    rng = np.random.default_rng(how.seed)
    total = how.chains * how.draws
    start = np.zeros(len(collapsed.form.hyper))
    unconstrained = start_of(collapsed.graph)[collapsed.form.hyper]
    for free, places in collapsed._hyper:
        if not free.has_normal:
            start[places] = unconstrained[places]
    if start.size:
        weighted = importance_sample(collapsed.log_density, start, total, rng)
    else:
        nothing = np.zeros((total, 0))
        constant = collapsed.log_density(nothing[:1])
        weighted = Weighted(nothing, np.repeat(constant, len(nothing)), -np.inf, 1.0)
    places = independence_chain(weighted, how.chains, how.draws, rng)
    points = collapsed.complete(weighted.points[places.ravel()], rng)
    stats = {"diverging": np.zeros((how.chains, how.draws), dtype=bool)}
    tree = posterior_tree(collapsed.graph, points, how.chains, stats)
    tree["sample_stats"].attrs.update(
        pareto_k=weighted.pareto_k,
        effective_share=weighted.share,
        log_evidence=weighted.log_constant,
    )
    return tree
