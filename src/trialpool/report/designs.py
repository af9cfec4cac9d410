"""What trials.csv says of each trial: posteriors keep the numbers, not the designs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

from trialpool.errors import TrialpoolError
from trialpool.evidence import read_evidence
from trialpool.report.sources import Group

#: Columns of trials.csv that the page shows, and what stands before each.
_SHOWN = {
    "year": "",
    "population": "",
    "route": "",
    "blinding": "",
    "risk_of_bias": "risk of bias: ",
    "registry": "registry: ",
}


@dataclass(frozen=True)
class Designs:
    """Designs of the trials of one outcome.

    Attributes
    ----------
    by_trial : mapping of str to tuple of str
    changed : bool
        Whether the folder holds other numbers than those that were fitted.
    """

    by_trial: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    changed: bool = False


def read_designs(folder: str | PathLike[str], groups: list[Group]) -> dict[str, Designs]:
    """Designs by outcome, as far as the folder has the outcomes.

    Raises
    ------
    TrialpoolError
        If it has none of them, with what is wrong for the first.
    """
    found: dict[str, Designs] = {}
    fault: TrialpoolError | None = None
    for group in groups:
        meta = group.main.draws.meta
        try:
            kinds = tuple(meta.get("without_kinds", ()))
            evidence = read_evidence(folder, outcome=group.outcome, without_kinds=kinds)
        except TrialpoolError as error:
            fault = fault or error
            continue
        rows = evidence.trials.to_dict(orient="records")
        by_trial = {str(row["trial"]): _design(row) for row in rows}
        found[group.outcome] = Designs(by_trial, evidence.data_hash != meta.get("data_hash"))
    if fault is not None and not found:
        raise fault
    return found


def _design(row: Mapping[Any, Any]) -> tuple[str, ...]:
    told = []
    for column, before in _SHOWN.items():
        text = _text(row.get(column))
        told += [f"{before}{text}"] if text else []
    return tuple(told)


def _text(value: Any) -> str:
    """A cell as text; empty where there is none, which pandas writes as a number of its own."""
    if value is None or value != value:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value).strip()
