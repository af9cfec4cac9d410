"""How long half of a benefit lasts: a parameter of the course, or read off the course itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialpool.draws import Draws
from trialpool.questions.averaged import is_averaged
from trialpool.questions.effects import (
    Array,
    Summary,
    grid,
    horizon,
    last_months,
    position,
    summarise,
)


@dataclass(frozen=True)
class HalfLife:
    """Half-life of a class, with what to know of it.

    Attributes
    ----------
    months : Summary or None
        None where no draw has a benefit.
    note : str
        How it was come by; empty for a parameter of the model.
    limit : float or None
        Months at which values are cut, so that they stand for this or more.
    """

    months: Summary | None
    note: str = ""
    limit: float | None = None


def half_life(draws: Draws, cls: str, level: float) -> HalfLife:
    """Half-life of a class's benefit.

    Of one shape it is the shape's own parameter where each draw has one. Shapes mean different
    things by it and some have none, so of draws that are averaged over shapes, or that lack it,
    it is read off the course of each draw: the months at which the benefit has fallen to half of
    its largest within follow-up.
    """
    values, positive = half_lives(draws, cls)
    if positive is None:
        return HalfLife(summarise(values, unit="months", level=level))
    if not values.size:
        return HalfLife(None, "no draw has a benefit within follow-up that could halve")
    limit = horizon(draws)
    over = float(np.mean(values >= limit))
    note = (
        "the half-life is read off the course of each draw: months since injection at which the "
        f"benefit has fallen to half of its largest within follow-up, over the "
        f"{positive * 100:.3g} % of draws that have a benefit there; {over * 100:.3g} % of these "
        f"do not halve within {limit:g} months and count as {limit:g}"
    )
    return HalfLife(summarise(values, unit="months", level=level), note, limit)


def half_lives(draws: Draws, cls: str) -> tuple[Array, float | None]:
    """Draws of the half-life, and the share of draws that have one where it is read off.

    None in place of the share says that it is a parameter of the model, which every draw has.
    """
    if draws.has("half_life") and not is_averaged(draws):
        own = draws.chains("half_life")[:, :, position(draws, cls)]
        if np.isfinite(own).all():
            return own, None
    months = grid(draws)[grid(draws) <= horizon(draws)]
    course = draws.chains("benefit")[:, :, position(draws, cls), : len(months)]
    return _read_off(course.reshape(-1, len(months)), months, last_months(draws, cls))


def _read_off(course: Array, months: Array, last: float | None) -> tuple[Array, float]:
    """Month of half the largest benefit of each draw that has one, and the share of such draws."""
    seen = months <= (months[-1] if last is None else max(last, months[0]))
    largest = course[:, seen].max(axis=1)
    top = course[:, seen].argmax(axis=1)
    kept = largest > 0
    course, half, top = course[kept], largest[kept] / 2.0, top[kept]
    later = np.arange(len(months)) > top[:, None]
    under = later & (course <= half[:, None])
    right = np.where(under.any(axis=1), under.argmax(axis=1), len(months) - 1)
    row = np.arange(len(course))
    before, after = course[row, right - 1], course[row, right]
    # Between two months of the grid the benefit is taken to fall linearly, as everywhere else.
    fallen = (before - half) / np.where(before > after, before - after, 1.0)
    crossed = months[right - 1] + fallen * (months[right] - months[right - 1])
    return np.where(under.any(axis=1), crossed, months[-1]), float(kept.mean())
