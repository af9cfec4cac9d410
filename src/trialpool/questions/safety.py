"""One function a form of question about adverse events: log odds, lower is better, no months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.answer import Answer
from trialpool.questions.effects import Array, active_classes, contrast, log_odds_ratio, reference
from trialpool.questions.forms import FormFunction, build
from trialpool.questions.grammar import Request
from trialpool.questions.suggest import example_questions

UNIT = "log odds ratio"


def safer(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(one class has lower odds of an event than another)."""
    _timeless(draws, request)
    one, other = request.classes
    diff = contrast(draws, one, other)
    text = (
        f"P(odds of an event with {one} are lower than with {other}); {_outcome(draws)}, lower "
        "is better"
    )
    return [_answer(draws, question, text, diff < 0, diff, [one, other])]


def safe(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a class has lower odds of an event than the reference)."""
    _timeless(draws, request)
    return [_against_reference(draws, question, cls, raised=False) for cls in request.classes]


def raises(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a class has higher odds of an event than the reference)."""
    _timeless(draws, request)
    return [_against_reference(draws, question, cls, raised=True) for cls in request.classes]


def safest(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a class has the lowest odds of an event among the active classes)."""
    return _extreme(draws, question, request, lowest=True)


def least_safe(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a class has the highest odds of an event among the active classes)."""
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
    if cls == ref:
        raise QuestionError(f"{cls} is what odds are measured against. Ask about another class.")
    diff = contrast(draws, cls, ref)
    word = "higher" if raised else "lower"
    text = (
        f"P(odds of an event with {cls} are {word} than with {ref}); {_outcome(draws)}, lower "
        "is better"
    )
    return _answer(draws, question, text, diff > 0 if raised else diff < 0, diff, [cls, ref])


def _extreme(draws: Draws, question: str, request: Request, *, lowest: bool) -> list[Answer]:
    _timeless(draws, request)
    field = list(dict.fromkeys([*active_classes(draws), *request.classes]))
    if len(field) < 2:
        raise QuestionError(
            f"{', '.join(field)} is the only active class of this posterior: there is nothing "
            "to rank it among."
        )
    at = {cls: log_odds_ratio(draws, cls) for cls in field}
    word = "lowest" if lowest else "highest"
    answers = []
    for cls in request.classes:
        rest = np.stack([at[c] for c in field if c != cls])
        diff = at[cls] - (rest.min(axis=0) if lowest else rest.max(axis=0))
        text = (
            f"P({cls} has the {word} odds of an event of {', '.join(field)}); "
            f"{_outcome(draws)}, lower is better; "
            f"difference: {cls} minus the {word} of the others"
        )
        answers.append(
            _answer(draws, question, text, diff < 0 if lowest else diff > 0, diff, field)
        )
    return answers


def _answer(
    draws: Draws,
    question: str,
    text: str,
    hits: np.ndarray[Any, np.dtype[np.bool_]],
    diff: Array,
    asked: list[str],
) -> Answer:
    answer = build(
        draws, question, text, hits, diff, asked, month=None, margin=0.0, notes=[], unit=UNIT
    )
    d = answer.difference
    odds = (
        f"odds ratio {np.exp(d.median):.3g} "
        f"({d.level * 100:g} % credible interval {np.exp(d.lower):.3g} to {np.exp(d.upper):.3g})"
    )
    return replace(answer, notes=(odds, *answer.notes))


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
