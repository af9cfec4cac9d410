"""Kinds that compare two arms: difference, p_value."""

from __future__ import annotations

from trialpool.evidence.kinds.base import (
    Contribution,
    after_baseline,
    faulty,
    interval_faults,
    interval_se,
    left_out,
    missing,
    outside,
    scale_faults,
)
from trialpool.evidence.schema import Row


def difference(row: Row) -> Contribution:
    """Kind difference: this arm minus the arm in ``versus``; minus is better for this arm."""
    faults = (
        missing(row, ("mean",))
        + scale_faults(row)
        + interval_faults(row, "mean")
        + after_baseline(row)
    )
    if row.scale is not None:
        faults += outside(row, "mean", -row.scale.width, row.scale.width)
    if not row["se"] and not row["lower"] and not row["upper"]:
        remedy = "Add one of them, or set use = no with a reason (p-values are not used yet)."
        faults.append(row.fault("se", "se, or lower and upper, for a difference", remedy))
    if faults or row.scale is None or row.broken:
        return faulty(*faults)
    se, how = (row.number["se"], "printed") if row.has("se") else interval_se(row)
    y, se = row.scale.shift(row.number["mean"]), row.scale.spread(se)
    return Contribution(
        f"difference {y:.1f} points from {row['versus']} (SE {se:.1f} {how})", y=y, se=se
    )


def p_value(row: Row) -> Contribution:
    """Kind p_value: a test of this arm against the arm in ``versus``."""
    return left_out("p_value rows are not used yet")
