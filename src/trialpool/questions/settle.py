"""Settle what a question leaves open: the months to read, the margin, the visit to compare with."""

from __future__ import annotations

import math

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import grid, horizon, last_months, reference
from trialpool.questions.mcid import mcid_line
from trialpool.questions.statement import MCID, Margin, Statement, Time
from trialpool.questions.units import POINTS, SDS, example_margin, unit_of
from trialpool.questions.window import Window

# Visits at which a benefit is commonly reported, the latest first: what is left is a share of the
# benefit at one of these.
REFERENCE_VISITS = (24.0, 12.0, 6.0, 3.0)


def settle_time(draws: Draws, time: Time | None, asked: list[str]) -> Window:
    """The months to read the draws at, with what should be said about them.

    Parameters
    ----------
    draws : Draws
        A posterior with a time course.
    time : Time or None
        As the question says it.
    asked : list of str
        Classes asked about: without a month it is the last at which each is still followed.

    Raises
    ------
    QuestionError
        If it lies outside the months of the posterior.
    """
    time = time or Time()
    if time.months is None:
        month, notes = _last_seen(draws, asked, time)
    else:
        month, notes = time.months, []
        _check_month(draws, month)
    if time.how == "past":
        return Window((past := _past(draws, month),), notes=(_told_past(month, past),))
    if time.how == "average":
        if not 0 <= time.start < month:
            raise QuestionError(
                f"average: got {time.start:g} to {month:g} months, expected an earlier month "
                "first. Write 'between 12 and 36 months'."
            )
        return Window((time.start, month), "average")
    if time.how == "at":
        return Window((month,), notes=(*notes, *grid_note(draws, month)))
    visits = _visits(draws, asked, month)
    return Window((*visits, month), time.how, (*notes, *grid_note(draws, month)))


def _visits(draws: Draws, asked: list[str], month: float) -> list[float]:
    """Months before this one at which trials of the classes reported, then those of the grid.

    The grid also has months at which nobody looked, such as the first week, in which no benefit
    has set in; where a posterior records no reports it is all there is.
    """
    own = {c for c in asked if c != reference(draws)}
    seen = {
        float(report["months"])
        for report in draws.meta.get("reports", ())
        if report.get("class_") in own and 0 < float(report["months"]) <= horizon(draws)
    }
    later = {float(m) for m in grid(draws) if m > max(seen, default=0.0)}
    return sorted(m for m in seen | later if m < month)


def _last_seen(draws: Draws, asked: list[str], time: Time) -> tuple[float, list[str]]:
    seen = [last_months(draws, c) for c in asked if c != reference(draws)]
    known = [m for m in seen if m is not None]
    if len(known) < len(seen) or not known:
        raise QuestionError(
            "The question names no month and the posterior does not record how long the "
            "classes were followed. Add 'at 24 months'."
        )
    month = min(*known, horizon(draws))
    up_to = "" if time.how == "at" else ", up to which it is read"
    return month, [
        f"no month was named: {month:g} months is the last at which each class is still seen{up_to}"
    ]


def _check_month(draws: Draws, month: float) -> None:
    last = horizon(draws)
    if month <= 0:
        raise QuestionError(
            f"{month:g} months is baseline, before treatment: there is no benefit yet. "
            "Ask about a later month."
        )
    if not month <= last:
        raise QuestionError(
            f"{month:g} months lies past the horizon of this posterior, {last:g} "
            f"months. Ask about {last:g} months or earlier."
        )


def _past(draws: Draws, month: float) -> float:
    """Past two years means clearly past: a year on if the grid has it, else half a year or more."""
    last = horizon(draws)
    later = [float(m) for m in grid(draws) if month + 6.0 <= m <= last]
    if not later:
        raise QuestionError(
            f"past {month:g} months: nothing lies half a year beyond it within the "
            f"horizon of {last:g} months. Ask 'at {last:g} months'."
        )
    return month + 12.0 if month + 12.0 in later else later[0]


def _told_past(month: float, read: float) -> str:
    return f"'past {month:g} months' is read off at {read:g} months"


def settle_margin(draws: Draws, margin: Margin | None) -> float:
    """A margin in the posterior's unit; 0 where none is named."""
    if margin is None:
        return 0.0
    if margin.amount == MCID:
        if draws.meta.get("mcid") is None:
            raise QuestionError(
                "this posterior records no minimal clinically important difference. Give the "
                f"margin as a number: 'by {example_margin(draws)}'."
            )
        return float(draws.meta["mcid"])
    amount = float(margin.amount)
    if margin.unit == "%":
        raise QuestionError(
            f"margin: got {amount:g} %, expected {unit_of(draws)}: a benefit is a difference and "
            f"not a ratio. Write 'by {example_margin(draws)}'."
        )
    if margin.unit not in (None, unit_of(draws)):
        own, scale = (SDS, "natural") if unit_of(draws) == "SDs" else (POINTS, "standardised")
        raise QuestionError(
            f"margin: got {amount:g} {margin.unit}, expected {own}, the unit of this "
            f"posterior. Write 'by {example_margin(draws)}', or ask a posterior fitted with "
            f"--scale {scale}."
        )
    if not 0 <= amount < math.inf:
        raise QuestionError(
            f"margin: got {amount:g}, expected 0 or more. Turn the question round, or leave the "
            "margin out."
        )
    return amount


def margin_note(draws: Draws, statement: Statement) -> list[str]:
    """Where a margin comes from, if it is the MCID."""
    used = [m for m in (statement.margin, statement.upper) if m is not None and m.amount == MCID]
    return [mcid_line(draws.meta)] if used else []


def no_margin(statement: Statement) -> None:
    """Refuse a margin where the form has none."""
    if statement.margin is not None:
        raise QuestionError("This form of question takes no margin. Leave out 'by ...'.")


def reference_month(draws: Draws, cls: str, month: float) -> float:
    """Earlier month that a share left is of: the latest common visit within follow-up."""
    last = last_months(draws, cls) or 0.0
    visits = [v for v in REFERENCE_VISITS if v < month and v <= last and v >= grid(draws)[0]]
    if not visits:
        raise QuestionError(
            f"{cls} was followed to {last:g} months: no common visit "
            f"({', '.join(f'{v:g}' for v in REFERENCE_VISITS[::-1])} months) lies "
            f"within that and before {month:g} months. Name one: 'how much of {cls}'s 12-month "
            f"benefit is left at {month:g} months'."
        )
    return visits[0]


def grid_note(draws: Draws, month: float) -> list[str]:
    """What to say of a month that lies between two of the grid."""
    months = grid(draws)
    if month in months or not months[0] < month < months[-1]:
        return []
    right = int(np.searchsorted(months, month))
    return [
        f"{month:g} months is interpolated between {months[right - 1]:g} and {months[right]:g} "
        "months"
    ]
