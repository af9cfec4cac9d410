"""What a time course is: a formula for the share of the full benefit, and the roles of its numbers.

A shape is one class in one file. It names its ``parameters``, says in ``formula`` what ``share``
computes, and may replace the default prior of another role. ``share`` uses arithmetic, powers and
functions of the months only, so it takes NumPy arrays and PyTensor variables alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Any, ClassVar

import numpy as np

from trialpool.synthesis.priors import HalfNormal, LogNormal, Prior
from trialpool.synthesis.role import Role


@dataclass(frozen=True)
class Parameter:
    """One number of a shape.

    Attributes
    ----------
    name : str
        Its name in ``share`` and in the posterior; its role has the same name.
    role : Role
        Prior of the number, or of its typical value over the classes.
    spread : Role or None
        Prior of the SD of the classes' values around the typical one (of their logarithms where
        the number is positive), under the role ``<name>_sd``. None: one number for all classes.
    """

    name: str
    role: Role
    spread: Role | None = None

    @property
    def roles(self) -> dict[str, Role]:
        """Roles by name."""
        own = {self.name: self.role}
        return own if self.spread is None else {**own, f"{self.name}_sd": self.spread}


class TimeCourse(ABC):
    """A shape of the benefit over time; see `trialpool.synthesis.time_courses`.

    Attributes
    ----------
    name : str
        As in ``Model(time_course=...)``.
    formula : str
        What ``share`` computes, in plain text.
    source : str
        Where the formula comes from or what it stands for.
    parameters : tuple of Parameter
    replaces : mapping of str to Prior
        Default priors of other roles of the longitudinal model that this shape replaces.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    replaces: ClassVar[Mapping[str, Prior]] = {}

    @property
    def roles(self) -> dict[str, Role]:
        """Roles of the shape's parameters, by name."""
        return {name: role for p in self.parameters for name, role in p.roles.items()}

    @abstractmethod
    def share(self, months: Any, p: Mapping[str, Any]) -> Any:
        """Share of the full benefit.

        Parameters
        ----------
        months : array_like
            Months since the injection.
        p : mapping of str to array_like
            Value of each parameter, broadcast against ``months``.

        Returns
        -------
        array_like
            Broadcast over the arguments.
        """


def rise(months: Any, onset: Any) -> Any:
    """Exponential build-up that is half complete at ``onset``: ``1 - 2**(-t / onset)``."""
    return 1 - 2.0 ** (-months / onset)


def positive_part(x: Any) -> Any:
    """``max(x, 0)`` for NumPy arrays and PyTensor variables alike."""
    return (x + abs(x)) / 2


ONSET = Parameter(
    "onset",
    Role(
        LogNormal(0, 0.5),
        "months",
        "time to half of the full benefit after the injection",
        "median 1 month, 95 % between 0.4 and 2.7 months",
        True,
    ),
)
HALF_LIFE = Parameter(
    "half_life",
    Role(
        LogNormal(log(36), 0.8),
        "months",
        "typical half-life of the benefit (population median)",
        "median 3 years, 95 % between 7 months and 14 years: reviews report fading after two years",
        True,
    ),
    Role(
        HalfNormal(0.5),
        "log months",
        "SD of class log half-lives",
        "classes within a factor of about 2",
        True,
    ),
)
#: Month at which the full benefit is read where a formula has no plateau.
FULL = 12.0


def log_months(months: Any) -> Any:
    """``log(1 + t)``."""
    return np.log1p(months)
