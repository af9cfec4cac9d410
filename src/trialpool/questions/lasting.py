"""How much of a benefit is left later, and when it is no longer likely to matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.draws import Draws
from trialpool.questions.effects import (
    Array,
    benefit_at,
    grid,
    horizon,
    is_extrapolated,
    last_months,
    summarise,
)

#: The visit that a share left is of, and the months at which it is read.
SINCE = 24.0
LATER = (36.0, 48.0, 60.0)
#: A benefit over the MCID is more likely than not, or likely.
LEVELS = (0.5, 0.9)


@dataclass(frozen=True)
class Retained:
    """Benefit at a later month divided by that at an earlier, where the earlier is positive.

    Attributes
    ----------
    median, lower, upper : float or None
        Median and equal-tailed credible interval; None when no draw has a positive
        benefit at the earlier month or the months are past the horizon.
    level : float
        Posterior probability between `lower` and `upper`.
    n_draws_share : float or None
        Share of draws with a positive benefit at the earlier month: what the ratio stands on.
    note : str
        What to know before reading it.
    since, months : float
        The earlier month and the later.
    extrapolated : bool
        Whether the later month lies past the follow-up of the class.
    """

    median: float | None
    lower: float | None
    upper: float | None
    level: float
    n_draws_share: float | None
    note: str = ""
    since: float = SINCE
    months: float = LATER[0]
    extrapolated: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "median": self.median,
            "lower": self.lower,
            "upper": self.upper,
            "level": self.level,
            "n_draws_share": self.n_draws_share,
            "note": self.note,
            "since": self.since,
            "months": self.months,
            "extrapolated": self.extrapolated,
        }

    def __str__(self) -> str:
        mark = " EXTRAPOLATED" if self.extrapolated else ""
        if self.median is None:
            return f"at {self.months:g} months unknown ({self.note})"
        return (
            f"at {self.months:g} months {self.median:.2f} ({self.level * 100:g} % credible "
            f"interval {self.lower:.2f} to {self.upper:.2f}){mark}"
        )


@dataclass(frozen=True)
class Loss:
    """First whole month from which P(benefit > MCID) is under a level, having been at it or over.

    Attributes
    ----------
    probability : float
        The level.
    months : float or None
        None where there is no such month.
    extrapolated : bool
        Whether it lies past the follow-up of the class.
    note : str
        The same in words, or why there is none.
    reached : bool
        Whether P(benefit > MCID) is at the level or over at any month.
    """

    probability: float
    months: float | None
    extrapolated: bool
    note: str
    reached: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "probability": self.probability,
            "months": self.months,
            "extrapolated": self.extrapolated,
            "note": self.note,
            "reached": self.reached,
        }


def ratio_left(draws: Draws, cls: str, month: float, since: float = SINCE) -> Array:
    """Benefit at a month divided by that at an earlier one, of the draws where that is positive."""
    before, now = benefit_at(draws, cls, since), benefit_at(draws, cls, month)
    positive = before > 0
    return np.asarray(now[positive] / before[positive])


def retained(
    draws: Draws, cls: str, level: float, month: float = LATER[0], since: float = SINCE
) -> Retained:
    """Share of an earlier benefit that is left at a month."""

    def unknown(note: str, share: float | None = None) -> Retained:
        return Retained(None, None, None, level, share, note, since, month)

    if horizon(draws) < month:
        return unknown(f"{month:g} months lies past the horizon, {horizon(draws):g} months")
    share = float((benefit_at(draws, cls, since) > 0).mean())
    if share == 0.0:
        return unknown(f"no draw has a positive benefit at {since:g} months", share)
    s = summarise(ratio_left(draws, cls, month, since), unit="share", level=level)
    beyond = is_extrapolated(draws, [cls], month)
    notes = []
    if beyond:
        notes.append("the share kept is extrapolated: it lies past the follow-up of the class")
    if share < 1.0:
        notes.append(
            f"the share kept is over the {share * 100:.3g} % of draws with a positive benefit at "
            f"{since:g} months"
        )
    return Retained(
        s.median, s.lower, s.upper, level, share, "; ".join(notes), since, month, beyond
    )


def loss_on_grid(
    draws: Draws, cls: str, threshold: float | None, level: float
) -> tuple[float | None, str]:
    """As `loss`, at the first month of the posterior's grid, with a note."""
    months = grid(draws)
    found = _loss(draws, cls, threshold, level, months[months <= horizon(draws)])
    return found.months, found.note


def loss(draws: Draws, cls: str, threshold: float | None, level: float) -> Loss:
    """Month at which P(benefit > threshold) falls under a level, in whole months."""
    first = float(np.ceil(grid(draws)[0]))
    return _loss(draws, cls, threshold, level, np.arange(first, horizon(draws) + 1e-9))


def _loss(draws: Draws, cls: str, threshold: float | None, level: float, months: Array) -> Loss:
    if threshold is None:
        note = "no MCID is known: give one to have the month at which the benefit is lost"
        return Loss(level, None, False, note)
    shown = f"P(benefit > {threshold:g})"
    was_over = False
    for month in months:
        p = float(np.mean(benefit_at(draws, cls, float(month)) > threshold))
        if p >= level:
            was_over = True
        elif was_over:
            last = last_months(draws, cls)
            beyond = last is None or bool(month > last)
            text = f"{shown} is under {level:g} from {month:g} months"
            past = ", past the follow-up of the class" if beyond else ""
            return Loss(level, float(month), beyond, text + past, reached=True)
    if was_over:
        text = f"{shown} does not fall under {level:g} within {horizon(draws):g} months"
        return Loss(level, None, False, text, reached=True)
    return Loss(level, None, False, f"{shown} never reaches {level:g}")
