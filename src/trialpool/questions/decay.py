"""How the benefit of each active class goes on over time.

Benefit by month, half-life, share kept from two years to three, month of loss.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.connections import apart_note, reachable
from trialpool.questions.effects import (
    LEVEL,
    Summary,
    active_classes,
    benefit_at,
    classes,
    grid,
    horizon,
    is_events,
    is_extrapolated,
    last_months,
    reference,
    summarise,
)
from trialpool.questions.mcid import mcid_line, with_mcid
from trialpool.questions.monte_carlo import probability
from trialpool.questions.units import decimals

MONTHS = (6.0, 12.0, 24.0, 36.0, 48.0, 60.0)


@dataclass(frozen=True)
class Retained:
    """Benefit at 36 months divided by that at 24, over the draws where that is positive.

    Attributes
    ----------
    median, lower, upper : float or None
        Median and equal-tailed credible interval; None when no draw has a positive
        benefit at 24 months or the months are past the horizon.
    level : float
        Posterior probability between `lower` and `upper`.
    n_draws_share : float or None
        Share of draws with a positive benefit at 24 months: what the ratio stands on.
    note : str
        What to know before reading it.
    """

    median: float | None
    lower: float | None
    upper: float | None
    level: float
    n_draws_share: float | None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "median": self.median,
            "lower": self.lower,
            "upper": self.upper,
            "level": self.level,
            "n_draws_share": self.n_draws_share,
            "note": self.note,
        }


@dataclass(frozen=True)
class DecayRow:
    """Benefit of one class at one month.

    Attributes
    ----------
    cls : str
        The class.
    months : float
        Months since injection.
    benefit : Summary
        Over the reference class; positive is better.
    p_benefit : float
        P(benefit > 0).
    p_mcid : float or None
        P(benefit > MCID); None when no MCID is known.
    extrapolated : bool
        Whether the month lies past the follow-up of the class.
    """

    cls: str
    months: float
    benefit: Summary
    p_benefit: float
    p_mcid: float | None
    extrapolated: bool

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "class": self.cls,
            "months": self.months,
            "benefit": self.benefit.to_dict(),
            "p_benefit": self.p_benefit,
            "p_mcid": self.p_mcid,
            "extrapolated": self.extrapolated,
        }


@dataclass(frozen=True)
class DecayClass:
    """What is said once a class.

    Attributes
    ----------
    cls : str
        The class.
    half_life : Summary or None
        Of waning, in months; None where the model has none.
    retained_24_to_36 : Retained
        Share of the 24-month benefit left at 36 months.
    months_to_loss : float or None
        First grid month at which P(benefit > MCID) is under the level, having been at it or over.
    note : str
        Why there is no such month, or whether it is past follow-up.
    """

    cls: str
    half_life: Summary | None
    retained_24_to_36: Retained
    months_to_loss: float | None
    note: str

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "class": self.cls,
            "half_life": None if self.half_life is None else self.half_life.to_dict(),
            "retained_24_to_36": self.retained_24_to_36.to_dict(),
            "months_to_loss": self.months_to_loss,
            "note": self.note,
        }


@dataclass(frozen=True)
class DecayTable:
    """Benefit over time, by class and month, and what is said once a class.

    Attributes
    ----------
    rows : tuple of DecayRow
        One a class and month.
    classes : tuple of DecayClass
        One a class.
    mcid : float or None
        Minimal clinically important difference used.
    loss_probability : float
        Level under which P(benefit > MCID) counts as lost.
    mcid_source : str or None
        Where the MCID comes from.
    notes : tuple of str
        What concerns the whole table.
    """

    rows: tuple[DecayRow, ...]
    classes: tuple[DecayClass, ...]
    mcid: float | None
    loss_probability: float
    mcid_source: str | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> list[dict[str, Any]]:
        """List of rows, each with the half-life, share retained and month of loss of its class."""
        once = {c.cls: c.to_dict() for c in self.classes}
        mcid = {"mcid": self.mcid, "mcid_source": self.mcid_source}
        return [{**once[row.cls], **row.to_dict(), **mcid} for row in self.rows]

    def to_json(self) -> str:
        """`to_dict` as JSON text."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def __str__(self) -> str:
        wide = max([5, *(len(c.cls) for c in self.classes)])
        interval = (
            f"{self.rows[0].benefit.level * 100:g} % credible interval" if self.rows else "interval"
        )
        lines = [f"{'class':<{wide}}  months   median  {interval:>26}  P(>0)  P(>MCID)"]
        for row in self.rows:
            b = row.benefit
            places = decimals(b.unit)
            span = f"{b.lower:.{places}f} to {b.upper:.{places}f}"
            mcid = "-" if row.p_mcid is None else _share(row.p_mcid)
            mark = "  extrapolated" if row.extrapolated else ""
            lines.append(
                f"{row.cls:<{wide}}  {row.months:>6g}  {b.median:>7.{places}f}  {span:>26}  "
                f"{_share(row.p_benefit):>5}  {mcid:>8}{mark}"
            )
        for c in self.classes:
            kept = c.retained_24_to_36
            lines.append(
                f"{c.cls}: half-life {c.half_life}"
                if c.half_life is not None
                else f"{c.cls}: no half-life in this model"
            )
            if kept.median is not None:
                lines.append(
                    f"  left at 36 of the 24-month benefit: {kept.median:.2f} "
                    f"({kept.level * 100:g} % credible interval {kept.lower:.2f} to "
                    f"{kept.upper:.2f})"
                )
            lines += [f"  note: {note}" for note in (kept.note, c.note) if note]
        lines += self.notes
        return "\n".join(lines)


def decay(
    draws: Draws,
    *,
    months: Sequence[float] = MONTHS,
    level: float = LEVEL,
    mcid: float | None = None,
    loss_probability: float = 0.5,
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

    Returns
    -------
    DecayTable

    Raises
    ------
    QuestionError
        If the posterior has no time course, or an argument is out of range.
    """
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
        per_class.append(
            DecayClass(cls, _half_life(draws, cls, level), _retained(draws, cls, level), lost, note)
        )
    source = draws.meta.get("mcid_source") if threshold is not None else None
    notes = [note for note in (mcid_line(draws.meta), *apart_note(draws, active, base)) if note]
    return DecayTable(
        tuple(rows), tuple(per_class), threshold, loss_probability, source, tuple(notes)
    )


def _half_life(draws: Draws, cls: str, level: float) -> Summary | None:
    if not draws.has("half_life"):
        return None
    return summarise(
        draws.chains("half_life")[:, :, classes(draws).index(cls)], unit="months", level=level
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


def _share(p: float) -> str:
    """Two decimals, but never certainty."""
    return ">0.99" if p > 0.995 else "<0.01" if p < 0.005 else f"{p:.2f}"
