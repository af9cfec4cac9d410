"""Where the three tables come from: CSV or Parquet files of a folder, a workbook, or frames.

A new source makes ``Tables``; the checks of ``folder.py`` do not know from what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from trialpool.errors import EvidenceError, Fault
from trialpool.evidence.csv_files import read_csv
from trialpool.evidence.files import Columns, Findings, Tables, TextTable, make_table
from trialpool.evidence.schema import CLASSES, REPORTS, TRIALS
from trialpool.evidence.workbooks import frame_records, read_parquet, read_workbook

_TABLES: dict[str, Columns] = {"trials": TRIALS, "reports": REPORTS, "classes": CLASSES}
_WORKBOOKS = (".xlsx", ".xlsm")
_OTHER_WORKBOOKS = (".xls", ".xlsb", ".ods", ".numbers")


def read_tables(path: Path, findings: Findings) -> Tables:
    """Tables of a folder with CSV or Parquet files, or of a workbook, by itself or in a folder.

    Parameters
    ----------
    path : Path
        Folder, or .xlsx file.
    findings : Findings
        Receives the faults and notes.

    Returns
    -------
    Tables

    Raises
    ------
    EvidenceError
        If the path is neither.
    """
    if path.is_file() and path.suffix.lower() in _WORKBOOKS:
        return _from_workbook(path, findings)
    if path.is_file() and path.suffix.lower() in _OTHER_WORKBOOKS:
        raise EvidenceError([_other_workbook(path)])
    if not path.is_dir():
        got = "a file" if path.exists() else "no such directory"
        remedy = "Name the folder, not a file in it." if path.exists() else "Check the path."
        expected = "a directory with trials.csv and reports.csv, or a workbook (.xlsx)"
        raise EvidenceError([Fault(str(path), got, expected, remedy)])
    there = {name: _files_of(path, name) for name in _TABLES}
    workbooks = sorted(
        file
        for file in path.iterdir()
        # ~$ marks the lock of a workbook that is open.
        if file.suffix.lower() in _WORKBOOKS and not file.name.startswith("~$")
    )
    if workbooks and not there["trials"] and not there["reports"]:
        if len(workbooks) == 1 and not there["classes"]:
            return _from_workbook(workbooks[0], findings)
        names = ", ".join(file.name for file in (*workbooks, *there["classes"]))
        remedy = "Name the workbook to read instead of the folder."
        raise EvidenceError([Fault(path.name, names, "one workbook", remedy)])
    others = sorted(file for file in path.iterdir() if file.suffix.lower() in _OTHER_WORKBOOKS)
    if others and not any(there.values()):
        raise EvidenceError([_other_workbook(file) for file in others])
    if workbooks:
        names = ", ".join(file.name for file in workbooks)
        findings.notes.append(f"{names}: not read, because the folder has tables of its own")
    return _from_files(path, there, findings)


def _other_workbook(path: Path) -> Fault:
    return Fault(path.name, f"a workbook of type {path.suffix}", ".xlsx", "Save it as .xlsx.")


def _files_of(path: Path, name: str) -> list[Path]:
    files = (path / f"{name}{suffix}" for suffix in (".csv", ".parquet"))
    return [file for file in files if file.exists()]


def _from_files(path: Path, there: Mapping[str, list[Path]], findings: Findings) -> Tables:
    found: dict[str, TextTable | None] = {}
    names = {}
    for name, columns in _TABLES.items():
        files = there[name]
        found[name] = None
        if len(files) > 1:
            got = " and ".join(file.name for file in files)
            findings.fault(path.name, got, f"one file of {name}", "Remove or rename one of them.")
        elif not files and name != "classes":
            remedy = f"Add {name}.csv to {path.name or 'the folder'}."
            findings.fault(f"{name}.csv", "no such file", "a file", remedy)
        elif files and not files[0].is_file():
            remedy = f"Rename the directory and add {files[0].name}."
            findings.fault(files[0].name, "a directory", "a file", remedy)
        elif files and files[0].suffix == ".parquet":
            names[f"{name}.csv"] = files[0].name
            records = read_parquet(files[0], findings)
            if records is not None:
                found[name] = make_table(files[0].name, records, columns, findings)
        elif files:
            found[name] = read_csv(files[0], columns, findings)
    needed = [name for name in _TABLES if name != "classes" or there[name]]
    return _tables(found, all(found[name] is not None for name in needed), names)


def _tables(found: Mapping[str, TextTable | None], usable: bool, names: dict[str, str]) -> Tables:
    return Tables(found["trials"], found["reports"], found["classes"], usable, names)


def _from_workbook(path: Path, findings: Findings) -> Tables:
    names = {f"{name}.csv": f"{path.name} sheet {name}" for name in _TABLES}
    found: dict[str, TextTable | None] = dict.fromkeys(_TABLES)
    sheets = read_workbook(path, list(_TABLES), findings)
    if sheets is None:
        return _tables(found, False, names)
    for name, columns in _TABLES.items():
        if name in sheets:
            found[name] = make_table(f"{path.name} sheet {name}", sheets[name], columns, findings)
        elif name != "classes":
            findings.fault(
                f"{path.name} sheet {name}",
                "no such sheet",
                "the sheets trials and reports",
                f"Name the sheet {name!r}.",
            )
    needed = [name for name in _TABLES if name != "classes" or name in sheets]
    return _tables(found, all(found[name] is not None for name in needed), names)


def tables_of_frames(
    reports: pd.DataFrame,
    trials: pd.DataFrame | None,
    classes: pd.DataFrame | None,
    findings: Findings,
) -> Tables:
    """Tables of frames of text or numbers; rows are numbered from 2, as in a file with a header.

    Parameters
    ----------
    reports : DataFrame
        Columns of reports.csv.
    trials, classes : DataFrame, optional
        Columns of trials.csv and classes.csv; without ``trials``, those that ``reports`` names.
    findings : Findings
        Receives the faults and notes.

    Returns
    -------
    Tables
    """
    names = {f"{name}.csv": f"frame {name}" for name in _TABLES}
    found: dict[str, TextTable | None] = dict.fromkeys(_TABLES)
    given = {"trials": trials, "reports": reports, "classes": classes}
    for name, frame in given.items():
        if frame is None:
            continue
        if not isinstance(frame, pd.DataFrame):
            got = f"a {type(frame).__name__}"
            findings.fault(f"frame {name}", got, "a pandas DataFrame", "Give the table as one.")
            continue
        records = frame_records(list(frame.columns), frame.itertuples(index=False, name=None))
        found[name] = make_table(f"frame {name}", records, _TABLES[name], findings)
    if trials is None and (rows := found["reports"]) is not None:
        named: dict[str, int] = {}
        for line, row in zip(rows.lines, rows.rows, strict=True):
            if row["trial"]:
                named.setdefault(row["trial"], line)
        # A fault of a name points at the row that has it first.
        found["trials"] = TextTable(
            rows.name,
            ("trial",),
            tuple(named.values()),
            tuple({"trial": name} for name in named),
            (),
        )
    needed = [name for name in _TABLES if name != "classes" or classes is not None]
    return _tables(found, all(found[name] is not None for name in needed), names)


def in_words_of(names: Mapping[str, str], fault: Fault) -> Fault:
    """The fault with the names of a source's own tables instead of those of CSV files."""

    def told(text: str) -> str:
        for csv, own in names.items():
            text = text.replace(csv, own)
        return text

    # What was got is quoted from the table and stays.
    return replace(
        fault, where=told(fault.where), expected=told(fault.expected), remedy=told(fault.remedy)
    )
