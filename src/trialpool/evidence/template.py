"""An empty pair of files to fill in, with a page that explains each column.

A new column of ``schema.py`` or a new kind of ``kinds`` needs a line here; a test compares.
"""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path

from trialpool.errors import EvidenceError, Fault
from trialpool.evidence.schema import CLASSES, REPORTS, TRIALS

TRIAL_COLUMNS: dict[str, str] = {
    "trial": "Name of the trial; reports.csv uses the same. Each trial once.",
    "year": "Year of publication.",
    "doi": "DOI, without https://doi.org/.",
    "registry": "Number in a trial registry.",
    "population": "Who was treated.",
    "route": "Where it was given: intradiscal, epidural, ...",
    "blinding": "Who did not know the treatment, and until when.",
    "risk_of_bias": "A word or a sentence.",
    "note": "Anything a reader should know.",
    "eligible": "A word for analyses of a part: core, ...",
    "n_randomised": "Patients randomised.",
    "source": "Where this line comes from.",
}
REPORT_COLUMNS: dict[str, str] = {
    "trial": "As in trials.csv.",
    "arm": "A short name for the group within its trial: PRP, saline, high dose.",
    "treatment": "What the group got. Groups with one treatment share the text.",
    "class": "Its class, as in classes.csv or the built-in list: placebo, PRP, MSC, ...",
    "outcome": "pain, function, sae (serious adverse events), or a name of your own.",
    "scale": "Instrument with its range: VAS 0-100, NRS 0-10, RMDQ 0-24; others with a direction: "
    "WOMAC 0-68 lower better. Of a standardised difference: SMD, Hedges g or Cohen d. Empty for "
    "adverse events and, if you like, for p-values.",
    "months": "Months since treatment; 0 is the baseline.",
    "kind": "What is printed: see below.",
    "n": "Patients behind the number, not those randomised; of a difference those of this arm, "
    "with those of the other under versus_n.",
    "source": "DOI or address with page and table, so that others find the number.",
    "mean": "The mean, change, percent change or difference, in units of the scale.",
    "sd": "SD between patients. Leave it empty where it is not printed; never guess it.",
    "se": "Standard error of the number in mean or median.",
    "lower": "Lower end of the interval of the number in mean or median.",
    "upper": "Its upper end.",
    "level": "Level of the interval in percent: 95.",
    "q1": "Lower quartile.",
    "median": "Median.",
    "q3": "Upper quartile.",
    "min": "Smallest value, where the range is printed.",
    "max": "Largest value, likewise.",
    "events": "Patients who responded, or who had an adverse event; with person_months, events.",
    "percent": "Their percentage as printed, where the count is not: 43.2",
    "person_months": "Follow-up of all patients of the arm together, where events are counted and "
    "not patients: for all arms of the trial or for none.",
    "threshold": "What counted as response: >=50%, >=20mm, >=2 points; <=30 for a score reached; "
    "two of them with and, or. Empty where not printed.",
    "versus": "The arm that a difference or a p-value is against.",
    "versus_treatment": "Its treatment, where that arm has no row of its own.",
    "versus_class": "Its class, likewise.",
    "versus_n": "Its patients, for p-values and standardised differences; may be empty where it "
    "has a row of its own. Empty beside a difference, both sizes are those of the arms' own rows.",
    "p": "The p-value as printed: 0.02, <0.001, >0.05, ns. Two-sided, between the two arms. It is "
    "read in rows of the kind p_value, and in a difference without se, lower and upper.",
    "favours": "The arm that the p-value favours; empty where the source does not say.",
    "verified": "no, if the number has not been compared with its source: it is not used then.",
    "note": "The words of the source, if they say more than the numbers.",
    "use": "no, to leave the row out of all analyses.",
    "reason": "Why; needed with use = no.",
}
CLASS_COLUMNS: dict[str, str] = {
    "class": "Name of the class.",
    "role": "reference (one class, which benefits are measured against), comparator or active.",
    "synonyms": "Other words for it, separated by semicolons.",
    "note": "What belongs to it.",
}
KIND_LINES: dict[str, str] = {
    "mean": "Mean score of an arm at a visit. Columns n, mean; sd, se, or lower and upper if "
    "printed.",
    "change": "Mean change of an arm since baseline, follow-up minus baseline: minus is better "
    "where low scores are. Columns as for mean.",
    "percent_change": "Mean change of an arm in percent of its baseline: -46 is 46 % less. Columns "
    "as for mean, all in percent.",
    "median": "Median score of an arm at a visit. Columns n, median; q1 and q3, min and max, se, "
    "lower and upper if printed.",
    "responders": "Patients whose response reached a threshold. Columns n, events or percent, "
    "threshold.",
    "difference": "Mean of this arm minus that of the arm in versus; standardised, minus is better "
    "for this arm. Columns mean, versus; se, or lower and upper, or an exact p, or, standardised, "
    "n and versus_n.",
    "events": "Patients with at least one adverse event until this month. Columns n, events or "
    "percent. With person_months: events, of which a patient may have several. Columns events, "
    "person_months.",
    "p_value": "A t-test of this arm against the arm in versus of which only p is printed. Columns "
    "p, versus, n, versus_n; favours.",
}

_INTRODUCTION = """\
trialpool: two tables to fill in
================================

trials.csv has one line a trial. reports.csv has one line a published number: an arm, a visit, an
outcome, and what the paper prints of it. Write what is printed; leave empty what is not; put words
into note. Then run

    trialpool check {folder}

which says of each line what it contributes, or what is wrong with it and how to mend it.

Any of these will do: CSV files in UTF-8 with commas, or with semicolons and decimal commas; one
workbook (.xlsx) with the sheets trials and reports; trials.parquet and reports.parquet. Columns may
stand in any order. Those marked * must be there; the others may be deleted. Columns of your own are
kept and not used.
"""


def write_template(directory: str | PathLike[str]) -> tuple[Path, ...]:
    """Write empty tables with their headers, and README.txt that explains each column.

    Parameters
    ----------
    directory : path
        Folder to write to; made if it is not there.

    Returns
    -------
    tuple of Path
        trials.csv, reports.csv, README.txt.

    Raises
    ------
    EvidenceError
        If one of the files is there already, or the folder cannot be written to. Nothing is
        overwritten.
    """
    folder = Path(os.fspath(directory))
    contents = {
        "trials.csv": ",".join(TRIALS.known) + "\n",
        "reports.csv": ",".join(REPORTS.known) + "\n",
        "README.txt": _explanation(folder.name or "."),
    }
    paths = [folder / name for name in contents]
    if there := [path.name for path in paths if path.exists()]:
        got = f"{' and '.join(there)} there already"
        expected = "a folder without them, because nothing is overwritten"
        raise EvidenceError([Fault(str(folder), got, expected, "Name another folder.")])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in zip(paths, contents.values(), strict=True):
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        fault = Fault(
            str(folder),
            f"{error.strerror or error}",
            "a folder that can be written to",
            "Name another folder, or correct its permissions.",
        )
        raise EvidenceError([fault]) from None
    return tuple(paths)


def _explanation(folder: str) -> str:
    parts = [_INTRODUCTION.format(folder=folder)]
    for title, columns, meanings in (
        ("trials.csv", TRIALS, TRIAL_COLUMNS),
        ("reports.csv", REPORTS, REPORT_COLUMNS),
        ("classes.csv (optional: only if the built-in classes do not fit)", CLASSES, CLASS_COLUMNS),
    ):
        lines = [
            f"{'*' if name in columns.required else ' '} {name:<17} {meanings[name]}"
            for name in columns.known
        ]
        parts.append("\n".join([title, "-" * len(title), *lines]) + "\n")
    title = "The kinds of reports.csv"
    lines = [f"  {kind:<17} {meaning}" for kind, meaning in KIND_LINES.items()]
    parts.append("\n".join([title, "-" * len(title), *lines]) + "\n")
    return "\n".join(parts)
