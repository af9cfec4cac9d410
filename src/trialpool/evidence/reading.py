"""Evidence of a folder or a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike

from trialpool.evidence.choice import choose
from trialpool.evidence.folder import read_folder
from trialpool.evidence.table import Evidence, by_outcome


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


def check_folder(
    directory: str | PathLike[str], *, without_kinds: Sequence[str] = ()
) -> FolderCheck:
    """Read the tables trials, reports and, if there, classes of a folder or a workbook.

    Parameters
    ----------
    directory : path
        Folder with trials.csv and reports.csv (or .parquet), or an .xlsx file with such sheets.
    without_kinds : sequence of str
        Kinds to leave out; see ``read_evidence``.

    Returns
    -------
    FolderCheck

    Raises
    ------
    EvidenceError
        With all faults of the folder; or if no row of a kind to leave out enters.
    """
    content = read_folder(directory, without_kinds=without_kinds)
    return FolderCheck(by_outcome(content), list(content.notes))


def read_evidence(
    directory: str | PathLike[str],
    *,
    outcome: str | None = None,
    without_kinds: Sequence[str] = (),
) -> Evidence:
    """Read the evidence of one outcome from a folder.

    Parameters
    ----------
    directory : path
        Folder with trials.csv and reports.csv, and optionally classes.csv (or .parquet), or an
        .xlsx file with sheets of these names.
    outcome : str, optional
        May be left out where rows of exactly one outcome enter.
    without_kinds : sequence of str
        Kinds of rows to leave out, such as ``["p_value"]``, to see what they bring. It is done
        before one number a visit is chosen, so a row that one of them had displaced enters then;
        a trial of which one arm is left goes too.

    Returns
    -------
    Evidence

    Raises
    ------
    EvidenceError
        With all faults of the folder, of its other outcomes too; or if the outcome is not there,
        no row of it enters, or it has no row of a kind to leave out.
    """
    checked = check_folder(directory, without_kinds=without_kinds)
    return choose(checked.outcomes, outcome, without_kinds=without_kinds)
