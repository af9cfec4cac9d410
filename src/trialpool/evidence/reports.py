"""What a row of each kind needs and what it contributes, in points of 0-100 with lower better.

A new kind needs a function ``(Row) -> Contribution`` and a line in ``KINDS``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

from trialpool.errors import Fault
from trialpool.evidence.scales import Scale
from trialpool.evidence.schema import Row
from trialpool.evidence.thresholds import Threshold, ThresholdError, parse_threshold

NAN = math.nan
#: Level of an interval whose source does not print it; the row's ``why`` says that it was assumed.
USUAL_LEVEL = 95.0


@dataclass(frozen=True)
class Contribution:
    """What a row brings to a fit; attributes as the columns of ``Evidence.reports``."""

    why: str
    enters: bool = True
    y: float = NAN
    se: float = NAN
    sd: float = NAN
    count: float = NAN
    relative: float = NAN
    absolute: float = NAN
    definition: str = ""
    faults: tuple[Fault, ...] = ()


def _left_out(why: str, definition: str = "") -> Contribution:
    return Contribution(why, enters=False, definition=definition)


def _faulty(*faults: Fault) -> Contribution:
    return Contribution("faulty", enters=False, faults=faults)


def _interval_faults(row: Row, estimate: str) -> list[Fault]:
    if not row.has("lower") and not row.has("upper"):
        return []
    if not row.has("lower", "upper"):
        gap = "upper" if row.has("lower") else "lower"
        return [
            row.fault(gap, "both ends of the interval or none", "Add the other end, or empty both.")
        ]
    lower, upper = row.number["lower"], row.number["upper"]
    if not lower < upper:
        return [
            row.fault(
                "lower",
                "lower below upper",
                "Correct or swap the ends.",
                f"{row['lower']} to {row['upper']}",
            )
        ]
    if row.has(estimate) and not lower <= row.number[estimate] <= upper:
        got = f"{row[estimate]} outside its interval {row['lower']} to {row['upper']}"
        return [
            row.fault(
                estimate,
                "an estimate inside its interval",
                "Correct the estimate or the interval.",
                got,
            )
        ]
    return []


def _missing(row: Row, columns: tuple[str, ...]) -> list[Fault]:
    needs = {
        "mean": f"the value of the {row.kind} row",
        "n": "the number of patients behind the value",
    }
    remedy = "Write it, or set use = no with a reason."
    return [row.fault(column, needs[column], remedy) for column in columns if not row[column]]


def _scale_faults(row: Row) -> list[Fault]:
    if row.scale is None:
        expected = "an instrument with its range, such as 'VAS 0-100' or 'RMDQ 0-24 lower better'"
        return [row.fault("scale", expected, "Write the name and the range of the instrument.")]
    return []


def _after_baseline(row: Row) -> list[Fault]:
    if row.number["months"] == 0:
        return [
            row.fault("months", f"months > 0 for {row.kind}", "Write the visit; 0 is the baseline.")
        ]
    return []


def _outside(row: Row, column: str, lower: float, upper: float) -> list[Fault]:
    if row.has(column) and not lower <= row.number[column] <= upper:
        expected = f"{lower:g} to {upper:g} on {row.scale}"
        return [row.fault(column, expected, "Correct the value or the scale.")]
    return []


def _interval_se(row: Row) -> tuple[float, str]:
    """SE in the scale's units from a Wald interval, and how it was got."""
    level = row.number["level"] if row.has("level") else USUAL_LEVEL
    z = NormalDist().inv_cdf(0.5 + level / 200.0)
    assumed = "" if row.has("level") else ", level not printed and read as 95 %"
    return (row.number["upper"] - row.number["lower"]) / (
        2.0 * z
    ), f"from the {level:g} % interval{assumed}"


def _standard_error(row: Row) -> tuple[float, str]:
    if row.has("se"):
        return row.number["se"], "printed"
    if row.has("sd", "n"):
        return row.number["sd"] / math.sqrt(row.number["n"]), "from SD and n"
    if row.has("lower", "upper"):
        return _interval_se(row)
    return NAN, ""


def _score(row: Row) -> Contribution:
    """Kinds mean and change: an arm's mean score, or its mean change (follow-up minus baseline)."""
    faults = _missing(row, ("mean", "n")) + _scale_faults(row) + _interval_faults(row, "mean")
    if row.kind == "change":
        faults += _after_baseline(row)
    scale = row.scale
    if scale is not None:
        ends = (scale.lower, scale.upper) if row.kind == "mean" else (-scale.width, scale.width)
        faults += _outside(row, "mean", *ends)
    if faults or scale is None or row.broken:
        return _faulty(*faults)
    y = (scale.points if row.kind == "mean" else scale.shift)(row.number["mean"])
    se, how = _standard_error(row)
    se, sd = scale.spread(se), scale.spread(row.number["sd"])
    spread = f"(SE {se:.1f} {how})" if how else "SD not printed: estimated"
    return Contribution(
        f"{row.kind} {y:.1f} points{' ' if how else ', '}{spread}", y=y, se=se, sd=sd
    )


def _difference(row: Row) -> Contribution:
    """Kind difference: this arm minus the arm in ``versus``; minus is better for this arm."""
    faults = (
        _missing(row, ("mean",))
        + _scale_faults(row)
        + _interval_faults(row, "mean")
        + _after_baseline(row)
    )
    if row.scale is not None:
        faults += _outside(row, "mean", -row.scale.width, row.scale.width)
    if not row["se"] and not row["lower"] and not row["upper"]:
        remedy = "Add one of them, or set use = no with a reason (p-values are not used yet)."
        faults.append(row.fault("se", "se, or lower and upper, for a difference", remedy))
    if faults or row.scale is None or row.broken:
        return _faulty(*faults)
    se, how = (row.number["se"], "printed") if row.has("se") else _interval_se(row)
    y, se = row.scale.shift(row.number["mean"]), row.scale.spread(se)
    return Contribution(
        f"difference {y:.1f} points from {row['versus']} (SE {se:.1f} {how})", y=y, se=se
    )


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
    faults = _missing(row, ("n",))
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


def _responders(row: Row) -> Contribution:
    """Kind responders: patients whose improvement reached a threshold."""
    faults = _count_faults(row) + _interval_faults(row, "percent") + _after_baseline(row)
    threshold = Threshold()
    if row["scale"]:
        faults += _scale_faults(row)
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
        return _faulty(*faults)
    if threshold.unused:
        return _left_out(threshold.unused, threshold.definition)
    count, how = _count(row)
    if math.isnan(count):
        return _left_out(how, threshold.definition)
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


def _events(row: Row) -> Contribution:
    """Kind events: patients with at least one adverse event until this month."""
    faults = _count_faults(row) + _interval_faults(row, "percent")
    if faults or row.broken:
        return _faulty(*faults)
    count, how = _count(row)
    if math.isnan(count):
        return _left_out(how)
    return Contribution(
        f"{count:g} of {row['n']} with an event" + (f" ({how})" if how else ""), count=count
    )


def _quartiles(row: Row) -> list[Fault]:
    scale: Scale | None = row.scale
    faults = _scale_faults(row)
    columns = [column for column in ("q1", "median", "q3") if row.has(column)]
    if scale is not None:
        for column in columns:
            faults += _outside(row, column, scale.lower, scale.upper)
    values = [row.number[column] for column in columns]
    if values != sorted(values):
        got = ", ".join(f"{column} {row[column]}" for column in columns)
        faults.append(row.fault("median", "q1 <= median <= q3", "Correct the quartiles.", got))
    return faults


def _median(row: Row) -> Contribution:
    return (
        _faulty(*faults)
        if (faults := _quartiles(row))
        else _left_out("median rows are not used yet")
    )


def _percent_change(row: Row) -> Contribution:
    faults = _interval_faults(row, "mean") + _after_baseline(row)
    return _faulty(*faults) if faults else _left_out("percent_change rows are not used yet")


def _p_value(row: Row) -> Contribution:
    return _left_out("p_value rows are not used yet")


#: kind -> what a row of it contributes.
KINDS: dict[str, Callable[[Row], Contribution]] = {
    "mean": _score,
    "change": _score,
    "responders": _responders,
    "difference": _difference,
    "events": _events,
    "percent_change": _percent_change,
    "median": _median,
    "p_value": _p_value,
}
#: kind -> groups of columns; the file must have one of each group.
COLUMNS_OF_KIND: dict[str, tuple[tuple[str, ...], ...]] = {
    "mean": (("mean",),),
    "change": (("mean",),),
    "responders": (("events", "percent"),),
    "difference": (("mean",), ("versus",), ("se", "lower")),
    "events": (("events", "percent"),),
}
