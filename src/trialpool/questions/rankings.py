"""A class among the others: best, worst, in the top k. Of benefits, effects and events alike."""

from __future__ import annotations

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.connections import ranked
from trialpool.questions.effects import event_scale, is_events, is_network
from trialpool.questions.finding import Finding
from trialpool.questions.quantity import sign_of, window_of
from trialpool.questions.settle import no_margin
from trialpool.questions.statement import Statement
from trialpool.questions.units import unit_text

#: Scale -> what is compared, and the verb and plural that go with it.
EVENT_WORDS = {
    "odds": ("odds of an event", "are", "odds"),
    "risk": ("risk of an event", "is", "risks"),
    "rate": ("rate of events", "is", "rates"),
}


def best(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(a class is the best of the active classes)."""
    return _among(draws, statement, cls, places=1)


def worst(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(a class is the worst of the active classes)."""
    return _among(draws, statement, cls, places=1, last=True)


def top(draws: Draws, statement: Statement, cls: str) -> Finding:
    """P(a class is among the best few)."""
    return _among(draws, statement, cls, places=statement.rank or 1)


def _among(
    draws: Draws, statement: Statement, cls: str, *, places: int, last: bool = False
) -> Finding:
    field = ranked(draws, cls)
    no_margin(statement)
    if statement.trial is not None or statement.versus is not None:
        raise QuestionError(
            "a rank is among all classes in the average trial. Leave out the trial and the class "
            "compared with, or ask whether one class beats another."
        )
    if places >= len(field):
        raise QuestionError(
            f"top: got {places} places for {len(field)} classes ({', '.join(field)}), expected "
            f"fewer than {len(field)}. Write 'in the top {max(len(field) - 1, 1)}'."
        )
    window = window_of(draws, statement, field)
    # Of a worst place everything is turned round, so that the largest is always asked for.
    sign = sign_of(draws, statement) * (-1 if last else 1)
    gain = {c: sign * window.benefit(draws, c) for c in field}
    rest = np.sort(np.stack([gain[c] for c in field if c != cls]), axis=0)
    apart = gain[cls] - rest[-places]
    most = _most(draws, sign)
    named = f"the {most}" if places == 1 else f"one of the {places} {most}"
    what = _what(draws, plural=places > 1)
    at = "" if places == 1 else f"{_place(places)} "
    other = most if is_events(draws) else ("worst" if last else "best")
    return Finding(
        text=f"{cls} has {named} {what} of {', '.join(field)}{window.words}",
        chance=window.join(apart > 0).astype(float),
        shown=window.one(sign * apart, sign),
        unit=f"log {event_scale(draws)} ratio" if is_events(draws) else unit_text(draws),
        asked=[cls, *(c for c in field if c != cls)],
        month=window.month,
        notes=list(window.notes),
        remark=f"; difference: {cls} minus the {at}{other} of the others",
        open=True,
        shade=(0.0, np.inf) if sign > 0 else (-np.inf, 0.0),
    )


def _most(draws: Draws, sign: int) -> str:
    if is_events(draws):
        return "lowest" if sign < 0 else "highest"
    return "largest" if sign > 0 else "smallest"


def _what(draws: Draws, *, plural: bool) -> str:
    if is_events(draws):
        return EVENT_WORDS[event_scale(draws)][0]
    noun = "effect" if is_network(draws) else "benefit"
    return f"{noun}s" if plural else noun


def _place(places: int) -> str:
    return {2: "second", 3: "third"}.get(places, f"{places}th")
