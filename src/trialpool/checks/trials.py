"""Which trial fits worst: all of its reports together, given each draw.

A trial whose numbers disagree with each other can have none that is far out by itself: the model
moves its own mean, its controls and its effect to meet them half way. Their sum of squares shows it
(the realised discrepancy of Gelman, Meng and Stern 1996, Statistica Sinica 6:733).
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialpool.checks.predictive import normal_scores
from trialpool.checks.reports import LIMIT, holm
from trialpool.checks.result import CheckResult
from trialpool.errors import PosteriorFileError
from trialpool.posterior import Posterior

Values = NDArray[np.float64]

_NAME = "trials, after the fit"


def trials_after(posterior: Posterior, *, seed: int = 1) -> CheckResult:
    """Whether each trial's reports, taken together, are as near as the model says.

    ``T`` is the sum of squared normal scores of a trial's reports given a draw, and ``tail`` the
    probability that replicates of its patients have at least that sum, averaged over the draws.
    Scores of one arm correlate by ``rho`` between months and fully within one, where they are of
    the same patients; that is more than they do, so that the tail is rather too large.

    Parameters
    ----------
    posterior : Posterior
    seed : int
        Of the replicates.
    """
    rows: list[dict[str, Any]] = []
    outcomes = posterior.draws.outcomes
    for outcome in outcomes:
        try:
            own = _rows(posterior.of(outcome), np.random.default_rng([seed, 5]))
        except PosteriorFileError:
            continue  # networks and plain estimates have no reports of their own
        named = f"{outcome}: " if len(outcomes) > 1 else ""
        rows += [{**row, "trial": f"{named}{row['trial']}"} for row in own]
    if not rows:
        return CheckResult(_NAME, None, "no reports by trial to compare with")
    corrected = holm(np.array([row["tail"] for row in rows]))
    rows = [{**row, "corrected": float(p)} for row, p in zip(rows, corrected, strict=True)]
    rows.sort(key=lambda row: row["tail"])
    first = rows[0]
    passed = bool(first["corrected"] >= LIMIT)
    text = (
        f"{len(rows)} trials; {first['trial']} fits worst (tail probability {first['tail']:.2g}, "
        f"{first['corrected']:.2g} corrected for {len(rows)} trials)"
    )
    if not passed:
        text += (
            ". Its reports disagree with each other or with the other trials: read its source "
            "again, and leave it out to see what depends on it (trialpool sweep --only trial)"
        )
    return CheckResult(_NAME, passed, text, rows)


def _rows(posterior: Posterior, rng: np.random.Generator) -> list[dict[str, Any]]:
    labels, scores = normal_scores(posterior)
    parts = pd.DataFrame(
        [
            label.rsplit(" | ", 2)[0].split(" | ", 1) + label.rsplit(" | ", 2)[1:2]
            for label in labels
        ],
        columns=["trial", "arm", "months"],
    )
    rho = _correlation(posterior, len(scores))
    rows = []
    for trial, own in parts.groupby("trial", sort=False):
        inside = own.index.to_numpy()
        seen = (scores[:, inside] ** 2).sum(axis=1)
        again = (_replicates(own, rho, rng) ** 2).sum(axis=1)
        squares = (scores[:, inside] ** 2).mean(axis=0)
        worst = inside[int(squares.argmax())]
        rows.append(
            {
                "trial": str(trial),
                "reports": len(inside),
                "mean square": float(seen.mean() / len(inside)),
                "farthest": labels[worst].split(" | ", 1)[1],
                # Never 0, which so many draws cannot show.
                "tail": float(((again >= seen).sum() + 1) / (len(seen) + 1)),
            }
        )
    return rows


def _replicates(own: pd.DataFrame, rho: Values, rng: np.random.Generator) -> Values:
    """Normal scores of replicates of one trial, (draw, report)."""
    arms, of_arm = np.unique(own["arm"], return_inverse=True)
    visits, of_visit = np.unique(own["arm"] + " | " + own["months"], return_inverse=True)
    level = rng.normal(size=(len(rho), len(arms)))[:, of_arm]
    visit = rng.normal(size=(len(rho), len(visits)))[:, of_visit]
    return np.sqrt(rho)[:, None] * level + np.sqrt(1 - rho)[:, None] * visit


def _correlation(posterior: Posterior, size: int) -> Values:
    """Correlation between visits by draw; that of the record where it is fixed, else none."""
    if posterior.draws.has("rho"):
        return np.clip(posterior.draws.array("rho"), 0, 1)
    fixed = [
        float(found[1])
        for prior in posterior.meta.get("priors", [])
        if prior["role"] == "rho"
        and (found := re.search(r"Fixed\(value=([0-9.e-]+)\)", prior["prior"]))
    ]
    return np.full(size, fixed[0] if fixed else 0.0)
