"""The questions that a posterior can answer, and those nearest to one that it could not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import active_classes, classes, horizon, is_events, reference
from trialpool.questions.grammar import NotUnderstoodError, normalise, parse
from trialpool.questions.units import example_margin


def vocabulary(draws: Draws) -> dict[str, str]:
    """Every phrase that names a class (its name, the reference, synonyms), and the class."""
    named = {c: c for c in [*classes(draws), reference(draws)]}
    return {**{str(k): str(v) for k, v in draws.meta.get("synonyms", {}).items()}, **named}


def example_questions(draws: Draws, named: Sequence[str] = ()) -> list[str]:
    """One question of each form, with the classes named if any, else the first of the posterior."""
    known = [*active_classes(draws), *classes(draws)]
    one, two = list(dict.fromkeys([*(c for c in named if c in known), *known, reference(draws)]))[
        :2
    ]
    if is_events(draws):
        asked = [
            f"probability {one} beats {two}",
            f"probability {one} is safer than {two}",
            f"probability {one} raises serious adverse events",
            f"probability {one} is safe",
            f"probability {one} is safest",
        ]
        trial = f"probability a new trial of {one} raises serious adverse events"
        return [*asked, trial] if draws.has("tau") else asked
    last = horizon(draws)
    early, late = (f"{min(m, last):g}" for m in (24.0, 36.0))
    asked = [
        f"probability {one} beats {two} at {early} months",
        f"probability {one} beats {two} by {example_margin(draws)} at {early} months",
        f"probability {one} is worse than {two} at {early} months",
        f"probability {one} works at {early} months",
        f"probability {one} works by the MCID at {early} months",
        f"probability {one} is best at {early} months",
        f"probability {one} is worst at {early} months",
        f"which class is best at {early} months",
        f"how much of {one}'s benefit is left at {late} months",
        f"how much of {one}'s 12-month benefit is left at {late} months",
        f"does {one} still work at {late} months",
        f"does the effect of {one} last past 24 months",
    ]
    trials = [
        f"probability a new trial of {one} shows a benefit at {early} months",
        f"what would a new trial of {one} with 100 patients find at {early} months",
        f"probability a new trial of {one} with 100 patients is significant at {early} months",
    ]
    return [*asked, *trials] if draws.has("tau") and draws.has("spread") else asked


def not_understood(draws: Draws, question: str, fault: NotUnderstoodError) -> QuestionError:
    """The error to raise: what was not understood, and the nearest names and questions."""
    names = vocabulary(draws)
    near: list[str] = []
    if fault.wants_class and fault.phrase:
        by_key = {normalise(n): n for n in names}
        near = [
            by_key[k]
            for k in difflib.get_close_matches(fault.phrase, list(by_key), n=3, cutoff=0.6)
        ]
    listed = ", ".join([*classes(draws), reference(draws)])
    if not fault.phrase:
        what = f"{question!r} ends before it says what is asked" + (
            f"; a class is expected ({listed})." if fault.wants_class else "."
        )
    elif fault.wants_class:
        what = (
            f"{_as_written(question, fault.phrase)!r} was not understood; the classes of this "
            f"posterior are {listed}."
        )
        what += f" Did you mean {' or '.join(near)}?" if near else ""
    else:
        what = (
            f"{_as_written(question, fault.phrase)!r} was not understood in {question!r}. Leave "
            "it out or use a form below."
        )
    return QuestionError(what, _nearest(draws, question, fault, near))


def _nearest(draws: Draws, question: str, fault: NotUnderstoodError, near: list[str]) -> list[str]:
    names = vocabulary(draws)
    repaired = []
    for name in near:
        candidate = question.replace(_as_written(question, fault.phrase), name, 1)
        try:
            parse(candidate, names)
        except (NotUnderstoodError, QuestionError):
            continue
        repaired.append(candidate)
    named = [
        names[n]
        for n in names
        if re.search(rf"(?<!\w){re.escape(normalise(n))}s?(?!\w)", fault.text)
    ]
    named.sort(key=lambda c: fault.text.find(normalise(c)))
    forms = example_questions(draws, named)
    keys = {normalise(f): f for f in forms}
    text = (
        fault.text
        if fault.text.startswith(("how", "does", "which"))
        else f"probability {fault.text.removeprefix('probability ')}"
    )
    close = [keys[k] for k in difflib.get_close_matches(text, list(keys), n=3, cutoff=0.0)]
    return list(dict.fromkeys([*repaired, *close]))


def _as_written(question: str, phrase: str) -> str:
    """The phrase with the capitals of the question, where it stands there word for word."""
    found = re.search(re.escape(phrase), question, flags=re.IGNORECASE)
    return found.group() if found else phrase
