"""Kinds that count patients: responders, events."""

from __future__ import annotations

import math

from trialpool.errors import Fault
from trialpool.evidence.kinds.base import (
    NAN,
    Contribution,
    after_baseline,
    faulty,
    interval_faults,
    left_out,
    missing,
    scale_faults,
)
from trialpool.evidence.schema import Row
from trialpool.evidence.thresholds import Threshold, ThresholdError, parse_threshold


def _decimals(text: str) -> int:
    return len(text.rstrip("% ").partition(".")[2])


def _count(row: Row) -> tuple[float, str]:
    """Count, printed or derived from the percentage, and how; nan and why where none fits."""
    if row.has("events"):
        return row.number["events"], ""
    n, percent = int(row.number["n"]), row.number["percent"]
    half = 0.5 * 10.0 ** -_decimals(row["percent"]) + 1e-9
    first = max(0, math.ceil(n * (percent - half) / 100.0))
    fits = [k for k in range(first, n + 1) if abs(100.0 * k / n - percent) <= half]
    printed = f"{row['percent'].rstrip('% ')} %"
    if len(fits) == 1:
        return float(fits[0]), f"count derived from {printed}"
    if not fits:
        return NAN, f"{printed} of {n} fits no whole number, so the number analysed is unknown"
    return NAN, f"{printed} of {n} fits {len(fits)} counts ({fits[0]} to {fits[-1]})"


def _count_faults(row: Row) -> list[Fault]:
    faults = missing(row, ("n",))
    if not row["events"] and not row["percent"]:
        remedy = "Write the count or the percentage, or set use = no with a reason."
        return [*faults, row.fault("events", "events or percent", remedy)]
    if faults or not row.has("n", "events"):
        return faults
    events, n = row.number["events"], row.number["n"]
    if events > n:
        got = f"{row['events']} of {row['n']}"
        return [row.fault("events", "at most n events", "Correct events or n.", got)]
    # One unit of the last printed place: sources round and truncate.
    if row.has("percent") and abs(100.0 * events / n - row.number["percent"]) >= 10.0 ** -_decimals(
        row["percent"]
    ):
        implied = f"{row['events']} of {row['n']} ({100.0 * events / n:.1f} %)"
        got = f"{row['percent'].rstrip('% ')} % beside {implied}"
        remedy = "Correct the one that is wrong, or set use = no with a reason."
        return [row.fault("percent", "a percentage that agrees with events and n", remedy, got)]
    return faults


def responders(row: Row) -> Contribution:
    """Kind responders: patients whose improvement reached a threshold."""
    faults = _count_faults(row) + interval_faults(row, "percent") + after_baseline(row)
    threshold = Threshold()
    if row["scale"]:
        faults += scale_faults(row)
    if row.scale is not None or not row["scale"]:
        try:
            threshold = parse_threshold(row["threshold"], row.scale)
        except ThresholdError as error:
            faults.append(
                row.fault(
                    "threshold", str(error), "Correct it, or leave it empty if it is not printed."
                )
            )
    if faults or row.broken:
        return faulty(*faults)
    if threshold.unused:
        return left_out(threshold.unused, threshold.definition)
    count, how = _count(row)
    if math.isnan(count):
        return left_out(how, threshold.definition)
    why = f"{count:g} of {row['n']} {_meaning(threshold)}" + (f" ({how})" if how else "")
    return Contribution(
        why,
        count=count,
        relative=threshold.relative,
        absolute=threshold.absolute,
        definition=threshold.definition,
    )


def _meaning(threshold: Threshold) -> str:
    if threshold.is_open:
        return f"responders, threshold {threshold.definition}: the arms are compared only"
    if math.isfinite(threshold.relative):
        return f"with >={100 * threshold.relative:g}% less"
    return f"with >={threshold.absolute:.4g} points less"


def events(row: Row) -> Contribution:
    """Kind events: patients with at least one adverse event until this month."""
    faults = _count_faults(row) + interval_faults(row, "percent")
    if faults or row.broken:
        return faulty(*faults)
    count, how = _count(row)
    if math.isnan(count):
        return left_out(how)
    return Contribution(
        f"{count:g} of {row['n']} with an event" + (f" ({how})" if how else ""), count=count
    )
