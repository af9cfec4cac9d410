"""Kinds that compare two arms: difference, p_value."""

from __future__ import annotations

import math

from trialpool.errors import Fault
from trialpool.evidence.effect_sizes import (
    from_p_value,
    hedges_correction,
    smd_from_p_value,
)
from trialpool.evidence.files import nearest
from trialpool.evidence.kinds.base import (
    NAN,
    Contribution,
    after_baseline,
    faulty,
    interval_faults,
    missing,
    outside,
    printed_error,
    scale_faults,
)
from trialpool.evidence.p_values import PValue, PValueError, parse_p
from trialpool.evidence.scales import is_biased, is_standardised
from trialpool.evidence.schema import Row

#: Kinds of rows that are about the arm in ``versus`` as much as about their own.
COMPARISONS = ("difference", "p_value")
#: No treatment moves patients by more of their SDs.
_LARGEST = 10.0
#: A difference that is none, and more patients than any trial: beyond, numbers of the computer end.
_NO_DIFFERENCE, _MOST_PATIENTS = 1e-9, 1e6
_NO_USE = "or set use = no with a reason."


def needs_versus_n(row: Row) -> bool:
    """Whether what a row says depends on the patients of the arm in ``versus``."""
    if row.kind == "difference":
        printed = row["se"] or row["lower"] or row["upper"]
        return is_standardised(row["scale"]) or not printed
    return row.kind == "p_value"


def difference(row: Row) -> Contribution:
    """Kind difference: this arm minus the arm in ``versus``.

    In the units of an instrument it has the instrument's direction. A standardised difference
    (SMD, Cohen d, Hedges g) has none: minus is better for this arm, so the sign must be turned if
    it was computed from scores of which high ones are good. Cohen's d and its error are multiplied
    by Hedges' correction where both sizes are known.
    """
    faults = missing(row, ("mean",)) + interval_faults(row, "mean") + after_baseline(row)
    if needs_versus_n(row):
        faults += _size_faults(row, needed=False)
    if is_standardised(row["scale"]):
        if row.has("mean") and abs(row.number["mean"]) > _LARGEST:
            expected = f"-{_LARGEST:g} to {_LARGEST:g} SDs of the patients"
            faults.append(row.fault("mean", expected, "Correct the value or the scale."))
    else:
        faults += scale_faults(row)
    if row.scale is not None:
        faults += outside(row, "mean", -row.scale.width, row.scale.width)
    faults += _error_faults(row)
    if faults or row.broken:
        return faulty(*faults)
    return _in_points(row) if row.scale is not None else _in_sds(row)


def _in_points(row: Row) -> Contribution:
    assert row.scale is not None
    se, how = _error(row)
    y, se = row.scale.shift(row.number["mean"]), row.scale.spread(se)
    why = f"difference {y:.1f} points from {row['versus']} (SE {se:.1f} {how}){_n_read(row)}"
    return Contribution(why, y=y, se=se, versus_n=row.number["versus_n"])


def _in_sds(row: Row) -> Contribution:
    known = row.has("n", "versus_n")
    n1, n2 = row.number["n"], row.number["versus_n"]
    factor, said = 1.0, ""
    if is_biased(row["scale"]):
        factor = hedges_correction(n1 + n2 - 2).item() if known else 1.0
        said = "" if known else "; bias of Cohen d left in, one arm's n is not printed"
    y = factor * row.number["mean"]
    if known and not math.isfinite(printed_error(row)[0]):
        se, how = _error_of_smd(y, n1, n2), "from n of both arms"
    else:
        se, how = _error(row)
        se *= factor
    why = f"standardised difference {y:.2f} from {row['versus']} (SE {se:.2f} {how})"
    why += said + _n_read(row)
    return Contribution(why, unit="SD", y=y, se=se, versus_n=n2)


def _n_read(row: Row) -> str:
    """What to say where the sizes of arms stand in other rows (``versus.with_versus_n``)."""
    n = row.number["versus_n"]
    if row["versus_n"] or not math.isfinite(n):
        return ""
    if row.kind == "difference":
        own, arms = row.number["n"], f"{row['arm']} and {row['versus']}"
        return f"; n of {arms} from their rows, {own:g} and {n:g}"
    return f"; n of {row['versus']} from its rows, {n:g}"


def _error_of_smd(y: float, n1: float, n2: float) -> float:
    """SE of Hedges' g; Hedges 1982, Psychol Bull 92:490, doi:10.1037/0033-2909.92.2.490."""
    return math.sqrt(1 / n1 + 1 / n2 + y**2 / (2 * (n1 + n2)))


def _error(row: Row) -> tuple[float, str]:
    """SE in the row's units, printed or from an interval or an exact p, and how it was got."""
    se, how = printed_error(row)
    if how:
        return se, how
    p = parse_p(row["p"])
    df = row.number["n"] + row.number["versus_n"] - 2
    size = from_p_value(row.number["mean"], p.lower, df=df if df > 0 else None)
    return size.se.item(), f"from {p.text}"


def _error_faults(row: Row) -> list[Fault]:
    """An SE must be printed, or something that it follows from; p is one wherever it is filled."""
    p, faults = _read_p(row) if row["p"] else (None, [])
    if row["se"] or row["lower"] or row["upper"]:
        return faults
    if is_standardised(row["scale"]) and (row.has("n", "versus_n") or row.broken):
        return faults
    if not row["p"]:
        expected = "se, or lower and upper, or an exact p, for a difference"
        if is_standardised(row["scale"]):
            expected += "; or n and versus_n"
            expected += ", because n alone may count both arms" if row["n"] else ""
        return [row.fault("se", expected, f"Add one of them, {_NO_USE}")]
    if p is None or not row.has("mean"):
        return faults
    if not p.exact:
        expected = "an exact p where a difference has neither se nor interval"
        remedy = "Add se, lower and upper, or the exact p, or write the row as kind p_value."
        return [row.fault("p", expected, remedy)]
    if abs(row.number["mean"]) < _NO_DIFFERENCE or p.upper == 1:
        got = f"a difference of {row['mean']} with {p.text}"
        expected = "se, or lower and upper, because p says nothing of the SE of no difference"
        return [row.fault("se", expected, f"Add one of them, {_NO_USE}", got)]
    return []


def _read_p(row: Row) -> tuple[PValue | None, list[Fault]]:
    try:
        return parse_p(row["p"]), []
    except PValueError as error:
        return None, [row.fault("p", str(error), error.remedy)]


def _size_faults(row: Row, *, needed: bool) -> list[Fault]:
    """An SD of the patients of both arms needs two patients in each."""
    faults = missing(row, ("n",)) if needed else []
    for column in ("n", "versus_n"):
        if row.has(column) and not 2 <= row.number[column] <= _MOST_PATIENTS:
            got, expected = f"{row.number[column]:g}", f"2 to {_MOST_PATIENTS:,.0f} patients"
            faults.append(row.fault(column, expected, f"Correct it, {_NO_USE}", got))
    # A broken row may be one whose versus is wrong.
    if needed and not row.broken and not row.has("versus_n"):
        expected = f"the patients of the arm {row['versus']!r}, because no row of it says how many"
        faults.append(row.fault("versus_n", expected, f"Write them, {_NO_USE}"))
    return faults


def p_value(row: Row) -> Contribution:
    """Kind p_value: a two-sided t-test of this arm against the arm in ``versus``.

    An exact p is a standardised difference up to its sign, and a bound on p is an interval of the
    test statistic; both with Hedges' correction, so that differences in SDs are what they estimate.
    Minus is better for this arm in ``y``, plus in ``z_low`` and ``z_high``.
    """
    p, faults = _read_p(row) if row["p"] else (None, missing(row, ("p",)))
    faults += after_baseline(row) + _favours_faults(row)
    if row["scale"]:
        faults += scale_faults(row)
    faults += _size_faults(row, needed=True)
    if faults or p is None or row.broken:
        return faulty(*faults)
    n1, n2 = row.number["n"], row.number["versus_n"]
    least = _smd(p.upper, n1, n2)
    most = _smd(p.lower, n1, n2) if p.lower > 0 else math.inf
    if least > _LARGEST:
        expected = f"a p-value that {n1:g} and {n2:g} patients can give"
        return faulty(row.fault("p", expected, "Correct p or the numbers of patients."))
    return _test(row, p, least, most)


def _smd(p: float, n1: float, n2: float) -> float:
    """Size of the standardised difference that a t-test gives this p."""
    return abs(smd_from_p_value(p, n1, n2, sign=1).y.item()) if p < 1 else 0.0


def _favours_faults(row: Row) -> list[Fault]:
    arms = [row["arm"], row["versus"]]
    if row["favours"] in ("", *arms):
        return []
    hint = nearest(row["favours"], arms)
    expected = f"{hint!r} (nearest), " if hint else ""
    expected += f"one of the arms {row['arm']!r} and {row['versus']!r}, or nothing"
    remedy = "Correct the name; leave it empty where the source does not say."
    return [row.fault("favours", expected, remedy)]


def _test(row: Row, p: PValue, least: float, most: float) -> Contribution:
    """Contribution of a test by which the size of the difference is ``least`` to ``most`` SDs."""
    n1, n2 = row.number["n"], row.number["versus_n"]
    side = {row["arm"]: 1, row["versus"]: -1}.get(row["favours"], 0)
    # Around zero it does not matter which arm is favoured.
    directed = side != 0 or least == 0
    low, high = (least, most) if side or least > 0 else (-most, most)
    if side < 0:
        low, high = -high, -low
    y, se = NAN, _error_of_smd(0.0, n1, n2)
    z_low, z_high = low / se + 0.0, high / se + 0.0
    if p.exact and directed:
        y = 0.0 - low
        se = _error_of_smd(y, n1, n2)
        meaning = f"standardised difference {y:.2f} (SE {se:.2f})"
    elif p.exact:
        meaning = f"standardised difference {least:.2f} either way (SE {se:.2f})"
    elif not directed:
        meaning = f"standardised difference seen beyond {-least:.2f} or {least:.2f}"
    elif math.isinf(most):
        meaning = "standardised difference seen "
        meaning += f"below {-low:.2f}" if side > 0 else f"above {-high:.2f}"
    else:
        meaning = f"standardised difference seen within {0.0 - high:.2f} to {0.0 - low:.2f}"
    favour = ", either direction" if directed else ", direction not printed"
    if side:
        favour = f" in favour of {row['favours']}"
    return Contribution(
        f"{p.text} against {row['versus']}{favour}: {meaning}{_n_read(row)}",
        unit="SD",
        y=y,
        se=se,
        versus_n=n2,
        z_low=z_low,
        z_high=z_high,
        directed=directed,
    )
