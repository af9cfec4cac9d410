"""From a `Finding` to an `Answer`: what stands behind it, what to note, how sure it is."""

from __future__ import annotations

import numpy as np

from trialpool.draws import Draws
from trialpool.questions.answer import Answer, Diagnostics
from trialpool.questions.averaged import averaged_note
from trialpool.questions.effects import (
    LEVEL,
    Summary,
    direct_trials,
    evidence_of,
    has_evidence,
    is_events,
    is_extrapolated,
    is_network,
    outcome_of,
    reference,
    summarise,
)
from trialpool.questions.finding import Finding
from trialpool.questions.mixture import NormalMixture


def answer_of(
    draws: Draws,
    question: str,
    found: Finding,
    *,
    prior: float | None = None,
    notes: tuple[str, ...] = (),
) -> Answer:
    """The answer to a question about one outcome.

    Parameters
    ----------
    draws : Draws
        The posterior of that outcome.
    question : str
        As asked.
    found : Finding
    prior : float or None
        Probability of the same before the data.
    notes : tuple of str
        What to say beyond the finding's own notes.
    """
    shown, asked = found.shown, found.asked
    if isinstance(shown, NormalMixture):
        summary = shown.summary(unit=found.unit)
    else:
        summary = summarise(shown, unit=found.unit)
    told = ratio_note(summary) if found.unit.startswith("log ") else []
    if found.open and summary.lower <= 0 <= summary.upper:
        told.append(f"the {LEVEL * 100:g} % interval covers 0: the difference could go either way")
    checks = draws.meta.get(
        "diagnostics", {"ok": False, "messages": ["the posterior records no diagnostics"]}
    )
    probability, error = found.probability()
    plain = found.given is None and bool(np.isin(found.chance, (0.0, 1.0)).all())
    return Answer(
        question=question,
        interpretation=f"P({found.text}){scope(draws, found)}{found.remark}",
        probability=probability,
        mcse=error,
        difference=summary,
        months=found.month,
        margin=found.margin,
        outcome=outcome_of(draws),
        evidence={
            c: evidence_of(draws, c)
            for c in asked
            if c != reference(draws) or has_evidence(draws, c)
        },
        direct_trials=direct_trials(draws, *asked) if len(asked) == 2 else None,
        extrapolated=found.month is not None and is_extrapolated(draws, asked, found.month),
        engine=str(draws.meta.get("engine", "unknown")),
        diagnostics=Diagnostics(bool(checks.get("ok", False)), tuple(checks.get("messages", ()))),
        notes=(*told, *found.notes, *averaged_note(draws), *notes),
        reference=reference(draws),
        subject=asked[0],
        statement=found.text,
        holds=found.chance.astype(bool) if plain else None,
        prior_probability=prior,
        finding=found,
    )


def scope(draws: Draws, found: Finding) -> str:
    """The outcome, and which way is better."""
    if is_network(draws):
        return f"; {outcome_of(draws)}{found.way}"
    return f"; {outcome_of(draws)}, {'lower' if is_events(draws) else 'positive'} is better"


def ratio_note(log_ratio: Summary) -> list[str]:
    """The difference as a ratio, which people can read."""
    s = log_ratio
    return [
        f"{s.unit.removeprefix('log ')} {np.exp(s.median):.3g} "
        f"({s.level * 100:g} % credible interval {np.exp(s.lower):.3g} to {np.exp(s.upper):.3g})"
    ]
