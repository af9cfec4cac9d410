"""What is chosen between: effects side by side, at one month or averaged over a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trialpool.decisions.layouts import Better, Layout, layout_of
from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.averaged import averaged_note
from trialpool.questions.effects import LEVEL, Array, average_over
from trialpool.questions.mcid import mcid_line, with_mcid
from trialpool.questions.settle import grid_note

type Window = tuple[float, float]


@dataclass(frozen=True)
class Context:
    """What a table of decisions says of itself: outcome, time, level, MCID, diagnostics, notes.

    Attributes
    ----------
    outcome : str
    unit : str
        Of differences.
    ratio : str or None
        What exponentiated differences are, where effects are logarithms.
    better : {"higher", "lower"}
        Which effects are better.
    months : float or None
        Month at which effects are read; None over a window or without a time course.
    window : tuple of float or None
        First and last month that effects are averaged over.
    mcid : float or None
        Minimal important change, where the posterior records one.
    level : float
        Posterior probability inside the equal-tailed intervals.
    failed : tuple of str
        Diagnostics of the fit that failed.
    notes : tuple of str
    """

    outcome: str
    unit: str
    ratio: str | None
    better: Better
    months: float | None
    window: Window | None
    mcid: float | None
    level: float
    failed: tuple[str, ...]
    notes: tuple[str, ...]

    def when(self) -> str:
        """The time in words; empty where there is none."""
        if self.window is not None:
            return f"on average over months {self.window[0]:g} to {self.window[1]:g}"
        return "" if self.months is None else f"at {self.months:g} months"

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "outcome": self.outcome,
            "unit": self.unit,
            "ratio": self.ratio,
            "better": self.better,
            "months": self.months,
            "window": None if self.window is None else list(self.window),
            "mcid": self.mcid,
            "level": self.level,
            "diagnostics": {"ok": not self.failed, "messages": list(self.failed)},
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Competitors:
    """Draws of the effects of those chosen between.

    Attributes
    ----------
    names : tuple of str
    gain : numpy.ndarray
        Dims (chain, draw, competitor): effects against the reference, turned so that more is
        better.
    extrapolated : tuple of bool
        Whether the time lies past the follow-up of each; never of the reference.
    layout : Layout
    context : Context
    before : numpy.ndarray or None
        As ``gain``, of draws from the prior; None where the posterior keeps none.
    """

    names: tuple[str, ...]
    gain: Array
    extrapolated: tuple[bool, ...]
    layout: Layout
    context: Context
    before: Array | None = None

    def ahead(self, i: int, j: int) -> Array:
        """Gain of one over another, (chain, draw)."""
        return np.asarray(self.gain[..., i] - self.gain[..., j])

    def ahead_before(self, i: int, j: int) -> Array | None:
        """The same before any trial."""
        if self.before is None:
            return None
        return np.asarray(self.before[..., i] - self.before[..., j])

    def evidence(self, i: int) -> dict[str, Any]:
        """Trials, last month and whether the time lies past it, of one competitor."""
        name = self.names[i]
        return {
            "trials": self.layout.trials(name),
            "last_months": self.layout.last_months(name),
            "extrapolated": self.extrapolated[i],
        }


def competitors(
    draws: Draws,
    *,
    names: Sequence[str] | None = None,
    months: float | None = None,
    window: Window | None = None,
    outcome: str | None = None,
    with_reference: bool = False,
    mcid: float | None = None,
    better: Better | None = None,
    level: float = LEVEL,
) -> Competitors:
    """Effects of those chosen between.

    Parameters
    ----------
    draws : Draws
        A posterior over time, of adverse events, of a network, or of several outcomes.
    names : sequence of str, optional
        Classes (treatments of a network) or synonyms; the active ones when left out.
    months : float, optional
        Months since injection; the last at which all are still seen when left out. Not taken
        where there is no time course.
    window : tuple of float, optional
        In place of a month: first and last month to average over.
    outcome : str, optional
        Outcome of a joint posterior; may be left out where only one is of scores.
    with_reference : bool
        Whether the reference competes too, with an effect of 0.
    mcid : float, optional
        Minimal important change; that of the posterior when left out.
    better : {"higher", "lower"}, optional
        Which effects of a network are better.
    level : float
        Posterior probability inside the intervals.

    Returns
    -------
    Competitors

    Raises
    ------
    QuestionError
        If fewer than two are connected by trials, a name is unknown, or the time is out of range.
    """
    if not 0.0 < level < 1.0:
        raise QuestionError(
            f"level: got {level:g}, expected a probability between 0 and 1. Try 0.95."
        )
    draws, layout = layout_of(draws, outcome=outcome, better=better)
    if mcid is not None:
        draws = with_mcid(draws, mcid)
    asked = _asked(draws, layout, names, with_reference)
    field, apart = _connected(layout, asked)
    at, over, said = _settle(draws, layout, field, months, window)
    gain = _gain(layout, field, at, over)
    until = at if over is None else over[1]
    checks = draws.meta.get("diagnostics", {})
    known = draws.meta.get("mcid")
    notes = [*said, *apart, *averaged_note(draws), mcid_line(draws.meta)]
    context = Context(
        outcome=str(draws.meta.get("outcome", "")),
        unit=layout.unit,
        ratio=layout.ratio,
        better=layout.better,
        months=at,
        window=over,
        mcid=None if known is None else float(known),
        level=level,
        failed=() if checks.get("ok", True) else tuple(checks.get("messages", ())),
        notes=tuple(note for note in notes if note),
    )
    return Competitors(
        names=tuple(field),
        gain=gain,
        extrapolated=tuple(_extrapolated(layout, name, until) for name in field),
        layout=layout,
        context=context,
        before=_before(draws, layout, field, at, over),
    )


def _gain(layout: Layout, field: list[str], at: float | None, over: Window | None) -> Array:
    """Effects of all at the month or over the window, turned so that more is better."""
    if over is None:
        return layout.sign * np.stack([layout.at(name, at) for name in field], axis=-1)
    average = [average_over(layout.draws, name, *over) for name in field]
    return layout.sign * np.stack(average, axis=-1)


def _before(
    draws: Draws, layout: Layout, field: list[str], at: float | None, over: Window | None
) -> Array | None:
    """The same from the prior."""
    prior = draws.prior
    if prior is None or not prior.has(layout.variable):
        return None
    return _gain(replace(layout, draws=prior.with_meta(**draws.meta)), field, at, over)


def course(layout: Layout, name: str, window: Window) -> tuple[Array, Array]:
    """Months of the grid inside a window with its ends, and the gain there, (chain, draw, month).

    Between months of the grid effects are linear, so this is the whole course.
    """
    assert layout.months is not None  # callers ask layouts with a time course
    start, end = window
    inside = layout.months[(layout.months > start) & (layout.months < end)]
    months = np.array([start, *inside, end])
    values = np.stack([layout.at(name, float(month)) for month in months], axis=-1)
    return months, layout.sign * values


def resolve(draws: Draws, layout: Layout, given: str) -> str:
    """The competitor that a name or synonym in any case means; refuses another."""
    held = [*layout.names, layout.reference]
    wanted = given.strip().casefold()
    synonyms = {str(k).casefold(): str(v) for k, v in draws.meta.get("synonyms", {}).items()}
    by_name = {name.casefold(): name for name in held}
    found = by_name.get(wanted) or by_name.get(synonyms.get(wanted, "").casefold())
    if found is None:
        raise QuestionError(
            f"{given!r} is not a {layout.kind} of this posterior, expected one of "
            f"{', '.join(held)}. Name one of those, or fit with trials of it."
        )
    return found


def _asked(
    draws: Draws, layout: Layout, names: Sequence[str] | None, with_reference: bool
) -> list[str]:
    found = list(layout.active) if names is None else [resolve(draws, layout, n) for n in names]
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise QuestionError(
            f"{', '.join(twice)}: got twice, expected each {layout.kind} once. Name another."
        )
    if with_reference and layout.reference not in found:
        found.append(layout.reference)
    if len(found) < 2:
        remedy = "" if with_reference else f", or let {layout.reference} compete too"
        raise QuestionError(
            f"got {', '.join(found) or 'nothing'} to choose between, expected at least two. Name "
            f"more{remedy}."
        )
    return found


def _connected(layout: Layout, asked: list[str]) -> tuple[list[str], list[str]]:
    """The largest group that trials connect, the one of the reference first; what is left out."""
    groups = [[other for other in asked if layout.connected(name, other)] for name in asked]
    base = layout.reference
    largest = max(groups, key=lambda group: (len(group), layout.connected(group[0], base)))
    if len(largest) < 2:
        raise QuestionError(
            f"no path of trials leads from one of {', '.join(asked)} to another, so any ranking "
            "would be the prior's. Choose others, or add a trial that connects them and fit again."
        )
    apart = [name for name in asked if name not in largest]
    told = (
        [f"left out, as no path of trials connects it with {largest[0]}: {', '.join(apart)}"]
        if apart
        else []
    )
    return largest, told


def _settle(
    draws: Draws,
    layout: Layout,
    field: list[str],
    months: float | None,
    window: Window | None,
) -> tuple[float | None, Window | None, list[str]]:
    """The month or the window that effects are read at, and what to say of it."""
    if layout.months is None:
        if months is not None or window is not None:
            raise QuestionError(
                "months: got a time, expected none: these effects have no time course. Leave it "
                "out."
            )
        return None, None, []
    first, last = float(layout.months[0]), float(layout.months[-1])
    if window is not None:
        if months is not None:
            raise QuestionError("months: got a month and a window, expected one. Leave one out.")
        start, end = window
        if not first <= start < end <= last:
            raise QuestionError(
                f"window: got {start:g} to {end:g}, expected two months in ascending order between "
                f"{first:g} and {last:g}. Try 12,24."
            )
        return None, (start, end), []
    if months is not None:
        if not max(first, 0.0) < months <= last:
            raise QuestionError(
                f"months: got {months:g}, expected more than 0 and up to the horizon of this "
                f"posterior, {last:g} months. Ask about a month in that range."
            )
        return months, None, grid_note(draws, months)
    seen = [layout.last_months(name) for name in field if name != layout.reference]
    known = [month for month in seen if month is not None]
    if len(known) < len(seen) or not known:
        raise QuestionError(
            "no month was named, and the posterior does not record how long each was followed. "
            "Name one: --months 24."
        )
    month = min(*known, last)
    note = f"no month was named: {month:g} months is the last at which all are still seen"
    return month, None, [note, *grid_note(draws, month)]


def _extrapolated(layout: Layout, name: str, until: float | None) -> bool:
    if until is None or name == layout.reference:
        return False
    last = layout.last_months(name)
    return last is None or until > last
