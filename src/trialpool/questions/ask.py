"""Answer a question in English: read it, check it against the posterior, hand it to its form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError, TrialpoolError
from trialpool.questions.answer import Answer
from trialpool.questions.combine import combined, shared_time, whole
from trialpool.questions.compose import answer_of
from trialpool.questions.connections import apart_note, reachable, require_path
from trialpool.questions.effects import (
    active_classes,
    classes,
    is_events,
    is_network,
    is_timeless,
    reference,
    variable_of,
)
from trialpool.questions.finding import Finding, mean_of
from trialpool.questions.forms import FORMS
from trialpool.questions.grammar import NotUnderstoodError, parse
from trialpool.questions.outcomes import of_outcome
from trialpool.questions.safety import EVENT_FORMS, not_of_events
from trialpool.questions.statement import Expression, Not, Statement, Time, statements
from trialpool.questions.suggest import example_questions, not_understood, vocabulary
from trialpool.questions.trials import TRIAL_FORMS

#: Statements that one question may join.
MOST = 8
#: Forms that compare one class with all others.
RANKED = ("best", "worst", "safest", "top")


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
    for outcome in draws.outcomes:
        _check_layout(draws.of(outcome))
    names = {
        phrase: cls
        for outcome in reversed(draws.outcomes)
        for phrase, cls in vocabulary(draws.of(outcome)).items()
    }
    try:
        expression = parse(question, names)
    except NotUnderstoodError as fault:
        raise not_understood(draws.of(draws.outcomes[0]), question, fault) from None
    if (count := sum(1 for _ in statements(expression))) > MOST:
        raise QuestionError(
            f"question: got {count} statements, expected at most {MOST}. Ask it in parts."
        )
    said, negated = _single(expression)
    if said is not None:
        parts = _read(draws, said)
        priors = _priors(draws, parts)
        found = [_turned(part.finding()) if negated else part.finding() for part in parts]
        return [
            answer_of(
                part.view,
                question,
                finding,
                prior=None if prior is None else 1.0 - prior if negated else prior,
                notes=part.notes,
            )
            for part, finding, prior in zip(parts, found, priors, strict=True)
        ]
    return [_several(draws, question, expression)]


@dataclass(frozen=True)
class _Part:
    """One statement about one class, and the draws of the outcome that it is about."""

    view: Draws
    statement: Statement
    cls: str
    notes: tuple[str, ...]

    def finding(self, view: Draws | None = None) -> Finding:
        """What the draws say, or those of a view in their place."""
        events = is_events(self.view)
        forms = EVENT_FORMS if events else {**FORMS, **TRIAL_FORMS}
        find = forms.get(self.statement.form, not_of_events)
        found = find(view or self.view, self.statement, self.cls)
        if self.statement.lower is not None and not events:
            way = f", {'lower' if self.statement.lower else 'higher'} is better"
            found = replace(found, way=way)
        return found


def _single(expression: Expression) -> tuple[Statement | None, bool]:
    """The statement of a question that has only one, and whether it is denied."""
    negated = False
    while isinstance(expression, Not):
        expression, negated = expression.of, not negated
    return (expression if isinstance(expression, Statement) else None), negated


def _turned(found: Finding) -> Finding:
    """The opposite of a finding."""
    shade = None
    if found.shade is not None and not np.isfinite(found.shade).all():
        low, high = found.shade  # one of them has no end
        shade = (high, np.inf) if np.isinf(low) else (-np.inf, low)
    return replace(found, text=f"not: {found.text}", chance=1.0 - found.chance, shade=shade)


def _several(draws: Draws, question: str, expression: Expression) -> Answer:
    time = shared_time(expression)
    parts = []
    for statement in statements(expression):
        read = _read(draws, statement, joined=True, time=time)
        if len(read) != 1:
            raise QuestionError(
                f"{question!r} joins a statement about every class to another. Name the class in "
                "each."
            )
        parts += read
    findings = [part.finding() for part in parts]
    found = whole(expression, findings)
    answers = tuple(
        answer_of(part.view, question, finding, prior=prior, notes=part.notes)
        for part, finding, prior in zip(parts, findings, _priors(draws, parts), strict=True)
    )
    return combined(draws, question, expression, answers, found, _prior(draws, expression, parts))


def _priors(draws: Draws, parts: Sequence[_Part]) -> list[float | None]:
    """Probability of each part before the data; None where the posterior holds no prior draws."""
    return [_prior(draws, part.statement, [part]) for part in parts]


def _prior(draws: Draws, expression: Expression, parts: Sequence[_Part]) -> float | None:
    if draws.prior is None:
        return None
    try:
        found = [part.finding(part.view.prior) for part in parts]
        if len(found) == 1:
            return mean_of(found[0].chance, given=found[0].given)
        joined = whole(expression, found)
        return mean_of(joined.chance, given=joined.given)
    except TrialpoolError:
        return None  # what the prior draws lack, such as a benefit that a share could be of


def _read(
    draws: Draws, statement: Statement, *, joined: bool = False, time: Time | None = None
) -> list[_Part]:
    """The parts of a statement, one a class; `time` is that of the statements it is joined to."""
    view, chosen = of_outcome(draws, statement, joined=joined)
    if is_timeless(view):
        # A month said of the whole question is of the statements that have one.
        others = joined and not all(is_timeless(draws.of(name)) for name in draws.outcomes)
        if others and statement.time is not None and statement.time.general:
            statement = replace(statement, time=None)
    elif statement.time is None:
        statement = replace(statement, time=time)
    named = bool(statement.classes)
    asked = _check_paths(view, statement, _asked(view, statement))
    notes = [*chosen]
    if not named or statement.form in RANKED:
        # What was left out of a ranking or of a question about every class.
        start = asked[0] if named else statement.versus or reference(view)
        notes += apart_note(view, active_classes(view), start)
    return [_Part(view, statement, cls, tuple(notes)) for cls in asked]


def _check_layout(draws: Draws) -> None:
    needed, by = variable_of(draws), "treatment" if is_network(draws) else "class"
    if not draws.has(needed) or not draws.has_coord(by):
        raise QuestionError(
            f"this posterior (layout {draws.meta.get('layout', 'unknown')!r}) holds no "
            f"{needed!r} by {by}; questions compare classes of "
            "treatment. Ask a posterior fitted to a folder of trials, and read a plain "
            "meta-analysis from its summary."
        )


def _asked(draws: Draws, statement: Statement) -> list[str]:
    """The classes that a statement is about: those named, or all active ones."""
    held = [*classes(draws), reference(draws)]
    for cls in statement.named:
        if cls not in held:
            raise QuestionError(
                f"{cls} is a known class, but no row of it entered this fit. Classes of this "
                f"posterior: {', '.join(held)}.",
                example_questions(draws, statement.named)[:3],
            )
    if statement.versus in statement.classes:
        raise QuestionError(
            f"the question compares {statement.versus} with itself. Name two classes of: "
            f"{', '.join(held)}."
        )
    other = statement.versus or reference(draws)
    ranked = statement.form in RANKED
    active = [c for c in active_classes(draws) if ranked or c != other]
    if not (statement.classes or active):
        raise QuestionError(
            f"this posterior has no active class to ask about. Name one of: {', '.join(held)}."
        )
    return [*(statement.classes or active)]


def _check_paths(draws: Draws, statement: Statement, asked: list[str]) -> list[str]:
    """Refuse what no trials connect; of a question about every class, leave such classes out."""
    other = statement.versus or reference(draws)
    if not statement.classes:
        return reachable(draws, asked, other)
    if statement.form not in RANKED and statement.trial is None:
        for cls in asked:  # a prediction checks its own two arms
            require_path(draws, cls, other)
    return asked
