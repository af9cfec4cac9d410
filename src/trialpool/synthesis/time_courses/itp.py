"""Integrated two-component prediction: exponential approach to the benefit of one month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialpool.synthesis.time_courses.base import FULL, ONSET, TimeCourse, rise


class Itp(TimeCourse):
    """``g(t) = (1 - 2**(-t / onset)) / (1 - 2**(-12 / onset))``: one at 12 months."""

    name = "itp"
    formula = "g(t) = (1 - 2^(-t/onset)) / (1 - 2^(-12/onset))"
    source = "ITP with rate log(2)/onset (Fu and Manner 2010, J Biopharm Stat 20:1055)"
    parameters = (ONSET,)

    def share(self, months: Any, p: Mapping[str, Any]) -> Any:
        """One at 12 months whatever the onset, and nearly level after it."""
        return rise(months, p["onset"]) / rise(FULL, p["onset"])
