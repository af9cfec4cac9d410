"""Kinds of an arm's own score: mean, change, percent_change, median."""

from __future__ import annotations

import math
from statistics import NormalDist

from trialpool.errors import Fault
from trialpool.evidence.kinds.base import (
    NAN,
    Contribution,
    after_baseline,
    faulty,
    interval_faults,
    left_out,
    missing,
    outside,
    printed_error,
    scale_faults,
    standard_error,
)
from trialpool.evidence.schema import Row

#: Distance of the quartiles of a normal distribution, in SDs.
_QUARTILES = 2 * NormalDist().inv_cdf(0.75)
#: Quartiles are skew if one is this many times as far from the median as the other, and the
#: difference is beyond two of its standard errors, 1.83 SD / sqrt(n) each in normal samples.
_SKEW, _SKEW_ERRORS = 3.0, 2 * 1.83


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
    """Kind percent_change: an arm's mean change in percent of its baseline; minus is less.

    Neither value nor spread is mapped to points: that needs the baseline, which a model has.
    """
    faults = missing(row, ("mean", "n")) + scale_faults(row) + interval_faults(row, "mean")
    faults += after_baseline(row)
    if row.has("mean") and row.number["mean"] < -100:
        expected = "at least -100, nothing left of the baseline"
        faults.append(row.fault("mean", expected, "Correct the percentage."))
    if faults or row.scale is None or row.broken:
        return faulty(*faults)
    if not row.scale.starts_at_best:
        return left_out(
            f"a percentage of baseline says nothing where 0 is not the best score ({row.scale})"
        )
    y = row.number["mean"]
    se, how = standard_error(row)
    spread = f" (SE {se:.1f} {how})" if how else ", SD not printed: estimated"
    why = f"change {y:.1f} % of baseline{spread}"
    return Contribution(why, unit="percent", y=y, se=se, sd=row.number["sd"])


def median(row: Row) -> Contribution:
    """Kind median: an arm's median score, which is the mean of a normal distribution.

    ``sd`` is that of the normal distribution with the printed quartiles and range. A printed SE or
    interval is that of the median.
    """
    faults = missing(row, ("median", "n")) + scale_faults(row) + _order_faults(row)
    faults += interval_faults(row, "median")
    scale = row.scale
    if faults or scale is None or row.broken:
        return faulty(*faults)
    y = scale.points(row.number["median"])
    se, how = printed_error(row)
    sd, sd_error, whence = _spread(row)
    se, sd = scale.spread(se), scale.spread(sd)
    said = [f"SE {se:.1f} {how}"] if how else []
    said += [f"SD {sd:.1f} {whence}"] if math.isfinite(sd) else []
    why = f"median {y:.1f} points" + (f" ({', '.join(said)})" if said else "")
    if not said:
        why += f", {whence}"
    if _skew(row):
        why += "; skew: read as if symmetric"
    return Contribution(why, y=y, se=se, sd=sd, sd_error=sd_error)


def _order_faults(row: Row) -> list[Fault]:
    """Quartiles and range in pairs, within the scale and in order around the median."""
    faults = []
    for low, high in (("q1", "q3"), ("min", "max")):
        if row.has(low) != row.has(high):
            gap, thing = (high if row.has(low) else low), "quartiles" if low == "q1" else "ends"
            remedy = "Add the other, or empty both."
            faults.append(row.fault(gap, f"both {thing} or none", remedy))
    columns = [c for c in ("min", "q1", "median", "q3", "max") if row.has(c)]
    if row.scale is not None:
        for column in columns:
            faults += outside(row, column, row.scale.lower, row.scale.upper)
    values = [row.number[column] for column in columns]
    if values != sorted(values):
        got = ", ".join(f"{column} {row[column]}" for column in columns)
        expected = "min <= q1 <= median <= q3 <= max"
        faults.append(row.fault("median", expected, "Correct the numbers.", got))
    return faults


def sd_of_quartiles(q1: float, q3: float, n: float) -> tuple[float, float]:
    """SD of normal scores from their quartiles: ``(q3 - q1) / 1.349``.

    Parameters
    ----------
    q1, q3 : float
        Quartiles.
    n : float
        Patients.

    Returns
    -------
    tuple of float
        SD, and the standard error of its logarithm, ``1.166 / sqrt(n)``: sample quartiles have the
        asymptotic variance ``3 SD^2 / (16 n phi^2)`` each and a third of it as covariance (David
        and Nagaraja 2003, Order Statistics, chapter 10). For 20 patients two common definitions of
        sample quartiles are 7 % below and 4 % above this SD. nan where the quartiles are equal.
    """
    if not q1 < q3:
        return NAN, NAN
    density = NormalDist().pdf(_QUARTILES / 2)
    return (q3 - q1) / _QUARTILES, 0.5 / (density * _QUARTILES * math.sqrt(n))


def sd_of_range(smallest: float, largest: float, n: float) -> tuple[float, float]:
    """SD of normal scores from their range: ``(max - min) / (2 Phi^-1((n - 0.375) / (n + 0.25)))``.

    Wan et al. 2014, doi:10.1186/1471-2288-14-135.

    Parameters
    ----------
    smallest, largest : float
        Ends of the range.
    n : float
        Patients.

    Returns
    -------
    tuple of float
        SD, and the standard error of its logarithm: the range of many patients has the SD ``pi SD /
        sqrt(6 ln n)``, that of two independent extremes (Gumbel 1958, Statistics of Extremes); 5 %
        too large for 5 patients. nan where the ends are equal or n is below 3.
    """
    if not smallest < largest or n < 3:
        return NAN, NAN
    width = 2 * NormalDist().inv_cdf((n - 0.375) / (n + 0.25))
    return (largest - smallest) / width, math.pi / math.sqrt(6 * math.log(n)) / width


def _spread(row: Row) -> tuple[float, float, str]:
    """SD in the scale's units, standard error of its logarithm, and whence; nan and why not.

    Quartiles and range both say something: their logarithms are weighted by the inverse of their
    variances, as if they were independent (they correlate 0.4 for 10 patients, 0.1 for 100).
    """
    if row.has("sd"):
        return row.number["sd"], NAN, "printed"
    found: dict[str, tuple[float, float]] = {}
    for name, low, high, formula in (
        ("quartiles", "q1", "q3", sd_of_quartiles),
        ("range", "min", "max", sd_of_range),
    ):
        if row.has(low, high):
            found[name] = formula(row.number[low], row.number[high], row.number["n"])
    if not found:
        return NAN, NAN, "spread not printed: estimated"
    shown = {name: pair for name, pair in found.items() if math.isfinite(pair[0])}
    if not shown:
        zero = "zero" if row.number["min"] == row.number["max"] else f"of {row['n']} patients"
        reasons = {"quartiles": "quartiles equal", "range": f"range {zero}"}
        return NAN, NAN, f"{' and '.join(reasons[name] for name in found)}: spread estimated"
    weights = [error**-2 for _, error in shown.values()]
    logs = [math.log(sd) for sd, _ in shown.values()]
    log_sd = sum(w * x for w, x in zip(weights, logs, strict=True)) / sum(weights)
    return math.exp(log_sd), sum(weights) ** -0.5, f"from {' and '.join(shown)}"


def _skew(row: Row) -> bool:
    """Whether the quartiles lie unevenly around the median, beyond chance."""
    if not row.has("q1", "median", "q3"):
        return False
    q1, middle, q3 = (row.number[column] for column in ("q1", "median", "q3"))
    near, far = sorted([middle - q1, q3 - middle])
    error = (q3 - q1) / _QUARTILES / math.sqrt(row.number["n"])
    return far > _SKEW * near and far - near > _SKEW_ERRORS * error
