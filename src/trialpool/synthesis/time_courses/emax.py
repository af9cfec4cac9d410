"""Hyperbolic build-up: the Emax model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialpool.synthesis.time_courses.base import ONSET, TimeCourse


class Emax(TimeCourse):
    """``g(t) = t / (onset + t)``; ``onset`` is the ET50."""

    name = "emax"
    formula = "g(t) = t / (onset + t)"
    source = "Emax in time, onset = ET50 (Pedder et al. 2019, doi:10.1002/jrsm.1351)"
    parameters = (ONSET,)

    def share(self, months: Any, p: Mapping[str, Any]) -> Any:
        """Half of the full benefit at ``onset``, and never all of it."""
        return months / (p["onset"] + months)
