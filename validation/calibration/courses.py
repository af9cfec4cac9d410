"""Time courses of docs/model.md, section 2, drawn from their priors and written once more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from validation.calibration.case import Rng, Values, half_normal

#: Of one class: share of the full benefit at months.
Share = Callable[[Any], Values]
#: SD of the Wiener process after a year, half-normal, by shape; 4 points for all others.
DRIFT = {"free": 10.0}


def draw_course(
    rng: Rng, shape: str, classes: Sequence[str]
) -> tuple[dict[str, Share], dict[str, float]]:
    """Share of each class as a function of months, and the true numbers behind them."""
    onset = float(rng.lognormal(0, 0.5))
    truth: dict[str, float] = {}
    if shape not in ("constant", "loglinear", "spline"):
        truth["onset"] = onset

    def rise(t: Any) -> Any:
        return 1 - 0.5 ** (np.asarray(t, float) / onset)

    def by_class(name: str, typical: float, sd: float, *, log: bool) -> dict[str, float]:
        z = rng.normal(size=len(classes))
        values = typical * np.exp(sd * z) if log else typical + sd * z
        truth[f"{name}_typical"], truth[f"{name}_sd"] = typical, sd
        truth.update({f"{name}[{c}]": float(v) for c, v in zip(classes, values, strict=True)})
        return dict(zip(classes, values, strict=True))

    def share_of(at: Callable[[str], Share]) -> dict[str, Share]:
        return {name: at(name) for name in classes}

    if shape == "constant":
        return share_of(lambda c: lambda t: np.ones(np.shape(t))), truth
    if shape == "free":
        return share_of(lambda c: rise), truth
    if shape == "emax":
        return share_of(lambda c: lambda t: np.asarray(t) / (onset + np.asarray(t))), truth
    if shape == "loglinear":
        return share_of(lambda c: lambda t: np.log(1 + np.asarray(t)) / np.log(13)), truth
    if shape == "itp":
        return share_of(lambda c: lambda t: rise(t) / rise(12)), truth
    if shape in ("waning", "plateau"):
        half = by_class(
            "half_life", float(rng.lognormal(np.log(36), 0.8)), half_normal(rng, 0.5), log=True
        )
        lasts = 0.0
        if shape == "plateau":
            lasts = truth["change_point"] = float(rng.lognormal(np.log(24), 0.3))
        return share_of(
            lambda c: lambda t: rise(t) * 0.5 ** (np.maximum(np.asarray(t) - lasts, 0) / half[c])
        ), truth
    if shape == "linear":
        trend = by_class("trend", float(rng.normal(-0.15, 0.15)), half_normal(rng, 0.1), log=False)
        return share_of(
            lambda c: lambda t: rise(t) * np.maximum(1 + trend[c] * np.asarray(t) / 12, 0)
        ), truth
    if shape == "sudden":  # no shape of the library
        month = by_class("lost_at", float(rng.lognormal(np.log(30), 0.3)), 0.2, log=True)
        return share_of(
            lambda c: lambda t: rise(t) / (1 + np.exp((np.asarray(t) - month[c]) / 1.5))
        ), truth
    if shape != "spline":
        raise ValueError(f"shape: got {shape!r}; expected one of docs/model.md, section 2")
    knots = {
        month: by_class(
            f"share_{month}", float(rng.normal(mean, 0.3)), half_normal(rng, 0.2), log=False
        )
        for month, mean in ((1, 0.6), (4, 1.05), (36, 0.63))
    }
    return share_of(lambda c: _spline([knots[m][c] for m in (1, 4, 36)])), truth


def _spline(shares: Sequence[float]) -> Share:
    """Through 0 at 0, 1 at 12 months and these at 1, 4 and 36; a line in log(1 + t) after 36."""
    one, four, last = shares
    x = np.log([1, 2, 5, 13, 37])
    curve = CubicSpline(x, [0, one, four, 1, last], bc_type="natural")

    def share(t: Any) -> Values:
        at = np.log(1 + np.asarray(t, float))
        line = last + curve(x[-1], 1) * (at - x[-1])
        return np.where(at <= x[-1], curve(at), line)

    return share
