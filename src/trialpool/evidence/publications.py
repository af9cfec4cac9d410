"""One trial written as two: its patients would be counted twice."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from trialpool.evidence.cells import folded
from trialpool.evidence.files import Findings, TextTable
from trialpool.evidence.rules import Reading, grouped, lines

_DOI = re.compile(r"10\.\d+(?:\.\d+)*/[^\s;,]+")
_ADDRESS = re.compile(r"https?://\S*/")
#: "NCT 0123" is one number, and EudraCT numbers are written with and without the name.
_PREFIX = re.compile(r"\b(nct|isrctn|actrn|chictr|umin|ctri|drks|irct|kct|ntr)[\s:]+(?=\d)")
_BETWEEN = re.compile(r"[\s;,()]+")
#: So many rows with equal months, kind, n and number are no chance.
_SAME_ROWS = 3


def check_publications(readings: Sequence[Reading], trials: TextTable, findings: Findings) -> None:
    """Trials with one registry number or DOI do not both enter for an outcome.

    One DOI is allowed for trials with registry numbers of their own: a paper may report two.
    """
    outcomes: dict[str, set[str]] = {}
    for reading in readings:
        if reading.part.enters:
            outcomes.setdefault(reading.row["trial"], set()).add(reading.row.outcome)
    known = {row["trial"]: row for row in trials.rows if row["trial"] in outcomes}
    for one, other in combinations(known, 2):
        if folded(one) == folded(other):
            continue  # one trial in two spellings, which slips.py reports
        both = sorted(outcomes[one] & outcomes[other])
        shared = _shared(known[one], known[other])
        if both and shared:
            findings.fault(
                "reports.csv, trial",
                f"{one} and {other}, both with {shared}, and both enter for {' and '.join(both)}",
                "each patient once",
                "Set use = no with a reason for the rows of one of them, or write them as one "
                "trial; two trials of one paper need their registry numbers.",
            )


def _shared(one: Mapping[str, str], other: Mapping[str, str]) -> str:
    """``registry NCT03709901`` or ``doi 10.1/x`` that two trials share, or nothing."""
    numbers, others = _registries(one), _registries(other)
    if same := sorted(numbers & others):
        return f"registry {', '.join(same).upper()}"
    if numbers and others:
        return ""
    same = sorted(_dois(one) & _dois(other))
    return f"doi {', '.join(same)}" if same else ""


def _dois(trial: Mapping[str, str]) -> set[str]:
    found = _DOI.findall(trial.get("doi", "").casefold())
    return {doi.rstrip(".") for doi in found}


def _registries(trial: Mapping[str, str]) -> set[str]:
    """Registry numbers: words with at least four digits, but no year."""
    text = _PREFIX.sub(r"\1", _ADDRESS.sub("", trial.get("registry", "").casefold()))
    return {
        word
        for word in _BETWEEN.split(text)
        if sum(c.isdigit() for c in word) >= 4 and not re.fullmatch(r"\d{4}", word)
    }


def same_numbers(readings: Sequence[Reading]) -> list[str]:
    """Notes on trials that print the same numbers: one publication may have been entered twice."""
    notes = []
    telling = [r for r in readings if r.part.enters and _number(r) is not None]
    for outcome, group in grouped(telling, lambda r: r.row.outcome).items():
        by_trial = grouped(group, lambda r: r.row["trial"])
        numbers = {trial: Counter(map(_number, rows)) for trial, rows in by_trial.items()}
        for one, other in combinations(by_trial, 2):
            same = numbers[one] & numbers[other]
            if same.total() >= _SAME_ROWS:
                where = " and ".join(
                    lines([r for r in by_trial[trial] if _number(r) in same])
                    for trial in (one, other)
                )
                notes.append(
                    f"{one} and {other} print the same numbers: one publication twice? "
                    f"({outcome}, {where})"
                )
    return notes


def _number(reading: Reading) -> tuple[object, ...] | None:
    """What is printed, whatever arms and trials are called; None where it tells nothing."""
    row, part = reading.row, reading.part
    value = part.y if math.isfinite(part.y) else part.count
    # No event in n patients is printed by many trials.
    if not math.isfinite(value) or (row.kind == "events" and value == 0):
        return None
    n = row.number["n"]
    return row.number["months"], row.kind, n if math.isfinite(n) else None, round(value, 6)
