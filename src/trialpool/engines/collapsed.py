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
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from trialpool.engines.draw import Draw
from trialpool.engines.importance import Weighted, importance_sample, independence_chain
from trialpool.engines.marginal import marginals
from trialpool.engines.scale import normal_scale
from trialpool.engines.tree import posterior_tree
from trialpool.graph import Graph
from trialpool.graph.cholesky import Factor, factor
from trialpool.graph.gaussian import NestedForm, NormalPart, nested_form
from trialpool.graph.sampling import complete, start_of

Values = NDArray[np.float64]

#: Hyper-parameters at most; importance sampling of more wastes most of its draws.
MOST = 20
#: Points from which it pays to share them among threads.
_MANY = 200


@dataclass(frozen=True)
class Collapsed:
    """A graph whose locations can be integrated out, ready to be sampled.

    Points are hyper-parameters on their scale, then standard normals that stand for the locations
    of the inner part (`trialpool.engines.marginal`).
    """

    graph: Graph
    form: NestedForm

    @cached_property
    def _given(self) -> tuple[Any, ...]:
        form = self.form
        scale = normal_scale(self.graph, form.hyper)
        parts = (form.inner, form.outer)
        places = tuple(part.location for part in parts)
        return (form.hyper, scale, *(_arrays(part) for part in parts), places)

    @property
    def start(self) -> Values:
        """Where to begin, (hyper,)."""
        found = np.zeros(len(self.form.hyper))
        unconstrained = start_of(self.graph)[self.form.hyper]
        for free in self.graph.free:
            inside = (self.form.hyper >= free.place.start) & (self.form.hyper < free.place.stop)
            if not free.has_normal:
                found[inside] = unconstrained[inside]
        return found

    def log_density(self, u: Values) -> Values:
        """Log density of points, (draw,), locations integrated out."""
        found, _ = self._marginals(u, np.zeros((0, len(self.form.outer.location))))
        return np.where(np.isnan(found), -np.inf, found)

    def complete(self, u: Values, rng: np.random.Generator) -> Values:
        """Points of the graph, (draw, element), drawn given these."""
        points = self._marginals(u, rng.normal(size=(len(u), len(self.form.outer.location))))[1]
        kept = np.ones(self.graph.size, dtype=bool)
        kept[self.form.idle] = False
        return complete(self.graph, points[:, kept], kept, rng)

    def _marginals(self, u: Values, z: Values) -> tuple[Values, Values]:
        x = np.zeros((len(z), self.graph.size))

        def part(places: slice) -> Values:
            own = np.ascontiguousarray(u[places])
            found: Values = marginals(*self._given, own, z[places], x[places])  # type: ignore[call-arg]  # Numba's
            return found

        workers = (os.cpu_count() or 1) if len(u) >= _MANY else 1
        if workers == 1:
            return part(slice(None)), x
        ends = np.linspace(0, len(u), workers + 1).astype(int)
        with ThreadPoolExecutor(workers) as pool:  # the machine leaves Python's lock
            parts = list(pool.map(part, map(slice, ends[:-1], ends[1:])))
        return np.concatenate(parts), x


def _arrays(part: NormalPart) -> tuple[Any, ...]:
    """A normal part as the machine reads it."""
    program, places = part.program, factor(part.pattern)
    return (
        (program.table, program.index, program.numbers),
        np.array([start for start, _ in program.outputs]),
        tuple(getattr(places, field.name) for field in fields(Factor)),
    )


def collapse(graph: Graph) -> Collapsed | str:
    """A graph ready to be sampled, or what stands against it, in words."""
    form = nested_form(graph)
    if len(form.hyper) > MOST:
        inside = [np.isin(form.hyper, np.arange(graph.size)[free.place]) for free in graph.free]
        names = [free.name for free, own in zip(graph.free, inside, strict=True) if own.any()]
        return (
            f"{len(form.hyper)} numbers that cannot be integrated out ({', '.join(names[:4])}"
            f"{', ...' if len(names) > 4 else ''})"
        )
    return Collapsed(graph, form)


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
    nested = len(collapsed.form.inner.location)
    if collapsed.start.size:
        weighted = importance_sample(
            collapsed.log_density, collapsed.start, total, rng, nested=nested
        )
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
