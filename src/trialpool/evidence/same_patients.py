"""One kind of number a visit: several numbers of one arm and month describe the same patients.

They are not independent, and on the bounded, two-peaked scales of pain they do not even agree under
a normal model (docs/decisions/0003). So the arms of a trial are compared in one currency a visit:
the kind that most of its arms print, then the one with most printed errors, then ``_PREFERENCE``.
Beside it enter other thresholds of responders, as ordered with the one chosen, and comparisons of
arms that the rest does not connect. A new kind needs a place in ``_PREFERENCE``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from trialpool.evidence.rules import Reading, grouped, lines

#: A percentage of change comes after counts: its error rests on a baseline that is seldom printed.
_PREFERENCE = (
    "mean", "change", "median", "responders", "percent_change", "difference", "p_value",
    "open threshold",
)  # fmt: skip
#: Kinds that compare two arms; an earlier one says more.
_COMPARISONS = ("difference", "p_value")


def keep_one_number(readings: Sequence[Reading]) -> list[Reading]:
    """Readings in which the entering rows of an arm and month do not repeat each other.

    Of several thresholds the one nearest to half of the patients is the anchor: it says most about
    the average. Others of its form enter as ``further`` where two arms print them for the same
    patients. An arm that does not print the kind chosen keeps its own best number, unless that is a
    count at an unprinted threshold: alone it says nothing.
    """
    result = {reading.row.line: reading for reading in readings}
    entering = [r for r in readings if r.part.enters and r.row.kind != "events"]
    visits = grouped(entering, lambda r: (r.row["trial"], r.row.outcome, r.row.number["months"]))
    for visit in visits.values():
        result |= _changed(visit)
    return [result[reading.row.line] for reading in readings]


def _changed(visit: Sequence[Reading]) -> dict[int, Reading]:
    """The readings of a visit that are left out or enter as further ones, by line."""
    changed: dict[int, Reading] = {}
    kept: list[Reading] = []
    remaining = list(visit)
    while remaining:
        chosen = _currency(remaining)
        new, repeats = _connecting(chosen, kept)
        covered = {arm for reading in chosen for arm in _arms(reading)}
        others = [r for r in remaining if r not in chosen]
        beaten = [r for r in others if covered.issuperset(_arms(r))]
        left_out = [*repeats, *(_beaten_by(new, len(covered), r) for r in beaten)]
        changed |= {r.row.line: r for r in (*left_out, *_further(new, beaten))}
        kept += new
        remaining = [r for r in others if r not in beaten]
    opened = grouped([r for r in kept if r.part.definition], lambda r: r.part.definition)
    for same in opened.values():
        if len({r.row["arm"] for r in same}) < 2:
            why = "its comparator's number is used in another kind"
            changed |= {r.row.line: _left_out(r, why) for r in same}
    return changed


def _left_out(reading: Reading, why: str) -> Reading:
    return replace(reading, part=replace(reading.part, enters=False, why=why))


def _beaten_by(chosen: Sequence[Reading], arms: int, reading: Reading) -> Reading:
    kinds = " and ".join(dict.fromkeys(r.row.kind for r in chosen))
    why = f"same patients as the {kinds} of {lines(chosen)}, printed for {arms} arms"
    return _left_out(reading, why)


# ------------------------------------------------------------------------------------ the currency


def _currency(remaining: Sequence[Reading]) -> list[Reading]:
    """Rows of the kind and threshold worth most; comparisons of arms count as one kind."""
    groups = grouped(remaining, lambda r: (_kind(r), r.threshold))
    # Sorted, so that of equals the first does not depend on the order of the file.
    chosen = max((groups[key] for key in sorted(groups, key=str)), key=_worth)
    if chosen[0].row.kind in _COMPARISONS:
        return [r for r in remaining if r.row.kind in _COMPARISONS]
    return chosen


def _arms(reading: Reading) -> set[str]:
    row = reading.row
    return {row["arm"], row["versus"]} if row.kind in _COMPARISONS else {row["arm"]}


def _kind(reading: Reading) -> str:
    return "open threshold" if reading.part.definition else reading.row.kind


def _has_error(reading: Reading) -> bool:
    """Whether an error or a spread is printed; that of a p-value follows from the sizes alone."""
    part = reading.part
    return reading.row.kind != "p_value" and (math.isfinite(part.se) or math.isfinite(part.sd))


def _worth(rows: Sequence[Reading]) -> tuple[int, int, int, float]:
    arms = {arm for reading in rows for arm in _arms(reading)}
    errors = sum(_has_error(reading) for reading in rows)
    responders = [r for r in rows if math.isfinite(r.part.count)]
    off_half = 0.0
    if responders:
        patients = sum(r.row.number["n"] for r in responders)
        off_half = abs(sum(r.part.count for r in responders) / patients - 0.5)
    return len(arms), errors, -_PREFERENCE.index(_kind(rows[0])), -off_half


# ------------------------------------------------------------------------------ further thresholds


def _further(chosen: Sequence[Reading], beaten: Sequence[Reading]) -> list[Reading]:
    """Beaten rows with another threshold of the anchor's form that enter, or that cannot and why.

    Only the steps from the anchor that arms share say how the arms differ, so a threshold of one
    arm says nothing, and a count of other patients has no place among the steps.
    """
    anchors = {r.row["arm"]: r for r in chosen if r.form}
    rows = [r for r in beaten if r.form and r.row["arm"] in anchors]
    rows = [r for r in rows if r.form == anchors[r.row["arm"]].form]
    result = []
    for same in grouped(rows, lambda r: r.threshold).values():
        paired = [r for r in same if _patients(r) == _patients(anchors[r.row["arm"]])]
        if len(paired) > 1:
            result += [_ordered_with(anchors[r.row["arm"]], r) for r in paired]
        result += [_of_others(anchors[r.row["arm"]], r) for r in same if r not in paired]
    return result


def _patients(reading: Reading) -> float:
    return reading.row.number["n"]


def _ordered_with(anchor: Reading, reading: Reading) -> Reading:
    why = f"{reading.part.why}; ordered with row {anchor.row.line}"
    return replace(reading, part=replace(reading.part, further=True, why=why))


def _of_others(anchor: Reading, reading: Reading) -> Reading:
    sizes = f"{_patients(reading):g} and {_patients(anchor):g}"
    return _left_out(reading, f"counts other patients than row {anchor.row.line} ({sizes})")


# ----------------------------------------------------------------------------- comparisons of arms


def _connecting(
    chosen: Sequence[Reading], kept: Sequence[Reading]
) -> tuple[list[Reading], list[Reading]]:
    """The chosen rows without comparisons that follow from others; and these, left out.

    Differences before p-values, those against the arm that most rows are against first.
    """
    if chosen[0].row.kind not in _COMPARISONS:
        return list(chosen), []
    rows_against = Counter(r.row["versus"] for r in chosen)

    def rank(reading: Reading) -> tuple[int, int, str, str]:
        row = reading.row
        versus = row["versus"]
        return _COMPARISONS.index(row.kind), -rows_against[versus], versus, row["arm"]

    new: list[Reading] = []
    repeats: list[Reading] = []
    for reading in sorted(chosen, key=rank):
        path = _path([*kept, *new], *_ends(reading))
        if path is None:
            new.append(reading)
        else:
            repeats.append(_left_out(reading, f"follows from {lines(_by_line(path))}"))
    return _by_line(new), repeats


def _by_line(readings: Sequence[Reading]) -> list[Reading]:
    return sorted(readings, key=lambda r: r.row.line)


type _End = tuple[str, str]


def _ends(reading: Reading) -> tuple[_End, _End]:
    """What a row connects: two arms, or an arm and the course or cut-off that the trial's share."""
    row = reading.row
    arm = ("arm", row["arm"])
    if row.kind in _COMPARISONS:
        return arm, ("arm", row["versus"])
    return arm, ("shared", reading.part.definition)


def _path(rows: Sequence[Reading], start: _End, end: _End) -> list[Reading] | None:
    """Rows that lead from one end to the other; None where none do."""
    routes: dict[_End, list[Reading]] = {start: []}
    fresh = [start]
    while fresh:
        here = fresh.pop()
        for row in rows:
            if here in (ends := _ends(row)):
                there = ends[1] if ends[0] == here else ends[0]
                if there not in routes:
                    routes[there] = [*routes[here], row]
                    fresh.append(there)
    return routes.get(end)
