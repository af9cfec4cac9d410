"""A table as text with its line numbers, every structural fault found at once.

A new file of the folder needs a ``Columns`` in ``schema.py`` and a line in ``sources.py``; a new
file format makes records for ``make_table``.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trialpool.errors import Fault
from trialpool.evidence.cells import clean

#: Line number and cells of a line.
type Record = tuple[int, list[str]]


@dataclass
class Findings:
    """Collector that the checks of one folder write to: faults stop, notes are printed."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fault(self, where: str, got: str, expected: str, remedy: str) -> None:
        """Add a fault."""
        self.faults.append(Fault(where, got, expected, remedy))


@dataclass(frozen=True)
class Columns:
    """Columns of a file: those that must be there and those that may."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """All columns with a meaning."""
        return self.required + self.optional


@dataclass(frozen=True)
class TextTable:
    """A file as text; ``rows[i]`` stood at line ``lines[i]`` (the header is line 1)."""

    name: str
    header: tuple[str, ...]
    lines: tuple[int, ...]
    rows: tuple[dict[str, str], ...]
    extra: tuple[str, ...]


@dataclass(frozen=True)
class Tables:
    """The tables of a folder, workbook or set of frames as text.

    ``classes`` is None where there is none; ``usable`` says whether all that are there could be
    read; ``names`` maps the names of CSV files to what the source calls its tables.
    """

    trials: TextTable | None
    reports: TextTable | None
    classes: TextTable | None
    usable: bool = True
    names: Mapping[str, str] = field(default_factory=dict)


def make_table(
    name: str, records: Sequence[Record], columns: Columns, findings: Findings
) -> TextTable | None:
    """A table from its lines; None where its header cannot be used.

    Parameters
    ----------
    name : str
        What faults call the table: ``"reports.csv"``.
    records : sequence of (int, list of str)
        Line number and cells of each line that is not empty, the header first.
    columns : Columns
        What its header must and may hold.
    findings : Findings
        Receives the faults and notes.

    Returns
    -------
    TextTable or None
        Values stripped; rows with another number of fields than the header are faults.
    """
    if not records:
        findings.fault(
            name,
            "an empty file",
            "a header line and rows",
            "Write the table or restore the file.",
        )
        return None
    top, first = records[0]
    header = tuple(clean(cell) for cell in first)
    extra = _check_header(name, top, header, columns, findings)
    if extra is None:
        return None
    if len(records) == 1:
        findings.fault(name, "a header without rows", "at least one row", "Add the rows.")
        return None
    lines, rows = [], []
    for line, cells in records[1:]:
        if len(cells) != len(header):
            findings.fault(
                f"{name} row {line}",
                f"{len(cells)} fields",
                f"{len(header)} as in the header",
                "Put text that holds a comma in double quotes, or add the missing commas.",
            )
            continue
        lines.append(line)
        rows.append(dict(zip(header, (clean(cell) for cell in cells), strict=True)))
    return TextTable(name, header, tuple(lines), tuple(rows), extra)


def nearest(word: str, known: tuple[str, ...] | list[str], cutoff: float = 0.75) -> str | None:
    """The known word most like ``word`` whatever its case, or None."""
    lower = {other.lower(): other for other in known}
    found = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=cutoff)
    return lower[found[0]] if found else None


def _check_header(
    name: str, line: int, header: tuple[str, ...], columns: Columns, findings: Findings
) -> tuple[str, ...] | None:
    """The columns without a meaning, or None if the header has a fault."""
    before = len(findings.faults)
    where = f"{name} row {line} (header)"
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        findings.fault(
            where,
            f"one column {header[0]!r}",
            "columns between commas",
            "Save the file with commas.",
        )
        return None
    for column in dict.fromkeys(column for column in header if header.count(column) > 1):
        label = f"column {column!r}" if column else "a column without a name"
        findings.fault(
            where,
            f"{label} {header.count(column)} times",
            "each column once",
            "Remove or rename one.",
        )
    if header.count("") == 1:
        findings.fault(
            where, "a column without a name", "a name for each column", "Name it or remove it."
        )
    missing = [column for column in columns.known if column not in header]
    extra = []
    for column in dict.fromkeys(
        column for column in header if column and column not in columns.known
    ):
        meant = nearest(column, missing, cutoff=0.8)
        if meant is None:
            extra.append(column)
            continue
        missing.remove(meant)
        findings.fault(
            f"{name}, column {column}",
            repr(column),
            repr(meant),
            f"Rename the column to {meant!r}.",
        )
    for column in missing:
        if column in columns.required:
            findings.fault(
                f"{name}, column {column}",
                "no such column",
                f"the columns {', '.join(columns.required)}",
                f"Add the column {column!r}.",
            )
    if len(findings.faults) > before:
        return None
    if extra:
        findings.notes.append(
            f"{name}: columns without a meaning here are kept and not used: {', '.join(extra)}"
        )
    return tuple(extra)
