"""The questions that a posterior can answer, and those nearest to one that it could not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import (
    active_classes,
    classes,
    horizon,
    is_events,
    is_network,
    is_timeless,
    reference,
)
from trialpool.questions.grammar import NotUnderstoodError, normalise, parse
from trialpool.questions.units import example_margin

#: Characters of a question, and forms, that are compared letter by letter.
_COMPARED, _CANDIDATES = 160, 8
#: What people write, and the word of the form that comes nearest.
_ROUGHLY = [
    (re.compile(rf"(?<!\w)({pattern})(?!\w)"), form)
    for pattern, form in (
        (r"\w+ better|better|v|vs|versus|compared (with|to)", "beats"),
        ("good|great|effective|useful|any good|any use|cures?", "works"),
        ("dangerous|bad|risky", "harms"),
    )
]
#: What other commands answer: words, and the command.
_ELSEWHERE = {
    "number needed to treat": "trialpool compare FILE PRP MSC",
    "numbers needed to treat": "trialpool compare FILE PRP MSC",
    "nnt": "trialpool compare FILE PRP MSC",
    "months of benefit": "trialpool compare FILE PRP MSC",
    "half life": "trialpool decay FILE",
    "sucra": "trialpool rank FILE",
    "expected loss": "trialpool rank FILE",
    "should i": "trialpool rank FILE",
    "should we": "trialpool rank FILE",
    "recommend": "trialpool rank FILE",
}


def vocabulary(draws: Draws) -> dict[str, str]:
    """Every phrase that names a class (its name, the reference, synonyms), and the class."""
    named = {c: c for c in [*classes(draws), reference(draws)]}
    return {**{str(k): str(v) for k, v in draws.meta.get("synonyms", {}).items()}, **named}


def example_questions(draws: Draws, named: Sequence[str] = ()) -> list[str]:
    """One question of each form, with the classes named if any, else the first of the posterior."""
    known = [*active_classes(draws), *classes(draws)]
    first = [c for c in named if c in known] or known[:1]
    one, two = list(dict.fromkeys([*first, *named, *known, reference(draws)]))[:2]
    if is_network(draws):
        return _of_networks(draws, one, two)
    if is_events(draws):
        return _of_events(draws, one, two)
    last = horizon(draws)
    early, late = (f"{min(m, last):g}" for m in (24.0, 36.0))
    size = example_margin(draws)
    asked = [
        f"probability {one} beats {two} at {early} months",
        f"probability {one} beats {two} by {size} at {early} months",
        f"probability {one} is worse than {two} at {early} months",
        f"probability {one} is non-inferior to {two} within {size} at {early} months",
        f"probability {one} is equivalent to {two} within {size} at {early} months",
        f"probability {one} works at {early} months",
        f"probability {one} works by {size} at {early} months",
        f"probability {one} works at every visit up to {early} months",
        f"probability {one} works between 12 and {early} months",
        f"probability {one} harms at {early} months",
        f"the effect of {one} is at most {size} at {early} months",
        f"what is the effect of {one} at {early} months",
        f"probability {one} is best at {early} months",
        f"probability {one} is worst at {early} months",
        f"which class is best at {early} months",
        f"how much of {one}'s benefit is left at {late} months",
        f"how much of {one}'s 12-month benefit is left at {late} months",
        f"probability {one} keeps at least half of its benefit at {late} months",
        f"does {one} still work at {late} months",
        f"does the effect of {one} last past 24 months",
        f"probability {one} beats {two} at {late} months given that it works at {early} months",
        f"P({one} > {two} + {size} @ {early})",
    ]
    if draws.meta.get("mcid") is not None:
        asked.insert(7, f"probability {one} works by the MCID at {early} months")
    if len(active_classes(draws)) > 2:
        asked.insert(13, f"probability {one} is in the top 2 at {early} months")
    trials = [
        f"probability a new trial of {one} shows a benefit at {early} months",
        f"what would a new trial of {one} with 100 patients find at {early} months",
        f"probability a new trial of {one} with 100 patients is significant at {early} months",
        f"probability {one} beats {two} at {early} months in a new trial of 100 patients",
    ]
    return [*asked, *trials] if draws.has("tau") and draws.has("spread") else asked


def _of_events(draws: Draws, one: str, two: str) -> list[str]:
    asked = [
        f"probability {one} beats {two}",
        f"probability {one} is safer than {two}",
        f"probability {one} is non-inferior to {two} within 20 %",
        f"probability {one} raises serious adverse events",
        f"probability {one} raises serious adverse events by more than 50 %",
        f"probability {one} harms",
        f"probability {one} is safe",
        f"probability {one} is safest",
    ]
    trial = f"probability a new trial of {one} raises serious adverse events"
    return [*asked, trial] if draws.has("tau") else asked


def _of_networks(draws: Draws, one: str, two: str) -> list[str]:
    when = "" if is_timeless(draws) else f" at {horizon(draws):g} months"
    return [
        f"probability {one} beats {two}{when}, where lower is better",
        f"probability {one} beats {two}{when}, where higher is better",
        f"P({one} > {two}{f' @ {horizon(draws):g}' if when else ''})",
        f"probability {one} works{when}, where lower is better",
        f"probability {one} is best{when}, where lower is better",
        f"which is best{when}, where lower is better",
        f"what is the effect of {one}{when}",
    ]


def not_understood(draws: Draws, question: str, fault: NotUnderstoodError) -> QuestionError:
    """The error to raise: what was not understood, and the nearest names and questions."""
    for words, command in _ELSEWHERE.items():
        if re.search(rf"(?<!\w){words}(?!\w)", fault.text):
            return QuestionError(
                f"{words!r} is no question of yes or no and has a command of its own. Run: "
                f"{command}"
            )
    names = vocabulary(draws)
    near: list[str] = []
    if fault.wants_class and fault.phrase:
        by_key = {normalise(n): n for n in names}
        near = [
            by_key[k]
            for k in difflib.get_close_matches(
                fault.phrase[:_COMPARED], list(by_key), n=3, cutoff=0.6
            )
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
    text = fault.text[:_COMPARED]
    if not text.startswith(("how", "does", "which", "what")):
        text = f"probability {text.removeprefix('probability ')}"
    for pattern, form in _ROUGHLY:
        text = pattern.sub(form, text)
    for phrase in sorted(names, key=len, reverse=True):
        text = re.sub(
            rf"(?<!\w){re.escape(normalise(phrase))}s?(?!\w)", normalise(names[phrase]), text
        )
    # Comparing letters is slow: only with those that have most words in common.
    said = set(text.split())
    alike = sorted(keys, key=lambda k: -len(said & set(k.split())) / len(said | set(k.split())))
    close = [keys[k] for k in difflib.get_close_matches(text, alike[:_CANDIDATES], n=3, cutoff=0.0)]
    return list(dict.fromkeys([*repaired, *close]))


def _as_written(question: str, phrase: str) -> str:
    """The phrase with the capitals of the question, where it stands there word for word."""
    found = re.search(re.escape(phrase), question, flags=re.IGNORECASE)
    return found.group() if found else phrase
