"""What trials printed, in the form in which they printed it: for figures that show the raw numbers.

A mean has an interval from its printed SD or SE, a median its quartiles, responders and events are
counts of patients, a test is words. A new kind is a branch in `_value` and in `_words`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.checks import predict_reports
from trialpool.errors import PosteriorFileError
from trialpool.posterior import Posterior
from trialpool.questions.units import SDS

type Record = Mapping[str, Any]

#: Of the numbers of one visit that which says most is drawn: the first of these.
_ORDER = (
    "difference", "mean", "change", "median", "percent_change", "responders", "events", "p_value",
)  # fmt: skip
#: Kinds whose two arms differ by points; their difference is a benefit.
_IN_POINTS = ("mean", "change", "median")
_WIDE = 1.959964
#: Asymptotic standard error of a median of normal scores, in standard errors of the mean.
_OF_MEDIAN = math.sqrt(math.pi / 2)


@dataclass(frozen=True)
class Number:
    """A printed number of one arm; ``low`` and ``high`` are nan where no spread is printed.

    Attributes
    ----------
    value, low, high : float
        Points of 100, per cent of patients, or per cent of the baseline. The ends are those of the
        95 % interval of a mean, and the quartiles of a median.
    se : float
        Standard error of the value; nan where it is not printed.
    text : str
        As it is written.
    """

    value: float
    low: float
    high: float
    se: float
    text: str


@dataclass(frozen=True)
class Contrast:
    """What two arms of a trial differ by, positive in favour of the arm, in the posterior's unit.

    ``low`` and ``high`` are nan where a spread is not printed.
    """

    value: float
    low: float
    high: float
    versus_reference: bool


@dataclass(frozen=True)
class Printed:
    """The report of an arm nearest to a month.

    Attributes
    ----------
    kind : str
    months : float
    own, other : Number or None
        Of the arm, and of the arm of the trial that it is compared with; None of a test or a
        difference, which are of both.
    contrast : Contrast or None
        Where it can be put into the unit of benefits.
    text : str
        In words.
    """

    kind: str
    months: float
    own: Number | None
    other: Number | None
    contrast: Contrast | None
    text: str


def printed_of(posterior: Posterior) -> list[dict[str, Any]]:
    """The reports of a posterior with their numbers.

    A file of an earlier version has no numbers in its record: values are then read from the data
    beside its draws, without their spread.
    """
    reports = [dict(report) for report in posterior.meta.get("reports", [])]
    if not reports or "y" in reports[0]:
        return reports
    try:
        table = predict_reports(posterior, seed=0)
    except PosteriorFileError:
        return []
    if len(table) != len(reports):
        return []
    for report, observed in zip(reports, table["observed"], strict=True):
        known = math.isfinite(observed)
        share = report["kind"] in ("responders", "events")
        report["y"] = float(observed) if known and not share else None
        report["count"] = (
            round(float(observed) * float(report["n"]) / 100)
            if known and share and report["n"]
            else None
        )
    return reports


def nearest(
    reports: Sequence[Record],
    trial: str,
    arm: str,
    month: float | None,
    *,
    references: Collection[str],
    unit: str,
) -> Printed | None:
    """The report of an arm nearest to a month; None if it has none of its own.

    Parameters
    ----------
    reports : sequence of mapping
        See `printed_of`.
    trial, arm : str
    month : float or None
        The last report where None.
    references : collection of str
        Labels (trial | arm) of the arms of the reference class.
    unit : str
        Unit of the posterior's benefits.
    """
    own = [r for r in reports if (r["trial"], r["arm"]) == (trial, arm) and float(r["months"]) > 0]
    if not own:
        return None
    at = [float(r["months"]) for r in own]
    # Of two visits equally near, the later one.
    when = max(at) if month is None else min(at, key=lambda m: (abs(m - month), -m))
    visit = [r for r in own if float(r["months"]) == when]
    first = min(visit, key=lambda r: (_ORDER.index(r["kind"]), -_known(r)))
    beside = _compared_with(first, reports, references)
    words = _words(first, beside)
    more = len(visit) - 1
    text = f"{words}, month {when:g}{f' (+{more})' if more else ''}"
    kind = str(first["kind"])
    one_sided = kind not in ("difference", "p_value")
    return Printed(
        kind,
        when,
        number(first) if one_sided else None,
        number(beside) if one_sided and beside is not None else None,
        contrast(first, beside, references=references, unit=unit),
        text,
    )


def _known(report: Record) -> int:
    return sum(report.get(name) is not None for name in ("y", "se", "sd", "count"))


def _compared_with(
    report: Record, reports: Sequence[Record], references: Collection[str]
) -> Record | None:
    """The same number of the arm that it is compared with: of the reference class if there is one.

    An arm of the same class is another dose, and no comparison.
    """
    same = [
        r
        for r in reports
        if r["trial"] == report["trial"]
        and r["arm"] != report["arm"]
        and r["class_"] != report["class_"]
        and all(r.get(name) == report.get(name) for name in ("kind", "months", "threshold", "unit"))
    ]
    return min(same, key=lambda r: _label(r, "arm") not in references, default=None)


def _label(report: Record, arm: str) -> str:
    return f"{report['trial']} | {report[arm]}"


def number(report: Record) -> Number | None:
    """The value of one arm with what is printed of its spread; None if it has none."""
    count, n, exposure = (_float(report.get(name)) for name in ("count", "n", "exposure"))
    nan = math.nan
    if report["kind"] in ("responders", "events"):
        size = exposure if math.isfinite(exposure) else n
        if not (math.isfinite(count) and size > 0):
            return None
        return Number(100 * count / size, nan, nan, nan, f"{count:g}/{size:g}")
    y = _float(report.get("y"))
    if not math.isfinite(y):
        return None
    se = _error(report)
    text = f"{y:.1f}"
    if report["kind"] == "median":
        q1, q3 = _float(report.get("q1")), _float(report.get("q3"))
        known = f"{text} (IQR {q1:g} to {q3:g})" if math.isfinite(q1) else text
        return Number(y, q1, q3, se, known)
    return Number(y, y - _WIDE * se, y + _WIDE * se, se, text)


def contrast(
    report: Record, beside: Record | None, *, references: Collection[str], unit: str
) -> Contrast | None:
    """What two arms differ by in the unit of the benefits; None where it cannot be said in it."""
    in_sds = unit == SDS
    if report["kind"] == "difference":
        y, se = _float(report.get("y")), _float(report.get("se"))
        if (report.get("unit") == "SD") != in_sds or not math.isfinite(y):
            return None
        is_reference = _label(report, "versus") in references
        return Contrast(-y, -y - _WIDE * se, -y + _WIDE * se, is_reference)
    if beside is None or in_sds or report["kind"] not in _IN_POINTS:
        return None
    own, other = number(report), number(beside)
    if own is None or other is None:
        return None
    value, se = other.value - own.value, math.hypot(own.se, other.se)
    is_reference = _label(beside, "arm") in references
    return Contrast(value, value - _WIDE * se, value + _WIDE * se, is_reference)


def _error(report: Record) -> float:
    """Standard error of a value, printed or from the SD."""
    se, sd, n = (_float(report.get(name)) for name in ("se", "sd", "n"))
    if math.isfinite(se):
        return se
    factor = _OF_MEDIAN if report["kind"] == "median" else 1.0
    return factor * sd / math.sqrt(n) if math.isfinite(sd) and n > 0 else math.nan


def _words(report: Record, beside: Record | None) -> str:
    kind = str(report["kind"])
    if kind == "p_value":
        # "p = 0.02 against contrast in favour of PRP: what the model makes of it"
        said = str(report.get("why", "p-value")).partition(":")[0]
        said = said.replace(", read as p > 0.05", "").replace(", either direction", "")
        return said.replace(" against ", " v ").replace(" in favour of ", ", for ")
    if kind == "difference":
        y, se = _float(report.get("y")), _float(report.get("se"))
        per = " SDs" if report.get("unit") == "SD" else ""
        spread = f" ({y - _WIDE * se:.3g} to {y + _WIDE * se:.3g})" if math.isfinite(se) else ""
        return f"difference {y:.3g}{per}{spread} v {report['versus']}"
    own, other = number(report), None if beside is None else number(beside)
    if own is None:
        return kind.replace("_", " ")
    named = str(report["threshold"]).replace(">=", "≥").replace("<=", "≤").replace("%", " %")
    start = {
        "responders": f"{named}:" if named else "responders",
        "events": "events",
        "percent_change": "% change",
    }.get(kind, kind)
    text = f"{start} {own.text}"
    return text if other is None else f"{text} v {other.text}"


def _float(value: object) -> float:
    return math.nan if value is None else float(np.asarray(value, dtype=float))
