"""One kind of number a visit: several numbers of one arm and month describe the same patients.

They are not independent, and on the bounded, two-peaked scales of pain they do not even agree under
a normal model (docs/decisions/0003). So the arms of a trial are compared in one currency a visit:
the kind that most of its arms print, then the one with most printed errors, then ``_PREFERENCE``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from trialpool.evidence.rules import Reading, grouped, lines

_PREFERENCE = ("mean", "change", "responders", "difference", "open threshold")


def keep_one_number(readings: Sequence[Reading]) -> list[Reading]:
    """Readings in which no two entering rows describe one arm at one month.

    Of several thresholds the one nearest to half of the patients stays: it says most about the
    average. An arm that does not print the kind chosen keeps its own best number.
    """
    result = {reading.row.line: reading for reading in readings}
    entering = [r for r in readings if r.part.enters and r.row.kind != "events"]
    visits = grouped(entering, lambda r: (r.row["trial"], r.row.outcome, r.row.number["months"]))
    for visit in visits.values():
        for reading in _left_out(visit):
            result[reading.row.line] = reading
    return [result[reading.row.line] for reading in readings]


def _left_out(visit: Sequence[Reading]) -> list[Reading]:
    left_out: list[Reading] = []
    remaining = list(visit)
    while remaining:
        best = max(grouped(remaining, _currency).values(), key=_worth)
        covered = {arm for reading in best for arm in _arms(reading)}
        others = [r for r in remaining if r not in best]
        beaten = [r for r in others if covered.issuperset(_arms(r))]
        left_out += [_beaten_by(best, len(covered), r) for r in beaten]
        remaining = [r for r in others if r not in beaten]
    return left_out


def _beaten_by(best: Sequence[Reading], arms: int, reading: Reading) -> Reading:
    why = f"same patients as the {best[0].row.kind} of {lines(best)}, printed for {arms} arms"
    return replace(reading, part=replace(reading.part, enters=False, why=why))


def _arms(reading: Reading) -> set[str]:
    row = reading.row
    return {row["arm"], row["versus"]} if row.kind == "difference" else {row["arm"]}


def _kind(reading: Reading) -> str:
    return "open threshold" if reading.part.definition else reading.row.kind


def _currency(reading: Reading) -> tuple[str, str]:
    return _kind(reading), reading.row["threshold"].replace(" ", "")


def _worth(rows: Sequence[Reading]) -> tuple[int, int, int, float]:
    arms = {arm for reading in rows for arm in _arms(reading)}
    errors = sum(math.isfinite(reading.part.se) for reading in rows)
    responders = [r for r in rows if math.isfinite(r.part.count)]
    off_half = 0.0
    if responders:
        patients = sum(r.row.number["n"] for r in responders)
        off_half = abs(sum(r.part.count for r in responders) / patients - 0.5)
    return len(arms), errors, -_PREFERENCE.index(_kind(rows[0])), -off_half
