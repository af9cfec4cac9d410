"""What a row contributes to a fit, and the checks that several kinds share."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from statistics import NormalDist

from trialpool.errors import Fault
from trialpool.evidence.schema import Row

NAN = math.nan
#: Level of an interval whose source does not print it; the row's ``why`` says that it was assumed.
USUAL_LEVEL = 95.0


@dataclass(frozen=True)
class Contribution:
    """What a row brings to a fit; attributes as the columns of ``Evidence.reports``.

    Attributes
    ----------
    why : str
        What it brings, or why it is left out.
    unit : {"points", "percent", "SD"}
        Unit of ``y``, ``se`` and ``sd``: points of 0-100, percent of baseline, SDs of the patients.
    y, se, sd : float
        Value, its standard error, SD between patients; nan where not printed.
    sd_error : float
        Standard error of log ``sd``; nan where it is that of a sample SD, ``1/sqrt(2(n-1))``.
    count : float
        Patients who responded or had an event; events, where ``exposure`` is given.
    relative, absolute, state : float
        Threshold of a response: share X of "at least X less", fall in points, score reached in
        points; nan where it is not part of the threshold.
    joined : {"", "and", "or"}
        How the parts of a joined threshold are joined.
    definition : str
        Text of a threshold that is not printed or is in words.
    further : bool
        A further threshold of patients whom another row of the arm and month counts.
    versus_n : float
        Patients of the arm in ``versus``.
    z_low, z_high : float
        The test statistic lies between these, positive in favour of the arm; equal where p is
        printed exactly.
    directed : bool
        False where a p-value does not say which arm it favours: then either sign may hold.
    exposure : float
        Person-months in which the events happened; nan where patients are counted.
    faults : tuple of Fault
    """

    why: str
    enters: bool = True
    unit: str = "points"
    y: float = NAN
    se: float = NAN
    sd: float = NAN
    sd_error: float = NAN
    count: float = NAN
    relative: float = NAN
    absolute: float = NAN
    state: float = NAN
    joined: str = ""
    definition: str = ""
    further: bool = False
    versus_n: float = NAN
    z_low: float = NAN
    z_high: float = NAN
    directed: bool = True
    exposure: float = NAN
    faults: tuple[Fault, ...] = ()


#: What a model reads of a contribution.
READ = tuple(f.name for f in fields(Contribution) if f.name not in ("why", "enters", "faults"))


def left_out(why: str, definition: str = "") -> Contribution:
    """A row that is understood and does not enter."""
    return Contribution(why, enters=False, definition=definition)


def faulty(*faults: Fault) -> Contribution:
    """A row with these faults."""
    return Contribution("faulty", enters=False, faults=faults)


def interval_faults(row: Row, estimate: str) -> list[Fault]:
    """Both ends, in order, around the estimate."""
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


def missing(row: Row, columns: tuple[str, ...]) -> list[Fault]:
    """A fault for each of these columns that is empty."""
    needs = {
        "mean": f"the value of the {row.kind} row",
        "median": f"the value of the {row.kind} row",
        "n": "the number of patients behind the value",
        "p": "the p-value as printed",
    }
    remedy = "Write it, or set use = no with a reason."
    return [row.fault(column, needs[column], remedy) for column in columns if not row[column]]


def scale_faults(row: Row) -> list[Fault]:
    """A fault if the row names no instrument."""
    if row.scale is None:
        expected = "an instrument with its range, such as 'VAS 0-100' or 'RMDQ 0-24 lower better'"
        return [row.fault("scale", expected, "Write the name and the range of the instrument.")]
    return []


def after_baseline(row: Row) -> list[Fault]:
    """A fault if the row is at month 0."""
    if row.number["months"] == 0:
        return [
            row.fault("months", f"months > 0 for {row.kind}", "Write the visit; 0 is the baseline.")
        ]
    return []


def outside(row: Row, column: str, lower: float, upper: float) -> list[Fault]:
    """A fault if the number is not between the ends, in the scale's units."""
    if row.has(column) and not lower <= row.number[column] <= upper:
        expected = f"{lower:g} to {upper:g} on {row.scale}"
        return [row.fault(column, expected, "Correct the value or the scale.")]
    return []


def interval_se(row: Row) -> tuple[float, str]:
    """SE in the scale's units from a Wald interval, and how it was got."""
    level = row.number["level"] if row.has("level") else USUAL_LEVEL
    z = NormalDist().inv_cdf(0.5 + level / 200.0)
    assumed = "" if row.has("level") else ", level not printed and read as 95 %"
    return (row.number["upper"] - row.number["lower"]) / (
        2.0 * z
    ), f"from the {level:g} % interval{assumed}"


def printed_error(row: Row) -> tuple[float, str]:
    """SE as printed or from the interval, in the row's units, and how it was got; else nan."""
    if row.has("se"):
        return row.number["se"], "printed"
    if row.has("lower", "upper"):
        return interval_se(row)
    return NAN, ""


def standard_error(row: Row) -> tuple[float, str]:
    """SE of a mean in the row's units, and how it was got; nan and nothing if it is not printed."""
    if not row.has("se") and row.has("sd", "n"):
        return row.number["sd"] / math.sqrt(row.number["n"]), "from SD and n"
    return printed_error(row)
