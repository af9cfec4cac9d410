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
from trialpool.questions.grammar import NotUnderstoodError, Request, normalise, parse
from trialpool.questions.safety import EVENT_FORMS
from trialpool.questions.suggest import example_questions, not_understood, vocabulary

# Words that people use for an outcome, and the name that `fit --outcome` takes.
OUTCOMES = {
    "pain": "pain",
    "function": "function",
    "disability": "function",
    "functioning": "function",
    "sae": "sae",
    "saes": "sae",
    "serious adverse event": "sae",
    "serious adverse events": "sae",
    "adverse event": "sae",
    "adverse events": "sae",
    "harm": "sae",
    "harms": "sae",
    "safety": "sae",
}
#: Forms that compare two classes, and those that compare one with all others.
PAIRED, RANKED = ("beats", "safer"), ("best", "worst", "safest")
# Words that narrow no further than the trials already do.
_SITE = {"low", "back", "chronic", "their", "patient", "patients", "scores", "score", "mean"}


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
    needed = f"log_{event_scale(draws)}_ratio" if is_events(draws) else "benefit"
    if not draws.has(needed) or not draws.has_coord("class"):
        raise QuestionError(
            f"this posterior (layout {draws.meta.get('layout', 'unknown')!r}) holds no "
            f"{needed!r} by class; questions compare classes of "
            "treatment. Ask a posterior fitted to a folder of trials, and read a plain "
            "meta-analysis from its summary."
        )
    try:
        request = parse(question, vocabulary(draws))
    except NotUnderstoodError as fault:
        raise not_understood(draws, question, fault) from None
    request = _check_outcome(draws, request)
    named = bool(request.classes)
    request = _check_classes(draws, request)
    answers = _answers(draws, question, _check_paths(draws, request, named=named))
    if named and request.form not in RANKED:
        return answers
    # What was left out of a ranking or of a question about every class.
    start = request.classes[0] if named else reference(draws)
    notes = apart_note(draws, active_classes(draws), start)
    return [replace(answer, notes=(*answer.notes, *notes)) for answer in answers]


def _answers(draws: Draws, question: str, request: Request) -> list[Answer]:
    if is_events(draws):
        return EVENT_FORMS[request.form](draws, question, request)
    if request.form in ("safe", "safer", "safest"):
        raise QuestionError(
            f"{question!r}: safety is asked of a posterior of adverse events; this one is of "
            f"{draws.meta.get('outcome', 'another outcome')}. "
            "Fit with --outcome sae and ask that file."
        )
    return FORMS[request.form](draws, question, request)


def _check_outcome(draws: Draws, request: Request) -> Request:
    """Refuse an outcome that the posterior is not of."""
    own = str(draws.meta.get("outcome", ""))
    for phrase in request.outcomes:
        bare = " ".join(w for w in phrase.split() if w not in _SITE)
        named = OUTCOMES.get(bare)
        if normalise(own) in (bare, named):
            continue
        if named is None:
            raise QuestionError(
                f"{phrase!r} is not an outcome that is known here; this posterior is of {own}. "
                f"Leave it out, or fit with that outcome and ask the file that fit writes.",
                example_questions(draws, request.classes)[:3],
            )
        raise QuestionError(
            f"the question is about {named}, this posterior is of {own}. "
            f"Run: trialpool fit DIR --outcome {named} -o {named}.nc, and ask {named}.nc."
        )
    if (
        request.form in ("reduces", "raises")
        and request.outcomes
        and "funct" in request.outcomes[0]
    ):
        raise QuestionError(
            f"'{request.form} function' can be read both ways, as scores of disability fall "
            "when function improves. "
            "Ask whether the class 'works' or 'improves function'."
        )
    return request


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
    if request.form in PAIRED:
        require_path(draws, *request.classes)
        return request
    if not named:
        return replace(request, classes=tuple(reachable(draws, request.classes, reference(draws))))
    if request.form not in RANKED:
        for cls in request.classes:
            require_path(draws, cls, reference(draws))
    return request
