"""Measures of association from 2 x 2 tables that follow from the odds ratio or a correlation.

Notation and a new measure: as in ``counts.py``.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from trialpool.errors import EvidenceError, Fault
from trialpool.evidence.effect_sizes.base import EffectSizes, odds_factor
from trialpool.evidence.effect_sizes.counts import To, finish, log_odds_ratio, table_of


@np.errstate(all="ignore")
def odds_ratio_to_smd(
    events_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
    *,
    scores: Literal["normal", "logistic"] = "logistic",
    add: float = 0.5,
    to: To = "only0",
) -> EffectSizes:
    """Standardised difference from an odds ratio: ``log OR`` and its SE divided by a constant.

    ``pi / sqrt(3)`` if the scores behind the threshold are logistic (Chinn 2000, Statistics in
    Medicine 19:3127), 1.65 if they are normal (Cox and Snell 1989). Other arguments and errors as
    in ``log_odds_ratio``; measure ``OR2DL`` or ``OR2DN``.
    """
    odds = log_odds_ratio(events_t, n_t, events_c, n_c, add=add, to=to)
    factor, letter = odds_factor(scores)
    return EffectSizes(odds.y / factor, odds.se / factor, f"OR2D{letter}")


@np.errstate(all="ignore")
def yule(
    events_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
    *,
    form: Literal["Q", "Y"] = "Q",
    add: float = 0.5,
    to: To = "only0",
) -> EffectSizes:
    """Yule's Q or Y: ``(w - 1) / (w + 1)`` with ``w = OR`` (Q) or ``sqrt(OR)`` (Y).

    ``se^2 = (1 - y^2)^2 v / 4`` (Q) or ``/ 16`` (Y), ``v`` the variance of the log odds ratio. Yule
    1912, Journal of the Royal Statistical Society 75:579, doi:10.2307/2340126. Other arguments and
    errors as in ``log_odds_ratio``; measure ``YUQ`` or ``YUY``.
    """
    where = f"Yule's {form}"
    if form not in ("Q", "Y"):
        raise EvidenceError([Fault("form", repr(form), "'Q' or 'Y'", "Choose one.")])
    odds = log_odds_ratio(events_t, n_t, events_c, n_c, add=add, to=to)
    # (w - 1) / (w + 1) = tanh(log(w) / 2): the same number without overflow.
    half = 2.0 if form == "Q" else 4.0
    y = np.tanh(odds.y / half)
    return finish(where, f"YU{form}", y, ((1 - y**2) * odds.se / half) ** 2)


@np.errstate(all="ignore")
def phi(
    events_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
    *,
    add: float = 0.0,
    to: To = "only0",
) -> EffectSizes:
    """Phi coefficient: ``y = (ad - bc) / sqrt(n1 n2 (a + c) (b + d))``.

    ``se^2`` by the delta method for one multinomial sample, from the margins ``r`` (arms) and ``k``
    (outcomes): Yule 1912 (as in ``yule``) and Digby 1983, Biometrics 39:753,
    doi:10.2307/2531104. No correction for zeros unless ``add`` is given. Other arguments and errors
    as in ``log_odds_ratio``; measure ``PHI``.
    """
    where = "phi coefficient"
    table = table_of(where, events_t, n_t, events_c, n_c, add, to)
    n = table.n1 + table.n2
    r1, k1 = table.n1 / n, (table.a + table.c) / n
    r, k = r1 * (1 - r1), k1 * (1 - k1)
    y = (table.a * table.d - table.b * table.c) / (n**2 * np.sqrt(r * k))
    dr, dk = (2 * r1 - 1) / np.sqrt(r), (2 * k1 - 1) / np.sqrt(k)
    variance = 1 - y**2 + y * (1 + y**2 / 2) * dr * dk - 0.75 * y**2 * (dr**2 + dk**2)
    return finish(where, "PHI", y, variance / n)
