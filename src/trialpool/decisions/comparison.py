"""One competitor against another, from all sides: margins, responders, months of benefit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from trialpool.decisions.competitors import Competitors, Context, Window, competitors, course
from trialpool.decisions.layouts import Better, layout_of
from trialpool.decisions.league import Pair, pair
from trialpool.decisions.margins import Margin, curve, margin_unit
from trialpool.decisions.responders import Responders, responders, threshold_of
from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.area import Area, area_of
from trialpool.questions.effects import LEVEL
from trialpool.questions.units import SDS

#: Change of a responder where none is named, in points of 100 (2 of 10 on a numerical scale).
RESPONDERS = ">=20"
#: Months over which benefit is added up where none are named.
HORIZON = 60.0


@dataclass(frozen=True)
class Comparison:
    """What is known of one competitor against another.

    Attributes
    ----------
    pair : Pair
    margins : tuple of Margin
        P(better by more than each).
    margin_unit : str
    responders : Responders or None
        None where the posterior lacks what it needs; a note says what.
    area : Area or None
        Of the difference from 0 to the horizon; None without a time course.
    evidence : dict
        Of either.
    context : Context
    """

    pair: Pair
    margins: tuple[Margin, ...]
    margin_unit: str
    responders: Responders | None
    area: Area | None
    evidence: dict[str, dict[str, Any]]
    context: Context

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            **self.context.to_dict(),
            **self.pair.to_dict(),
            "evidence": self.evidence,
            "margin_unit": self.margin_unit,
            "margins": [margin.to_dict() for margin in self.margins],
            "responders": None if self.responders is None else self.responders.to_dict(),
            "months_of_benefit": None if self.area is None else self.area.to_dict(),
        }

    def to_json(self) -> str:
        """`to_dict` as JSON text."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def __str__(self) -> str:
        one, other = self.pair.name, self.pair.versus
        lines = [
            f"{one} v {other} {self.context.when()}; {self.context.outcome}".replace("  ", " "),
            f"  difference, median {self.pair.shown}",
            f"  P({one} better) {self.pair.p_better:.3f}",
        ]
        lines += [
            f"  P({one} better by more than {m.margin:g} {self.margin_unit}) {m.probability:.3f}"
            for m in self.margins
        ]
        if self.responders is not None:
            told = self.responders
            lines.append(
                f"  responders ({told.threshold}): {one} {told.share.median:.2f}, {other} "
                f"{told.versus_share.median:.2f}; {told.nnt.text}"
            )
        if self.area is not None:
            lines.append(f"  area over {self.area.horizon:g} months, median {self.area.area}")
        return "\n".join([*lines, *(f"  note: {note}" for note in self.context.notes)])


def compare(
    draws: Draws,
    one: str,
    other: str | None = None,
    *,
    months: float | None = None,
    window: Window | None = None,
    outcome: str | None = None,
    margins: Sequence[float] | None = None,
    threshold: str = RESPONDERS,
    control_change: float | None = None,
    baseline: float | None = None,
    horizon: float | None = None,
    mcid: float | None = None,
    better: Better | None = None,
    level: float = LEVEL,
) -> Comparison:
    """Compare two classes, or two treatments of a network.

    Parameters
    ----------
    draws : Draws
        A posterior over time, of adverse events, of a network, or of several outcomes.
    one, other : str
        Names or synonyms; ``other`` is the reference when left out.
    margins : sequence of float, optional
        See `trialpool.decisions.margins.curve`.
    threshold : str
        Who responds: ``>=20`` (points of 100), ``>=30%``, or the state ``<=30``.
    control_change, baseline : float, optional
        See `trialpool.decisions.responders.responders`.
    horizon : float, optional
        Months over which benefit is added up; 60, or the posterior's if that is shorter.
    months, window, outcome, mcid, better, level
        See `trialpool.decisions.competitors.competitors`.

    Returns
    -------
    Comparison

    Raises
    ------
    QuestionError
        If no trials connect the two, a name is unknown, or an argument is out of range.
    """
    asked = threshold_of(threshold)
    draws, layout = layout_of(draws, outcome=outcome, better=better)
    found = competitors(
        draws,
        names=[one, layout.reference if other is None else other],
        months=months,
        window=window,
        mcid=mcid,
        better=better,
        level=level,
    )
    notes, told = list(found.context.notes), None
    if layout.kind == "class" and layout.months is not None and window is None:
        given = {"control_change": control_change, "baseline": baseline}
        try:
            told = responders(draws, found, 0, 1, asked, **given)
        except QuestionError as fault:
            # What was given wrongly is refused; what the posterior lacks is only said.
            if any(value is not None for value in given.values()):
                raise
            notes.append(str(fault))
    return Comparison(
        pair=pair(found, 0, 1),
        margins=curve(found, 0, 1, margins),
        margin_unit=margin_unit(found),
        responders=told,
        area=_area(found, horizon),
        evidence={name: found.evidence(i) for i, name in enumerate(found.names)},
        context=replace(found.context, notes=tuple(notes)),
    )


def _area(found: Competitors, horizon: float | None) -> Area | None:
    """Area under the difference, from the injection to the horizon."""
    layout = found.layout
    if layout.months is None:
        return None
    last = float(layout.months[-1])
    until = min(HORIZON, last) if horizon is None else horizon
    if not layout.months[0] < until <= last:
        raise QuestionError(
            f"horizon: got {until:g}, expected more than {layout.months[0]:g} and up to {last:g} "
            "months, where this posterior ends. Name a month in that range."
        )
    window = (float(layout.months[0]), until)
    courses = [course(layout, name, window) for name in found.names]
    seen = [layout.last_months(name) for name in found.names if name != layout.reference]
    known = [month for month in seen if month is not None]
    return area_of(
        courses[0][0],
        courses[0][1] - courses[1][1],
        unit="SDs" if found.context.unit == SDS else found.context.unit,
        mcid=found.context.mcid,
        last=min(known) if len(known) == len(seen) else None,
        level=found.context.level,
    )
