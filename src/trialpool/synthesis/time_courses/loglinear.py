"""Growth with the logarithm of time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialpool.synthesis.time_courses.base import FULL, TimeCourse, log_months


class LogLinear(TimeCourse):
    """``g(t) = log(1 + t) / log(1 + 12)``: the benefit at 12 months is the full one."""

    name = "loglinear"
    formula = "g(t) = log(1 + t) / log(13)"
    source = "log-linear, rate = full benefit / log(13) (Pedder et al. 2019, doi:10.1002/jrsm.1351)"

    def share(self, months: Any, p: Mapping[str, Any]) -> Any:
        """One at 12 months, growing without end."""
        return log_months(months) / log_months(FULL)
