"""Questions that the page answers at its top: those given, and the usual ones of an outcome."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trialpool.decisions import rank
from trialpool.decisions.layouts import Better
from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions import Answer, ask
from trialpool.questions.answer import probability_text
from trialpool.questions.connections import connected
from trialpool.questions.effects import (
    active_classes,
    classes,
    horizon,
    is_events,
    is_network,
    is_timeless,
    reference,
)
from trialpool.questions.units import unit_text
from trialpool.report.sources import PLAIN, Entry, Group
from trialpool.report.wording import likely, thin

if TYPE_CHECKING:
    from trialpool.sensitivity import Told

#: Months at which a class is asked whether it works, and the two best are compared.
WORKS, BEATS = 12.0, 24.0


@dataclass(frozen=True)
class Said:
    """One answer in words for the page.

    Attributes
    ----------
    question : str
        As asked.
    claim : str
        What the probability is of, in the words of the question.
    outcome, subject : str
        The outcome, and the class that the statement is about.
    probability : float
    shown, words : str
        The probability as printed, and how likely that is.
    difference : str
        Median and interval; of adverse events the ratio.
    interpretation : str
        The statement in full.
    details : tuple of str
        Evidence, extrapolation, notes.
    prior : str
        The probability before the data; empty where it is not known.
    extrapolated : bool
    thin : str
        What the evidence is short of; empty where it is not.
    file : str
        The posterior that answered.
    record : dict
        As `Answer.to_dict` gives it, for JSON.
    """

    question: str
    claim: str
    outcome: str
    subject: str
    probability: float
    shown: str
    words: str
    difference: str
    interpretation: str
    details: tuple[str, ...]
    prior: str
    extrapolated: bool
    thin: str
    file: str
    record: dict[str, Any] = field(repr=False)


def lead_question(draws: Draws, *, better: Better | None = None) -> str | None:
    """The two best against each other; None where there are no two to compare."""
    month = None if is_timeless(draws) else min(BEATS, horizon(draws))
    try:
        best = [r.name for r in rank(draws, months=month, better=better).ranks[:2]]
    except QuestionError:
        return None
    if is_events(draws):
        return None  # which of two is safer is asked only where someone asks
    when = "" if month is None else f" at {month:g} months"
    way = f", where {better} is better" if is_network(draws) else ""
    return f"probability {best[0]} beats {best[1]}{when}{way}"


def usual_questions(draws: Draws, *, better: Better | None = None) -> list[str]:
    """What a reader asks first of an outcome: does each work, does each do harm."""
    held, against = classes(draws), reference(draws)
    shown = [c for c in active_classes(draws) if c in held and connected(draws, c, against)]
    if is_events(draws):
        raised = "raises serious adverse events" if draws.meta["outcome"] == "sae" else "harms"
        return [f"probability {c} {raised}" for c in shown]
    when = "" if is_timeless(draws) else f" at {min(WORKS, horizon(draws)):g} months"
    if is_network(draws):
        if better is None:
            return [f"what is the effect of {c}{when}" for c in shown if c != against]
        way = f", where {better} is better"
        return [f"probability {c} beats {against}{when}{way}" for c in shown if c != against]
    asked = []
    for c in shown:
        asked.append(f"probability {c} works{when}")
        if draws.meta.get("mcid") is not None:
            asked.append(f"probability {c} works by the MCID{when}")
    return asked


def answers_of(entry: Entry, questions: Sequence[str]) -> list[Said]:
    """The answers of one posterior; what it cannot answer is left out."""
    found: list[Said] = []
    for question in questions:
        try:
            found += [_said(entry.draws, one, entry.name) for one in ask(entry.draws, question)]
        except QuestionError:
            continue  # of a class that no trial connects, say
    return found


def usual_answers(entry: Entry, *, better: Better | None = None) -> list[Said]:
    """Answers to the usual questions of one outcome; of plain estimates their pooled mean."""
    if entry.layout in PLAIN:
        from trialpool.sensitivity.told import tell  # loads ArviZ, which is slow

        return [_pooled(entry, told) for told in tell(entry.posterior, [])]
    lead = lead_question(entry.draws, better=better)
    asked = [*([lead] if lead else []), *usual_questions(entry.draws, better=better)]
    return answers_of(entry, asked)


def given_answers(groups: Sequence[Group], question: str) -> list[Said]:
    """Answer a question that was given, from the first posterior that can.

    The main ones come first, then those beside them: a question of benefit and risk together
    needs a joint posterior.

    Raises
    ------
    QuestionError
        If none can, with what the first said.
    """
    entries = [group.main for group in groups] + [e for g in groups for e in g.others]
    fault: QuestionError | None = None
    for entry in entries:
        if entry.layout in PLAIN:
            continue
        try:
            # Of a joint file the whole is asked: a question may join its outcomes.
            draws = entry.source.draws
            return [_said(draws, one, entry.source.name) for one in ask(draws, question)]
        except QuestionError as error:
            fault = fault or error
    if fault is None:
        raise QuestionError(
            f"{question!r}: the posteriors given are plain estimates, which have no classes to ask "
            "about. Leave the question out: their pooled mean is on the page."
        )
    raise fault


def _said(draws: Draws, answer: Answer, file: str) -> Said:
    lines = [line.strip() for line in str(answer).splitlines()[1:]]
    skipped = ("probability ", "difference, median", "EXTRAPOLATED")
    extrapolated = [line for line in lines if line.startswith("EXTRAPOLATED")]
    rest = [line for line in lines if not line.startswith(skipped)]
    view = draws.of(answer.outcome) if answer.outcome in draws.outcomes else draws
    claim = answer.question.strip().rstrip("?").removeprefix("probability ").removeprefix("that ")
    return Said(
        question=answer.question,
        claim=claim if answer.subject in claim else f"{claim} [{answer.subject}]",
        outcome=answer.outcome,
        subject=answer.subject,
        probability=answer.probability,
        shown=probability_text(answer.probability),
        words=likely(answer.probability),
        difference=_difference(answer),
        interpretation=answer.interpretation,
        details=tuple([*extrapolated, *rest]),
        prior="" if answer.prior_probability is None else f"{answer.prior_probability:.2f}",
        extrapolated=answer.extrapolated,
        thin=thin(view, [*answer.evidence]),
        file=file,
        record=answer.to_dict(),
    )


def _difference(answer: Answer) -> str:
    """Median and interval; logarithms of ratios as ratios, which people know."""
    d = answer.difference
    if d.unit.startswith("log ") and d.unit.endswith(" ratio"):
        median, lower, upper = (math.exp(v) for v in (d.median, d.lower, d.upper))
        interval = f"{d.level * 100:g} % credible interval {lower:.3g} to {upper:.3g}"
        return f"{d.unit.removeprefix('log ')} {median:.3g} ({interval})"
    return str(d)


def _pooled(entry: Entry, told: Told) -> Said:
    interval = f"95 % credible interval {told.lower:.3g} to {told.upper:.3g}"
    return Said(
        question=told.question,
        claim="the pooled effect is above 0",
        outcome=entry.outcome,
        subject="",
        probability=told.probability,
        shown=probability_text(told.probability),
        words=likely(told.probability),
        difference=f"{told.median:.3g} ({interval}) {unit_text(entry.draws)}".rstrip(),
        interpretation="P(pooled effect > 0); the sign is that of the numbers given",
        details=(f"Monte Carlo error {told.mcse:.2g}",),
        prior="",
        extrapolated=False,
        thin="",
        file=entry.name,
        record=told.to_dict(),
    )
