"""A full benefit up to a change point, then exponential waning."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any

from trialpool.synthesis.priors import LogNormal
from trialpool.synthesis.role import Role
from trialpool.synthesis.time_courses.base import (
    HALF_LIFE,
    ONSET,
    Parameter,
    TimeCourse,
    positive_part,
    rise,
)

CHANGE_POINT = Parameter(
    "change_point",
    Role(
        LogNormal(log(24), 0.3),
        "months",
        "month up to which the full benefit lasts",
        "median 24 months, 95 % between 13 and 43: pooled reviews report fading after two years",
        True,
    ),
)


class Plateau(TimeCourse):
    """``g(t) = (1 - 2**(-t / onset)) * 2**(-max(t - change_point, 0) / half_life)``."""

    name = "plateau"
    formula = "g(t) = (1 - 2^(-t/onset)) 2^(-max(t - change_point, 0)/half_life)"
    source = "change-point model: full until about 24 months, then waning"
    parameters = (HALF_LIFE, ONSET, CHANGE_POINT)

    def share(self, months: Any, p: Mapping[str, Any]) -> Any:
        """Level between onset and change point; after it halving every ``half_life`` months."""
        past = positive_part(months - p["change_point"])
        return rise(months, p["onset"]) * 2.0 ** (-past / p["half_life"])
