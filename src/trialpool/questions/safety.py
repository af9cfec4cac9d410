"""One function a form of question about adverse events: lower is better, no months.

Classes are compared by their odds, risks or rates, whichever the posterior holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.answer import Answer
from trialpool.questions.connections import ranked
from trialpool.questions.effects import (
    Array,
    contrast,
    event_scale,
    log_ratio,
    reference,
)
from trialpool.questions.forms import FormFunction, build
from trialpool.questions.grammar import Request
from trialpool.questions.suggest import example_questions

#: Scale -> what is compared, and the verb and plural that go with it.
_WORDS = {
    "odds": ("odds of an event", "are", "odds"),
    "risk": ("risk of an event", "is", "risks"),
    "rate": ("rate of events", "is", "rates"),
}


def safer(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(one class has lower odds, risk or rate of an event than another)."""
    _timeless(draws, request)
    one, other = request.classes
    diff = contrast(draws, one, other)
    compared, are, _ = _WORDS[event_scale(draws)]
    text = (
        f"P({compared} with {one} {are} lower than with {other}); {_outcome(draws)}, lower "
        "is better"
    )
    return [_answer(draws, question, text, diff < 0, diff, [one, other])]


def safe(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(an event is less likely with a class than with the reference)."""
    _timeless(draws, request)
    return [_against_reference(draws, question, cls, raised=False) for cls in request.classes]


def raises(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(an event is more likely with a class than with the reference)."""
    _timeless(draws, request)
    return [_against_reference(draws, question, cls, raised=True) for cls in request.classes]


def safest(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(an event is least likely with a class, among the active classes)."""
    return _extreme(draws, question, request, lowest=True)


def least_safe(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(an event is most likely with a class, among the active classes)."""
    return _extreme(draws, question, request, lowest=False)


def not_of_events(draws: Draws, question: str, request: Request) -> list[Answer]:
    """Refuse a question about benefit."""
    raise QuestionError(
        f"{question!r} asks about a benefit; this posterior is of {_outcome(draws)} and says "
        "only how often events happen. "
        "Ask the posterior of pain or function, or one of these:",
        example_questions(draws, request.classes),
    )


def _against_reference(draws: Draws, question: str, cls: str, *, raised: bool) -> Answer:
    ref = reference(draws)
    compared, are, plural = _WORDS[event_scale(draws)]
    if cls == ref:
        raise QuestionError(
            f"{cls} is what {plural} are measured against. Ask about another class."
        )
    diff = contrast(draws, cls, ref)
    word = "higher" if raised else "lower"
    text = (
        f"P({compared} with {cls} {are} {word} than with {ref}); {_outcome(draws)}, lower is better"
    )
    return _answer(draws, question, text, diff > 0 if raised else diff < 0, diff, [cls, ref])


def _extreme(draws: Draws, question: str, request: Request, *, lowest: bool) -> list[Answer]:
    _timeless(draws, request)
    field = ranked(draws, request)
    at = {cls: log_ratio(draws, cls) for cls in field}
    word = "lowest" if lowest else "highest"
    compared, _, _ = _WORDS[event_scale(draws)]
    answers = []
    for cls in request.classes:
        rest = np.stack([at[c] for c in field if c != cls])
        diff = at[cls] - (rest.min(axis=0) if lowest else rest.max(axis=0))
        text = (
            f"P({cls} has the {word} {compared} of {', '.join(field)}); "
            f"{_outcome(draws)}, lower is better; "
            f"difference: {cls} minus the {word} of the others"
        )
        found = _answer(draws, question, text, diff < 0 if lowest else diff > 0, diff, field)
        answers.append(replace(found, subject=cls))
    return answers


def _answer(
    draws: Draws,
    question: str,
    text: str,
    hits: np.ndarray[Any, np.dtype[np.bool_]],
    diff: Array,
    asked: list[str],
) -> Answer:
    ratio = f"{event_scale(draws)} ratio"
    unit = f"log {ratio}"
    answer = build(
        draws, question, text, hits, diff, asked, month=None, margin=0.0, notes=[], unit=unit
    )
    d = answer.difference
    factor = (
        f"{ratio} {np.exp(d.median):.3g} "
        f"({d.level * 100:g} % credible interval {np.exp(d.lower):.3g} to {np.exp(d.upper):.3g})"
    )
    return replace(answer, notes=(factor, *answer.notes))


def _timeless(draws: Draws, request: Request) -> None:
    if request.months is not None:
        raise QuestionError(
            f"{request.months:g} months: this posterior of {_outcome(draws)} has no time "
            "course. Ask without the month.",
            example_questions(draws, request.classes)[:3],
        )
    if request.margin is not None:
        raise QuestionError(
            "a margin has no agreed unit for adverse events. Leave out 'by ...'.",
            example_questions(draws, request.classes)[:3],
        )


def _outcome(draws: Draws) -> str:
    return str(draws.meta.get("outcome", "adverse events"))


EVENT_FORMS: Mapping[str, FormFunction] = {
    "beats": safer,
    "safer": safer,
    "safe": safe,
    "reduces": safe,
    "raises": raises,
    "best": safest,
    "safest": safest,
    "worst": least_safe,
    "works": not_of_events,
    "still": not_of_events,
    "lasts": not_of_events,
    "left": not_of_events,
}
