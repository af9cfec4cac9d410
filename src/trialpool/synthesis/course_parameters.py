"""The numbers of a time course as variables: typical values, and those of classes or treatments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool import graph as g
from trialpool.synthesis.network import Index
from trialpool.synthesis.priors import Prior
from trialpool.synthesis.time_courses import Parameter, TimeCourse


@dataclass(frozen=True)
class CourseParameters:
    """The numbers of a shape, for ``TimeCourse.share``.

    Attributes
    ----------
    typical : dict of str to variable
        Scalars: the typical value, or the mean (of the logarithms, where the number is positive)
        where the groups are not pooled.
    of_group : dict of str to variable
        Scalars, or (group, 1) where groups differ.
    """

    typical: dict[str, Any]
    of_group: dict[str, Any]

    def at(self, group: Index) -> dict[str, Any]:
        """The numbers of each row's group, scalars or (row,); group -1 has the typical ones."""
        return {
            name: value
            if value.ndim == 0
            else g.concatenate([value[:, 0], self.typical[name][None]])[group]
            for name, value in self.of_group.items()
        }


def course_parameters(
    shape: TimeCourse, priors: dict[str, Prior], pooling: str, *, dim: str = "class"
) -> CourseParameters:
    """Register the numbers of a shape in the model in whose context this is called.

    Parameters
    ----------
    shape : TimeCourse
    priors : dict of str to Prior
        Roles of the shape, as far as the pooling uses them.
    pooling : {"complete", "partial", "none"}
        Of the groups' numbers, where the shape has a spread for them.
    dim : str
        The groups: ``"class"`` or ``"treatment"``.
    """
    found = CourseParameters({}, {})
    for parameter in shape.parameters:
        name = parameter.name
        if parameter.spread is None:
            value = priors[name].register(name, positive=parameter.role.scale)
            found.typical[name] = found.of_group[name] = value
        else:
            typical, of_group = _of_groups(parameter, priors, pooling, dim)
            found.typical[name], found.of_group[name] = typical, of_group[:, None]
    return found


def _of_groups(
    parameter: Parameter, priors: dict[str, Prior], pooling: str, dim: str
) -> tuple[Any, Any]:
    """Typical value and (group,) values of a number that groups may differ in."""
    name, positive = parameter.name, parameter.role.scale
    if pooling == "none":
        value = priors[name].register(name, positive=positive, dims=dim)
        return (g.exp(g.log(value).mean()) if positive else value.mean()), value
    typical = priors[name].register(f"{name}_typical", positive=positive)
    deviation: Any = np.zeros(1)
    if pooling == "partial":
        sd = priors[f"{name}_sd"].register(f"{name}_sd", positive=True)
        deviation = sd * g.Normal(f"{name}_z", 0, 1, dims=dim)
    value = typical * g.exp(deviation) if positive else typical + deviation
    groups = g.context().dim_lengths[dim]
    return typical, g.Deterministic(name, g.broadcast_to(value, (groups,)), dims=dim)
