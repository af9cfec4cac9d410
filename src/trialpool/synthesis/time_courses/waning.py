"""Onset, then exponential waning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialpool.synthesis.time_courses.base import HALF_LIFE, ONSET, TimeCourse, rise


class Waning(TimeCourse):
    """``g(t) = (1 - 2**(-t / onset)) * 2**(-t / half_life)``."""

    name = "waning"
    formula = "g(t) = (1 - 2^(-t/onset)) 2^(-t/half_life)"
    source = "first-order build-up and loss (Bateman function up to its scale)"
    parameters = (HALF_LIFE, ONSET)

    def share(self, months: Any, p: Mapping[str, Any]) -> Any:
        """Zero at the injection, rising by ``onset``, halving every ``half_life`` months."""
        return rise(months, p["onset"]) * 2.0 ** (-months / p["half_life"])
