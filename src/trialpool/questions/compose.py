"""From draws to an `Answer`: the probability, its error, what stands behind it, what to note."""

from __future__ import annotations

from typing import Any

import numpy as np

from trialpool.draws import Draws
from trialpool.questions.answer import Answer, Diagnostics
from trialpool.questions.averaged import averaged_note
from trialpool.questions.effects import (
    LEVEL,
    Array,
    Summary,
    direct_trials,
    evidence_of,
    has_evidence,
    is_events,
    is_extrapolated,
    reference,
    summarise,
)
from trialpool.questions.monte_carlo import probability


def build(
    draws: Draws,
    question: str,
    statement: str,
    hits: np.ndarray[Any, np.dtype[np.bool_]],
    diff: Array,
    asked: list[str],
    *,
    month: float | None,
    margin: float,
    notes: list[str],
    unit: str | None = None,
    remark: str = "",
) -> Answer:
    """Answer from draws of a difference and of whether the statement holds."""
    summary = summarise(diff, unit=unit_text(draws) if unit is None else unit)
    open_note = (
        [f"the {LEVEL * 100:g} % interval covers 0: the difference could go either way"]
        if summary.lower <= 0 <= summary.upper
        else []
    )
    return assemble(
        draws,
        question,
        statement,
        probability(hits, of=diff),
        summary,
        asked,
        month=month,
        margin=margin,
        notes=[*open_note, *notes],
        remark=remark,
        holds=hits,
    )


def assemble(
    draws: Draws,
    question: str,
    statement: str,
    found: tuple[float, float],
    difference: Summary,
    asked: list[str],
    *,
    month: float | None,
    margin: float,
    notes: list[str],
    remark: str = "",
    holds: np.ndarray[Any, np.dtype[np.bool_]] | None = None,
) -> Answer:
    """Answer from a probability with its Monte Carlo error, and what the posterior records."""
    checks = draws.meta.get(
        "diagnostics", {"ok": False, "messages": ["the posterior records no diagnostics"]}
    )
    return Answer(
        question=question,
        interpretation=f"P({statement}){_scope(draws)}{remark}",
        probability=found[0],
        mcse=found[1],
        difference=difference,
        months=month,
        margin=margin,
        outcome=outcome_of(draws),
        evidence={
            c: evidence_of(draws, c)
            for c in asked
            if c != reference(draws) or has_evidence(draws, c)
        },
        direct_trials=direct_trials(draws, *asked) if len(asked) == 2 else None,
        extrapolated=month is not None and is_extrapolated(draws, asked, month),
        engine=str(draws.meta.get("engine", "unknown")),
        diagnostics=Diagnostics(bool(checks.get("ok", False)), tuple(checks.get("messages", ()))),
        notes=(*notes, *averaged_note(draws)),
        reference=reference(draws),
        subject=asked[0],
        statement=statement,
        holds=holds,
    )


def unit_text(draws: Draws) -> str:
    """The posterior's unit, as answers print it."""
    return str(draws.meta.get("unit", ""))


def amount_text(draws: Draws, margin: float) -> str:
    """A margin with its unit; a bare 0, which needs none."""
    return "0" if margin == 0 else f"{margin:g} {unit_text(draws)}".rstrip()


def outcome_of(draws: Draws) -> str:
    """What the posterior is of, in the words of its record."""
    return str(draws.meta.get("outcome", "adverse events" if is_events(draws) else "outcome"))


def _scope(draws: Draws) -> str:
    return f"; {outcome_of(draws)}, {'lower' if is_events(draws) else 'positive'} is better"
