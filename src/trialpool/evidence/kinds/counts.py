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

#: Person-months may exceed patients times months by this factor: months are rounded.
_SPARE_FOLLOW_UP = 1.05


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
        state=threshold.state,
        joined=threshold.joined,
        definition=threshold.definition,
    )


def _meaning(threshold: Threshold) -> str:
    if threshold.is_open:
        return f"responders, threshold {threshold.definition}: the arms are compared only"
    words = []
    if math.isfinite(threshold.relative):
        words.append(f">={100 * threshold.relative:g}% less")
    if math.isfinite(threshold.absolute):
        words.append(f">={threshold.absolute:.4g} points less")
    if words:
        words[0] = f"with {words[0]}"
    if math.isfinite(threshold.state):
        words.append(f"at {threshold.state:.4g} points or less")
    return f" {threshold.joined} ".join(words)


def events(row: Row) -> Contribution:
    """Kind events: patients with an adverse event until this month, or events in person-months."""
    timed = bool(row["person_months"])
    faults = (_rate_faults(row) if timed else _count_faults(row)) + interval_faults(row, "percent")
    if faults or row.broken:
        return faulty(*faults)
    if timed:
        count, exposure = row.number["events"], row.number["person_months"]
        why = f"{count:g} event{'' if count == 1 else 's'} in {exposure:.10g} person-months"
        if row["percent"]:
            why += f" ({row['percent'].rstrip('% ')} % of patients is not used)"
        return Contribution(why, count=count, exposure=exposure)
    count, how = _count(row)
    if math.isnan(count):
        return left_out(how)
    return Contribution(
        f"{count:g} of {row['n']} with an event" + (f" ({how})" if how else ""), count=count
    )


def _rate_faults(row: Row) -> list[Fault]:
    faults = []
    if not row["events"]:
        expected = "the number of events beside person_months"
        remedy = "Write it (patients with an event are no events), or empty person_months."
        got = f"{row['percent'].rstrip('% ')} % of patients" if row["percent"] else None
        faults.append(row.fault("events", expected, remedy, got))
    if row.has("person_months", "n", "months"):
        n, months, exposure = (row.number[c] for c in ("n", "months", "person_months"))
        if exposure > n * months * _SPARE_FOLLOW_UP:
            got = f"{row['person_months']} of {n:g} patients until month {months:g}"
            expected = f"at most {n * months:g}, patients times months"
            remedy = "Correct person_months (a person-year is 12), n or months."
            faults.append(row.fault("person_months", expected, remedy, got))
    return faults
