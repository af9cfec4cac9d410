"""What a prior believes: median, interval, and its mass on events that a reader can picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.synthesis.priors.base import Prior
from trialpool.synthesis.priors.distributions import Flat
from trialpool.synthesis.priors.events import events_of

#: Midpoints of 20,000 equal slices of probability: masses to 1/20,000, without chance.
_SLICES = (np.arange(20_000) + 0.5) / 20_000


@dataclass(frozen=True)
class Belief:
    """What one prior believes.

    Attributes
    ----------
    median, lower, upper : float or None
        Median and ends of the central 95 % interval, in the unit of the role. None for an improper
        prior, which has none.
    events : mapping of str to float
        Probability of each event, by its words.
    """

    median: float | None
    lower: float | None
    upper: float | None
    events: Mapping[str, float]

    def __str__(self) -> str:
        if self.median is None:
            return "flat: no mass anywhere in particular"
        return "; ".join(f"P({e}) {_equals(p, self.is_fixed)}" for e, p in self.events.items())

    @property
    def is_fixed(self) -> bool:
        """Whether all of it lies at one value."""
        return self.median is not None and self.lower == self.upper

    def interval(self) -> str:
        """Median and central 95 % interval as text; empty for an improper prior."""
        if self.median is None:
            return ""
        if self.is_fixed:
            return f"{self.median:.3g}, fixed"
        return f"{self.median:.3g} ({self.lower:.3g} to {self.upper:.3g})"

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "median": self.median,
            "lower": self.lower,
            "upper": self.upper,
            "events": [{"event": e, "probability": p} for e, p in self.events.items()],
        }


def believe(role: str, prior: Prior, unit: str = "", mcid: float | None = None) -> Belief:
    """What a prior believes about its role.

    Parameters
    ----------
    role : str
        As in `trialpool.synthesis.roles`; others have no events.
    prior : Prior
    unit : str
        Unit of the role.
    mcid : float, optional
        Minimal important change in the unit of the benefits.

    Returns
    -------
    Belief
    """
    if isinstance(prior, Flat):
        return Belief(None, None, None, {})
    lower, median, upper = (float(q) for q in prior.quantile([0.025, 0.5, 0.975]))
    values = prior.quantile(_SLICES)
    events = {
        event.words: float(np.mean(event.holds(values))) for event in events_of(role, unit, mcid)
    }
    return Belief(median, lower, upper, events)


def _equals(p: float, fixed: bool) -> str:
    """Two digits, and never 0 or 1 for what is only nearly so."""
    if fixed:
        return f"= {p:.0f}"
    if p < 0.005:
        return "< 0.01"
    if p > 0.995:
        return "> 0.99"
    return f"= {p:.2f}"
