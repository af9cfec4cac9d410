"""One function a form of question about a time course.

Each takes (draws, question, request) and returns one answer a class, or one for a pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.answer import Answer
from trialpool.questions.compose import amount_text, assemble, build, unit_text
from trialpool.questions.connections import ranked
from trialpool.questions.effects import Array, benefit_at, contrast, reference, summarise
from trialpool.questions.mcid import mcid_line
from trialpool.questions.monte_carlo import mean_error, probability
from trialpool.questions.request import Request
from trialpool.questions.settle import (
    grid_note,
    margin_note,
    no_margin,
    reference_month,
    settle_margin,
    settle_month,
)

type FormFunction = Callable[[Draws, str, Request], list[Answer]]

HALF = 0.5


def beats(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(benefit of one class exceeds another's by the margin)."""
    one, other = request.classes
    month, notes = settle_month(draws, request, [one, other])
    margin = settle_margin(draws, request)
    notes += margin_note(draws, request)
    diff = contrast(draws, one, other, month=month)
    text = (
        f"benefit of {one} minus benefit of {other} > {amount_text(draws, margin)} at {month:g} "
        "months"
    )
    hits = diff > margin
    return [
        build(
            draws, question, text, hits, diff, [one, other], month=month, margin=margin, notes=notes
        )
    ]


def works(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(benefit of a class over the reference exceeds the margin)."""
    return [_works(draws, question, request, cls, with_mcid=False) for cls in request.classes]


def still_works(draws: Draws, question: str, request: Request) -> list[Answer]:
    """As `works`, with the probability of a benefit of at least the MCID beside it."""
    return [_works(draws, question, request, cls, with_mcid=True) for cls in request.classes]


def raises(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a class is worse than the reference)."""
    return [_raises(draws, question, request, cls) for cls in request.classes]


def not_raises(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a class is no worse than the reference)."""
    return [_raises(draws, question, request, cls, turned=True) for cls in request.classes]


def best(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a class has the largest benefit of the active classes)."""
    return _extreme(draws, question, request, largest=True)


def worst(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a class has the smallest benefit of the active classes)."""
    return _extreme(draws, question, request, largest=False)


def left(draws: Draws, question: str, request: Request) -> list[Answer]:
    """Share of an earlier benefit that is left, and P(at least half of it is)."""
    return [_left(draws, question, request, cls) for cls in request.classes]


def _raises(
    draws: Draws, question: str, request: Request, cls: str, *, turned: bool = False
) -> Answer:
    month, notes = settle_month(draws, request, [cls])
    no_margin(request)
    diff = _over_reference(draws, cls, month)
    sign, told = (">= 0", "that is no harm") if turned else ("< 0", "that is harm")
    text = f"benefit of {cls} over {reference(draws)} {sign} at {month:g} months, {told}"
    hits = diff >= 0 if turned else diff < 0
    pair = _pair(draws, cls)
    return build(draws, question, text, hits, diff, pair, month=month, margin=0.0, notes=notes)


def _works(draws: Draws, question: str, request: Request, cls: str, *, with_mcid: bool) -> Answer:
    if cls == reference(draws):
        raise QuestionError(
            f"{cls} is what benefits are measured against: its benefit is 0 by definition. Ask "
            "about another class."
        )
    month, notes = settle_month(draws, request, [cls])
    margin = settle_margin(draws, request)
    notes += margin_note(draws, request)
    diff = _over_reference(draws, cls, month)
    if with_mcid and draws.meta.get("mcid") is not None:
        mcid = float(draws.meta["mcid"])
        share, error = probability(diff >= mcid, of=diff)
        notes.append(
            f"P(benefit at least the MCID of {amount_text(draws, mcid)}) = {share:.3f} "
            f"(Monte Carlo error {error:.2g})"
        )
        notes.append(mcid_line(draws.meta))
    text = (
        f"benefit of {cls} over {reference(draws)} > {amount_text(draws, margin)} at {month:g} "
        "months"
    )
    return build(
        draws,
        question,
        text,
        diff > margin,
        diff,
        _pair(draws, cls),
        month=month,
        margin=margin,
        notes=notes,
    )


def _extreme(draws: Draws, question: str, request: Request, *, largest: bool) -> list[Answer]:
    field = ranked(draws, request)
    no_margin(request)
    month, notes = settle_month(draws, request, field)
    at = {cls: benefit_at(draws, cls, month) for cls in field}
    word, side = ("largest", "best") if largest else ("smallest", "worst")
    answers = []
    for cls in request.classes:
        rest = np.stack([at[c] for c in field if c != cls])
        diff = at[cls] - (rest.max(axis=0) if largest else rest.min(axis=0))
        text = f"{cls} has the {word} benefit of {', '.join(field)} at {month:g} months"
        hits = diff > 0 if largest else diff < 0
        found = build(
            draws,
            question,
            text,
            hits,
            diff,
            field,
            month=month,
            margin=0.0,
            notes=notes,
            remark=f"; difference: {cls} minus the {side} of the others",
        )
        answers.append(replace(found, subject=cls))
    return answers


def _left(draws: Draws, question: str, request: Request, cls: str) -> Answer:
    if cls == reference(draws):
        raise QuestionError(
            f"{cls} is what benefits are measured against: it has no benefit to keep. Ask about "
            "another class."
        )
    month, notes = settle_month(draws, request, [cls])
    since = reference_month(draws, cls, month) if request.since is None else request.since
    if not 0 < since < month:
        raise QuestionError(
            f"share left: got {since:g} months as the earlier and {month:g} as the later time. "
            "Ask about a later month."
        )
    before, now = benefit_at(draws, cls, since), benefit_at(draws, cls, month)
    positive = before > 0
    share = float(positive.mean())
    if share == 0.0:
        raise QuestionError(
            f"no draw has a benefit of {cls} at {since:g} months, so no share of it can be "
            f"left. Ask whether {cls} works."
        )
    notes += grid_note(draws, since)
    kept = now[positive] / before[positive]
    # The error of a conditional probability needs chains of full length: the draws left out
    # count as neither.
    p = float((kept >= HALF).mean())
    influence = np.where(positive, (now >= HALF * before) - p, 0.0) / share
    error = (
        mean_error(influence)
        if 0.0 < p < 1.0
        else probability(positive & (now >= HALF * before), of=now - HALF * before)[1]
    )
    error = error or 1.0 / (kept.size + 2.0)
    notes.append(
        f"the ratio is over the {share * 100:.3g} % of draws with a positive benefit at "
        f"{since:g} months"
    )
    notes.append(
        "a share can pass 1 or fall under 0; read its median, its mean is drawn by draws with "
        "little benefit to keep"
    )
    if share < HALF:
        notes.append(
            f"{cls} more likely than not has no benefit at {since:g} months: a share of it says "
            "little"
        )
    notes.append(
        f"benefit at {since:g} months: {summarise(before, unit=unit_text(draws))}; at {month:g} "
        f"months: {summarise(now, unit=unit_text(draws))}"
    )
    text = (
        f"at least half of the {since:g}-month benefit of {cls} over {reference(draws)} is "
        f"left at {month:g} months, given a benefit at {since:g} months"
    )
    summary = summarise(kept, unit=f"share of the {since:g}-month benefit")
    if summary.lower < 0 < summary.upper:
        notes.append("the interval covers 0: whether any benefit is left is open")
    return assemble(
        draws,
        question,
        text,
        (p, error),
        summary,
        _pair(draws, cls),
        month=month,
        margin=HALF,
        notes=notes,
        remark=(
            f"; difference: benefit at {month:g} months divided by benefit at {since:g} months"
        ),
    )


def _over_reference(draws: Draws, cls: str, month: float) -> Array:
    return contrast(draws, cls, reference(draws), month=month)


def _pair(draws: Draws, cls: str) -> list[str]:
    return [cls, reference(draws)]


FORMS: Mapping[str, FormFunction] = {
    "beats": beats,
    "works": works,
    "reduces": works,
    "still": still_works,
    "lasts": still_works,
    "raises": raises,
    "not_raises": not_raises,
    "best": best,
    "worst": worst,
    "left": left,
}
