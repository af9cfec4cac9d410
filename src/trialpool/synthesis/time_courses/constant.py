"""The full benefit from the first visit on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialpool.synthesis.time_courses.base import TimeCourse


class Constant(TimeCourse):
    """``g(t) = 1``."""

    name = "constant"
    formula = "g(t) = 1"
    source = "no time course: what a plain meta-analysis assumes"

    def share(self, months: Any, p: Mapping[str, Any]) -> Any:
        """One at every month."""
        return 1.0 + 0.0 * months
