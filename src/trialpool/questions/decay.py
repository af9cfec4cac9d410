"""How the benefit of each active class goes on over time.

Benefit by month, half-life, shares kept past two years, months of loss, months of benefit, what a
second injection would add; beside each what the prior says.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.area import Area, area_of
from trialpool.questions.averaged import averaged_note
from trialpool.questions.connections import apart_note, reachable
from trialpool.questions.data_share import PriorBeside, beside_prior, prior_of
from trialpool.questions.decay_table import DecayClass, DecayRow, DecayTable
from trialpool.questions.effects import (
    LEVEL,
    active_classes,
    benefit_at,
    grid,
    horizon,
    is_events,
    is_extrapolated,
    is_network,
    last_months,
    one_outcome,
    reference,
    score_outcomes,
    summarise,
)
from trialpool.questions.half_life import half_life, half_lives
from trialpool.questions.lasting import (
    LATER,
    LEVELS,
    SINCE,
    loss,
    loss_on_grid,
    ratio_left,
    retained,
)
from trialpool.questions.mcid import mcid_line, with_mcid
from trialpool.questions.monte_carlo import probability
from trialpool.questions.repeat import check_repeat, repeats
from trialpool.questions.shapes import by_shape

MONTHS = (6.0, 12.0, 24.0, 36.0, 48.0, 60.0)


def decays(
    draws: Draws,
    *,
    months: Sequence[float] = MONTHS,
    level: float = LEVEL,
    mcid: float | None = None,
    outcome: str | None = None,
    repeat_at: float | None = None,
    until: float | None = None,
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
        decay(
            draws,
            months=months,
            level=level,
            mcid=mcid,
            outcome=name,
            repeat_at=repeat_at,
            until=until,
        )
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
    repeat_at: float | None = None,
    until: float | None = None,
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
    repeat_at : float, optional
        Month of a second injection whose gain is shown, under assumptions that are named.
    until : float, optional
        Months over which benefit is added up; the horizon of the posterior when left out.

    Returns
    -------
    DecayTable

    Raises
    ------
    QuestionError
        If the posterior has no time course, or an argument is out of range.
    """
    draws = one_outcome(draws, outcome)
    if is_network(draws):
        raise QuestionError(
            "this posterior is of a network of treatments: decay reads benefits, and which way is "
            "better is not recorded there. Run: trialpool rank FILE --better lower --months 24."
        )
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
    prior = prior_of(draws)
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
    end = horizon(draws) if until is None else until
    if not grid(draws)[0] < end <= horizon(draws):
        raise QuestionError(
            f"horizon: got {end:g}, expected more than {grid(draws)[0]:g} and up to that of this "
            f"posterior, {horizon(draws):g} months. Name a month in that range."
        )
    if repeat_at is not None:
        check_repeat(draws, repeat_at, end)
    known = draws.meta.get("mcid")
    threshold = None if known is None else float(known)
    active, base = active_classes(draws), reference(draws)
    shown = reachable(draws, active, base) if active else []
    rows = [
        _row(draws, prior, cls, float(month), threshold, level) for cls in shown for month in months
    ]
    once = [
        _once(
            draws,
            prior,
            cls,
            threshold=threshold,
            loss_probability=loss_probability,
            level=level,
            end=end,
            repeat_at=repeat_at,
            months=months,
        )
        for cls in shown
    ]
    source = draws.meta.get("mcid_source") if threshold is not None else None
    notes = [*averaged_note(draws), *apart_note(draws, active, base)]
    if prior is None:
        notes.append("this posterior keeps no draws of its prior: fit again to see what data added")
    notes.append(mcid_line(draws.meta))
    checks = draws.meta.get("diagnostics", {})
    return DecayTable(
        tuple(rows),
        tuple(once),
        threshold,
        loss_probability,
        source,
        tuple(note for note in notes if note),
        str(draws.meta.get("outcome", "")),
        () if checks.get("ok", True) else tuple(checks.get("messages", ())),
    )


def _row(
    draws: Draws, prior: Draws | None, cls: str, month: float, mcid: float | None, level: float
) -> DecayRow:
    benefit, unit = benefit_at(draws, cls, month), str(draws.meta.get("unit", ""))
    before = None
    if prior is not None:
        before = beside_prior(benefit, benefit_at(prior, cls, month), unit=unit, level=level)
    works, works_mcse = probability(benefit > 0, of=benefit)
    matters, matters_mcse = (
        (None, None) if mcid is None else probability(benefit > mcid, of=benefit)
    )
    return DecayRow(
        cls=cls,
        months=month,
        benefit=summarise(benefit, unit=unit, level=level),
        p_benefit=works,
        p_mcid=matters,
        extrapolated=is_extrapolated(draws, [cls], month),
        p_benefit_mcse=works_mcse,
        p_mcid_mcse=matters_mcse,
        prior=before,
    )


def _once(
    draws: Draws,
    prior: Draws | None,
    cls: str,
    *,
    threshold: float | None,
    loss_probability: float,
    level: float,
    end: float,
    repeat_at: float | None,
    months: Sequence[float],
) -> DecayClass:
    """What is said once a class."""
    lost, note = loss_on_grid(draws, cls, threshold, loss_probability)
    half = half_life(draws, cls, level)
    second = (
        ()
        if repeat_at is None
        else repeats(
            draws,
            cls,
            repeat_at=repeat_at,
            until=end,
            months=months,
            mcid=threshold,
            unit=str(draws.meta.get("unit", "")),
            level=level,
        )
    )
    return DecayClass(
        cls,
        half.months,
        retained(draws, cls, level),
        lost,
        note,
        half.note,
        half.limit,
        retained=tuple(retained(draws, cls, level, month) for month in LATER),
        losses=tuple(loss(draws, cls, threshold, p) for p in LEVELS),
        area=_area(draws, cls, threshold, end, level),
        repeats=second,
        shapes=by_shape(draws, cls, level),
        half_life_prior=None if prior is None else _half_life_prior(draws, prior, cls, level),
        retained_prior=() if prior is None else _retained_prior(draws, prior, cls, level),
    )


def _area(draws: Draws, cls: str, mcid: float | None, end: float, level: float) -> Area:
    months = grid(draws)
    months = np.array([*months[months < end], end])
    course = np.stack([benefit_at(draws, cls, float(month)) for month in months], axis=-1)
    unit, last = str(draws.meta.get("unit", "")), last_months(draws, cls)
    return area_of(months, course, unit=unit, mcid=mcid, last=last, level=level)


def _half_life_prior(draws: Draws, prior: Draws, cls: str, level: float) -> PriorBeside | None:
    (own, read_off), (before, _) = half_lives(draws, cls), half_lives(prior, cls)
    limit = None if read_off is None else horizon(draws)
    return beside_prior(own, before, unit="months", level=level, log=True, limit=limit)


def _retained_prior(
    draws: Draws, prior: Draws, cls: str, level: float
) -> tuple[PriorBeside | None, ...]:
    """Beside each share left, in the order of `LATER`; None past the horizon."""

    def beside(month: float) -> PriorBeside | None:
        if month > horizon(draws):
            return None
        own, before = (ratio_left(d, cls, month, SINCE) for d in (draws, prior))
        return beside_prior(own, before, unit="share", level=level)

    return tuple(beside(month) for month in LATER)
