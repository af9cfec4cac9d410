"""What a second injection would add, under assumptions that no trial of the posterior tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.area import integral, integral_over, time_over
from trialpool.questions.effects import (
    Array,
    Summary,
    benefit_at,
    grid,
    horizon,
    is_extrapolated,
    summarise,
)
from trialpool.questions.monte_carlo import probability

#: Benefit after a second injection from the benefit that the first still has and that of a fresh
#: course, and the same in words.
BEST = "best of both"
ASSUMPTIONS: Mapping[str, tuple[Callable[[Array, Array], Array], str]] = {
    "restarts": (
        lambda first, fresh: fresh,
        "the benefit is that of a fresh course, and nothing is left of the first",
    ),
    BEST: (np.maximum, "the benefit is the larger of what is left and a fresh course"),
    "adds": (np.add, "the benefit of a fresh course adds to what is left of the first"),
}


@dataclass(frozen=True)
class RepeatAt:
    """Benefit at a month after a second injection.

    Attributes
    ----------
    months : float
        Since the first injection.
    benefit, gain : Summary
        With the second injection, and how much more that is than without.
    p_mcid : float or None
        P(benefit > MCID) with it.
    p_mcid_without : float or None
        The same without it.
    extrapolated : bool
        Whether the month lies past the follow-up of the class.
    """

    months: float
    benefit: Summary
    gain: Summary
    p_mcid: float | None
    p_mcid_without: float | None
    extrapolated: bool

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "months": self.months,
            "benefit": self.benefit.to_dict(),
            "gain": self.gain.to_dict(),
            "p_mcid": self.p_mcid,
            "p_mcid_without": self.p_mcid_without,
            "extrapolated": self.extrapolated,
        }


@dataclass(frozen=True)
class Repeat:
    """Gain of a second injection of a class under one assumption. Hypothetical.

    Attributes
    ----------
    cls : str
    repeat_at : float
        Month of the second injection.
    assumption, text : str
        Its name, and in words.
    horizon : float
        Where gains end.
    at : tuple of RepeatAt
        Month by month.
    area_gain : Summary
        Area under the gain, from the second injection to the horizon.
    months_gain : Summary or None
        How many months more the benefit is over the MCID.
    """

    cls: str
    repeat_at: float
    assumption: str
    text: str
    horizon: float
    at: tuple[RepeatAt, ...]
    area_gain: Summary
    months_gain: Summary | None

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "repeat_at": self.repeat_at,
            "assumption": self.assumption,
            "text": self.text,
            "hypothetical": True,
            "horizon": self.horizon,
            "months": [row.to_dict() for row in self.at],
            "area_gain": self.area_gain.to_dict(),
            "months_over_mcid_gain": None
            if self.months_gain is None
            else self.months_gain.to_dict(),
        }


def check_repeat(draws: Draws, repeat_at: float, until: float) -> None:
    """Refuse a second injection that comes before the first or after the horizon."""
    if not 0.0 < repeat_at < until:
        raise QuestionError(
            f"repeat at: got {repeat_at:g}, expected a month after the injection and before "
            f"{until:g}, the horizon. Try {min(24.0, until / 2):g}."
        )


def repeats(
    draws: Draws,
    cls: str,
    *,
    repeat_at: float,
    until: float,
    months: Sequence[float],
    mcid: float | None,
    unit: str,
    level: float,
) -> tuple[Repeat, ...]:
    """Gain of a second injection, one entry an assumption.

    Parameters
    ----------
    draws : Draws
        Of one outcome over time.
    cls : str
    repeat_at, until : float
        Month of the second injection, and the horizon.
    months : sequence of float
        Since the first injection; those after the second are shown, up to the horizon.
    mcid : float or None
    unit : str
    level : float

    Returns
    -------
    tuple of Repeat
    """
    first, last = float(grid(draws)[0]), min(until, horizon(draws))
    # A fresh course is that of the same draw: what is true of the first injection is taken to be
    # true of the second.
    own = grid(draws)
    knots = np.unique([*own, *(own + repeat_at), repeat_at, last, *np.arange(repeat_at, last)])
    knots = knots[(knots >= repeat_at + first) & (knots <= last)]
    left = np.stack([benefit_at(draws, cls, float(month)) for month in knots], axis=-1)
    fresh = np.stack([benefit_at(draws, cls, float(m - repeat_at)) for m in knots], axis=-1)
    shown = sorted({float(m) for m in months if repeat_at + first < m <= last})
    found = []
    for name, (combine, text) in ASSUMPTIONS.items():
        total = combine(left, fresh)
        rows = []
        for month in shown:
            old = benefit_at(draws, cls, month)
            new = combine(old, benefit_at(draws, cls, month - repeat_at))
            over = [None if mcid is None else probability(x > mcid, of=x)[0] for x in (new, old)]
            rows.append(
                RepeatAt(
                    months=month,
                    benefit=summarise(new, unit=unit, level=level),
                    gain=summarise(new - old, unit=unit, level=level),
                    p_mcid=over[0],
                    p_mcid_without=over[1],
                    extrapolated=is_extrapolated(draws, [cls], month),
                )
            )
        more = (
            None
            if mcid is None
            else summarise(
                time_over(knots, total, mcid) - time_over(knots, left, mcid),
                unit="months",
                level=level,
            )
        )
        # The larger of two courses has its bend where they cross, between the knots.
        more_area = (
            integral_over(knots, fresh - left, 0.0)
            if name == BEST
            else integral(knots, total - left)
        )
        area = summarise(more_area, unit=f"{unit} x months", level=level)
        found.append(Repeat(cls, repeat_at, name, text, last, tuple(rows), area, more))
    return tuple(found)
