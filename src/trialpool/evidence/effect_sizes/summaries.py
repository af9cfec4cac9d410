"""Mean and SD from medians and ranges, SDs and standard errors from each other.

All suppose scores that are not far from normal; for skewed ones the numbers are biased. A new
conversion is a function here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from trialpool.errors import EvidenceError, Fault
from trialpool.evidence.effect_sizes.base import FloatArray, Inputs, finite, normal_quantile


@dataclass(frozen=True, eq=False)
class MeanSD:
    """Estimated means and SDs, each with dims (study,), in the units of the scale."""

    mean: FloatArray
    sd: FloatArray


def mean_sd_from_median(
    median: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    quartiles: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    range_: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    mean: Literal["luo", "wan"] = "luo",
) -> MeanSD:
    """Mean and SD of scores of which the median with quartiles, range or both is printed.

    SD (Wan et al. 2014, doi:10.1186/1471-2288-14-135): with quartiles ``(q3 - q1) / (2 Phi^-1((0.75
    n - 0.125) / (n + 0.25)))``, with the range ``(max - min) / (2 Phi^-1((n - 0.375) / (n +
    0.25)))``, with both the mean of the two.

    Mean, ``"luo"`` (Luo et al. 2018, doi:10.1177/0962280216669183): median, middle of the quartiles
    and middle of the range with weights that depend on ``n``. ``"wan"``, the means in that paper:
    ``(q1 + m + q3) / 3``, ``(min + 2 m + max) / 4`` (Hozo et al. 2005), or
    ``(min + 2 q1 + 2 m + 2 q3 + max) / 8`` (Bland 2015).

    Parameters
    ----------
    median, n : array-like
        Medians, and patients behind them, 2 or more; dims (study,).
    quartiles, range_ : tuple of array-like, optional
        Lower and upper quartile; smallest and largest score. One of the two is needed.
    mean : {"luo", "wan"}
        Formula for the mean.

    Returns
    -------
    MeanSD

    Raises
    ------
    EvidenceError
        If neither is given, or the numbers are not in order.
    """
    where = "mean and SD from median"
    if mean not in ("luo", "wan"):
        raise EvidenceError([Fault(f"{where}, mean", repr(mean), "'luo' or 'wan'", "Choose one.")])
    columns = {"median": median, "n": n}
    if quartiles is not None:
        columns |= {"q1": quartiles[0], "q3": quartiles[1]}
    if range_ is not None:
        columns |= {"min": range_[0], "max": range_[1]}
    if len(columns) == 2:
        fault = Fault(where, "a median alone", "quartiles or range_ too", "Give one of them.")
        raise EvidenceError([fault])
    inputs = Inputs(where, **columns)
    inputs.need("n", lambda x: x >= 2, "patients >= 2", "Correct the numbers of patients.")
    for name in columns:
        inputs.need(name, finite, "finite numbers", "Correct them.")
    inputs.check()
    order = [name for name in ("min", "q1", "median", "q3", "max") if name in columns]
    for low, high in pairwise(order):
        inputs.need(low, inputs[low] <= inputs[high], f"{low} <= {high}", "Correct the numbers.")
    inputs.need(
        order[0],
        inputs[order[0]] < inputs[order[-1]],
        f"{order[0]} below {order[-1]}",
        "Leave out studies in which all scores are equal.",
    )
    inputs.check()
    return _median_formulas(inputs, mean)


def _median_formulas(inputs: Inputs, mean: str) -> MeanSD:
    m, n = inputs["median"], inputs["n"]
    has_range, has_quartiles = "min" in inputs.columns, "q1" in inputs.columns
    mid_range = mid_quartile = np.zeros_like(m)
    sds = []
    if has_range:
        a, b = inputs["min"], inputs["max"]
        mid_range = (a + b) / 2
        sds.append((b - a) / (2 * normal_quantile((n - 0.375) / (n + 0.25))))
    if has_quartiles:
        q1, q3 = inputs["q1"], inputs["q3"]
        mid_quartile = (q1 + q3) / 2
        sds.append((q3 - q1) / (2 * normal_quantile((0.75 * n - 0.125) / (n + 0.25))))
    w_range, w_quartile = (_luo if mean == "luo" else _wan)(n, has_range, has_quartiles)
    y = w_range * mid_range + w_quartile * mid_quartile + (1 - w_range - w_quartile) * m
    return MeanSD(y, np.mean(sds, axis=0))


def _luo(n: FloatArray, has_range: bool, has_quartiles: bool) -> tuple[FloatArray, FloatArray]:
    """Weights of the middle of the range and of the quartiles."""
    none = np.zeros_like(n)
    if has_range and has_quartiles:
        return 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
    return (4 / (4 + n**0.75), none) if has_range else (none, 0.7 + 0.39 / n)


def _wan(n: FloatArray, has_range: bool, has_quartiles: bool) -> tuple[FloatArray, FloatArray]:
    """Weights of the middle of the range and of the quartiles."""
    shares = {(True, True): (0.25, 0.5), (True, False): (0.5, 0.0), (False, True): (0.0, 2 / 3)}
    w_range, w_quartile = shares[has_range, has_quartiles]
    return np.full_like(n, w_range), np.full_like(n, w_quartile)


def se_from_sd(sd: npt.ArrayLike, n: npt.ArrayLike) -> FloatArray:
    """Standard error of a mean: ``sd / sqrt(n)``.

    Parameters
    ----------
    sd, n : array-like
        SDs > 0 and patients > 0; dims (study,).

    Returns
    -------
    ndarray
        Dims (study,).

    Raises
    ------
    EvidenceError
        If a number is not above 0.
    """
    inputs = Inputs("SE from SD", sd=sd, n=n)
    inputs.need("sd n", lambda x: x > 0, "numbers > 0", "Correct them.").check()
    return np.asarray(inputs["sd"] / np.sqrt(inputs["n"]))


def sd_from_se(se: npt.ArrayLike, n: npt.ArrayLike) -> FloatArray:
    """SD of the patients behind the standard error of a mean: ``se sqrt(n)``.

    Parameters
    ----------
    se, n : array-like
        Standard errors > 0 and patients > 0; dims (study,).

    Returns
    -------
    ndarray
        Dims (study,).

    Raises
    ------
    EvidenceError
        If a number is not above 0.
    """
    inputs = Inputs("SD from SE", se=se, n=n)
    inputs.need("se n", lambda x: x > 0, "numbers > 0", "Correct them.").check()
    return np.asarray(inputs["se"] * np.sqrt(inputs["n"]))


def pooled_sd(
    sd_t: npt.ArrayLike, n_t: npt.ArrayLike, sd_c: npt.ArrayLike, n_c: npt.ArrayLike
) -> FloatArray:
    """SD within two groups: ``sqrt(((n1 - 1) s1^2 + (n2 - 1) s2^2) / (n1 + n2 - 2))``.

    Parameters
    ----------
    sd_t, n_t, sd_c, n_c : array-like
        SDs > 0 and patients > 1 of the two groups; dims (study,).

    Returns
    -------
    ndarray
        Dims (study,).

    Raises
    ------
    EvidenceError
        If a number is out of its range.
    """
    inputs = Inputs("pooled SD", sd_t=sd_t, n_t=n_t, sd_c=sd_c, n_c=n_c)
    inputs.need("sd_t sd_c", lambda x: x > 0, "SDs > 0", "Correct the SDs.")
    inputs.need("n_t n_c", lambda x: x > 1, "patients > 1", "Correct the numbers.").check()
    s1, n1, s2, n2 = inputs.columns.values()
    return np.asarray(np.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2)))


def combine_groups(
    mean_1: npt.ArrayLike,
    sd_1: npt.ArrayLike,
    n_1: npt.ArrayLike,
    mean_2: npt.ArrayLike,
    sd_2: npt.ArrayLike,
    n_2: npt.ArrayLike,
) -> MeanSD:
    """Mean and SD of two groups seen as one: exact, as if all patients were pooled.

    Cochrane Handbook, table 6.5.a.

    Parameters
    ----------
    mean_1, sd_1, n_1, mean_2, sd_2, n_2 : array-like
        Mean, SD > 0 and patients > 1 of each group; dims (study,).

    Returns
    -------
    MeanSD

    Raises
    ------
    EvidenceError
        If a number is out of its range.
    """
    inputs = Inputs(
        "two groups as one", mean_1=mean_1, sd_1=sd_1, n_1=n_1, mean_2=mean_2, sd_2=sd_2, n_2=n_2
    )
    inputs.need("mean_1 mean_2", finite, "finite means", "Correct the means.")
    inputs.need("sd_1 sd_2", lambda x: x > 0, "SDs > 0", "Correct the SDs.")
    inputs.need("n_1 n_2", lambda x: x > 1, "patients > 1", "Correct the numbers.").check()
    m1, s1, n1, m2, s2, n2 = inputs.columns.values()
    n = n1 + n2
    squares = (n1 - 1) * s1**2 + (n2 - 1) * s2**2 + n1 * n2 / n * (m1 - m2) ** 2
    return MeanSD(np.asarray((n1 * m1 + n2 * m2) / n), np.asarray(np.sqrt(squares / (n - 1))))
