"""Estimates with standard errors from what is printed instead: intervals, p-values, t and F.

A new conversion is a function here that ends with ``effect_sizes``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trialpool.evidence.effect_sizes.base import (
    EffectSizes,
    FloatArray,
    Inputs,
    effect_sizes,
    finite,
    normal_quantile,
)
from trialpool.evidence.effect_sizes.means import hedges_correction

_REMEDY = "Leave these studies out, or look for another number in their reports."


def _upper_quantile(tail: FloatArray, df: npt.ArrayLike | None, where: str) -> FloatArray:
    """Value exceeded with probability ``tail`` by a normal, or by t with ``df`` degrees."""
    if df is None:
        return -normal_quantile(tail)
    from scipy.special import stdtrit  # as in normal_quantile

    inputs = Inputs(where, tail=tail, df=df)
    inputs.need("df", lambda x: x > 0, "degrees of freedom > 0", "Correct them.").check()
    return np.asarray(-stdtrit(inputs["df"], inputs["tail"]), dtype=float)


@np.errstate(all="ignore")
def from_interval(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    *,
    estimate: npt.ArrayLike | None = None,
    level: npt.ArrayLike = 0.95,
    df: npt.ArrayLike | None = None,
    ratio: bool = False,
    measure: str = "MD",
) -> EffectSizes:
    """From a symmetric interval: ``se = (upper - lower) / (2 z)``; ``y`` is its middle.

    Cochrane Handbook, sections 6.3.1 and 6.3.2. With ``df`` the quantile of t replaces ``z``.

    Parameters
    ----------
    lower, upper : array-like
        Ends as printed; dims (study,).
    estimate : array-like, optional
        Printed estimates; taken for ``y`` instead of the middle.
    level : array-like
        Coverage between 0 and 1; 0.95 for a 95 % interval.
    df : array-like, optional
        Degrees of freedom, where the interval was made with t.
    ratio : bool
        Whether the numbers are ratios (OR, RR, hazard ratio): logs are taken first.
    measure : str
        What the estimates are.

    Returns
    -------
    EffectSizes
        On the log scale with ``ratio``.

    Raises
    ------
    EvidenceError
        If ``lower`` is not below ``upper``, an estimate lies outside, or a ratio is not above 0.
    """
    where = "interval"
    columns = {"lower": lower, "upper": upper, "level": level}
    if estimate is not None:
        columns["estimate"] = estimate
    inputs = Inputs(where, **columns)
    inputs.need(
        "level", lambda x: (x > 0) & (x < 1), "a level between 0 and 1", "Write 0.95 for 95 %."
    )
    ends = " ".join(name for name in inputs.columns if name != "level")
    if ratio:
        inputs.need(ends, lambda x: x > 0, "ratios > 0", "Use ratio=False for differences.")
    else:
        inputs.need(ends, finite, "finite numbers", "Correct them.")
    inputs.check()
    high, low = inputs["upper"], inputs["lower"]
    inputs.need("lower", low < high, "lower below upper", "Correct or swap the ends.")
    if estimate is not None:
        inputs.need(
            "estimate",
            (low <= inputs["estimate"]) & (inputs["estimate"] <= high),
            "an estimate inside its interval",
            "Correct the estimate or the interval.",
        )
    inputs.check()
    scale = np.log if ratio else np.asarray
    a, b = scale(low), scale(high)
    y = (a + b) / 2 if estimate is None else scale(inputs["estimate"])
    z = _upper_quantile((1 - inputs["level"]) / 2, df, where)
    return effect_sizes(where, y, ((b - a) / (2 * z)) ** 2, measure, _REMEDY)


@np.errstate(all="ignore")
def from_p_value(
    estimate: npt.ArrayLike,
    p: npt.ArrayLike,
    *,
    df: npt.ArrayLike | None = None,
    ratio: bool = False,
    measure: str = "MD",
) -> EffectSizes:
    """From an estimate and its exact two-sided p-value: ``se = |y| / z`` with ``z`` at ``p / 2``.

    Cochrane Handbook, section 6.3.2; with ``df`` the quantile of t replaces ``z``. "p < 0.05" is a
    bound and no p-value: used as one it gives an SE that is too large.

    Parameters
    ----------
    estimate : array-like
        Printed estimates, not 0 (1 for ratios); dims (study,).
    p : array-like
        Two-sided p-values, above 0 and below 1.
    df : array-like, optional
        Degrees of freedom, where the test was a t-test.
    ratio : bool
        Whether estimates are ratios: logs are taken first.
    measure : str
        What the estimates are.

    Returns
    -------
    EffectSizes
        On the log scale with ``ratio``.

    Raises
    ------
    EvidenceError
        If a p-value is not between 0 and 1, or an estimate shows no effect at all.
    """
    where = "p-value"
    inputs = _with_p(where, p, estimate=estimate)
    if ratio:
        inputs.need("estimate", lambda x: x > 0, "ratios > 0", "Use ratio=False for differences.")
    inputs.check()
    y = np.log(inputs["estimate"]) if ratio else inputs["estimate"]
    z = _upper_quantile(inputs["p"] / 2, df, where)
    return effect_sizes(where, y, (y / z) ** 2, measure, _REMEDY)


@np.errstate(all="ignore")
def from_t(estimate: npt.ArrayLike, t: npt.ArrayLike, *, measure: str = "MD") -> EffectSizes:
    """From an estimate and its t (or z) statistic: ``se = |y / t|``.

    Parameters
    ----------
    estimate, t : array-like
        Neither 0; the sign of ``t`` does not matter; dims (study,).
    measure : str
        What the estimates are.

    Returns
    -------
    EffectSizes

    Raises
    ------
    EvidenceError
        If a number is 0 or not finite.
    """
    inputs = Inputs("t statistic", estimate=estimate, t=t)
    inputs.need("estimate t", lambda x: x != 0, "numbers other than 0", _REMEDY).check()
    y = inputs["estimate"]
    return effect_sizes("t statistic", y, (y / inputs["t"]) ** 2, measure, _REMEDY)


@np.errstate(all="ignore")
def smd_from_t(t: npt.ArrayLike, n_t: npt.ArrayLike, n_c: npt.ArrayLike) -> EffectSizes:
    """Hedges' g from the t of two independent arms: ``y = J(n1 + n2 - 2) t sqrt(1/n1 + 1/n2)``.

    ``se`` as in ``standardised_mean_difference``. The t of an analysis with covariates or of
    changes measures another SD. Rosenthal 1994, in Cooper and Hedges, Handbook of Research
    Synthesis, chapter 16.

    Parameters
    ----------
    t : array-like
        Statistics with the sign of treated minus control; dims (study,).
    n_t, n_c : array-like
        Patients of the treated and the control arm.

    Returns
    -------
    EffectSizes
        Measure ``SMD``.

    Raises
    ------
    EvidenceError
        If a statistic is not finite or an arm has not two patients.
    """
    inputs = Inputs("SMD from t", t=t, n_t=n_t, n_c=n_c)
    inputs.need("t", finite, "finite statistics", "Correct them.")
    inputs.need("n_t n_c", lambda x: x > 1, "patients > 1", "Correct the numbers.").check()
    n1, n2 = inputs["n_t"], inputs["n_c"]
    y = hedges_correction(n1 + n2 - 2) * inputs["t"] * np.sqrt(1 / n1 + 1 / n2)
    variance = 1 / n1 + 1 / n2 + y**2 / (2 * (n1 + n2))
    return effect_sizes("SMD from t", y, variance, "SMD", _REMEDY)


@np.errstate(all="ignore")
def smd_from_f(
    f: npt.ArrayLike, n_t: npt.ArrayLike, n_c: npt.ArrayLike, *, sign: npt.ArrayLike
) -> EffectSizes:
    """Hedges' g from the F of two independent arms, which is ``t^2``.

    Parameters
    ----------
    f : array-like
        F with 1 and ``n_t + n_c - 2`` degrees of freedom; dims (study,).
    n_t, n_c : array-like
        Patients of the treated and the control arm.
    sign : array-like
        1 where the treated arm has the higher mean, -1 where the control arm has: F does not say.

    Returns
    -------
    EffectSizes
        Measure ``SMD``; see ``smd_from_t``.

    Raises
    ------
    EvidenceError
        If an F is negative, a sign is not 1 or -1, or an arm has not two patients.
    """
    inputs = Inputs("SMD from F", f=f, n_t=n_t, n_c=n_c, sign=sign)
    inputs.need("f", lambda x: x >= 0, "F >= 0", "Correct the statistics.")
    _need_sign(inputs).check()
    return smd_from_t(inputs["sign"] * np.sqrt(inputs["f"]), inputs["n_t"], inputs["n_c"])


@np.errstate(all="ignore")
def smd_from_p_value(
    p: npt.ArrayLike, n_t: npt.ArrayLike, n_c: npt.ArrayLike, *, sign: npt.ArrayLike
) -> EffectSizes:
    """Hedges' g from the exact two-sided p-value of a t-test between two independent arms.

    Parameters
    ----------
    p : array-like
        Two-sided p-values, above 0 and at most 1; dims (study,). "p < 0.05" is a bound, not one.
    n_t, n_c : array-like
        Patients of the treated and the control arm.
    sign : array-like
        1 where the treated arm has the higher mean, -1 where the control arm has.

    Returns
    -------
    EffectSizes
        Measure ``SMD``; see ``smd_from_t``.

    Raises
    ------
    EvidenceError
        If a p-value is out of range, a sign is not 1 or -1, or an arm has not two patients.
    """
    where = "SMD from p"
    inputs = Inputs(where, p=p, n_t=n_t, n_c=n_c, sign=sign)
    inputs.need("p", lambda x: (x > 0) & (x <= 1), "0 < p <= 1", "Write the exact p-value.")
    inputs.need("n_t n_c", lambda x: x > 1, "patients > 1", "Correct the numbers.")
    _need_sign(inputs).check()
    n1, n2 = inputs["n_t"], inputs["n_c"]
    t = _upper_quantile(inputs["p"] / 2, n1 + n2 - 2, where)
    return smd_from_t(inputs["sign"] * t, n1, n2)


def _with_p(where: str, p: npt.ArrayLike, **columns: npt.ArrayLike) -> Inputs:
    inputs = Inputs(where, p=p, **columns)
    return inputs.need(
        "p", lambda x: (x > 0) & (x < 1), "0 < p < 1", "Write the exact two-sided p-value."
    )


def _need_sign(inputs: Inputs) -> Inputs:
    return inputs.need(
        "sign",
        lambda x: np.abs(x) == 1,
        "1 or -1",
        "Write 1 where the treated arm has the higher mean, -1 where the control arm has.",
    )
