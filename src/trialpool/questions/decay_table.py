"""The table that `decay` gives: benefit by class and month, and what is said once a class."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from trialpool.questions.area import Area
from trialpool.questions.data_share import PriorBeside
from trialpool.questions.effects import Summary
from trialpool.questions.lasting import Loss, Retained
from trialpool.questions.repeat import Repeat
from trialpool.questions.shapes import Shape
from trialpool.questions.units import decimals


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
    p_benefit_mcse, p_mcid_mcse : float or None
        Monte Carlo standard errors of the two probabilities.
    prior : PriorBeside or None
        The benefit before any trial; None where the posterior keeps no draws of its prior.
    """

    cls: str
    months: float
    benefit: Summary
    p_benefit: float
    p_mcid: float | None
    extrapolated: bool
    p_benefit_mcse: float | None = None
    p_mcid_mcse: float | None = None
    prior: PriorBeside | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "class": self.cls,
            "months": self.months,
            "benefit": self.benefit.to_dict(),
            "p_benefit": self.p_benefit,
            "p_mcid": self.p_mcid,
            "p_benefit_mcse": self.p_benefit_mcse,
            "p_mcid_mcse": self.p_mcid_mcse,
            "extrapolated": self.extrapolated,
            "prior": None if self.prior is None else self.prior.to_dict(),
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
    half_life_note : str
        How the half-life was come by, where it is no parameter of the model.
    half_life_limit : float or None
        Half-lives of so many months stand for that many or more.
    retained : tuple of Retained
        Shares of the 24-month benefit left at later months.
    losses : tuple of Loss
        Months from which P(benefit > MCID) is under a half, and under nine tenths.
    area : Area or None
        Area under the benefit, and months over the MCID.
    repeats : tuple of Repeat
        Gain of a second injection, by assumption; empty where none is asked for.
    shapes : tuple of Shape
        What each shape of an average says; empty for one shape.
    half_life_prior : PriorBeside or None
        The half-life before any trial.
    retained_prior : tuple of PriorBeside or None
        The shares left before any trial, one for each of `retained`.
    """

    cls: str
    half_life: Summary | None
    retained_24_to_36: Retained
    months_to_loss: float | None
    note: str
    half_life_note: str = ""
    half_life_limit: float | None = None
    retained: tuple[Retained, ...] = ()
    losses: tuple[Loss, ...] = ()
    area: Area | None = None
    repeats: tuple[Repeat, ...] = ()
    shapes: tuple[Shape, ...] = ()
    half_life_prior: PriorBeside | None = None
    retained_prior: tuple[PriorBeside | None, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "class": self.cls,
            "half_life": None if self.half_life is None else self.half_life.to_dict(),
            "half_life_note": self.half_life_note,
            "retained_24_to_36": self.retained_24_to_36.to_dict(),
            "months_to_loss": self.months_to_loss,
            "note": self.note,
            "retained": [
                {**kept.to_dict(), "prior": None if prior is None else prior.to_dict()}
                for kept, prior in self._beside()
            ],
            "loss": [lost.to_dict() for lost in self.losses],
            "months_of_benefit": None if self.area is None else self.area.to_dict(),
            "repeat": [repeat.to_dict() for repeat in self.repeats],
            "by_shape": [shape.to_dict() for shape in self.shapes],
            "half_life_prior": (
                None if self.half_life_prior is None else self.half_life_prior.to_dict()
            ),
        }

    def _beside(self) -> list[tuple[Retained, PriorBeside | None]]:
        """Each share left with its prior."""
        prior = self.retained_prior or (None,) * len(self.retained)
        return list(zip(self.retained, prior, strict=True))

    def lines(self) -> list[str]:
        """What is printed of the class below the table."""
        lines = [f"{self.cls}: {self.half_life_text()}"]
        if self.half_life_prior is not None:
            lines.append(f"  {self.half_life_prior}")
        for kept, prior in self._beside():
            if kept.median is not None:
                lines.append(f"  left of the {kept.since:g}-month benefit {kept}")
                lines += [] if prior is None else [f"    {prior}"]
        lines += [f"  by shape, left: {shape}" for shape in self.shapes]
        if self.area is not None:
            lines += _area_lines(self.area)
        for repeat in self.repeats:
            lines += _repeat_lines(repeat)
        notes = [
            self.half_life_note,
            self.retained_24_to_36.note,
            *([lost.note for lost in self.losses] or [self.note]),
        ]
        return [*lines, *(f"  note: {note}" for note in dict.fromkeys(notes) if note)]

    def half_life_text(self) -> str:
        """The half-life in a few words; what reaches past the limit as 'over' it."""
        if self.half_life is None:
            return "no half-life"
        s, limit = self.half_life, self.half_life_limit
        if limit is None:
            return f"half-life {s}"
        median, lower, upper = (
            f"over {limit:g}" if value >= limit else f"{value:.3g}"
            for value in (s.median, s.lower, s.upper)
        )
        interval = f"{s.level * 100:g} % credible interval {lower} to {upper}"
        return f"half-life {median} ({interval}) {s.unit}"


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
    outcome : str
        The posterior's outcome.
    failed : tuple of str
        Diagnostics of the fit that failed.
    """

    rows: tuple[DecayRow, ...]
    classes: tuple[DecayClass, ...]
    mcid: float | None
    loss_probability: float
    mcid_source: str | None = None
    notes: tuple[str, ...] = ()
    outcome: str = ""
    failed: tuple[str, ...] = ()

    def to_dict(self) -> list[dict[str, Any]]:
        """List of rows, each with the half-life, share retained and month of loss of its class."""
        once = {c.cls: c.to_dict() for c in self.classes}
        table = {
            "mcid": self.mcid,
            "mcid_source": self.mcid_source,
            "outcome": self.outcome,
            "notes": list(self.notes),
            "diagnostics": {"ok": not self.failed, "messages": list(self.failed)},
        }
        return [{**once[row.cls], **row.to_dict(), **table} for row in self.rows]

    def to_json(self) -> str:
        """`to_dict` as JSON text."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def __str__(self) -> str:
        wide = max([5, *(len(c.cls) for c in self.classes)])
        interval = (
            f"{self.rows[0].benefit.level * 100:g} % credible interval" if self.rows else "interval"
        )
        lines = [f"DIAGNOSTICS FAILED: {message}" for message in self.failed]
        lines += [f"{'class':<{wide}}  months   median  {interval:>26}  P(>0)  P(>MCID)"]
        for row in self.rows:
            b = row.benefit
            places = decimals(b.unit)
            span = f"{b.lower:z.{places}f} to {b.upper:z.{places}f}"
            mcid = "-" if row.p_mcid is None else _share(row.p_mcid)
            mark = "  extrapolated" if row.extrapolated else ""
            lines.append(
                f"{row.cls:<{wide}}  {row.months:>6g}  {b.median:>z7.{places}f}  {span:>26}  "
                f"{_share(row.p_benefit):>5}  {mcid:>8}{mark}"
            )
        for c in self.classes:
            lines += c.lines()
        lines += self.notes
        return "\n".join(lines)


def _share(p: float) -> str:
    """Two decimals, but never certainty."""
    return ">0.99" if p > 0.995 else "<0.01" if p < 0.005 else f"{p:.2f}"


def _area_lines(area: Area) -> list[str]:
    """Area under the benefit and months over the MCID, in words."""
    over, until = area.months_over_mcid, f"0 to {area.horizon:g} months"
    lines = [f"  area under the benefit, {until}: median {area.area}"]
    if over is not None:
        error = f"Monte Carlo error {area.months_over_mcid_mcse:.2g}"
        lines.append(f"  months over the MCID, {until}: {over.mean:.3g} expected ({error})")
    if area.share_beyond:
        lines.append(
            f"    of these {area.share_beyond * 100:.0f} % past follow-up: EXTRAPOLATED"
            if over is not None
            else f"    of the months with benefit {area.share_beyond * 100:.0f} % past follow-up"
        )
    return lines


def _repeat_lines(repeat: Repeat) -> list[str]:
    """A second injection in words; nothing of it was seen."""
    lines = [
        f"  HYPOTHETICAL, a second injection at {repeat.repeat_at:g} months "
        f"{repeat.assumption}: {repeat.text}"
    ]
    for row in repeat.at:
        over = ""
        if row.p_mcid is not None and row.p_mcid_without is not None:
            over = f"; P(>MCID) {_share(row.p_mcid)}, without {_share(row.p_mcid_without)}"
        mark = "  extrapolated" if row.extrapolated else ""
        lines.append(f"    gain at {row.months:g} months {row.gain}{over}{mark}")
    lines.append(f"    gain to {repeat.horizon:g} months {repeat.area_gain}")
    if repeat.months_gain is not None:
        lines.append(f"    months over the MCID gained: {repeat.months_gain.mean:.3g} expected")
    return lines
