"""Kinds of an arm's own score: mean, change, percent_change, median."""

from __future__ import annotations

from trialpool.errors import Fault
from trialpool.evidence.kinds.base import (
    Contribution,
    after_baseline,
    faulty,
    interval_faults,
    left_out,
    missing,
    outside,
    scale_faults,
    standard_error,
)
from trialpool.evidence.scales import Scale
from trialpool.evidence.schema import Row


def score(row: Row) -> Contribution:
    """Kinds mean and change: an arm's mean score, or its mean change (follow-up minus baseline)."""
    faults = missing(row, ("mean", "n")) + scale_faults(row) + interval_faults(row, "mean")
    if row.kind == "change":
        faults += after_baseline(row)
    scale = row.scale
    if scale is not None:
        ends = (scale.lower, scale.upper) if row.kind == "mean" else (-scale.width, scale.width)
        faults += outside(row, "mean", *ends)
    if faults or scale is None or row.broken:
        return faulty(*faults)
    y = (scale.points if row.kind == "mean" else scale.shift)(row.number["mean"])
    se, how = standard_error(row)
    se, sd = scale.spread(se), scale.spread(row.number["sd"])
    spread = f"(SE {se:.1f} {how})" if how else "SD not printed: estimated"
    return Contribution(
        f"{row.kind} {y:.1f} points{' ' if how else ', '}{spread}", y=y, se=se, sd=sd
    )


def percent_change(row: Row) -> Contribution:
    """Kind percent_change: an arm's change in percent of its baseline."""
    faults = interval_faults(row, "mean") + after_baseline(row)
    return faulty(*faults) if faults else left_out("percent_change rows are not used yet")


def quartile_faults(row: Row) -> list[Fault]:
    """Quartiles within the scale and in order."""
    scale: Scale | None = row.scale
    faults = scale_faults(row)
    columns = [column for column in ("q1", "median", "q3") if row.has(column)]
    if scale is not None:
        for column in columns:
            faults += outside(row, column, scale.lower, scale.upper)
    values = [row.number[column] for column in columns]
    if values != sorted(values):
        got = ", ".join(f"{column} {row[column]}" for column in columns)
        faults.append(row.fault("median", "q1 <= median <= q3", "Correct the quartiles.", got))
    return faults


def median(row: Row) -> Contribution:
    """Kind median: an arm's median score."""
    return (
        faulty(*faults)
        if (faults := quartile_faults(row))
        else left_out("median rows are not used yet")
    )
