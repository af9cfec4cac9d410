"""Divergent transitions: places that the sampler could not enter."""

from __future__ import annotations

from trialpool.checks.result import CheckResult
from trialpool.posterior import Posterior


def divergences(posterior: Posterior) -> CheckResult:
    """Did NUTS keep to its path? No divergent transition.

    One means that the curvature of the posterior was too strong for the step, and that a region
    may be missing (Betancourt 2017, arXiv:1701.02434).
    """
    tree = posterior.tree
    if posterior.meta.get("engine") != "nuts" and "average" not in posterior.meta:
        return CheckResult("divergences", None, "no trajectories: the draws are not from NUTS")
    if "sample_stats" not in tree or "diverging" not in tree["sample_stats"]:
        return CheckResult("divergences", None, "not recorded")
    found = tree["sample_stats"].to_dataset()["diverging"].values
    count = int(found.sum())
    text = f"{count} of {found.size} transitions diverged"
    if count:
        text += (
            ". The sampler missed part of the posterior: fit again with smaller steps "
            "(tp.fit(..., target_accept=0.98)) or tighter priors on the scales"
        )
    rows = [
        {"chain": chain, "divergent": int(row.sum())} for chain, row in enumerate(found) if count
    ]
    return CheckResult("divergences", not count, text, rows)
