"""From the text of a source to checked tables by outcome; collects every fault before it raises."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import pandas as pd

from trialpool.errors import EvidenceError, Fault
from trialpool.evidence import rules, slips, versus
from trialpool.evidence.classes import Classes, choose_classes, resolve_class
from trialpool.evidence.connectivity import islands
from trialpool.evidence.files import Findings, Tables
from trialpool.evidence.frames import OutcomeTables, frames_by_outcome
from trialpool.evidence.keys import check_flags, check_keys, check_trials
from trialpool.evidence.kinds import COLUMNS_OF_KIND, KINDS, Contribution
from trialpool.evidence.leaving_out import leave_out_kinds, leave_out_lone, names_of
from trialpool.evidence.publications import check_publications, same_numbers
from trialpool.evidence.rules import Reading
from trialpool.evidence.same_patients import keep_one_number
from trialpool.evidence.schema import Row, check_domain, check_needed_columns, read_rows
from trialpool.evidence.sources import in_words_of, read_tables, tables_of_frames


@dataclass(frozen=True)
class FolderContent:
    """A folder without faults; ``without_kinds`` says for an outcome what was left out on request.

    An outcome that had nothing to leave out is not among its keys.
    """

    outcomes: tuple[OutcomeTables, ...]
    classes: Classes
    notes: tuple[str, ...]
    source: str
    without_kinds: Mapping[str, tuple[str, ...]]


def read_folder(
    directory: str | PathLike[str], *, without_kinds: Sequence[str] = ()
) -> FolderContent:
    """Read and check a folder or a workbook.

    Parameters
    ----------
    directory : path
        Folder with trials.csv and reports.csv, and optionally classes.csv (or .parquet), or an
        .xlsx file with sheets of these names.
    without_kinds : sequence of str
        Kinds of rows to leave out; their faults are still faults.

    Returns
    -------
    FolderContent

    Raises
    ------
    EvidenceError
        With all faults. Where a file or its header cannot be used, the faults of its rows wait for
        that.
    """
    path = Path(os.fspath(directory))
    findings = Findings()
    tables = read_tables(path, findings)
    return check_tables(tables, findings, path.resolve().name, without_kinds=without_kinds)


def read_frames(
    reports: pd.DataFrame,
    trials: pd.DataFrame | None,
    classes: pd.DataFrame | None,
    *,
    without_kinds: Sequence[str] = (),
) -> FolderContent:
    """Check frames as if they were the files of a folder; see ``tables_of_frames``."""
    findings = Findings()
    tables = tables_of_frames(reports, trials, classes, findings)
    return check_tables(tables, findings, "frame", without_kinds=without_kinds)


def check_tables(
    tables: Tables, findings: Findings, source: str, *, without_kinds: Sequence[str] = ()
) -> FolderContent:
    """Check tables of any source.

    Parameters
    ----------
    tables : Tables
        As text.
    findings : Findings
        What reading them found.
    source : str
        Name of the folder or file.
    without_kinds : sequence of str
        Kinds of rows to leave out.

    Returns
    -------
    FolderContent

    Raises
    ------
    EvidenceError
        With all faults, in the words of the source.
    """
    try:
        content = _check(tables, findings, source, names_of(without_kinds))
    except EvidenceError as error:
        raise EvidenceError(in_words_of(tables.names, fault) for fault in error.faults) from None
    return content


def _check(
    tables: Tables, findings: Findings, source: str, without_kinds: Sequence[str]
) -> FolderContent:
    if tables.trials is not None:
        check_trials(tables.trials, findings)
    if tables.reports is None or tables.trials is None or not tables.usable:
        raise EvidenceError(findings.faults)
    rows = read_rows(tables.reports, findings)
    live = [row for row in rows if row.live]
    if not check_needed_columns(tables.reports, live, COLUMNS_OF_KIND, findings):
        raise EvidenceError(findings.faults)
    check_flags(rows, findings)
    live = check_domain(live, findings)
    live, suspects = check_keys(live, tables.trials, findings)
    classes = choose_classes((row["class"] for row in live), tables.classes, findings)
    if classes is None:
        raise EvidenceError(findings.faults)
    readings = _read(live, rows, classes, findings)
    set_aside = {row["trial"] for row in rows} - {row["trial"] for row in live}
    split = slips.check_spellings(readings, set_aside, tables, findings)
    readings, left_out = _check_together(
        readings, classes, suspects, split, without_kinds, findings
    )
    check_publications(readings, tables.trials, findings)
    findings.notes.extend(same_numbers(readings))
    if findings.faults:
        raise EvidenceError(_in_order(findings.faults))
    outcomes = frames_by_outcome(rows, readings, tables, classes)
    return FolderContent(outcomes, classes, tuple(findings.notes), source, left_out)


def _read(
    live: Sequence[Row], rows: Sequence[Row], classes: Classes, findings: Findings
) -> list[Reading]:
    readings = []
    synonyms: dict[tuple[str, str], list[int]] = {}
    against = versus.resolve_versus(live, rows, classes, findings)
    for row in versus.with_versus_n(live, against):
        class_ = resolve_class(row["class"], row.where("class"), classes, findings)
        if class_ is not None and class_ != row["class"]:
            synonyms.setdefault((row["class"], class_), []).append(row.line)
        read = KINDS.get(row.kind)
        # Without a kind nothing can be read; check_keys reported it.
        part = read(row) if read is not None else Contribution("unknown kind", enters=False)
        findings.faults.extend(part.faults)
        class_ = class_ if read is not None else None
        readings.append(Reading(row, class_, part, against.get(row.line)))
    for (text, class_), lines in synonyms.items():
        findings.notes.append(
            f"class {text!r} is read as {class_!r} (rows {', '.join(map(str, lines))})"
        )
    return readings


def _check_together(
    readings: list[Reading],
    classes: Classes,
    suspects: set[str],
    split: set[str],
    without_kinds: Sequence[str],
    findings: Findings,
) -> tuple[list[Reading], Mapping[str, tuple[str, ...]]]:
    # Rules that ask for another row would repeat the fault of a row that could not be read.
    unsound = [reading for reading in readings if not reading.sound]
    suspects = suspects | split | {reading.row["trial"] for reading in unsound}
    rules.check_duplicates(readings, findings)
    rules.check_arms(readings, findings)
    slips.check_ranges(readings, findings)
    layouts = rules.check_layouts(readings, findings)
    readings = rules.keep_last_month(readings)
    rules.check_person_months(readings, findings)
    rules.check_open_thresholds(readings, suspects, findings)
    rules.check_nested(readings, findings)
    lone = rules.check_comparators(keep_one_number(readings), suspects, findings)
    readings, left_out = leave_out_kinds(readings, without_kinds, findings)
    findings.notes.extend(slips.doubtful_sds(readings))
    readings = leave_out_lone(keep_one_number(readings), without_kinds)
    if not split and not any(r.class_ is None or r.row.broken for r in unsound):
        _check_network(readings, layouts, suspects | lone, classes, left_out, findings)
    findings.notes.extend(slips.undirected_tests(readings))
    findings.notes.extend(rules.lone_arms(readings))
    return readings, left_out


def _check_network(
    readings: Sequence[Reading],
    layouts: dict[str, str],
    doubtful: set[str],
    classes: Classes,
    left_out: Mapping[str, Sequence[str]],
    findings: Findings,
) -> None:
    for outcome, layout in layouts.items():
        compared = _compared_classes([r for r in readings if r.row.outcome == outcome], doubtful)
        for island in islands([members for _, members in compared], classes.reference):
            names = ", ".join(
                sorted({trial for trial, members in compared if members & set(island)})
            )
            text = f"{outcome}: {' and '.join(island)} (trials {names}) without a path of trials "
            text += f"to {classes.reference}"
            if layout == "events":
                findings.notes.append(
                    f"{text}; the comparison rests on the prior alone and is refused by ask"
                )
                continue
            remedy = (
                "Add a trial that connects them, set use = no with a reason, or name another "
                "reference in classes.csv."
            )
            if outcome in left_out:
                text += f" once {' and '.join(left_out[outcome])} rows are left out"
                remedy = "Leave out fewer kinds."
            findings.fault(
                "reports.csv, class",
                text,
                f"classes connected to the reference {classes.reference!r}",
                remedy,
            )


def _compared_classes(
    readings: Sequence[Reading], doubtful: set[str]
) -> list[tuple[str, set[str]]]:
    """Trials with classes that a visit of theirs compares; of those with faults, all classes."""
    classes_of: dict[tuple[str, str], set[str]] = {}  # several are a fault of the arm
    hoped: dict[str, set[str]] = {}
    for reading in readings:
        trial = reading.row["trial"]
        if reading.class_ is None or not (reading.intended or trial in doubtful):
            continue
        arms = {reading.row["arm"]: reading.class_}
        if reading.versus is not None:
            arms[reading.row["versus"]] = reading.versus[1]
        for arm, class_ in arms.items():
            classes_of.setdefault((trial, arm), set()).add(class_)
        if trial in doubtful:
            hoped.setdefault(trial, set()).update(arms.values())
    found = rules.compared(readings)
    return [*hoped.items()] + [
        (trial, set().union(*(classes_of[trial, arm] for arm in arms)))
        for trial, groups in found.items()
        if trial not in doubtful
        for arms in groups
    ]


def _in_order(faults: Sequence[Fault]) -> list[Fault]:
    """Each fault once, by file as met and there by row."""

    def line(fault: Fault) -> int:
        _, _, rest = fault.where.partition(" row")
        digits = rest.removeprefix("s").split(",")[0].split()
        return int(digits[0]) if digits and digits[0].isdigit() else 10**9

    return sorted(
        dict.fromkeys(faults),
        key=lambda fault: (fault.where.startswith("reports.csv"), line(fault)),
    )
