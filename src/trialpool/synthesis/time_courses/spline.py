"""A natural cubic spline through the shares at a few months."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from trialpool.synthesis.priors import HalfNormal, Normal
from trialpool.synthesis.role import Role
from trialpool.synthesis.time_courses.base import FULL, Parameter, TimeCourse, log_months

#: Months at which the share is a parameter; it is 0 at the injection and 1 at 12 months.
KNOTS = (1.0, 4.0, 36.0)


def _knot(month: float, mean: float) -> Parameter:
    return Parameter(
        f"share_{month:g}",
        Role(
            Normal(mean, 0.3),
            "share of the benefit at 12 months",
            f"typical share of the 12-month benefit at {month:g} months",
            f"as the waning shape with its typical half-life, {mean:g}; SD of a third",
        ),
        Role(
            HalfNormal(0.2),
            "share of the benefit at 12 months",
            f"SD of the classes' shares at {month:g} months",
            "classes within about a fifth",
            True,
        ),
    )


class Spline(TimeCourse):
    """``g`` through (0, 0), (1, a), (4, b), (12, 1), (36, c): natural cubic in ``log(1 + t)``."""

    name = "spline"
    formula = "g(t) = sum over knots k of share[k] S[k](log(1 + t)); 0 at t = 0, 1 at t = 12"
    source = "natural cubic spline; linear in log(1 + t) past the last knot"
    parameters = (_knot(1.0, 0.6), _knot(4.0, 1.05), _knot(36.0, 0.63))

    def share(self, months: Any, p: Mapping[str, Any]) -> Any:
        """The cardinal splines of the knots, weighted by their shares."""
        full, *knots = _basis(np.asarray(months, dtype=float))
        share = full
        for parameter, basis in zip(self.parameters, knots, strict=True):
            share = share + p[parameter.name] * basis
        return share


def _basis(months: np.ndarray) -> list[np.ndarray]:
    """Cardinal natural splines of month 12 and of `KNOTS`, in that order, at ``months``."""
    from scipy.interpolate import CubicSpline  # only this shape waits for it

    knots = np.array([0.0, *sorted([*KNOTS, FULL])])
    place = [int(np.searchsorted(knots, month)) for month in (FULL, *KNOTS)]
    x, at = log_months(knots), log_months(months)
    found = []
    for i in place:
        spline = CubicSpline(x, np.eye(len(knots))[i], bc_type="natural")
        # Past the last knot a natural spline goes on as a line; SciPy would go on as a cubic.
        past = np.maximum(at - x[-1], 0)
        found.append(spline(np.minimum(at, x[-1])) + spline(x[-1], 1) * past)
    return found
