"""What stands behind the treatments of a network, from the rows that its posterior records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def seen_in_network(meta: Mapping[str, Any], treatment: str) -> dict[str, Any]:
    """Trials, patients and last month of a treatment, as the record of a class has them."""
    rows = [row for row in _rows(meta) if row["treatment"] == treatment]
    months = [float(row["months"]) for row in rows if row.get("months") is not None]
    # An arm that is seen at several visits has the same patients.
    largest: dict[str, float] = {}
    for row in rows:
        of = str(row["study"])
        largest[of] = max(largest.get(of, 0.0), float(row.get("n") or 0.0))
    return {
        "trials": len(largest),
        "patients": sum(largest.values()),
        "last_months": max(months, default=None),
    }


def studies_in_network(meta: Mapping[str, Any], one: str, other: str) -> int:
    """Studies in which two treatments meet."""
    of = {
        name: {row["study"] for row in _rows(meta) if row["treatment"] == name}
        for name in (one, other)
    }
    return len(of[one] & of[other])


def _rows(meta: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    # Files of before this version record rows without study and treatment.
    rows = meta.get("reports", ())
    return [row for row in rows if row.get("study") and row.get("treatment")]


#: Measures of a network whose effects are logarithms, and what they are of.
RATIOS = {
    "OR": "odds ratio",
    "RR": "risk ratio",
    "IRR": "rate ratio",
    "HR": "hazard ratio",
    "ROM": "ratio of means",
}


def ratio_of_network(meta: Mapping[str, Any]) -> str | None:
    """What exponentiated effects are; None where effects are no logarithms."""
    return RATIOS.get(str(meta.get("unit", "")))


def unit_of_network(meta: Mapping[str, Any]) -> str:
    """Unit of the effects, in words."""
    ratio = ratio_of_network(meta)
    return f"log {ratio}" if ratio else str(meta.get("unit", ""))
