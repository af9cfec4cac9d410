"""One function a form of question about a time course.

Each takes (draws, question, request) and returns one answer a class, or one for a pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.answer import Answer, Diagnostics
from trialpool.questions.connections import ranked
from trialpool.questions.effects import (
    LEVEL,
    Array,
    benefit_at,
    contrast,
    direct_trials,
    evidence_of,
    has_evidence,
    is_extrapolated,
    reference,
    summarise,
)
from trialpool.questions.grammar import Request
from trialpool.questions.mcid import mcid_line
from trialpool.questions.monte_carlo import effective_sample_size, probability
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
        f"P(benefit of {one} minus benefit of {other} > {_amount(draws, margin)} at {month:g} "
        f"months){_scope(draws)}"
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
    answers = []
    for cls in request.classes:
        month, notes = settle_month(draws, request, [cls])
        no_margin(request)
        diff = _over_reference(draws, cls, month)
        text = (
            f"P(benefit of {cls} over {reference(draws)} < 0 at {month:g} months, that is "
            f"harm){_scope(draws)}"
        )
        answers.append(
            build(
                draws,
                question,
                text,
                diff < 0,
                diff,
                _pair(draws, cls),
                month=month,
                margin=0.0,
                notes=notes,
            )
        )
    return answers


def best(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a class has the largest benefit of the active classes)."""
    return _extreme(draws, question, request, largest=True)


def worst(draws: Draws, question: str, request: Request) -> list[Answer]:
    """P(a class has the smallest benefit of the active classes)."""
    return _extreme(draws, question, request, largest=False)


def left(draws: Draws, question: str, request: Request) -> list[Answer]:
    """Share of an earlier benefit that is left, and P(at least half of it is)."""
    return [_left(draws, question, request, cls) for cls in request.classes]


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
            f"P(benefit at least the MCID of {_amount(draws, mcid)}) = {share:.3f} (Monte Carlo "
            f"error {error:.2g})"
        )
        notes.append(mcid_line(draws.meta))
    text = (
        f"P(benefit of {cls} over {reference(draws)} > {_amount(draws, margin)} at {month:g} "
        f"months){_scope(draws)}"
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
        text = (
            f"P({cls} has the {word} benefit of {', '.join(field)} at {month:g} "
            f"months){_scope(draws)}; "
            f"difference: {cls} minus the {side} of the others"
        )
        hits = diff > 0 if largest else diff < 0
        found = build(
            draws, question, text, hits, diff, field, month=month, margin=0.0, notes=list(notes)
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
        _mean_error(influence)
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
        f"benefit at {since:g} months: {summarise(before, unit=_unit(draws))}; at {month:g} "
        f"months: {summarise(now, unit=_unit(draws))}"
    )
    text = (
        f"P(at least half of the {since:g}-month benefit of {cls} over {reference(draws)} is "
        f"left at {month:g} months, "
        f"given a benefit at {since:g} months){_scope(draws)}; difference: benefit at {month:g} "
        f"months divided by benefit at {since:g} months"
    )
    base = build(
        draws, question, text, positive, now, _pair(draws, cls), month=month, margin=HALF, notes=[]
    )
    summary = summarise(kept, unit=f"share of the {since:g}-month benefit")
    if summary.lower < 0 < summary.upper:
        notes.append("the interval covers 0: whether any benefit is left is open")
    return replace(base, probability=p, mcse=error, difference=summary, notes=tuple(notes))


def build(
    draws: Draws,
    question: str,
    interpretation: str,
    hits: np.ndarray[Any, np.dtype[np.bool_]],
    diff: Array,
    asked: list[str],
    *,
    month: float | None,
    margin: float,
    notes: list[str],
    unit: str | None = None,
) -> Answer:
    """Answer from draws of a difference and of whether the statement holds."""
    share, error = probability(hits, of=diff)
    summary = summarise(diff, unit=_unit(draws) if unit is None else unit)
    open_note = (
        [f"the {LEVEL * 100:g} % interval covers 0: the difference could go either way"]
        if summary.lower <= 0 <= summary.upper
        else []
    )
    checks = draws.meta.get(
        "diagnostics", {"ok": False, "messages": ["the posterior records no diagnostics"]}
    )
    return Answer(
        question=question,
        interpretation=interpretation,
        probability=share,
        mcse=error,
        difference=summary,
        months=month,
        margin=margin,
        outcome=str(draws.meta.get("outcome", "")),
        evidence={
            c: evidence_of(draws, c)
            for c in asked
            if c != reference(draws) or has_evidence(draws, c)
        },
        direct_trials=direct_trials(draws, *asked) if len(asked) == 2 else None,
        extrapolated=month is not None and is_extrapolated(draws, asked, month),
        engine=str(draws.meta.get("engine", "unknown")),
        diagnostics=Diagnostics(bool(checks.get("ok", False)), tuple(checks.get("messages", ()))),
        notes=(*open_note, *notes),
        reference=reference(draws),
        subject=asked[0],
    )


def _mean_error(values: Array) -> float:
    return float(values.std() / np.sqrt(effective_sample_size(values)))


def _over_reference(draws: Draws, cls: str, month: float) -> Array:
    return contrast(draws, cls, reference(draws), month=month)


def _pair(draws: Draws, cls: str) -> list[str]:
    return [cls, reference(draws)]


def _unit(draws: Draws) -> str:
    return str(draws.meta.get("unit", ""))


def _amount(draws: Draws, margin: float) -> str:
    return "0" if margin == 0 else f"{margin:g} {_unit(draws)}".rstrip()


def _scope(draws: Draws) -> str:
    return f"; {draws.meta.get('outcome', 'outcome')}, positive is better"


FORMS: Mapping[str, FormFunction] = {
    "beats": beats,
    "works": works,
    "reduces": works,
    "still": still_works,
    "lasts": still_works,
    "raises": raises,
    "best": best,
    "worst": worst,
    "left": left,
}
