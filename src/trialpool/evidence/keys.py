"""Keys and flags: each row names a trial, an arm, an outcome and a kind that exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trialpool.errors import Fault
from trialpool.evidence.files import Findings, TextTable, nearest
from trialpool.evidence.kinds import KINDS
from trialpool.evidence.schema import OUTCOMES, Row

_FILLED = ("trial", "arm", "treatment", "outcome", "kind", "months")


def check_trials(table: TextTable, findings: Findings) -> None:
    """Each trial has a name and stands once."""
    seen: dict[str, int] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        trial, where = row["trial"], f"{table.name} row {line}, trial"
        if not trial:
            findings.fault(where, "nothing", "the name of the trial", "Write it.")
        elif trial in seen:
            findings.fault(
                where,
                f"{trial!r} again (first in row {seen[trial]})",
                "each trial once",
                "Merge the rows.",
            )
        seen.setdefault(trial, line)


def check_flags(rows: Sequence[Row], findings: Findings) -> None:
    """``use`` and ``verified`` are yes or no, and ``use = no`` has a reason."""
    for row in rows:
        for column in ("use", "verified"):
            if row[column].lower() not in ("", "yes", "no"):
                findings.faults.append(
                    row.fault(column, "yes or no", "Write yes or no; empty means yes.")
                )
        if row["use"].lower() == "no" and not row["reason"]:
            findings.faults.append(
                row.fault("reason", "the reason for use = no", "Write why the row is left out.")
            )


def check_keys(
    live: Sequence[Row], trials: TextTable, findings: Findings
) -> tuple[list[Row], set[str]]:
    """The rows, marked where a key is wrong, and the trials that such a row may belong to."""
    known = [row["trial"] for row in trials.rows]
    unsourced = [str(row.line) for row in live if not row["source"]]
    if unsourced:
        findings.notes.append(f"reports.csv: rows without a source: {', '.join(unsourced)}")
    assumed = dict.fromkeys(
        str(row.scale) for row in live if row.scale is not None and not row.scale.known
    )
    findings.notes.extend(
        f"scale {scale!r} is not in the list of instruments: lower scores are read as better"
        for scale in assumed
    )
    rows: list[Row] = []
    suspects: set[str] = set()
    for row in live:
        faults = _key_faults(row, known)
        if row["trial"] not in known:
            suspects.add(nearest(row["trial"], known) or "")
        findings.faults.extend(faults)
        rows.append(replace(row, broken=True) if faults else row)
    return rows, suspects


def _key_faults(row: Row, known: list[str]) -> list[Fault]:
    faults = [row.fault(c, f"the {c} of the row", "Write it.") for c in _FILLED if not row[c]]
    if row["trial"] and row["trial"] not in known:
        hint = nearest(row["trial"], known)
        expected = "a trial of trials.csv" + (f" such as {hint!r} (nearest)" if hint else "")
        remedy = "Correct the name or add the trial to trials.csv."
        faults.append(row.fault("trial", expected, remedy))
    if row.kind and row.kind not in KINDS:
        hint = nearest(row.kind, list(KINDS), 0.6)
        expected = (f"{hint!r} (nearest), one of " if hint else "one of ") + ", ".join(KINDS)
        faults.append(row.fault("kind", expected, "Correct the kind."))
    hint = nearest(row.outcome, OUTCOMES)
    if row.outcome not in OUTCOMES and hint:
        remedy = f"Write {hint!r} or a name less like it."
        faults.append(row.fault("outcome", f"{hint!r} (nearest)", remedy))
    return faults
