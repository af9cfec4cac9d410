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
from trialpool.questions.compose import build, outcome_of
from trialpool.questions.connections import ranked
from trialpool.questions.effects import (
    Array,
    Summary,
    contrast,
    event_scale,
    log_ratio,
    reference,
)
from trialpool.questions.forms import FormFunction
from trialpool.questions.request import Request
from trialpool.questions.suggest import example_questions

#: Scale -> what is compared, and the verb and plural that go with it.
EVENT_WORDS = {
    "odds": ("odds of an event", "are", "odds"),
    "risk": ("risk of an event", "is", "risks"),
    "rate": ("rate of events", "is", "rates"),
}


def safer(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(one class has lower odds, risk or rate of an event than another)."""
    timeless(draws, request)
    one, other = request.classes
    diff = contrast(draws, one, other)
    compared, are, _ = EVENT_WORDS[event_scale(draws)]
    text = f"{compared} with {one} {are} lower than with {other}"
    return [_answer(draws, question, text, diff < 0, diff, [one, other])]


def safe(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(an event is less likely with a class than with the reference), by so many % if named."""
    return [_against_reference(draws, question, request, cls, "lower") for cls in request.classes]


def raises(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(an event is more likely with a class than with the reference), by so many % if named."""
    return [_against_reference(draws, question, request, cls, "higher") for cls in request.classes]


def not_raises(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(an event is no more likely with a class than with the reference)."""
    return [
        _against_reference(draws, question, request, cls, "not higher") for cls in request.classes
    ]


def safest(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(an event is least likely with a class, among the active classes)."""
    return _extreme(draws, question, request, lowest=True)


def least_safe(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(an event is most likely with a class, among the active classes)."""
    return _extreme(draws, question, request, lowest=False)


def not_of_events(draws: Draws, question: str, request: Request) -> list[Answer]:
    """Refuse a question about benefit."""
    raise QuestionError(
        f"{question!r} asks about a benefit; this posterior is of {outcome_of(draws)} and says "
        "only how often events happen. "
        "Ask the posterior of pain or function, or one of these:",
        example_questions(draws, request.classes),
    )


def _against_reference(
    draws: Draws, question: str, request: Request, cls: str, side: str
) -> Answer:
    ref = reference(draws)
    compared, are, plural = EVENT_WORDS[event_scale(draws)]
    if cls == ref:
        raise QuestionError(
            f"{cls} is what {plural} are measured against. Ask about another class."
        )
    margin, by = event_margin(draws, request)
    diff = contrast(draws, cls, ref)
    hits = {"lower": diff < margin, "higher": diff > margin, "not higher": diff <= margin}[side]
    *never, way = side.split()
    text = f"{compared} with {cls} {' '.join([are, *never])} {by}{way} than with {ref}"
    return _answer(draws, question, text, hits, diff, [cls, ref], margin=margin)


def event_margin(draws: Draws, request: Request) -> tuple[float, str]:
    """Log ratio that "by more than 50 %" stands for, and the words for it; 0 where none is named.

    Raises
    ------
    QuestionError
        For a margin that is no percentage, or none that a ratio can fall by.
    """
    if request.margin_unit != "%":
        timeless(draws, request)
        return 0.0, ""
    timeless(draws, replace(request, margin=None))
    percent = float(request.margin or 0.0)
    falls = request.form in ("reduces", "trial_reduces")
    if percent <= 0 or (falls and percent >= 100):
        raise QuestionError(
            f"margin: got {percent:g} %, expected more than 0{' and less than 100' * falls}. "
            "Write 'by more than 50 %'."
        )
    ratio = 1.0 - percent / 100.0 if falls else 1.0 + percent / 100.0
    return float(np.log(ratio)), f"more than {percent:g} % "


def _extreme(draws: Draws, question: str, request: Request, *, lowest: bool) -> list[Answer]:
    timeless(draws, request)
    field = ranked(draws, request)
    at = {cls: log_ratio(draws, cls) for cls in field}
    word = "lowest" if lowest else "highest"
    compared, _, _ = EVENT_WORDS[event_scale(draws)]
    answers = []
    for cls in request.classes:
        rest = np.stack([at[c] for c in field if c != cls])
        diff = at[cls] - (rest.min(axis=0) if lowest else rest.max(axis=0))
        text = f"{cls} has the {word} {compared} of {', '.join(field)}"
        hits = diff < 0 if lowest else diff > 0
        remark = f"; difference: {cls} minus the {word} of the others"
        found = _answer(draws, question, text, hits, diff, field, remark=remark)
        answers.append(replace(found, subject=cls))
    return answers


def _answer(
    draws: Draws,
    question: str,
    text: str,
    hits: np.ndarray[Any, np.dtype[np.bool_]],
    diff: Array,
    asked: list[str],
    *,
    margin: float = 0.0,
    remark: str = "",
) -> Answer:
    answer = build(
        draws,
        question,
        text,
        hits,
        diff,
        asked,
        month=None,
        margin=margin,
        notes=[],
        unit=f"log {event_scale(draws)} ratio",
        remark=remark,
    )
    return replace(answer, notes=(ratio_note(draws, answer.difference), *answer.notes))


def ratio_note(draws: Draws, log_ratio: Summary) -> str:
    """The difference as a ratio, which people can read."""
    s = log_ratio
    return (
        f"{event_scale(draws)} ratio {np.exp(s.median):.3g} "
        f"({s.level * 100:g} % credible interval {np.exp(s.lower):.3g} to {np.exp(s.upper):.3g})"
    )


def timeless(draws: Draws, request: Request) -> None:
    """Refuse a month, and a margin in points."""
    if request.months is not None:
        raise QuestionError(
            f"{request.months:g} months: this posterior of {outcome_of(draws)} has no time "
            "course. Ask without the month.",
            example_questions(draws, request.classes)[:3],
        )
    if request.margin is not None:
        raise QuestionError(
            "a margin has no agreed unit for adverse events. Leave out 'by ...', or ask whether a "
            "class raises them 'by more than 50 %'.",
            example_questions(draws, request.classes)[:3],
        )


EVENT_FORMS: Mapping[str, FormFunction] = {
    "beats": safer,
    "safer": safer,
    "safe": safe,
    "reduces": safe,
    "raises": raises,
    "not_raises": not_raises,
    "best": safest,
    "safest": safest,
    "worst": least_safe,
    "works": not_of_events,
    "still": not_of_events,
    "lasts": not_of_events,
    "left": not_of_events,
}
