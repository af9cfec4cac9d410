"""Slips of the pen that no single row shows: one instrument on two ranges, an SE typed as an SD."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trialpool.evidence.files import Findings
from trialpool.evidence.rules import Reading, grouped, lines

#: SDs of one arm seldom differ by more than this between visits; an SE is smaller by sqrt(n).
_SD_RATIO = 2.5


def check_ranges(readings: Sequence[Reading], findings: Findings) -> None:
    """One instrument has one range and direction within a trial and outcome."""
    scaled = [(r, r.row.scale) for r in readings if r.row.scale is not None]
    ranges: dict[tuple[str, str, str], dict[object, list[Reading]]] = {}
    for reading, scale in scaled:
        instrument = (reading.row["trial"], reading.row.outcome, scale.name.lower())
        same = ranges.setdefault(instrument, {})
        same.setdefault((scale.lower, scale.upper, scale.direction), []).append(reading)
    for (trial, outcome, _), by_range in ranges.items():
        if len(by_range) > 1:
            written = " and ".join(
                f"{same[0].row['scale']!r} ({lines(same)})" for same in by_range.values()
            )
            findings.fault(
                list(by_range.values())[-1][0].row.where("scale"),
                f"{outcome} of {trial} on {written}",
                "one range and direction for an instrument in a trial",
                "Correct the range; if the values differ in range too, convert one of them.",
            )


def doubtful_sds(readings: Sequence[Reading]) -> list[str]:
    """Notes on SDs far below the others of their arm: they may be standard errors."""
    notes = []
    # An SD from quartiles or a range is no slip of the pen.
    printed = [r for r in readings if r.part.enters and math.isfinite(r.part.sd) and r.row["sd"]]
    for (trial, arm, outcome, kind), group in grouped(
        printed, lambda r: (*r.row.arm_key, r.row.outcome, r.row.kind)
    ).items():
        largest = max(group, key=lambda r: r.part.sd)
        small = [r for r in group if r.part.sd * _SD_RATIO < largest.part.sd]
        if small:
            notes.append(
                f"{trial}, {arm}, {outcome}: the SD of the {kind} in {lines(small)} is far below "
                f"that of row {largest.row.line}; if it is a standard error, write it under se"
            )
    return notes
