"""What is compared of a posterior: statistics of every reported quantity with their errors."""

from __future__ import annotations

from typing import Any

import numpy as np

from trialpool.engines.convergence import _quantities
from trialpool.engines.diagnostics import diagnostics

LEVELS = (0.025, 0.975)
STATISTICS = ("mean", "sd", "2.5 %", "97.5 %")
#: Differences beyond so many Monte Carlo errors are counted.
AGREE = 4.0

Summary = dict[str, list[list[float]]]


def summarise(posterior: Any) -> tuple[Summary, float]:
    """Values and Monte Carlo errors of `STATISTICS` by quantity; the least bulk ESS.

    Errors: of an SD by the delta method, of a quantile from the quantiles one standard error of its
    probability away, with the tail ESS (Vehtari et al. 2021).
    """
    names = [name for name in posterior if not str(name).endswith("_z")]
    labels, draws = _quantities(posterior[names])
    _, bulk, tail = diagnostics(draws)
    found: Summary = {}
    for label, values, ess, far in zip(labels, draws, bulk, tail, strict=True):
        if not values.std() > 1e-9:
            continue
        squares = (values - values.mean()) ** 2
        errors = [
            values.std() / np.sqrt(ess),
            squares.std() / np.sqrt(min(ess, far)) / (2 * values.std()),
        ]
        for level in LEVELS:
            step = np.sqrt(level * (1 - level) / far)
            ends = np.quantile(values, np.clip([level - step, level + step], 0, 1))
            errors.append((ends[1] - ends[0]) / 2)
        statistics = [values.mean(), values.std(), *np.quantile(values, LEVELS)]
        found[label] = [[float(v) for v in statistics], [float(e) for e in errors]]
    return found, float(np.nanmin(bulk))


def disagreement(one: Summary, other: Summary) -> dict[str, Any]:
    """Largest differences over all quantities, in standard errors, and how many are large."""
    gaps = np.array(
        [
            abs(np.subtract(one[label][0], other[label][0]))
            / np.maximum(np.hypot(one[label][1], other[label][1]), 1e-12)
            for label in set(one) & set(other)
        ]
    )
    largest = dict(zip(STATISTICS, map(float, gaps.max(axis=0)), strict=True))
    return {**largest, "over": int((gaps > AGREE).sum()), "compared": int(gaps.size)}
