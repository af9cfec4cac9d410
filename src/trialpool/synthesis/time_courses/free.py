"""No formula after the onset: a random walk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from trialpool.synthesis.priors import HalfNormal, Prior
from trialpool.synthesis.time_courses.base import ONSET, TimeCourse, rise


class Free(TimeCourse):
    """``g(t) = 1 - 2**(-t / onset)``, and a drift that may carry the benefit anywhere."""

    name = "free"
    formula = "g(t) = 1 - 2^(-t/onset), with drift ~ HalfNormal(10) instead of HalfNormal(4)"
    source = "random walk in continuous time (Wiener process), the drift of every shape given room"
    parameters = (ONSET,)
    #: An SD of up to about 10 points a year: a benefit of 15 may be lost or doubled in two years.
    replaces: ClassVar[Mapping[str, Prior]] = {"drift": HalfNormal(10)}

    def share(self, months: Any, p: Mapping[str, Any]) -> Any:
        """The onset alone; the class's random walk does the rest."""
        return rise(months, p["onset"])
