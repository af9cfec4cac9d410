"""Settle what a question leaves open: the month to read, the margin, the visit to compare with."""

from __future__ import annotations

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import grid, horizon, last_months, reference
from trialpool.questions.mcid import mcid_line
from trialpool.questions.request import MCID, Request
from trialpool.questions.units import POINTS, SDS, example_margin, unit_of

# Visits at which a benefit is commonly reported, the latest first: what is left is a share of the
# benefit at one of these.
REFERENCE_VISITS = (24.0, 12.0, 6.0, 3.0)


def settle_month(draws: Draws, request: Request, asked: list[str]) -> tuple[float, list[str]]:
    """The month to read the draws at, with what should be said about it."""
    months = grid(draws)
    last = horizon(draws)
    if request.months is None:
        seen = [last_months(draws, c) for c in asked if c != reference(draws)]
        known = [m for m in seen if m is not None]
        if len(known) < len(seen) or not known:
            raise QuestionError(
                "The question names no month and the posterior does not record how long the "
                "classes were followed. Add 'at 24 months'."
            )
        month = min(*known, last)
        return month, [
            f"no month was named: {month:g} months is the last at which each class is still seen",
            *grid_note(draws, month),
        ]
    if request.months <= 0:
        raise QuestionError(
            f"{request.months:g} months is baseline, before treatment: there is no benefit yet. "
            "Ask about a later month."
        )
    if request.months > last:
        raise QuestionError(
            f"{request.months:g} months lies past the horizon of this posterior, {last:g} "
            f"months. Ask about {last:g} months or earlier."
        )
    if not request.past:
        return request.months, grid_note(draws, request.months)
    # Past two years means clearly past: a year on if the grid has it, else the next grid
    # month half a year on.
    later = [float(m) for m in months if request.months + 6.0 <= m <= last]
    if not later:
        raise QuestionError(
            f"past {request.months:g} months: nothing lies half a year beyond it within the "
            f"horizon of {last:g} months. Ask 'at {last:g} months'."
        )
    month = request.months + 12.0 if request.months + 12.0 in later else later[0]
    return month, [f"'past {request.months:g} months' is read off at {month:g} months"]


def settle_margin(draws: Draws, request: Request) -> float:
    """The margin in the posterior's unit."""
    if request.margin is None:
        return 0.0
    if request.margin == MCID:
        if draws.meta.get("mcid") is None:
            raise QuestionError(
                "this posterior records no minimal clinically important difference. Give the "
                f"margin as a number: 'by {example_margin(draws)}'."
            )
        return float(draws.meta["mcid"])
    margin = float(request.margin)
    if request.margin_unit == "%":
        raise QuestionError(
            f"margin: got {margin:g} %, expected {unit_of(draws)}: a benefit is a difference and "
            f"not a ratio. Write 'by {example_margin(draws)}'."
        )
    if request.margin_unit not in (None, unit_of(draws)):
        own, scale = (SDS, "natural") if unit_of(draws) == "SDs" else (POINTS, "standardised")
        raise QuestionError(
            f"margin: got {margin:g} {request.margin_unit}, expected {own}, the unit of this "
            f"posterior. Write 'by {example_margin(draws)}', or ask a posterior fitted with "
            f"--scale {scale}."
        )
    if margin < 0:
        raise QuestionError(
            f"margin: got {margin:g}, expected 0 or more. Turn the question round, or leave the "
            "margin out."
        )
    return margin


def margin_note(draws: Draws, request: Request) -> list[str]:
    """Where the margin comes from, if it is the MCID."""
    return [mcid_line(draws.meta)] if request.margin == MCID else []


def no_margin(request: Request) -> None:
    """Refuse a margin where the form has none."""
    if request.margin is not None:
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
