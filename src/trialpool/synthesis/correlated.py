"""The PyMC model of several outcomes: each outcome's own, over standard normals that correlate.

What an outcome's model calls ``class_z``, ``treatment_z`` and ``trial_z`` are standard normals by
label. Here those of one label correlate between outcomes with a matrix ``R``; within an outcome
they stay independent, so each outcome alone has the model that it has by itself. Non-centred: free
are the innovations, ``z = L u`` with ``L L' = R`` over the outcomes in which the label is seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from trialpool import graph as g
from trialpool.evidence import Evidence
from trialpool.synthesis.families import FAMILY
from trialpool.synthesis.network import Network, build_network
from trialpool.synthesis.pooling import Normals, independent
from trialpool.synthesis.priors import Fixed, Normal, Prior

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trialpool.synthesis.joint import Joint

#: Stands for the dim of a single number, the population mean.
_SINGLE = ""


def build(joint: Joint, evidence: Mapping[str, Evidence]) -> Any:
    """The PyMC model of several outcomes.

    Parameters
    ----------
    joint : Joint
    evidence : mapping of str to Evidence
        As ``joint.check`` accepts it.

    Returns
    -------
    pm.Model
        Of each outcome what its own model has, variables and dims under ``outcome::name``; and
        ``outcome_correlation`` (outcome, outcome_bis).
    """
    names = list(joint.outcomes)
    with g.new_model(coords={"outcome": names, "outcome_bis": names}) as model:
        normals = CorrelatedNormals(_correlation(joint.correlation, len(names)))
        for place, name in enumerate(names):
            spec, found = joint.models[name], evidence[name]
            labels = _labels(build_network(found))
            own: Normals = partial(normals.add, place, labels)
            priors = spec.priors_for(found)
            if isinstance(mean := priors.get("effect"), Normal):
                priors["effect"] = _Mean(mean.mean, mean.sd, own)
            module, function = FAMILY[found.layout].builder.split(":")
            getattr(import_module(module), function)(
                spec, found, priors, normals=own, new_model=partial(g.part, name)
            )
    return model


def _correlation(prior: Prior, size: int) -> Any:
    if isinstance(prior, Fixed):
        matrix = np.full((size, size), float(prior.value))
        np.fill_diagonal(matrix, 1.0)
        return g.Deterministic("outcome_correlation", matrix, dims=("outcome", "outcome_bis"))
    return prior.register("outcome_correlation", dims="outcome")


def _labels(network: Network) -> dict[str, list[str]]:
    """What makes two values the same in two outcomes, by dim."""
    # A contrast with another reference arm is another contrast, whatever its arm is called.
    contrasts = [
        f"{arm} v {network.arms[of]}"
        for i, (arm, of) in enumerate(zip(network.arms, network.reference, strict=True))
        if of != i
    ]
    return {
        "class": network.classes,
        "treatment": network.treatments,
        "contrast": contrasts,
        _SINGLE: [_SINGLE],
    }


class CorrelatedNormals:
    """Standard normals of outcomes that are added one after the other.

    Parameters
    ----------
    correlation : (outcome, outcome)
    """

    def __init__(self, correlation: Any) -> None:
        self.correlation = correlation
        # By variable: place of the outcome, its labels, its innovations.
        self._added: dict[str, list[tuple[int, NDArray[np.str_], Any]]] = {}

    def add(self, place: int, labels: Mapping[str, list[str]], name: str, dim: str) -> Any:
        """Normals of the outcome at ``place``, one a label of the dim.

        They have the correlation with those of the outcomes before it that have the label too.
        """
        free = g.Normal(name, 0, 1, dims=dim or None)
        own, mine = free if dim else free[None], np.array(labels[dim])
        before = self._added.setdefault(name, [])
        same = [mine[:, None] == theirs for _, theirs, _ in before]
        # Which of the outcomes before have each label: those with the same answer have one formula.
        seen = [tuple(i for i, s in enumerate(same) if s[row].any()) for row in range(len(mine))]
        z: Any = g.zeros(len(mine))
        for others in sorted(set(seen)):
            here = np.array([found == others for found in seen])
            *shared, rest = self._weights([*(before[i][0] for i in others), place])
            z = z + rest * here * own
            for weight, i in zip(shared, others, strict=True):
                take = (here[:, None] & same[i]).astype(float)
                z = z + weight * g.times(take, before[i][2])
        before.append((place, mine, own))
        return z if dim else z[0]

    def _weights(self, places: list[int]) -> list[Any]:
        """Weights of the innovations of these outcomes in the normals of the last of them."""
        # The last row of the Cholesky factor; in scalars, which compile faster than the operator.
        rows: list[list[Any]] = []
        for i, place in enumerate(places):
            row: list[Any] = []
            for j in range(i):
                known = sum(a * b for a, b in zip(row, rows[j][:j], strict=True))
                row.append((self.correlation[place, places[j]] - known) / rows[j][j])
            rows.append([*row, g.sqrt(1 - sum(weight**2 for weight in row))])
        return rows[-1]


@dataclass(frozen=True)
class _Mean(Normal):
    """A normal prior whose standardised value correlates with those of other outcomes."""

    normals: Normals = independent

    def register(self, name: str, *, positive: bool = False, dims: str | None = None) -> Any:
        """As `Normal.register`, over ``{name}_z``; effects without pooling stay independent."""
        if dims is not None:
            return super().register(name, dims=dims)
        return g.Deterministic(name, self.mean + self.sd * self.normals(f"{name}_z", _SINGLE))
