"""Slips of the pen that no single row shows.

One name in two spellings, one instrument on two ranges, a standard error typed as an SD.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

from trialpool.evidence.cells import folded
from trialpool.evidence.classes import built_in_classes
from trialpool.evidence.files import Findings, Tables, TextTable
from trialpool.evidence.rules import Reading, grouped, lines, numbered

#: A name, and the line and column where it stands.
type _Cell = tuple[str, int, str]

#: SDs of one arm seldom differ by more than this between visits; an SE is smaller by sqrt(n).
_SD_RATIO = 2.5


def check_spellings(
    readings: Sequence[Reading], set_aside: Collection[str], tables: Tables, findings: Findings
) -> set[str]:
    """Names that differ only in case and blanks are one name in two spellings.

    Of trials; of arms in a trial; of treatments; and of classes, where no list says how they are
    spelt. Rows that are not used are not compared.

    Parameters
    ----------
    readings : sequence of Reading
        Rows to use.
    set_aside : collection of str
        Trials that only rows which are not used name.
    tables : Tables
        For the names in trials.csv, and for whether there is a classes.csv.
    findings : Findings
        Receives the faults.

    Returns
    -------
    set of str
        Trials in two spellings: other rules would say that each lacks what the other has.
    """
    split = _one_trial_each(tables.trials, set_aside, findings) if tables.trials else set()
    told = set()
    for trial, group in grouped(readings, lambda r: r.row["trial"]).items():
        told |= _one_spelling(_arms(group), f" of {trial}", findings)
    # Without versus_treatment, versus names the treatment too: a slip there was told.
    _one_spelling([cell for cell in _treatments(readings) if cell not in told], "", findings)
    if tables.classes is None:
        known = built_in_classes()
        own = [r.row for r in readings if r.class_ is not None and not known.find(r.row["class"])]
        _one_spelling([(row["class"], row.line, "class") for row in own], "", findings)
    return split


def _one_trial_each(table: TextTable, set_aside: Collection[str], findings: Findings) -> set[str]:
    cells = [
        (row["trial"], line, "trial")
        for line, row in zip(table.lines, table.rows, strict=True)
        if row["trial"] not in set_aside
    ]
    return {name for name, *_ in _one_spelling(cells, "", findings, table.name)}


def _arms(readings: Sequence[Reading]) -> Iterable[_Cell]:
    for reading in readings:
        yield reading.row["arm"], reading.row.line, "arm"
        if reading.versus is not None:
            yield reading.row["versus"], reading.row.line, "versus"


def _treatments(readings: Sequence[Reading]) -> Iterable[_Cell]:
    with_rows = {reading.row.arm_key for reading in readings}
    for reading in readings:
        yield reading.row["treatment"], reading.row.line, "treatment"
        arm = reading.row["trial"], reading.row["versus"]
        if reading.versus is not None and arm not in with_rows:
            column = "versus_treatment" if reading.row["versus_treatment"] else "versus"
            yield reading.versus[0], reading.row.line, column


def _one_spelling(
    cells: Iterable[_Cell], whose: str, findings: Findings, table: str = "reports.csv"
) -> set[_Cell]:
    """The cells whose name has another spelling in another cell; a fault for each such name."""
    by_name: dict[str, dict[str, list[_Cell]]] = {}
    for cell in cells:
        by_name.setdefault(folded(cell[0]), {}).setdefault(cell[0], []).append(cell)
    torn = [spellings for spellings in by_name.values() if len(spellings) > 1]
    for spellings in torn:
        _, line, column = list(spellings.values())[-1][0]
        got = " and ".join(
            f"{name!r} ({numbered(sorted({line for _, line, _ in same}))})"
            for name, same in spellings.items()
        )
        findings.fault(
            f"{table} row {line}, {column}",
            f"{got}{whose}, alike but for upper and lower case or spaces",
            "one spelling of a name",
            "Write it in one way, or names that differ in more if they are different things.",
        )
    return {cell for spellings in torn for same in spellings.values() for cell in same}


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


def undirected_tests(readings: Sequence[Reading]) -> list[str]:
    """A note on tests that found a difference without saying which arm is better."""
    rows = [r for r in readings if r.part.enters and not r.part.directed]
    if not rows:
        return []
    return [
        f"{lines(rows)}: which arm the test favours is not printed: both signs are possible, as "
        "much as the other reports speak for them"
    ]
