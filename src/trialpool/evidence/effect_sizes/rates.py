"""Effect sizes from events and person-time of two arms.

``x`` events in ``t`` months (or years) under observation; rate ``x / t``. A new measure is a
function here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trialpool.evidence.effect_sizes.base import EffectSizes, FloatArray, Inputs, effect_sizes
from trialpool.evidence.effect_sizes.counts import To, add_to_cells

_ZERO = "Use to='only0' to add 1/2 to the events of these studies, or leave them out."


def _rates(
    where: str,
    events_t: npt.ArrayLike,
    time_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    time_c: npt.ArrayLike,
    add: float,
    to: To,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    inputs = Inputs(where, events_t=events_t, time_t=time_t, events_c=events_c, time_c=time_c)
    inputs.need("events_t events_c", lambda x: x >= 0, "counts >= 0", "Correct the counts.")
    inputs.need("time_t time_c", lambda x: x > 0, "person-time > 0", "Correct the time.")
    inputs.check()
    x1, x2 = inputs["events_t"], inputs["events_c"]
    more = add_to_cells((x1 == 0) | (x2 == 0), add, to)
    return x1 + more, inputs["time_t"], x2 + more, inputs["time_c"]


@np.errstate(all="ignore")
def log_rate_ratio(
    events_t: npt.ArrayLike,
    time_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    time_c: npt.ArrayLike,
    *,
    add: float = 0.5,
    to: To = "only0",
) -> EffectSizes:
    """Log incidence-rate ratio: ``y = log((x1 / t1) / (x2 / t2))``, ``se^2 = 1/x1 + 1/x2``.

    Rothman, Greenland and Lash 2008, Modern Epidemiology, chapter 14.

    Parameters
    ----------
    events_t, time_t, events_c, time_c : array-like
        Events and person-time of the treated and the control arm; dims (study,).
    add : float
        Added to both counts of the studies that ``to`` names.
    to : {"only0", "all", "if0all", "none"}
        Studies with a zero; all; all if one has a zero; none.

    Returns
    -------
    EffectSizes
        Measure ``IRR``, on the log scale.

    Raises
    ------
    EvidenceError
        If counts are negative, times not positive, or a study has no estimate.
    """
    where = "log rate ratio"
    x1, t1, x2, t2 = _rates(where, events_t, time_t, events_c, time_c, add, to)
    y = np.log(x1 / t1) - np.log(x2 / t2)
    return effect_sizes(where, y, 1 / x1 + 1 / x2, "IRR", _ZERO)


@np.errstate(all="ignore")
def rate_difference(
    events_t: npt.ArrayLike,
    time_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    time_c: npt.ArrayLike,
    *,
    add: float = 0.5,
    to: To = "only0",
) -> EffectSizes:
    """Incidence-rate difference: ``y = x1 / t1 - x2 / t2``, ``se^2 = x1 / t1^2 + x2 / t2^2``.

    Rothman, Greenland and Lash 2008, Modern Epidemiology, chapter 14. Arguments and errors as in
    ``log_rate_ratio``; measure ``IRD``, events a unit of time.
    """
    where = "rate difference"
    x1, t1, x2, t2 = _rates(where, events_t, time_t, events_c, time_c, add, to)
    return effect_sizes(where, x1 / t1 - x2 / t2, x1 / t1**2 + x2 / t2**2, "IRD", _ZERO)
