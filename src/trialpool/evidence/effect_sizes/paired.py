"""Effect sizes from two visits of the same patients, before and after.

``r`` is the correlation of the two visits within patients; it is seldom printed and matters: half
of the SE of a change hangs on it. Changes are after minus before. A new measure is a function here.
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
)
from trialpool.evidence.effect_sizes.means import hedges_correction

_REMEDY = "Correct the means, SDs, correlations or numbers of patients of these studies."


def sd_of_change(sd_before: npt.ArrayLike, sd_after: npt.ArrayLike, r: npt.ArrayLike) -> FloatArray:
    """SD of the change: ``sqrt(s1^2 + s2^2 - 2 r s1 s2)``.

    Cochrane Handbook, section 6.5.2.8.

    Parameters
    ----------
    sd_before, sd_after, r : array-like
        SDs of the two visits, and their correlation within patients, between -1 and 1.

    Returns
    -------
    ndarray
        Dims (study,), in the units of the scale.

    Raises
    ------
    EvidenceError
        If an SD is not above 0 or a correlation is not between -1 and 1.
    """
    inputs = Inputs("SD of a change", sd_before=sd_before, sd_after=sd_after, r=r)
    inputs.need("sd_before sd_after", lambda x: x > 0, "SDs > 0", "Correct the SDs.")
    _need_correlation(inputs).check()
    s1, s2 = inputs["sd_before"], inputs["sd_after"]
    return np.asarray(np.sqrt(s1**2 + s2**2 - 2 * inputs["r"] * s1 * s2))


def _need_correlation(inputs: Inputs) -> Inputs:
    return inputs.need(
        "r",
        lambda x: np.abs(x) < 1,
        "a correlation above -1 and below 1",
        "Correct it; where none is printed, vary it from 0.3 to 0.8 and compare.",
    )


def _visits(
    where: str,
    mean_before: npt.ArrayLike,
    sd_before: npt.ArrayLike,
    mean_after: npt.ArrayLike,
    sd_after: npt.ArrayLike,
    n: npt.ArrayLike,
    r: npt.ArrayLike,
    fewest: int,
) -> Inputs:
    inputs = Inputs(
        where,
        mean_before=mean_before,
        sd_before=sd_before,
        mean_after=mean_after,
        sd_after=sd_after,
        n=n,
        r=r,
    )
    inputs.need("mean_before mean_after", finite, "finite means", "Correct the means.")
    inputs.need("sd_before sd_after", lambda x: x > 0, "SDs > 0", "Correct the SDs.")
    inputs.need("n", lambda x: x >= fewest, f"patients >= {fewest}", "Correct the numbers.")
    return _need_correlation(inputs).check()


@np.errstate(all="ignore")
def mean_change(
    mean_before: npt.ArrayLike,
    sd_before: npt.ArrayLike,
    mean_after: npt.ArrayLike,
    sd_after: npt.ArrayLike,
    n: npt.ArrayLike,
    r: npt.ArrayLike,
) -> EffectSizes:
    """Mean change: ``y = m2 - m1``, ``se^2 = (s1^2 + s2^2 - 2 r s1 s2) / n``.

    Parameters
    ----------
    mean_before, sd_before, mean_after, sd_after : array-like
        Means and SDs of the two visits; dims (study,).
    n : array-like
        Patients seen at both visits.
    r : array-like
        Correlation of the two visits within patients; one number serves all studies.

    Returns
    -------
    EffectSizes
        Measure ``MC``, in the units of the scale.

    Raises
    ------
    EvidenceError
        If a number is out of its range.
    """
    where = "mean change"
    x = _visits(where, mean_before, sd_before, mean_after, sd_after, n, r, 2)
    sd = sd_of_change(x["sd_before"], x["sd_after"], x["r"])
    y = x["mean_after"] - x["mean_before"]
    return effect_sizes(where, y, sd**2 / x["n"], "MC", _REMEDY)


@np.errstate(all="ignore")
def standardised_change(
    mean_before: npt.ArrayLike,
    sd_before: npt.ArrayLike,
    mean_after: npt.ArrayLike,
    sd_after: npt.ArrayLike,
    n: npt.ArrayLike,
    r: npt.ArrayLike,
) -> EffectSizes:
    """Change in SDs of the change: ``y = J(n - 1) (m2 - m1) / s_change``.

    ``se^2 = 1/n + y^2 / (2 n)``, ``J`` of ``hedges_correction``. Gibbons, Hedeker and Davis 1993,
    Journal of Educational Statistics 18:271, doi:10.3102/10769986018003271. Not comparable with
    ``SMD``, whose unit is the SD between patients. Needs three patients. Arguments and errors as in
    ``mean_change``; measure ``SMCC``.
    """
    where = "change standardised by its SD"
    x = _visits(where, mean_before, sd_before, mean_after, sd_after, n, r, 3)
    sd = sd_of_change(x["sd_before"], x["sd_after"], x["r"])
    y = hedges_correction(x["n"] - 1) * (x["mean_after"] - x["mean_before"]) / sd
    return effect_sizes(where, y, (1 + y**2 / 2) / x["n"], "SMCC", _REMEDY)


@np.errstate(all="ignore")
def change_standardised_by_baseline(
    mean_before: npt.ArrayLike,
    sd_before: npt.ArrayLike,
    mean_after: npt.ArrayLike,
    sd_after: npt.ArrayLike,
    n: npt.ArrayLike,
    r: npt.ArrayLike,
) -> EffectSizes:
    """Change in SDs of the baseline: ``y = J(n - 1) (m2 - m1) / s1``.

    ``se^2 = 2 (1 - r) / n + y^2 / (2 n)``: supposes equal SDs at both visits. Becker 1988, British
    Journal of Mathematical and Statistical Psychology 41:257,
    doi:10.1111/j.2044-8317.1988.tb00901.x. Needs three patients. Arguments and errors as in
    ``mean_change``; measure ``SMCR``.
    """
    where = "change standardised by the baseline"
    x = _visits(where, mean_before, sd_before, mean_after, sd_after, n, r, 3)
    y = hedges_correction(x["n"] - 1) * (x["mean_after"] - x["mean_before"]) / x["sd_before"]
    variance = (2 * (1 - x["r"]) + y**2 / 2) / x["n"]
    return effect_sizes(where, y, variance, "SMCR", _REMEDY)
