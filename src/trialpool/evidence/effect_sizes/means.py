"""Effect sizes from means, SDs and patients of two arms.

Notation: mean ``m``, SD ``s`` and patients ``n`` of the treated arm (1) and the control arm (2).
Effects are treated against control. A new measure is a function here and a line in
``measures.py``.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from trialpool.evidence.effect_sizes.base import (
    EffectSizes,
    FloatArray,
    Inputs,
    effect_sizes,
    finite,
    odds_factor,
)

_REMEDY = "Correct the means, SDs or numbers of patients of these studies."


def hedges_correction(df: npt.ArrayLike) -> FloatArray:
    """Exact factor that removes the bias of a standardised difference with ``df`` degrees.

    ``Gamma(df/2) / (sqrt(df/2) Gamma((df - 1)/2))``, about ``1 - 3 / (4 df - 1)``. Hedges 1981,
    Journal of Educational Statistics 6:107, doi:10.2307/1164588, equation 6e.

    Parameters
    ----------
    df : array-like
        Degrees of freedom of the SD, > 1.

    Returns
    -------
    ndarray
        In (0, 1), dims (study,).

    Raises
    ------
    EvidenceError
        If a number is not above 1.
    """
    from scipy.special import gammaln  # as in normal_quantile

    inputs = Inputs("small-sample correction", df=df)
    inputs.need("df", lambda x: x > 1, "degrees of freedom > 1", "Leave out so small a study.")
    m = inputs.check()["df"]
    return np.asarray(np.exp(gammaln(m / 2) - 0.5 * np.log(m / 2) - gammaln((m - 1) / 2)))


def _inputs(
    where: str,
    mean_t: npt.ArrayLike,
    sd_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    mean_c: npt.ArrayLike,
    sd_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
) -> Inputs:
    inputs = Inputs(where, mean_t=mean_t, sd_t=sd_t, n_t=n_t, mean_c=mean_c, sd_c=sd_c, n_c=n_c)
    inputs.need("mean_t mean_c", finite, "finite means", "Correct the means.")
    inputs.need("sd_t sd_c", lambda x: x > 0, "SDs > 0", "Correct the SDs.")
    return inputs.need(
        "n_t n_c", lambda x: x > 1, "patients > 1", "Correct the numbers of patients."
    )


def _unpack(
    inputs: Inputs,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    m1, s1, n1, m2, s2, n2 = inputs.check().columns.values()
    return m1, s1, n1, m2, s2, n2


def _pooled(s1: FloatArray, n1: FloatArray, s2: FloatArray, n2: FloatArray) -> FloatArray:
    return np.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2))


def _of_one_sign(inputs: Inputs) -> Inputs:
    inputs.check()
    return inputs.need(
        "mean_t",
        inputs["mean_t"] * inputs["mean_c"] > 0,
        "means of one sign, neither 0",
        "Use a difference for a scale without a natural zero.",
    )


@np.errstate(all="ignore")
def mean_difference(
    mean_t: npt.ArrayLike,
    sd_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    mean_c: npt.ArrayLike,
    sd_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
) -> EffectSizes:
    """Mean difference: ``y = m1 - m2``, ``se^2 = s1^2 / n1 + s2^2 / n2``.

    Parameters
    ----------
    mean_t, sd_t, n_t, mean_c, sd_c, n_c : array-like
        Mean, SD and patients of the treated and the control arm; dims (study,).

    Returns
    -------
    EffectSizes
        Measure ``MD``, in the units of the scale.

    Raises
    ------
    EvidenceError
        If a mean is not finite, an SD is not above 0 or an arm has not two patients.
    """
    where = "mean difference"
    m1, s1, n1, m2, s2, n2 = _unpack(_inputs(where, mean_t, sd_t, n_t, mean_c, sd_c, n_c))
    return effect_sizes(where, m1 - m2, s1**2 / n1 + s2**2 / n2, "MD", _REMEDY)


@np.errstate(all="ignore")
def standardised_mean_difference(
    mean_t: npt.ArrayLike,
    sd_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    mean_c: npt.ArrayLike,
    sd_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
) -> EffectSizes:
    """Hedges' g: ``y = J(n1 + n2 - 2) (m1 - m2) / s_pooled``.

    ``se^2 = 1/n1 + 1/n2 + y^2 / (2 (n1 + n2))``, ``J`` of ``hedges_correction``. Hedges 1981;
    variance: Hedges 1982, Psychological Bulletin 92:490, doi:10.1037/0033-2909.92.2.490. Arguments
    and errors as in ``mean_difference``; measure ``SMD``, in SDs.
    """
    where = "standardised mean difference"
    m1, s1, n1, m2, s2, n2 = _unpack(_inputs(where, mean_t, sd_t, n_t, mean_c, sd_c, n_c))
    y = hedges_correction(n1 + n2 - 2) * (m1 - m2) / _pooled(s1, n1, s2, n2)
    return effect_sizes(where, y, 1 / n1 + 1 / n2 + y**2 / (2 * (n1 + n2)), "SMD", _REMEDY)


@np.errstate(all="ignore")
def standardised_mean_difference_unequal(
    mean_t: npt.ArrayLike,
    sd_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    mean_c: npt.ArrayLike,
    sd_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
) -> EffectSizes:
    """Standardised difference for arms with unequal SDs: ``y = J(n1 + n2 - 2) (m1 - m2) / s``.

    ``s^2 = (s1^2 + s2^2) / 2``; ``se^2 = y^2 (s1^4 / (n1 - 1) + s2^4 / (n2 - 1)) / (8 s^4)
    + (s1^2 / (n1 - 1) + s2^2 / (n2 - 1)) / s^2``. Bonett 2008, Psychological Methods 13:99,
    doi:10.1037/1082-989X.13.2.99. Arguments and errors as in ``mean_difference``; measure ``SMDH``.
    """
    where = "standardised mean difference, unequal SDs"
    m1, s1, n1, m2, s2, n2 = _unpack(_inputs(where, mean_t, sd_t, n_t, mean_c, sd_c, n_c))
    square = (s1**2 + s2**2) / 2
    y = hedges_correction(n1 + n2 - 2) * (m1 - m2) / np.sqrt(square)
    variance = y**2 * (s1**4 / (n1 - 1) + s2**4 / (n2 - 1)) / (8 * square**2)
    variance = variance + (s1**2 / (n1 - 1) + s2**2 / (n2 - 1)) / square
    return effect_sizes(where, y, variance, "SMDH", _REMEDY)


@np.errstate(all="ignore")
def standardised_by_control(
    mean_t: npt.ArrayLike,
    sd_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    mean_c: npt.ArrayLike,
    sd_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
) -> EffectSizes:
    """Glass' delta: ``y = J(n2 - 1) (m1 - m2) / s2``, ``se^2 = 1/n1 + 1/n2 + y^2 / (2 n2)``.

    Glass 1976, Educational Researcher 5:3, doi:10.2307/1174772; correction and variance: Hedges
    1981. Needs three controls. Arguments and errors as in ``mean_difference``; measure ``SMD1``.
    """
    where = "difference standardised by the control arm"
    m1, _, n1, m2, s2, n2 = _unpack(_inputs(where, mean_t, sd_t, n_t, mean_c, sd_c, n_c))
    y = hedges_correction(n2 - 1) * (m1 - m2) / s2
    return effect_sizes(where, y, 1 / n1 + 1 / n2 + y**2 / (2 * n2), "SMD1", _REMEDY)


@np.errstate(all="ignore")
def log_ratio_of_means(
    mean_t: npt.ArrayLike,
    sd_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    mean_c: npt.ArrayLike,
    sd_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
) -> EffectSizes:
    """Log ratio of means: ``y = log(m1 / m2) + (k1 - k2) / 2``, ``se^2 = k1 + k2``.

    ``k = s^2 / (n m^2)``; its half removes the bias of small samples. Hedges et al. 1999, Ecology
    80:1150; Lajeunesse 2015, Ecology 96:2056, doi:10.1890/14-2402.1. The means must have one sign.
    Arguments and errors as in ``mean_difference``; measure ``ROM``, on the log scale.
    """
    where = "log ratio of means"
    inputs = _inputs(where, mean_t, sd_t, n_t, mean_c, sd_c, n_c)
    m1, s1, n1, m2, s2, n2 = _unpack(_of_one_sign(inputs))
    k1, k2 = s1**2 / (n1 * m1**2), s2**2 / (n2 * m2**2)
    return effect_sizes(where, np.log(m1 / m2) + (k1 - k2) / 2, k1 + k2, "ROM", _REMEDY)


@np.errstate(all="ignore")
def log_ratio_of_variation(
    mean_t: npt.ArrayLike,
    sd_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    mean_c: npt.ArrayLike,
    sd_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
) -> EffectSizes:
    """Log ratio of the coefficients of variation ``s / m``, corrected for small samples.

    ``y = log((s1 / m1) / (s2 / m2)) + (v1 - v2) - (k1 - k2) / 2`` and ``se^2 = v1 + v2 + k1 + k2``
    with ``v = 1 / (2 (n - 1))`` and ``k = s^2 / (n m^2)``. Nakagawa et al. 2015, Methods in Ecology
    and Evolution 6:143, doi:10.1111/2041-210X.12309; Senior et al. 2020, Research Synthesis Methods
    11:553, doi:10.1002/jrsm.1423. The means must have one sign. Arguments and errors as in
    ``mean_difference``; measure ``CVR``, on the log scale.
    """
    where = "log ratio of coefficients of variation"
    inputs = _inputs(where, mean_t, sd_t, n_t, mean_c, sd_c, n_c)
    m1, s1, n1, m2, s2, n2 = _unpack(_of_one_sign(inputs))
    v1, v2 = 1 / (2 * (n1 - 1)), 1 / (2 * (n2 - 1))
    k1, k2 = s1**2 / (n1 * m1**2), s2**2 / (n2 * m2**2)
    y = np.log(s1 / s2) - np.log(m1 / m2) + (v1 - v2) - (k1 - k2) / 2
    return effect_sizes(where, y, v1 + v2 + k1 + k2, "CVR", _REMEDY)


@np.errstate(all="ignore")
def log_ratio_of_sds(
    mean_t: npt.ArrayLike,
    sd_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    mean_c: npt.ArrayLike,
    sd_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
) -> EffectSizes:
    """Log ratio of SDs: ``y = log(s1 / s2) + v1 - v2``, ``se^2 = v1 + v2``.

    ``v = 1 / (2 (n - 1))``. Nakagawa et al. 2015, as in ``log_ratio_of_variation``. Arguments and
    errors as in ``mean_difference``, the means are not used; measure ``VR``, on the log scale.
    """
    where = "log ratio of SDs"
    _, s1, n1, _, s2, n2 = _unpack(_inputs(where, mean_t, sd_t, n_t, mean_c, sd_c, n_c))
    v1, v2 = 1 / (2 * (n1 - 1)), 1 / (2 * (n2 - 1))
    return effect_sizes(where, np.log(s1 / s2) + v1 - v2, v1 + v2, "VR", _REMEDY)


@np.errstate(all="ignore")
def difference_to_odds_ratio(
    mean_t: npt.ArrayLike,
    sd_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    mean_c: npt.ArrayLike,
    sd_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
    *,
    scores: Literal["normal", "logistic"] = "logistic",
) -> EffectSizes:
    """Log odds ratio behind a difference of means: ``y = f d`` with ``d = (m1 - m2) / s_pooled``.

    ``se^2 = f^2 (1/n1 + 1/n2 + d^2 / (2 (n1 + n2)))``; ``f = pi / sqrt(3)`` for logistic scores
    (Hasselblad and Hedges 1995, Psychological Bulletin 117:167), 1.65 for normal ones (Cox and
    Snell 1989). ``d`` is not corrected for small samples. Other arguments and errors as in
    ``mean_difference``; measure ``D2ORL`` or ``D2ORN``.
    """
    where = "difference of means as log odds ratio"
    m1, s1, n1, m2, s2, n2 = _unpack(_inputs(where, mean_t, sd_t, n_t, mean_c, sd_c, n_c))
    factor, letter = odds_factor(scores)
    d = (m1 - m2) / _pooled(s1, n1, s2, n2)
    variance = factor**2 * (1 / n1 + 1 / n2 + d**2 / (2 * (n1 + n2)))
    return effect_sizes(where, factor * d, variance, f"D2OR{letter}", _REMEDY)
