"""What is compared of a posterior: statistics of every reported quantity with their errors."""

from __future__ import annotations

from typing import Any

import numpy as np

from trialpool.engines.convergence import _quantities
from trialpool.engines.diagnostics import diagnostics, effective

LEVELS = (0.025, 0.975)
STATISTICS = ("mean", "sd", "2.5 %", "97.5 %")
#: Differences beyond so many Monte Carlo errors are counted.
AGREE = 4.0

Summary = dict[str, list[list[float]]]


def summarise(posterior: Any) -> tuple[Summary, float]:
    """Values and Monte Carlo errors of `STATISTICS` by quantity; the least bulk ESS.

    Errors as ArviZ has them (Vehtari et al. 2021): of an SD by the delta method, of a quantile from
    the quantiles one standard error of its probability away, each with the effective draws of its
    own: of the values, of their squares, which may have a third of these, of being below.
    """
    names = [name for name in posterior if not str(name).endswith("_z")]
    labels, draws = _quantities(posterior[names])
    _, bulk, _ = diagnostics(draws)
    found: Summary = {}
    for label, values in zip(labels, draws, strict=True):
        if not values.std() > 1e-9:
            continue
        squares = (values - values.mean()) ** 2
        below = [values <= np.quantile(values, level) for level in LEVELS]
        parts = np.array([values, squares, *below], dtype=float)
        of_mean, of_sd, *of_levels = effective(parts)
        errors = [
            values.std() / np.sqrt(of_mean),
            squares.std() / np.sqrt(of_sd) / (2 * values.std()),
        ]
        for level, ess in zip(LEVELS, of_levels, strict=True):
            step = np.sqrt(level * (1 - level) / ess)
            ends = np.quantile(values, np.clip([level - step, level + step], 0, 1))
            errors.append((ends[1] - ends[0]) / 2)
        statistics = [values.mean(), values.std(), *np.quantile(values, LEVELS)]
        found[label] = [[float(v) for v in statistics], [float(e) for e in errors]]
    return found, float(np.nanmin(bulk))


def disagreement(one: Summary, other: Summary) -> dict[str, Any]:
    """Largest differences over all quantities, in standard errors, and which are large."""
    labels = [label for label in one if label in other]
    gaps = np.array(
        [
            abs(np.subtract(one[label][0], other[label][0]))
            / np.maximum(np.hypot(one[label][1], other[label][1]), 1e-12)
            for label in labels
        ]
    )
    largest = dict(zip(STATISTICS, map(float, gaps.max(axis=0)), strict=True))
    which = {
        f"{labels[i]}, {STATISTICS[k]}": float(gaps[i, k]) for i, k in np.argwhere(gaps > AGREE)
    }
    return {**largest, "over": len(which), "which": which, "compared": int(gaps.size)}
