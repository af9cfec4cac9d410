"""What a benefit amounts to over a horizon: area under its course, and months over the MCID."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.questions.effects import LEVEL, Array, Summary, summarise
from trialpool.questions.monte_carlo import expectation, mean_error


@dataclass(frozen=True)
class Area:
    """Benefit from 0 to a horizon.

    Attributes
    ----------
    horizon : float
        Months.
    area : Summary
        Area under the benefit, in its unit times months; under 0 where it harms.
    area_mcse : float
        Monte Carlo standard error of its mean.
    area_beyond : Summary or None
        The part of it that lies past follow-up; None where there is none.
    months_over_mcid : Summary or None
        Months with a benefit over the MCID, draw by draw; None where there is no MCID.
    months_over_mcid_mcse : float or None
        Monte Carlo standard error of its mean, the expected number of months.
    months_positive : Summary
        Months with a benefit over 0.
    last_months : float or None
        Where follow-up ends; None where it is not recorded.
    share_beyond : float or None
        Share of the expected months over the MCID (over 0 where there is no MCID) that lies past
        follow-up: 1 where follow-up is not recorded, None where no month is expected.
    """

    horizon: float
    area: Summary
    area_mcse: float
    area_beyond: Summary | None
    months_over_mcid: Summary | None
    months_over_mcid_mcse: float | None
    months_positive: Summary
    last_months: float | None
    share_beyond: float | None

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""

        def plain(s: Summary | None) -> dict[str, Any] | None:
            return None if s is None else s.to_dict()

        return {
            "horizon": self.horizon,
            "area": self.area.to_dict(),
            "area_mcse": self.area_mcse,
            "area_beyond": plain(self.area_beyond),
            "months_over_mcid": plain(self.months_over_mcid),
            "months_over_mcid_mcse": self.months_over_mcid_mcse,
            "months_positive": self.months_positive.to_dict(),
            "last_months": self.last_months,
            "share_beyond": self.share_beyond,
            "extrapolated": self.area_beyond is not None,
        }


def area_of(
    months: Array,
    values: Array,
    *,
    unit: str,
    mcid: float | None,
    last: float | None,
    level: float = LEVEL,
) -> Area:
    """Area under a course, and the months that it stays over the MCID.

    Parameters
    ----------
    months : numpy.ndarray
        Ascending, from the injection to the horizon.
    values : numpy.ndarray
        Dims (chain, draw, month): the benefit; linear between months.
    unit : str
        Of the values.
    mcid : float or None
    last : float or None
        Month at which follow-up ends.
    level : float
        Posterior probability inside the equal-tailed intervals.

    Returns
    -------
    Area
    """
    whole, horizon = integral(months, values), float(months[-1])
    beyond = after(months, values, 0.0 if last is None else last)
    threshold = 0.0 if mcid is None else mcid
    over = time_over(months, values, threshold)
    expected = float(over.mean())
    late = 0.0 if beyond is None else float(time_over(*beyond, threshold).mean())
    times = f"{unit} x months"
    return Area(
        horizon=horizon,
        area=summarise(whole, unit=times, level=level),
        area_mcse=mean_error(whole),
        area_beyond=None
        if beyond is None
        else summarise(integral(*beyond), unit=times, level=level),
        months_over_mcid=None if mcid is None else summarise(over, unit="months", level=level),
        # As a share of the horizon it is a probability, whose error is never 0.
        months_over_mcid_mcse=None if mcid is None else horizon * expectation(over / horizon)[1],
        months_positive=summarise(time_over(months, values, 0.0), unit="months", level=level),
        last_months=last,
        share_beyond=late / expected if expected > 0 else None,
    )


def integral(months: Array, values: Array) -> Array:
    """Area under piecewise linear courses, over the last dim."""
    return np.asarray(np.trapezoid(values, months, axis=-1))


def integral_over(months: Array, values: Array, threshold: float) -> Array:
    """Area between piecewise linear courses and a threshold, where they are over it."""
    over = values - threshold
    left, right = over[..., :-1], over[..., 1:]
    top, bottom = np.maximum(left, right), np.minimum(left, right)
    crosses = (top > 0) & (bottom < 0)
    # A step that crosses is a triangle above the threshold, the others are trapezoids.
    triangle = top**2 / np.where(crosses, top - bottom, 1.0)
    height = np.where(crosses, triangle, np.maximum(top, 0.0) + np.maximum(bottom, 0.0)) / 2.0
    return np.asarray((height * np.diff(months)).sum(axis=-1))


def time_over(months: Array, values: Array, threshold: float) -> Array:
    """Months that piecewise linear courses spend over a threshold."""
    over = values - threshold
    left, right = over[..., :-1], over[..., 1:]
    top, bottom = np.maximum(left, right), np.minimum(left, right)
    # A step that crosses the threshold is over it for the part of its height that is.
    crosses = (top > 0) & (bottom < 0)
    part = np.where(crosses, top / np.where(crosses, top - bottom, 1.0), (top > 0).astype(float))
    return np.asarray((part * np.diff(months)).sum(axis=-1))


def after(months: Array, values: Array, start: float) -> tuple[Array, Array] | None:
    """The part of courses that comes after a month; None where there is none."""
    if start >= months[-1]:
        return None
    if start <= months[0]:
        return months, values
    right = int(np.searchsorted(months, start, side="right"))
    weight = (start - months[right - 1]) / (months[right] - months[right - 1])
    first = (1.0 - weight) * values[..., right - 1] + weight * values[..., right]
    return (
        np.concatenate([[start], months[right:]]),
        np.concatenate([first[..., None], values[..., right:]], axis=-1),
    )
