"""Workbooks with the sheets trials, reports and, optionally, classes; Parquet files.

A new binary format needs a function ``(Path, ...) -> records`` here and a suffix in ``sources.py``.
"""

from __future__ import annotations

import datetime
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from trialpool.evidence.cells import cell_text, clean
from trialpool.evidence.files import Findings, Record
from trialpool.evidence.schema import CLASSES, NUMBERS, REPORTS, TRIALS

#: Columns of names, where a date is a slip: spreadsheet programs turn 1-3 and 10/12 into dates.
#: In the others a date is welcome, or the checks of ``schema.py`` and of the kinds refuse it.
_NAMES = {*TRIALS.known, *REPORTS.known, *CLASSES.known} - {
    *NUMBERS, "note", "source", "reason", "scale", "kind", "threshold", "p", "use", "verified",
}  # fmt: skip

# What the readers of binary formats raise on bytes that they do not expect; they document none.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,  # ParseError of an XML parser
    TypeError,
    ValueError,
)


def records_of(lines: Iterable[Sequence[str]]) -> list[Record]:
    """Lines that are not empty with their numbers, cut or filled to the last column in use."""
    filled = [(number, list(cells)) for number, cells in enumerate(lines, start=1) if any(cells)]
    width = max((i + 1 for _, cells in filled for i, cell in enumerate(cells) if cell), default=0)
    return [(number, (cells + [""] * width)[:width]) for number, cells in filled]


def read_workbook(
    path: Path, sheets: Sequence[str], findings: Findings
) -> dict[str, list[Record]] | None:
    """Records of the named sheets that the workbook has; None where it cannot be read.

    Parameters
    ----------
    path : Path
        An .xlsx or .xlsm file. Formulas count with the value saved beside them.
    sheets : sequence of str
        Names in lower case; sheets are found whatever their case.
    findings : Findings
        Receives the faults.

    Returns
    -------
    dict or None
        Sheet -> records numbered as the rows of the sheet.
    """
    import openpyxl  # a third of a second that people with CSV files need not wait

    found: dict[str, list[Record]] = {}
    try:
        with warnings.catch_warnings(), path.open("rb") as values, path.open("rb") as formulas:
            # Of what the library does not keep when it saves a workbook; we save none.
            warnings.simplefilter("ignore")
            shown = openpyxl.load_workbook(values, read_only=True, data_only=True)
            written = openpyxl.load_workbook(formulas, read_only=True)
            for sheet in shown.worksheets:
                name = sheet.title.strip().lower()
                if name not in sheets:
                    continue
                if name in found:
                    findings.fault(
                        path.name, f"two sheets {name!r}", "one", "Rename or remove one of them."
                    )
                    continue
                source = written[sheet.title]
                found[name] = _sheet(f"{path.name} sheet {name}", sheet, source, findings)
    except _DAMAGED as error:
        findings.fault(
            path.name,
            f"a file that is no workbook ({type(error).__name__})",
            "a workbook saved as .xlsx without a password",
            "Open it in a spreadsheet program and save it again as .xlsx.",
        )
        return None
    return found


def _sheet(name: str, shown: object, written: object, findings: Findings) -> list[Record]:
    lines = []
    for sheet in (shown, written):
        # Some programs write a wrong size into the file; without it all cells are read.
        sheet.reset_dimensions()  # type: ignore[attr-defined]
    header: list[str] = []
    pairs = zip(shown.iter_rows(), written.iter_rows(), strict=True)  # type: ignore[attr-defined]
    for number, (cells, sources) in enumerate(pairs, start=1):
        for cell, source in zip(cells, sources, strict=True):
            if cell.value is None and source.value is not None:
                findings.fault(
                    f"{name} row {number}, cell {source.coordinate}",
                    "a formula without a saved value",
                    "a value",
                    "Open and save the workbook in a spreadsheet program, or write the value.",
                )
        lines.append([cell_text(c.value, getattr(c, "number_format", "General")) for c in cells])
        for column, cell in zip(header, cells, strict=False):
            _check_cell(f"{name} row {number}, {column}", column, cell, findings)
        if not header and any(lines[-1]):
            header = [clean(text) for text in lines[-1]]
    return records_of(lines)


def _check_cell(where: str, column: str, cell: Any, findings: Findings) -> None:
    """Faults of what only a workbook holds: dates made of other things, errors of formulas."""
    if column not in _NAMES:
        return
    value = cell.value
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        findings.fault(
            where,
            f"a date or time ({cell_text(value)})",
            "text or a number",
            "Format the column as text and type the cell again.",
        )
    elif getattr(cell, "data_type", "") == "e":
        findings.fault(
            where,
            f"the error {value} of a formula",
            "text or a number",
            "Correct the formula, or write the value.",
        )


def read_parquet(path: Path, findings: Findings) -> list[Record] | None:
    """Records of a Parquet file, numbered as lines of a CSV file; None where it cannot be read.

    Parameters
    ----------
    path : Path
        The file.
    findings : Findings
        Receives the fault.

    Returns
    -------
    list of (int, list of str) or None
        The header first, as line 1.
    """
    import pyarrow as pa  # as above
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as file:
            table = pq.read_table(file)
        columns = [[cell_text(value) for value in column.to_pylist()] for column in table.columns]
    except (pa.ArrowException, *_DAMAGED) as error:
        findings.fault(
            path.name,
            f"a file that is no Parquet table ({type(error).__name__})",
            "a table saved as Parquet",
            "Save it again, or save it as CSV.",
        )
        return None
    header = [str(name) for name in table.column_names]
    return [(1, header), *_not_empty(zip(*columns, strict=True))]


def _not_empty(rows: Iterable[Sequence[str]]) -> list[Record]:
    return [(line, list(cells)) for line, cells in enumerate(rows, start=2) if any(cells)]


def frame_records(header: Sequence[object], rows: Iterable[Sequence[object]]) -> list[Record]:
    """Records of a frame: the header is line 1, the first row line 2."""
    texts = ([cell_text(value) for value in row] for row in rows)
    return [(1, [cell_text(name) for name in header]), *_not_empty(texts)]
