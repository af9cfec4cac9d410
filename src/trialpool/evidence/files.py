"""A comma-separated file as text with its line numbers, every structural fault found at once.

A new file of the folder needs a ``Columns`` in ``schema.py``; nothing here.
"""

from __future__ import annotations

import csv
import difflib
import io
from dataclasses import dataclass, field
from pathlib import Path

from trialpool.errors import Fault


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
    """The files of a folder as text; ``classes`` is None where the folder has no classes.csv."""

    trials: TextTable | None
    reports: TextTable | None
    classes: TextTable | None


def read_table(path: Path, columns: Columns, findings: Findings) -> TextTable | None:
    """Read a file as text; None where its header cannot be used.

    Parameters
    ----------
    path : Path
        A UTF-8 file with commas and one header line.
    columns : Columns
        What its header must and may hold.
    findings : Findings
        Receives the faults and notes.

    Returns
    -------
    TextTable or None
        Values stripped; empty lines are left out; rows with another number of fields than the
        header are faults.
    """
    text = _decode(path, findings)
    if text is None:
        return None
    records = _records(path.name, text, findings)
    if records is None:
        return None
    if not records:
        findings.fault(
            path.name,
            "an empty file",
            "a header line and rows",
            "Write the table or restore the file.",
        )
        return None
    _, first = records[0]
    header = tuple(cell.strip() for cell in first)
    extra = _check_header(path.name, header, columns, findings)
    if extra is None:
        return None
    if len(records) == 1:
        findings.fault(path.name, "a header without rows", "at least one row", "Add the rows.")
        return None
    lines, rows = [], []
    for line, cells in records[1:]:
        if len(cells) != len(header):
            findings.fault(
                f"{path.name} row {line}",
                f"{len(cells)} fields",
                f"{len(header)} as in the header",
                "Put text that holds a comma in double quotes, or add the missing commas.",
            )
            continue
        lines.append(line)
        rows.append(dict(zip(header, (cell.strip() for cell in cells), strict=True)))
    return TextTable(path.name, header, tuple(lines), tuple(rows), extra)


def _decode(path: Path, findings: Findings) -> str | None:
    if not path.exists():
        findings.fault(
            str(path.name),
            "no such file",
            "a file",
            f"Add {path.name} to {path.parent.name or 'the folder'}.",
        )
        return None
    if not path.is_file():
        findings.fault(
            str(path.name), "a directory", "a file", f"Rename the directory and add {path.name}."
        )
        return None
    try:
        raw = path.read_bytes()
    except OSError as error:
        findings.fault(
            path.name, f"{error.strerror or error}", "a readable file", "Correct its permissions."
        )
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        findings.fault(
            f"{path.name} row {line}",
            f"bytes that are not UTF-8 ({raw[error.start : error.start + 1]!r})",
            "text in UTF-8",
            "Save the file again as 'CSV UTF-8'.",
        )
        return None


def _records(name: str, text: str, findings: Findings) -> list[tuple[int, list[str]]] | None:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        findings.fault(
            f"{name} row {start}",
            f"a row that cannot be split ({error})",
            "fields between commas",
            "Close the double quotes, and write a double quote inside a field twice.",
        )
        return None
    return records


def nearest(word: str, known: tuple[str, ...] | list[str], cutoff: float = 0.75) -> str | None:
    """The known word most like ``word`` whatever its case, or None."""
    lower = {other.lower(): other for other in known}
    found = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=cutoff)
    return lower[found[0]] if found else None


def _check_header(
    name: str, header: tuple[str, ...], columns: Columns, findings: Findings
) -> tuple[str, ...] | None:
    """The columns without a meaning, or None if the header has a fault."""
    before = len(findings.faults)
    where = f"{name} row 1 (header)"
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
