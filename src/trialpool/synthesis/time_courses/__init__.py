"""Time courses of a benefit: one file a shape, each with its formula and its priors.

A new shape is one class in one file here and one entry in `SHAPES`.
"""

from __future__ import annotations

from trialpool.errors import ModelError
from trialpool.synthesis.time_courses.base import Parameter, TimeCourse
from trialpool.synthesis.time_courses.constant import Constant
from trialpool.synthesis.time_courses.emax import Emax
from trialpool.synthesis.time_courses.free import Free
from trialpool.synthesis.time_courses.itp import Itp
from trialpool.synthesis.time_courses.linear import Linear
from trialpool.synthesis.time_courses.loglinear import LogLinear
from trialpool.synthesis.time_courses.plateau import Plateau
from trialpool.synthesis.time_courses.spline import Spline
from trialpool.synthesis.time_courses.waning import Waning

__all__ = ["SHAPES", "Parameter", "TimeCourse", "time_course"]

SHAPES: dict[str, TimeCourse] = {
    shape.name: shape
    for shape in (
        Constant(),
        Waning(),
        Plateau(),
        Linear(),
        Free(),
        Emax(),
        LogLinear(),
        Itp(),
        Spline(),
    )
}


def time_course(name: str) -> TimeCourse:
    """The shape called ``name``.

    Raises
    ------
    ModelError
        If there is none.
    """
    if name not in SHAPES:
        raise ModelError(f"time_course: got '{name}'; expected one of {', '.join(sorted(SHAPES))}")
    return SHAPES[name]
