"""How well each trial is foretold by the others, from the draws of one fit.

PSIS-LOO with a trial as the unit (Vehtari, Gelman and Gabry 2017, doi:10.1007/s11222-016-9696-4),
by ArviZ, from ``log_lik``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from trialpool.checks.result import CheckResult
from trialpool.posterior import Posterior

#: Pareto k over which the estimate cannot be trusted (Vehtari et al. 2024, arXiv:1507.02646).
K_LIMIT = 0.7


def foretold_trials(posterior: Posterior) -> CheckResult:
    """Log predictive density of each trial given the others, and which trials move the posterior.

    A trial that has numbers of its own (its mean before treatment, its controls) often has a
    Pareto k over the limit: the draws fit it too closely to say what they would be without it. It
    is then left out by sampling without it: ``trialpool diagnose --refit DIR``,
    `trialpool.averaging.leave_trials_out`.
    """
    name = "trials left out, from the draws"
    posterior_group = posterior.tree["posterior"].to_dataset()
    names = [n for n in posterior_group if str(n).rsplit("::", 1)[-1] == "log_lik"]
    if len(names) != 1 or posterior_group[names[0]].ndim != 3:
        return CheckResult(name, None, "the posterior holds no log likelihood by trial")
    from arviz_stats.base import array_stats

    log_lik = posterior_group[names[0]]
    (dim,) = (d for d in log_lik.dims if d not in ("chain", "draw"))
    values = log_lik.transpose(dim, "chain", "draw").values.astype(float)
    values = values.reshape(values.shape[0], -1)
    enter = np.flatnonzero(np.ptp(values, axis=1) > 0)  # not one of weight 0
    if enter.size < 2:
        return CheckResult(name, None, "fewer than two trials")
    rows: list[dict[str, Any]] = []
    limit = min(K_LIMIT, 1 - 1 / np.log10(values.shape[1]))
    for i in enter:
        log_weights, k = array_stats.psislw(values[i])
        lpd = np.logaddexp.reduce(log_weights + values[i])
        own = np.logaddexp.reduce(values[i]) - np.log(values.shape[1])
        rows.append(
            {
                "trial": str(log_lik[dim].values[i]),
                "elpd": float(lpd),
                "effective parameters": float(own - lpd),
                "pareto k": float(k),
            }
        )
    rows.sort(key=lambda row: -row["pareto k"])
    far = [row["trial"] for row in rows if not row["pareto k"] <= limit]
    total = sum(row["elpd"] for row in rows)
    text = f"elpd {total:.1f} over {len(rows)} trials"
    if far:
        text += (
            f"; not to be trusted for {len(far)} with Pareto k over {limit:.2g}: "
            f"{', '.join(far)}. For these sample without them: trialpool diagnose --refit DIR"
        )
    return CheckResult(name, None if far else True, text, rows)
