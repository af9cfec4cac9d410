"""What a builder writes into: the graph that the engines read, or the PyMC model.

``Normal("z", 0, 1, dims="class")`` and its neighbours register a variable in the `Graph` in whose
context they are called, else in PyMC's model; so do ``Data``, ``Deterministic`` and ``Potential``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from trialpool.graph import functions as f
from trialpool.graph.distributions import DISTRIBUTIONS
from trialpool.graph.node import Node, Values, as_node

_OPEN: ContextVar[tuple[Graph, ...]] = ContextVar("_OPEN", default=())
_WRITING: ContextVar[bool] = ContextVar("_WRITING", default=False)


class UnreadableError(Exception):
    """A part of a model that has no graph, such as a prior that is a distribution of PyMC."""


@dataclass(frozen=True)
class Free:
    """A free variable.

    Attributes
    ----------
    name, dims, shape
    place : slice
        Its elements of the point, unconstrained.
    support : tuple
        ``("real",)``, ``("positive",)``, ``("share",)`` or ``("interval", low, high)``.
    point, value : Node
        The variable unconstrained, and as the model reads it.
    log_prior : Node
        By element, with the Jacobian.
    start : (size,)
        Unconstrained point to begin at.
    standard : bool
        Whether its elements are independent standard normals.
    kind, given : str, dict
        Name and parameters of its distribution.
    """

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    place: slice
    support: tuple[Any, ...]
    point: Node
    value: Node
    log_prior: Node
    start: Values
    standard: bool
    kind: str
    given: dict[str, Any]

    def from_normal(self, u: Values) -> Values:
        """Unconstrained elements whose prior is that of the variable, from standard normals.

        Any shape; ``u`` itself where the prior is improper or depends on other variables.
        """
        quantile = DISTRIBUTIONS[self.kind].quantile
        if not self.has_normal:
            return u
        assert quantile is not None
        if self.kind in ("Normal", "LogNormal"):  # without a detour that loses the tails
            return np.asarray(self.given["mu"] + self.given["sigma"] * u)
        return np.asarray(self.unconstrained(quantile(ndtr(u), ndtr(-u), **self.given)))

    @property
    def has_normal(self) -> bool:
        """Whether `from_normal` gives the prior."""
        fixed = not any(isinstance(value, Node) for value in self.given.values())
        return fixed and DISTRIBUTIONS[self.kind].quantile is not None

    def unconstrained(self, drawn: Any) -> Any:
        """Values of the variable as elements of points; any leading shape."""
        kind, *ends = self.support
        if kind == "positive":
            return np.log(drawn)
        if kind == "real":
            return drawn
        low, high = ends or (0.0, 1.0)
        return np.log(drawn - low) - np.log(high - drawn)


@dataclass(frozen=True)
class Observed:
    """A variable that was observed: its log density by element."""

    log_density: Any


class Graph:
    """A model as nodes.

    Attributes
    ----------
    coords : dict of str to list
        Labels of the dims.
    free : list of Free
    terms : list of Node
        The log density is the sum of all their elements.
    deterministics : dict of str to (dims, Node or array)
    data : dict of str to (dims, array, whether observed)
    """

    def __init__(
        self, coords: Mapping[str, Any] | None = None, *, name: str = "", parent: Any = None
    ) -> None:
        self.name, self.parent = name, parent
        self.coords: dict[str, Any] = {}
        root = self.root
        if parent is None:
            self.free: list[Free] = []
            self.terms: list[Node] = []
            self.deterministics: dict[str, tuple[tuple[str, ...], Any]] = {}
            self.data: dict[str, tuple[tuple[str, ...], Any, bool]] = {}
            self.size = 0
        for dim, labels in (coords or {}).items():
            self.coords[dim] = list(labels)
            root.coords[self.name_for(dim)] = list(labels)

    @property
    def root(self) -> Graph:
        """The graph that this one is a part of."""
        return self if self.parent is None else self.parent.root

    def name_for(self, name: str) -> str:
        """Name of a variable or dim of this part in the root."""
        return name if self.parent is None else f"{self.name}::{name}"

    @property
    def named_vars(self) -> set[str]:
        """Names of the variables of the root."""
        root = self.root
        return {variable.name for variable in root.free} | set(root.deterministics)

    @property
    def dim_lengths(self) -> dict[str, int]:
        """Length of each dim."""
        return {dim: len(labels) for dim, labels in self.coords.items()}

    def __enter__(self) -> Graph:
        _OPEN.set((*_OPEN.get(), self))
        return self

    def __exit__(self, *_: object) -> None:
        _OPEN.set(_OPEN.get()[:-1])

    def dims(self, dims: Any) -> tuple[str, ...]:
        """Long names of dims."""
        if dims is None:
            return ()
        return tuple(self.name_for(d) for d in ((dims,) if isinstance(dims, str) else dims))

    def add_free(self, name: str, kind: str, given: dict[str, Any], dims: Any, shape: Any) -> Node:
        """Register a free variable and return it."""
        root, distribution = self.root, DISTRIBUTIONS[kind]
        dims = self.dims(dims)
        if dims:
            shape = tuple(len(root.coords[d]) for d in dims)
        elif shape is None:
            shape = np.broadcast_shapes(*(np.shape(value) for value in given.values()))
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        size = int(np.prod(shape, dtype=np.int64))
        place = slice(root.size, root.size + size)
        point = Node("input", (), shape, np.arange(place.start, place.stop))
        ends = tuple(given.values())[:2] if distribution.support == "interval" else ()
        support = (distribution.support, *ends)
        value, jacobian = _constrained(point, support)
        log_prior = distribution.log_density(value, **given)
        if kind == "LogNormal":  # the Jacobian cancels
            log_prior = DISTRIBUTIONS["Normal"].log_density(point, **given)
        elif jacobian is not None:
            log_prior = log_prior + jacobian
        standard = kind == "Normal" and given == {"mu": 0, "sigma": 1}
        log_prior = as_node(log_prior)
        free = Free(
            self.name_for(name),
            dims,
            shape,
            place,
            support,
            point,
            value,
            log_prior,
            np.zeros(size),
            standard,
            kind,
            given,
        )
        start = np.broadcast_to(
            np.asarray(
                distribution.start(
                    *(0.0 if isinstance(v, Node) else np.asarray(v, float) for v in given.values())
                ),
                dtype=float,
            ),
            shape,
        )
        free.start[:] = free.unconstrained(start).ravel()
        root.size += size
        root.free.append(free)
        if kind not in ("Flat", "HalfFlat") or jacobian is not None:
            root.terms.append(log_prior)
        return value

    def add_observed(self, density: Any, observed: Any) -> Observed:
        """Register an observed variable by its log density."""
        for name, (dims, values, _) in self.root.data.items():
            if values is observed:
                self.root.data[name] = (dims, values, True)
        if isinstance(density, Node):
            self.root.terms.append(density)
        return Observed(density)


def _constrained(point: Node, support: tuple[Any, ...]) -> tuple[Node, Node | None]:
    """A free variable and its log Jacobian, of its unconstrained elements."""
    kind, *ends = support
    if kind == "real":
        return point, None
    if kind == "positive":
        return f.exp(point), point
    low, high = ends or (0.0, 1.0)
    jacobian = np.log(high - low) - f.softplus(point) - f.softplus(-point)
    return low + (high - low) * f.sigmoid(point), jacobian


@contextmanager
def writing_graphs() -> Iterator[None]:
    """Builders called inside write graphs and not PyMC models."""
    token = _WRITING.set(True)
    try:
        yield
    finally:
        _WRITING.reset(token)


def new_model(coords: Mapping[str, Any] | None = None) -> Any:
    """An empty graph within `writing_graphs`, else an empty PyMC model."""
    if _WRITING.get():
        return Graph(coords)
    import pymc as pm

    return pm.Model(coords=coords)


def context() -> Any:
    """The graph or PyMC model that is being built."""
    if _OPEN.get():
        return _OPEN.get()[-1]
    import pymc as pm

    return pm.modelcontext(None)


def _graph() -> Graph | None:
    return _OPEN.get()[-1] if _OPEN.get() else None


def Data(name: str, values: Any, *, dims: Any = None) -> Any:  # noqa: N802 (PyMC's name)
    """Numbers that the model is given; of a graph the numbers themselves."""
    if (graph := _graph()) is None:
        import pymc as pm

        return pm.Data(name, values, dims=dims)
    values = np.array(values)
    graph.root.data[graph.name_for(name)] = (graph.dims(dims), values, False)
    return values


def Deterministic(name: str, value: Any, *, dims: Any = None) -> Any:  # noqa: N802
    """A quantity to report, and the quantity itself."""
    if (graph := _graph()) is None:
        import pymc as pm
        import pytensor.tensor as pt

        return pm.Deterministic(name, pt.as_tensor(value), dims=dims)
    graph.root.deterministics[graph.name_for(name)] = graph.dims(dims), value
    return value


def Potential(name: str, value: Any) -> None:  # noqa: N802
    """A number to add to the log density."""
    if (graph := _graph()) is None:
        import pymc as pm

        pm.Potential(name, value)
    elif isinstance(value, Node):
        graph.root.terms.append(value)


def logp(observed: Any, value: Any) -> Any:
    """Log density of an observed variable by element."""
    if isinstance(observed, Observed):
        return observed.log_density
    import pymc as pm

    return pm.logp(observed, value)


def _variable(kind: str, name: str, given: dict[str, Any], **how: Any) -> Any:
    if (graph := _graph()) is None:
        import pymc as pm

        return getattr(pm, kind)(name, **given, **{k: v for k, v in how.items() if v is not None})
    if (observed := how.get("observed")) is not None:
        return graph.add_observed(DISTRIBUTIONS[kind].log_density(observed, **given), observed)
    return graph.add_free(name, kind, given, how.get("dims"), how.get("shape"))


def Normal(name: str, mu: Any, sigma: Any, *, dims: Any = None, observed: Any = None) -> Any:  # noqa: N802
    """Normal with mean and standard deviation."""
    return _variable("Normal", name, {"mu": mu, "sigma": sigma}, dims=dims, observed=observed)


def Binomial(  # noqa: N802
    name: str, n: Any, p: Any = None, *, logit_p: Any = None, dims: Any = None, observed: Any
) -> Any:
    """Counts of n, with a probability or its log odds."""
    chance = {"p": p} if logit_p is None else {"logit_p": logit_p}
    return _variable("Binomial", name, {"n": n, **chance}, dims=dims, observed=observed)


def Poisson(name: str, mu: Any, *, dims: Any = None, observed: Any) -> Any:  # noqa: N802
    """Counts around an expected number."""
    return _variable("Poisson", name, {"mu": mu}, dims=dims, observed=observed)


def variable(kind: str, name: str, *, dims: Any = None, shape: Any = None, **given: Any) -> Any:
    """A free variable of a distribution by its name in PyMC, with PyMC's parameters."""
    return _variable(kind, name, given, dims=dims, shape=shape)


def CustomDist(  # noqa: N802
    name: str, *parameters: Any, logp: Callable[..., Any], observed: Any, **how: Any
) -> Any:
    """An observed variable by its log density; ``how`` (random, signature, dims) is PyMC's."""
    if (graph := _graph()) is None:
        import pymc as pm

        return pm.CustomDist(name, *parameters, logp=logp, observed=observed, **how)
    return graph.add_observed(logp(observed, *parameters), observed)
