"""How the benefit of each active class goes on over time.

Benefit by month, half-life, share kept from two years to three, month of loss.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.averaged import averaged_note
from trialpool.questions.connections import apart_note, reachable
from trialpool.questions.decay_table import DecayClass, DecayRow, DecayTable, Retained
from trialpool.questions.effects import (
    LEVEL,
    active_classes,
    benefit_at,
    grid,
    horizon,
    is_events,
    is_extrapolated,
    last_months,
    one_outcome,
    reference,
    score_outcomes,
    summarise,
)
from trialpool.questions.half_life import half_life
from trialpool.questions.mcid import mcid_line, with_mcid
from trialpool.questions.monte_carlo import probability

MONTHS = (6.0, 12.0, 24.0, 36.0, 48.0, 60.0)


def decays(
    draws: Draws,
    *,
    months: Sequence[float] = MONTHS,
    level: float = LEVEL,
    mcid: float | None = None,
    outcome: str | None = None,
) -> list[DecayTable]:
    """As `decay`, with one table for each outcome of scores of a joint posterior.

    Raises
    ------
    QuestionError
        As `decay`, and if an MCID is given for several outcomes.
    """
    scores = score_outcomes(draws) if outcome is None else [outcome]
    if mcid is not None and len(scores) > 1:
        raise QuestionError(
            f"mcid: got {mcid:g} for {', '.join(scores)}, expected one outcome that it is of. "
            "Name it, as in --outcome pain."
        )
    return [
        decay(draws, months=months, level=level, mcid=mcid, outcome=name)
        for name in scores or draws.outcomes[:1]
    ]


def decay(
    draws: Draws,
    *,
    months: Sequence[float] = MONTHS,
    level: float = LEVEL,
    mcid: float | None = None,
    loss_probability: float = 0.5,
    outcome: str | None = None,
) -> DecayTable:
    """Benefit over time of every active class.

    Parameters
    ----------
    draws : Draws
        A posterior with a time course.
    months : sequence of float
        Months to show; between grid months the draws are interpolated.
    level : float
        Posterior probability inside the equal-tailed intervals.
    mcid : float, optional
        Minimal clinically important difference, in the posterior's unit; that of the
        posterior when left out.
    loss_probability : float
        The benefit counts as lost at the first grid month where P(benefit > MCID) is under this.
    outcome : str, optional
        Outcome of a joint posterior; may be left out where only one is of scores.

    Returns
    -------
    DecayTable

    Raises
    ------
    QuestionError
        If the posterior has no time course, or an argument is out of range.
    """
    draws = one_outcome(draws, outcome)
    if is_events(draws) or not draws.has("benefit") or not draws.has_coord("months"):
        raise QuestionError(
            f"this posterior of {draws.meta.get('outcome', 'effects')} has no time course. Ask "
            "a posterior of pain or function."
        )
    if not 0.0 < loss_probability < 1.0:
        raise QuestionError(
            f"loss_probability: got {loss_probability:g}, expected a probability between 0 and "
            "1. Try 0.5."
        )
    if mcid is not None:
        draws = with_mcid(draws, mcid)
    if not 0.0 < level < 1.0:
        raise QuestionError(
            f"level: got {level:g}, expected a probability between 0 and 1. Try 0.95."
        )
    if not months:
        raise QuestionError("months: got none, expected at least one. Try 6, 12, 24.")
    wrong = [m for m in months if not 0.0 < m <= horizon(draws)]
    if wrong:
        raise QuestionError(
            f"months: got {', '.join(f'{m:g}' for m in wrong)}, expected more than 0 and up to "
            "the horizon of this posterior, "
            f"{horizon(draws):g} months. Leave those out."
        )
    known = draws.meta.get("mcid")
    threshold = None if known is None else float(known)
    unit = str(draws.meta.get("unit", ""))
    active, base = active_classes(draws), reference(draws)
    shown = reachable(draws, active, base) if active else []
    rows = []
    for cls in shown:
        for month in months:
            benefit = benefit_at(draws, cls, float(month))
            rows.append(
                DecayRow(
                    cls=cls,
                    months=float(month),
                    benefit=summarise(benefit, unit=unit, level=level),
                    p_benefit=probability(benefit > 0, of=benefit)[0],
                    p_mcid=None
                    if threshold is None
                    else probability(benefit > threshold, of=benefit)[0],
                    extrapolated=is_extrapolated(draws, [cls], float(month)),
                )
            )
    per_class = []
    for cls in shown:
        lost, note = _loss(draws, cls, threshold, loss_probability)
        half = half_life(draws, cls, level)
        kept = _retained(draws, cls, level)
        per_class.append(DecayClass(cls, half.months, kept, lost, note, half.note, half.limit))
    source = draws.meta.get("mcid_source") if threshold is not None else None
    notes = [*averaged_note(draws), *apart_note(draws, active, base), mcid_line(draws.meta)]
    return DecayTable(
        tuple(rows),
        tuple(per_class),
        threshold,
        loss_probability,
        source,
        tuple(note for note in notes if note),
        str(draws.meta.get("outcome", "")),
    )


def _retained(draws: Draws, cls: str, level: float) -> Retained:
    if horizon(draws) < 36.0:
        return Retained(
            None,
            None,
            None,
            level,
            None,
            f"36 months lies past the horizon, {horizon(draws):g} months",
        )
    before, after = benefit_at(draws, cls, 24.0), benefit_at(draws, cls, 36.0)
    positive = before > 0
    share = float(positive.mean())
    if share == 0.0:
        return Retained(
            None, None, None, level, share, "no draw has a positive benefit at 24 months"
        )
    s = summarise(after[positive] / before[positive], unit="share", level=level)
    notes = []
    if is_extrapolated(draws, [cls], 36.0):
        notes.append("the share kept is extrapolated: it lies past the follow-up of the class")
    if share < 1.0:
        notes.append(
            f"the share kept is over the {share * 100:.3g} % of draws with a positive benefit at "
            "24 months"
        )
    return Retained(s.median, s.lower, s.upper, level, share, "; ".join(notes))


def _loss(
    draws: Draws, cls: str, threshold: float | None, level: float
) -> tuple[float | None, str]:
    if threshold is None:
        return None, "no MCID is known: give one to have the month at which the benefit is lost"
    shown = f"P(benefit > {threshold:g})"
    was_over = False
    for month in grid(draws)[grid(draws) <= horizon(draws)]:
        p = float(np.mean(benefit_at(draws, cls, float(month)) > threshold))
        if p >= level:
            was_over = True
        elif was_over:
            last = last_months(draws, cls)
            seen = last is not None and month <= last
            return float(month), f"{shown} is under {level:g} from {month:g} months" + (
                "" if seen else ", past the follow-up of the class"
            )
    if was_over:
        return None, f"{shown} does not fall under {level:g} within {horizon(draws):g} months"
    return None, f"{shown} never reaches {level:g}"
