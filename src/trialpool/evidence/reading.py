"""Evidence of a folder or a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

from trialpool.evidence.folder import read_folder
from trialpool.evidence.table import Evidence, by_outcome, choose


@dataclass(frozen=True, eq=False)
class FolderCheck:
    """A folder without faults.

    Attributes
    ----------
    outcomes : dict
        Outcome -> Evidence, outcomes of which no row enters too.
    notes : list of str
        What a reader should know: columns without a meaning, synonyms read as a class, rows
        without a source.
    """

    outcomes: dict[str, Evidence]
    notes: list[str]


def check_folder(directory: str | PathLike[str]) -> FolderCheck:
    """Read the tables trials, reports and, if there, classes of a folder or a workbook.

    Parameters
    ----------
    directory : path
        Folder with trials.csv and reports.csv (or .parquet), or an .xlsx file with such sheets.

    Returns
    -------
    FolderCheck

    Raises
    ------
    EvidenceError
        With all faults of the folder.
    """
    content = read_folder(directory)
    return FolderCheck(by_outcome(content), list(content.notes))


def read_evidence(directory: str | PathLike[str], *, outcome: str | None = None) -> Evidence:
    """Read the evidence of one outcome from a folder.

    Parameters
    ----------
    directory : path
        Folder with trials.csv and reports.csv, and optionally classes.csv (or .parquet), or an
        .xlsx file with sheets of these names.
    outcome : str, optional
        May be left out where rows of exactly one outcome enter.

    Returns
    -------
    Evidence

    Raises
    ------
    EvidenceError
        With all faults of the folder, of its other outcomes too; or if the outcome is not there or
        no row of it enters.
    """
    return choose(check_folder(directory).outcomes, outcome)
