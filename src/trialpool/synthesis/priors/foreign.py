"""Priors made by other packages: PreliZ distributions, and PyMC distributions without a name.

PreliZ is not a dependency: what has its methods is taken for one of its distributions. PyMC loads
only when a prior of its own is met.
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from trialpool import graph as g
from trialpool.errors import ModelError
from trialpool.synthesis.priors.base import Prior
from trialpool.synthesis.priors.distributions import Flat

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_EXPECTED = (
    "a prior of trialpool.priors such as HalfNormal(5), a PreliZ distribution such as "
    "pz.Gamma(2, 1), or an unnamed PyMC distribution such as pm.Gamma.dist(2, 1)"
)
#: By which a PreliZ distribution is known.
_PRELIZ = ("is_frozen", "kind", "logpdf", "ppf", "rvs", "support", "to_pymc")


def as_prior(given: object) -> Prior:
    """A prior from whatever a user may give for one.

    Parameters
    ----------
    given : object
        A prior of trialpool, returned unchanged; a PreliZ distribution with all its parameters; or
        a continuous PyMC distribution of one number, made by ``.dist(...)``.

    Returns
    -------
    Prior

    Raises
    ------
    ModelError
        For anything else.
    """
    if isinstance(given, Prior):
        return given
    if all(hasattr(given, name) for name in _PRELIZ):
        return _from_preliz(given)
    if _is_tensor(given):
        return _from_pymc(given)
    raise ModelError(f"priors: got {given!r}, a {type(given).__name__}; expected {_EXPECTED}")


# ------------------------------------------------------------------------------------------- PreliZ


@dataclass(frozen=True, repr=False)
class PrelizPrior(Prior):
    """A PreliZ distribution as a prior."""

    distribution: Any

    def __repr__(self) -> str:
        return f"PreliZ {self.distribution!r}"

    @property
    def support(self) -> tuple[float, float]:
        """Lower and upper end of the values it allows."""
        low, high = self.distribution.support
        return float(low), float(high)

    def register(self, name: str, *, positive: bool = False, dims: str | None = None) -> Any:
        """Register the variable; see `Prior.register`."""
        _only_of_pymc(self, name)
        return self.distribution.to_pymc(name, dims=dims)

    def logpdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Log density at ``x``."""
        return np.asarray(self.distribution.logpdf(np.asarray(x, dtype=float)), dtype=float)

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Independent draws, shape (size,)."""
        return np.asarray(self.distribution.rvs(size, random_state=rng), dtype=float)

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Values below which the probabilities ``p`` lie."""
        return np.asarray(self.distribution.ppf(np.asarray(p, dtype=float)), dtype=float)


def _from_preliz(given: Any) -> PrelizPrior:
    if given.kind != "continuous":
        raise ModelError(f"priors: got {given!r}, which is {given.kind}; expected a continuous one")
    if not given.is_frozen:
        raise ModelError(
            f"priors: got a PreliZ {type(given).__name__} without all its parameters; "
            "give them, or fit them with a function such as pz.maxent"
        )
    return PrelizPrior(given)


# --------------------------------------------------------------------------------------------- PyMC


@dataclass(frozen=True, repr=False)
class PymcPrior(Prior):
    """An unnamed PyMC distribution as a prior."""

    variable: Any

    def __repr__(self) -> str:
        return f"PyMC {_written(self.variable)}"

    @cached_property
    def _support(self) -> tuple[float, float]:
        return _support_of(self.variable)

    @property
    def support(self) -> tuple[float, float]:
        """Lower and upper end of the values it allows."""
        return self._support

    def register(self, name: str, *, positive: bool = False, dims: str | None = None) -> Any:
        """Register an independent copy of the variable; see `Prior.register`."""
        from pymc.distributions.shape_utils import change_dist_size

        model = g.context()
        if isinstance(model, g.Graph):
            raise g.UnreadableError(f"the prior {self} of '{name}'")
        size = () if dims is None else (len(model.coords[dims]),)
        # A copy, so that one distribution may serve several roles and several models.
        return model.register_rv(change_dist_size(self.variable, size), name, dims=dims)

    def logpdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Log density at ``x``."""
        import pymc as pm

        x = np.asarray(x, dtype=float)
        return np.asarray(pm.logp(self.variable, x).eval(mode=_uncompiled()), dtype=float)

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Independent draws, shape (size,)."""
        import pymc as pm
        from pymc.distributions.shape_utils import change_dist_size

        seed = int(rng.integers(2**31))
        copy = change_dist_size(self.variable, (size,))
        return np.asarray(pm.draw(copy, random_seed=seed, mode=_uncompiled()), dtype=float)


def _only_of_pymc(prior: Prior, name: str) -> None:
    if isinstance(g.context(), g.Graph):
        raise g.UnreadableError(f"the prior {prior} of '{name}'")


def _is_tensor(given: object) -> bool:
    # Whoever holds a tensor has loaded PyTensor; nobody else should wait for it.
    if "pytensor" not in sys.modules:
        return False
    from pytensor.tensor import TensorVariable

    return isinstance(given, TensorVariable)


def _from_pymc(given: Any) -> Prior:
    if given.name is not None or not _is_random(given):
        raise ModelError(
            f"priors: got the PyMC variable {given}, which is not an unnamed distribution; "
            "expected one such as pm.Gamma.dist(2, 1)"
        )
    told = _written(given)
    if told in ("Flat()", "HalfFlat()"):
        return Flat()
    if given.ndim or given.dtype.startswith("int"):
        raise ModelError(f"priors: got {told}; expected a continuous distribution of one number")
    if _has_priors_of_its_own(given):
        raise ModelError(
            f"priors: got {told}, whose parameters are random; expected numbers, because one role "
            "has one prior. Give numbers"
        )
    return PymcPrior(given)


def _is_random(variable: Any) -> bool:
    from pymc.distributions.distribution import SymbolicRandomVariable
    from pytensor.tensor.random.op import RandomVariable

    op = getattr(variable.owner, "op", None)
    return isinstance(op, RandomVariable | SymbolicRandomVariable)


def _has_priors_of_its_own(variable: Any) -> bool:
    import pymc as pm
    from pytensor.graph.traversal import ancestors

    # The components of a mixture are random too, but its density speaks of their parameters only.
    return any(map(_is_random, ancestors([pm.logp(variable, 0.5, warn_rvs=False)])))


def _support_of(variable: Any) -> tuple[float, float]:
    """Where PyMC's own transform takes the two ends of the line."""
    import pymc as pm
    import pytensor.tensor as pt

    with pm.Model() as scratch:
        registered = PymcPrior(variable).register("x")
    transform = scratch.rvs_to_transforms[registered]
    if transform is None:
        return -np.inf, np.inf
    ends = pt.as_tensor(np.array([-np.inf, np.inf]))
    low, high = transform.backward(ends, *registered.owner.inputs).eval(mode=_uncompiled())
    # An angle has no ends: it turns NaN.
    return (-np.inf, np.inf) if np.isnan(low + high) else (float(low), float(high))


def _written(variable: Any) -> str:
    """``Gamma(alpha=2, scale=0.5)``: the parameters that PyMC computes with."""
    import pymc as pm
    from pytensor.tensor.random.op import RandomVariable
    from pytensor.tensor.random.type import RandomType
    from pytensor.tensor.type_other import NoneTypeT

    op = variable.owner.op
    name = getattr(op, "_print_name", (type(op).__name__,))[0]
    if isinstance(op, RandomVariable):
        parameters = op.dist_params(variable.owner)
    else:
        # Made of several operators: what remains once its generators and sizes are left out.
        parameters = [
            i
            for i in variable.owner.inputs
            if not isinstance(i.type, RandomType | NoneTypeT) and i.type.shape != (0,)
        ]
    logp = getattr(getattr(pm, name, None), "logp", None)
    labels = [f"{label}=" for label in list(inspect.signature(logp).parameters)[1:]] if logp else []
    if len(labels) != len(parameters):
        labels = [""] * len(parameters)
    shown = (label + _value(p) for label, p in zip(labels, parameters, strict=True))
    return f"{name}({', '.join(shown)})"


def _value(parameter: Any) -> str:
    if _is_random(parameter):
        return _written(parameter)
    value = parameter.eval(mode=_uncompiled())
    return f"{float(value):.10g}" if np.ndim(value) == 0 else str(value)


def _uncompiled() -> Any:
    """Plain Python: compiling would take longer than the few evaluations of a prior."""
    from pytensor.compile.mode import Mode

    return Mode(linker="py", optimizer=None)
