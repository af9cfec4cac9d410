"""CSV files: commas, semicolons or tabs between fields, points or commas in decimals."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

from trialpool.evidence.cells import clean
from trialpool.evidence.files import Columns, Findings, Record, TextTable, make_table
from trialpool.evidence.schema import NUMBERS

#: A comma is preferred; the others are what spreadsheet programs write where a comma is a decimal.
_SEPARATORS = (",", ";", "\t")
_MARK = {",": "commas", ";": "semicolons", "\t": "tabs"}
_DECIMAL_COMMA = re.compile(r"(?<![\d,.])(\d+),(\d+)(?![\d,.])")
#: Columns whose text may hold a decimal besides those that are numbers.
_WITH_DECIMALS = ("p", "threshold", "scale")


def read_csv(path: Path, columns: Columns, findings: Findings) -> TextTable | None:
    """Read a file as text; None where its header cannot be used.

    Parameters
    ----------
    path : Path
        A UTF-8 file with one header line. The separator is the one that makes most columns known.
        Between semicolons or tabs, decimal commas are read as points.
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
    separator = _separator(text, columns)
    records = _records(path.name, text, separator, findings)
    if records is None:
        return None
    table = make_table(path.name, records, columns, findings)
    if table is None or separator == ",":
        return table
    return _with_points(table, findings)


def _separator(text: str, columns: Columns) -> str:
    first = next((line for line in text.splitlines() if any(map(str.isalnum, line))), "")

    def known(separator: str) -> int:
        cells = {clean(cell.strip().strip('"')).lower() for cell in first.split(separator)}
        return len(cells.intersection(columns.known))

    return max(_SEPARATORS, key=known)


def _with_points(table: TextTable, findings: Findings) -> TextTable:
    """The table with decimal points; a file with both marks is a fault: 1.500 may be either."""
    places: dict[str, tuple[int, str, str]] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        for column in NUMBERS:
            cell = row.get(column, "")
            for mark, other in ((",", "."), (".", ",")):
                if mark in cell and other not in cell:
                    places.setdefault(mark, (line, column, cell))
    if len(places) == 2:
        line, column, cell = places["."]
        findings.fault(
            f"{table.name} row {line}, {column}",
            f"{cell!r} beside {places[','][2]!r} in row {places[','][0]}",
            "one decimal mark in a file",
            "Write all decimals with a point, or all with a comma and none in thousands.",
        )
        return table
    rows = tuple(
        {
            column: _DECIMAL_COMMA.sub(r"\1.\2", cell)
            if column in NUMBERS or column in _WITH_DECIMALS
            else cell
            for column, cell in row.items()
        }
        for row in table.rows
    )
    return replace(table, rows=rows)


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
        text = raw.decode("utf-8").lstrip("\ufeff")  # a file saved twice has two marks
        start = raw.find(b"\0")  # every second byte of Latin text in UTF-16 without a mark
    except UnicodeDecodeError as error:
        text, start = "", error.start
    if start >= 0:
        line = raw[:start].count(b"\n") + 1
        findings.fault(
            f"{path.name} row {line}",
            f"bytes that are not UTF-8 ({raw[start : start + 1]!r})",
            "text in UTF-8",
            "Save the file again as 'CSV UTF-8'.",
        )
        return None
    return text


def _records(name: str, text: str, separator: str, findings: Findings) -> list[Record] | None:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    records: list[Record] = []
    start = 1
    try:
        for cells in reader:
            if any(clean(cell) for cell in cells):
                records.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        findings.fault(
            f"{name} row {start}",
            f"a row that cannot be split ({error})",
            f"fields between {_MARK[separator]}",
            "Close the double quotes, and write a double quote inside a field twice.",
        )
        return None
    return records
