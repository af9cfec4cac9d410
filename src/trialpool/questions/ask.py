"""Answer a question in English: read it, check it against the posterior, hand it to its form."""

from __future__ import annotations

from dataclasses import replace

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.answer import Answer
from trialpool.questions.connections import apart_note, reachable, require_path
from trialpool.questions.effects import (
    active_classes,
    classes,
    event_scale,
    is_events,
    reference,
)
from trialpool.questions.forms import FORMS
from trialpool.questions.grammar import NotUnderstoodError, parse
from trialpool.questions.outcomes import of_outcome
from trialpool.questions.request import Request
from trialpool.questions.safety import EVENT_FORMS
from trialpool.questions.suggest import example_questions, not_understood, vocabulary
from trialpool.questions.together import Shared, together
from trialpool.questions.trials import EVENT_TRIAL_FORMS, TRIAL_FORMS

#: Forms that compare two classes, and those that compare one with all others.
PAIRED, RANKED = ("beats", "safer"), ("best", "worst", "safest")
_FORMS = {**FORMS, **TRIAL_FORMS}
_EVENT_FORMS = {**EVENT_FORMS, **EVENT_TRIAL_FORMS}


def ask(draws: Draws, question: str) -> list[Answer]:
    """Answer one question.

    Parameters
    ----------
    draws : Draws
        A posterior.
    question : str
        Such as ``"probability PRP beats MSC by 10 at 24 months"``; the forms are listed
        in docs/questions.md.

    Returns
    -------
    list of Answer
        One, or one a class when the question names none.

    Raises
    ------
    QuestionError
        If the question is not understood, or this posterior cannot answer it.
    """
    for view in (draws.of(outcome) for outcome in draws.outcomes):
        _check_layout(view)
    names = {
        phrase: cls
        for outcome in reversed(draws.outcomes)
        for phrase, cls in vocabulary(draws.of(outcome)).items()
    }
    try:
        request = parse(question, names)
    except NotUnderstoodError as fault:
        raise not_understood(draws.of(draws.outcomes[0]), question, fault) from None
    if request.further:
        return [together(draws, question, request, _answers)]
    return _answers(draws, question, request)


def _answers(
    draws: Draws, question: str, request: Request, *, joined_at: Shared | None = None
) -> list[Answer]:
    """Answers to one statement; `joined_at` is the time of those that it is joined to."""
    view, chosen = of_outcome(draws, request, joined=joined_at is not None)
    if joined_at is not None and request.months is None and not is_events(view):
        request = replace(request, months=joined_at[0], past=joined_at[1])
    named = bool(request.classes)
    request = _check_paths(view, _check_classes(view, request), named=named)
    answers = (_EVENT_FORMS if is_events(view) else _FORMS)[request.form](view, question, request)
    notes = [*chosen]
    if not named or request.form in RANKED:
        # What was left out of a ranking or of a question about every class.
        start = request.classes[0] if named else reference(view)
        notes += apart_note(view, active_classes(view), start)
    return [replace(answer, notes=(*answer.notes, *notes)) for answer in answers]


def _check_layout(draws: Draws) -> None:
    needed = f"log_{event_scale(draws)}_ratio" if is_events(draws) else "benefit"
    if not draws.has(needed) or not draws.has_coord("class"):
        raise QuestionError(
            f"this posterior (layout {draws.meta.get('layout', 'unknown')!r}) holds no "
            f"{needed!r} by class; questions compare classes of "
            "treatment. Ask a posterior fitted to a folder of trials, and read a plain "
            "meta-analysis from its summary."
        )


def _check_classes(draws: Draws, request: Request) -> Request:
    held = [*classes(draws), reference(draws)]
    for cls in request.classes:
        if cls not in held:
            raise QuestionError(
                f"{cls} is a known class, but no row of it entered this fit. Classes of this "
                f"posterior: {', '.join(held)}.",
                example_questions(draws, request.classes)[:3],
            )
    if len(request.classes) == 2 and request.classes[0] == request.classes[1]:
        raise QuestionError(
            f"the question compares {request.classes[0]} with itself. Name two classes of: "
            f"{', '.join(held)}."
        )
    if request.classes:
        return request
    active = active_classes(draws)
    if not active:
        raise QuestionError(
            f"this posterior has no active class to ask about. Name one of: {', '.join(held)}."
        )
    return replace(request, classes=tuple(active))


def _check_paths(draws: Draws, request: Request, *, named: bool) -> Request:
    """Refuse what no trials connect; of a question about every class, leave such classes out."""
    if request.form.startswith("trial"):
        return request  # a prediction checks its own two arms
    if request.form in PAIRED:
        require_path(draws, *request.classes)
        return request
    if not named:
        return replace(request, classes=tuple(reachable(draws, request.classes, reference(draws))))
    if request.form not in RANKED:
        for cls in request.classes:
            require_path(draws, cls, reference(draws))
    return request
