"""One function a form of question about a new trial; what it is made of is in predict.py.

Each takes (draws, question, request) and returns one answer. `request.classes` holds the class
tested and, where one is named, the class of the other arm.
"""

from __future__ import annotations

from collections.abc import Mapping

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.answer import Answer
from trialpool.questions.compose import amount_text, assemble, unit_text
from trialpool.questions.effects import event_scale, reference, summarise
from trialpool.questions.forms import FormFunction
from trialpool.questions.monte_carlo import expectation
from trialpool.questions.predict import NewTrial, new_trial
from trialpool.questions.request import Request
from trialpool.questions.safety import EVENT_WORDS, event_margin, not_of_events, ratio_note
from trialpool.questions.settle import margin_note, no_margin, settle_margin, settle_month


def shows(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a new trial's true effect, or what it observes, is over the margin)."""
    return [_shown(draws, question, request, settle_margin(draws, request))]


def harms(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a new trial's true effect, or what it observes, is under 0)."""
    no_margin(request)
    return [_shown(draws, question, request, None)]


def significant(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a new trial observes p < 0.05 in favour of the class)."""
    no_margin(request)
    if request.patients is None:
        raise QuestionError(
            "whether a trial is significant depends on how many patients it has. Add 'with 100 "
            "patients'."
        )
    pair, month, trial, notes = _settle(draws, request)
    text = (
        f"a new trial of {request.patients:g} patients finds {pair[0]} significantly better than "
        f"{pair[1]} at {month:g} months, two-sided p < 0.05 by a normal test"
    )
    summary = trial.shown.summary(unit=unit_text(draws))
    return [
        assemble(
            draws,
            question,
            text,
            expectation(trial.significant()),
            summary,
            pair,
            month=month,
            margin=0.0,
            notes=[*notes, *_true_effect(draws, trial)],
            remark="; difference: what the trial observes",
        )
    ]


def share(draws: Draws, question: str, request: Request) -> list[Answer]:
    """Share of new trials whose true effect is over the margin, with its own uncertainty."""
    if request.patients is not None:
        raise QuestionError(
            "a share of trials is of their true effects, which patients do not change. Leave the "
            "patients out, or ask what a new trial with so many patients shows."
        )
    pair, month, trial, notes = _settle(draws, request)
    margin = settle_margin(draws, request)
    shares = trial.true.above(margin)
    text = f"{_quantity(request, pair)} > {amount_text(draws, margin)} at {month:g} months"
    return [
        assemble(
            draws,
            question,
            text,
            expectation(shares),
            summarise(shares, unit="share of new trials"),
            pair,
            month=month,
            margin=margin,
            notes=[*notes, *margin_note(draws, request), *_true_effect(draws, trial, always=True)],
            remark="; difference: the share of new trials of which this holds, whose mean it is",
        )
    ]


def raises_events(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(the true ratio of a new trial is raised)."""
    return [_events(draws, question, request, raised=True)]


def reduces_events(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(the true ratio of a new trial is lowered)."""
    return [_events(draws, question, request, raised=False)]


def _shown(draws: Draws, question: str, request: Request, margin: float | None) -> Answer:
    """Over the margin, or where there is none under 0."""
    pair, month, trial, notes = _settle(draws, request)
    above = trial.shown.above(margin or 0.0)
    side = "< 0" if margin is None else f"> {amount_text(draws, margin)}"
    return assemble(
        draws,
        question,
        f"{_quantity(request, pair)} {side} at {month:g} months",
        expectation(1.0 - above if margin is None else above),
        trial.shown.summary(unit=unit_text(draws)),
        pair,
        month=month,
        margin=margin or 0.0,
        notes=[*notes, *margin_note(draws, request), *_true_effect(draws, trial)],
    )


def _events(draws: Draws, question: str, request: Request, *, raised: bool) -> Answer:
    margin, by = event_margin(draws, request)
    pair = _pair(draws, request)
    trial = new_trial(draws, *pair, month=None, patients=request.patients)
    above = trial.true.above(margin)
    compared, are, _ = EVENT_WORDS[event_scale(draws)]
    side = "higher" if raised else "lower"
    text = f"in a new trial the {compared} with {pair[0]} {are} {by}{side} than with {pair[1]}"
    summary = trial.true.summary(unit=f"log {event_scale(draws)} ratio")
    return assemble(
        draws,
        question,
        text,
        expectation(above if raised else 1.0 - above),
        summary,
        pair,
        month=None,
        margin=margin,
        notes=[ratio_note(draws, summary), *trial.notes],
    )


def _settle(draws: Draws, request: Request) -> tuple[list[str], float, NewTrial, list[str]]:
    pair = _pair(draws, request)
    month, notes = settle_month(draws, request, pair)
    trial = new_trial(draws, *pair, month=month, patients=request.patients)
    return pair, month, trial, [*notes, *trial.notes]


def _pair(draws: Draws, request: Request) -> list[str]:
    cls, other = (*request.classes, reference(draws))[:2]
    if cls == reference(draws) and len(request.classes) == 1:
        raise QuestionError(
            f"{cls} is what others are measured against. Ask about a new trial of another class."
        )
    return [cls, other]


def _quantity(request: Request, pair: list[str]) -> str:
    one, other = pair
    if request.patients is None:
        return f"true effect of {one} over {other} in a new trial"
    size = f"a new trial of {request.patients:g} patients"
    return f"difference between {one} and {other} that {size} observes"


def _true_effect(draws: Draws, trial: NewTrial, *, always: bool = False) -> list[str]:
    """The true effect beside what is observed of it."""
    if trial.observed is None and not always:
        return []
    return [f"true effect in the new trial: {trial.true.summary(unit=unit_text(draws))}"]


TRIAL_FORMS: Mapping[str, FormFunction] = {
    "trial_shows": shows,
    "trial_finds": shows,
    "trial_reduces": shows,
    "trial_raises": harms,
    "trial_significant": significant,
    "trial_share": share,
}
EVENT_TRIAL_FORMS: Mapping[str, FormFunction] = {
    **dict.fromkeys(TRIAL_FORMS, not_of_events),
    "trial_raises": raises_events,
    "trial_reduces": reduces_events,
}
