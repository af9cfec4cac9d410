"""A straight line in time after the onset, which ends at zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialpool.synthesis.priors import HalfNormal, Normal
from trialpool.synthesis.role import Role
from trialpool.synthesis.time_courses.base import ONSET, Parameter, TimeCourse, positive_part, rise

TREND = Parameter(
    "trend",
    Role(
        Normal(-0.15, 0.15),
        "share of the benefit a year",
        "typical change of the benefit in a year",
        "loses 15 % a year (half in 3.3 years, as the waning shape), 95 % from 44 % lost to 14 % "
        "gained",
    ),
    Role(
        HalfNormal(0.1),
        "share of the benefit a year",
        "SD of the classes' trends",
        "classes within about 10 % a year",
        True,
    ),
)


class Linear(TimeCourse):
    """``g(t) = (1 - 2**(-t / onset)) * max(1 + trend * t / 12, 0)``."""

    name = "linear"
    formula = "g(t) = (1 - 2^(-t/onset)) max(1 + trend t/12, 0)"
    source = "straight line; a benefit that has gone does not turn into harm"
    parameters = (TREND, ONSET)

    def share(self, months: Any, p: Mapping[str, Any]) -> Any:
        """Gains or loses ``trend`` of the full benefit a year, down to nothing."""
        return rise(months, p["onset"]) * positive_part(1 + p["trend"] * months / 12)
