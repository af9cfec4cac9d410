"""The arm that a difference or a p-value is against: its treatment, class and patients."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from trialpool.evidence.classes import Classes, resolve_class
from trialpool.evidence.files import Findings, nearest
from trialpool.evidence.kinds import COMPARISONS, needs_versus_n
from trialpool.evidence.schema import Row


def resolve_versus(
    live: Sequence[Row], rows: Sequence[Row], classes: Classes, findings: Findings
) -> dict[int, tuple[str, str]]:
    """Treatment and class of the arm that a row is against, by the line of the row.

    Rows of the kinds ``COMPARISONS`` that are not in it name no arm that is known.
    """
    arms: dict[tuple[str, str], tuple[str, str]] = {}
    for row in (*live, *rows):  # rows set aside know only arms that no other row knows
        if (found := classes.find(row["class"])) is not None:
            arms.setdefault(row.arm_key, (row["treatment"], found))
    against = {
        row.line: _versus(row, arms, classes, findings)
        for row in _with_versus_treatment(row for row in live if row.kind in COMPARISONS)
    }
    return {line: arm for line, arm in against.items() if arm is not None}


def _with_versus_treatment(rows: Iterable[Row]) -> list[Row]:
    """The rows; an empty versus_treatment is what another row against the same arm says."""
    rows = list(rows)
    told: dict[tuple[str, str], str] = {}
    for row in rows:
        if row["versus_treatment"]:
            told.setdefault((row["trial"], row["versus"]), row["versus_treatment"])
    return [
        row
        if row["versus_treatment"] or (key := (row["trial"], row["versus"])) not in told
        else replace(row, text={**row.text, "versus_treatment": told[key]})
        for row in rows
    ]


def with_versus_n(live: Sequence[Row], against: Collection[int]) -> list[Row]:
    """The rows, with the patients of the arm in ``versus`` where that arm's own rows print them.

    Only for rows that need them and do not print them. Of that arm's numbers those of the same
    outcome and month are taken, else of the outcome, else any; of several the largest. ``n`` of
    such a difference may count both arms, so the size of its own arm is looked up too: both are
    known then, or neither. A row that is not in ``against`` is marked, because its arm is wrong.
    """
    sizes: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in live:
        # n of a difference counts both arms in some sources.
        if row.has("n") and (row.kind != "difference" or row.has("versus_n")):
            sizes[row.arm_key].append(row)
    result = []
    for row in live:
        if row.kind in COMPARISONS and row.line not in against:
            row = replace(row, broken=True)
        elif needs_versus_n(row) and not row["versus_n"]:
            found = {"versus_n": _patients(row, sizes.get((row["trial"], row["versus"]), []))}
            if row.kind == "difference":
                found["n"] = _patients(row, sizes.get(row.arm_key, []))
            if all(math.isfinite(n) for n in found.values()):
                row = replace(row, number={**row.number, **found})
        result.append(row)
    return result


def _patients(row: Row, others: Sequence[Row]) -> float:
    """Patients that other rows print, those nearest to this row's outcome and month first."""
    same = [other for other in others if other.outcome == row.outcome]
    visit = [other for other in same if other.number["months"] == row.number["months"]]
    return max((other.number["n"] for other in visit or same or others), default=math.nan)


def _versus(
    row: Row, arms: dict[tuple[str, str], tuple[str, str]], classes: Classes, findings: Findings
) -> tuple[str, str] | None:
    trial, versus = row["trial"], row["versus"]
    others = [arm for name, arm in arms if name == trial and arm != row["arm"]]
    if not versus or versus == row["arm"]:
        expected = "another arm of the trial" + (f" ({', '.join(others)})" if others else "")
        findings.faults.append(
            row.fault("versus", expected, "Name the arm that this one is compared with.")
        )
        return None
    known = arms.get((trial, versus))
    named = None
    if row["versus_class"]:
        named = resolve_class(row["versus_class"], row.where("versus_class"), classes, findings)
        if named is None:
            return None
    if known is not None and named is not None and named != known[1]:
        expected = f"{known[1]!r}, the class of the arm {versus!r} of {trial}"
        findings.faults.append(row.fault("versus_class", expected, "Correct one of the two."))
        return None
    if known is not None:
        return known
    if named is not None:
        return row["versus_treatment"] or versus, named
    hint = nearest(versus, others)
    expected = f"an arm of {trial}" + (
        f": {hint!r} (nearest) of {', '.join(others)}"
        if hint
        else f" ({', '.join(others) or 'it has no other arm'})"
    )
    remedy = "Correct the name, or fill versus_class and versus_treatment if that arm has no row."
    findings.faults.append(row.fault("versus", expected, remedy))
    return None
