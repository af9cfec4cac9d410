"""Which printed numbers surprise the model: every report, after or before the fit.

``tail`` is the probability of a report at least as far out as the printed one, on either side:
``2 min(p, 1 - p)`` with ties counted half (the mid-p of Gelman, Meng and Stern 1996, Statistica
Sinica 6:733). After the fit each trial has helped to foretell itself, so that ``tail`` is too
large; a small one is a misfit all the more. Of many reports some are far out by chance alone: the
smallest of them is judged by Holm's correction (1979, Scand J Stat 6:65).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from trialpool.checks.predictive import predict_reports
from trialpool.checks.result import CheckResult
from trialpool.errors import PosteriorFileError
from trialpool.posterior import Posterior

#: Corrected tail probability under which a report does not fit.
LIMIT = 0.05
#: Tail probabilities are averages over some thousand draws: no residual is told beyond them.
_SMALLEST = 1e-6


def report_table(posterior: Posterior, *, seed: int = 1, prior: bool = False) -> pd.DataFrame:
    """Every report with its residual and its tail probability, most surprising first.

    Parameters
    ----------
    posterior : Posterior
        Of longitudinal evidence or of adverse events.
    seed : int
        Of the replicates behind the intervals.
    prior : bool
        Against what the model expected before any trial.

    Returns
    -------
    pandas.DataFrame
        The columns of `predict_reports`; ``residual``, the distance from the predictive mean in
        predictive SDs (of a bound, the normal quantile of ``p``); ``tail``; and ``corrected``, the
        tail probability after Holm's correction for the number of reports.
    """
    table = predict_reports(posterior, seed=seed, prior=prior)
    p = table["p"].to_numpy(dtype=float)
    tail = 2 * np.minimum(p, 1 - p)
    by_p = ndtri(np.clip(p, _SMALLEST, 1 - _SMALLEST))
    exact = (table["observed"] - table["mean"]) / table["sd"]
    table = table.assign(
        residual=exact.where(table["observed"].notna(), by_p),
        tail=tail,
        corrected=holm(tail),
    )
    return table.sort_values("tail", kind="stable", ignore_index=True)


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """P-values after Holm's correction."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected


def reports_after(posterior: Posterior, *, seed: int = 1) -> CheckResult:
    """Whether the model would print the numbers that were printed."""
    remedy = (
        "The model does not say what this trial reported. Read its source again; if the number "
        "stands, ask what differs in that trial, and leave it out to see what depends on it"
    )
    return _judged(posterior, "reports, after the fit", remedy, seed=seed, prior=False)


def reports_before(posterior: Posterior, *, seed: int = 1) -> CheckResult:
    """Whether the priors allowed for the numbers that were printed."""
    remedy = (
        "The priors hold this number for next to impossible: read it again, or widen the priors of "
        "what it is about (--prior)"
    )
    return _judged(posterior, "reports, before the fit", remedy, seed=seed, prior=True)


def _judged(posterior: Posterior, name: str, remedy: str, *, seed: int, prior: bool) -> CheckResult:
    table = _table(posterior, seed, prior=prior)
    if table is None:
        what = "no draws of the reports from the priors" if prior else "no reports to compare with"
        return CheckResult(name, None, what)
    outside, first = int(table["surprising"].sum()), table.iloc[0]
    passed = bool(first["corrected"] >= LIMIT)
    text = (
        f"{outside} of {len(table)} outside their 95 % predictive interval "
        f"({0.05 * len(table):.1f} expected by chance); farthest out is {first['report']}, "
        f"residual {first['residual']:+z.1f}, tail probability {first['tail']:.2g}, "
        f"{first['corrected']:.2g} corrected for {len(table)} looks"
    )
    return CheckResult(name, passed, text if passed else f"{text}. {remedy}", _rows(table))


def _table(posterior: Posterior, seed: int, *, prior: bool) -> pd.DataFrame | None:
    parts = []
    for outcome in posterior.draws.outcomes:
        try:
            table = report_table(posterior.of(outcome), seed=seed, prior=prior)
        except PosteriorFileError:
            continue  # networks and plain estimates have no reports of their own
        if len(posterior.draws.outcomes) > 1:
            table["report"] = f"{outcome}: " + table["report"]
        parts.append(table)
    if not parts or not sum(map(len, parts)):
        return None
    whole = pd.concat(parts, ignore_index=True)
    whole["corrected"] = holm(whole["tail"].to_numpy())
    return whole.sort_values("tail", kind="stable", ignore_index=True)


def _rows(table: pd.DataFrame) -> Sequence[dict[str, Any]]:
    shown = ["report", "unit", "observed", "observed_low", "observed_high", "mean", "sd", "lower"]
    shown += ["upper", "residual", "tail", "corrected", "surprising"]
    rows = table[shown].to_dict(orient="records")
    return [
        {
            str(k): v if not isinstance(v, float) or math.isfinite(v) else None
            for k, v in row.items()
        }
        for row in rows
    ]
