"""The table that `decay` gives: benefit by class and month, and what is said once a class."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from trialpool.questions.effects import Summary
from trialpool.questions.units import decimals


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
    half_life_note : str
        How the half-life was come by, where it is no parameter of the model.
    half_life_limit : float or None
        Half-lives of so many months stand for that many or more.
    """

    cls: str
    half_life: Summary | None
    retained_24_to_36: Retained
    months_to_loss: float | None
    note: str
    half_life_note: str = ""
    half_life_limit: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "class": self.cls,
            "half_life": None if self.half_life is None else self.half_life.to_dict(),
            "half_life_note": self.half_life_note,
            "retained_24_to_36": self.retained_24_to_36.to_dict(),
            "months_to_loss": self.months_to_loss,
            "note": self.note,
        }

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
    """

    rows: tuple[DecayRow, ...]
    classes: tuple[DecayClass, ...]
    mcid: float | None
    loss_probability: float
    mcid_source: str | None = None
    notes: tuple[str, ...] = ()
    outcome: str = ""

    def to_dict(self) -> list[dict[str, Any]]:
        """List of rows, each with the half-life, share retained and month of loss of its class."""
        once = {c.cls: c.to_dict() for c in self.classes}
        table = {
            "mcid": self.mcid,
            "mcid_source": self.mcid_source,
            "outcome": self.outcome,
            "notes": list(self.notes),
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
            lines.append(f"{c.cls}: {c.half_life_text()}")
            if kept.median is not None:
                lines.append(
                    f"  left at 36 of the 24-month benefit: {kept.median:.2f} "
                    f"({kept.level * 100:g} % credible interval {kept.lower:.2f} to "
                    f"{kept.upper:.2f})"
                )
            lines += [f"  note: {note}" for note in (c.half_life_note, kept.note, c.note) if note]
        lines += self.notes
        return "\n".join(lines)


def _share(p: float) -> str:
    """Two decimals, but never certainty."""
    return ">0.99" if p > 0.995 else "<0.01" if p < 0.005 else f"{p:.2f}"
