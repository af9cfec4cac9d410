"""Importance weights of the collapsed engine: whether a few draws carry the rest."""

from __future__ import annotations

import math

from trialpool.checks.result import CheckResult
from trialpool.engines.importance import LARGEST_K, LEAST_SHARE
from trialpool.posterior import Posterior


def importance_weights(posterior: Posterior) -> CheckResult:
    """Pareto k at most 0.7, and at least 5 % of the weighted draws effective.

    Over 0.7 the weights may have no finite variance, and averages over them cannot be trusted at
    any number of draws (Vehtari et al. 2024, arXiv:1507.02646). The collapsed engine then hands
    over to NUTS, so that a saved posterior should pass.
    """
    name, tree = "importance weights", posterior.tree
    given = tree["sample_stats"].attrs if "sample_stats" in tree else {}
    k, share = given.get("pareto_k"), given.get("effective_share")
    if k is None or share is None:
        return CheckResult(name, None, "none were used")
    k, share = float(k), float(share)
    shown = f"{k:.2f}" if math.isfinite(k) else "below any tail"
    text = (
        f"Pareto k {shown}, limit {LARGEST_K}; {share:.0%} effective, at least {LEAST_SHARE:.0%} "
        "needed"
    )
    passed = k <= LARGEST_K and share >= LEAST_SHARE
    if not passed:
        text += ". A few draws carry the rest: fit again with --engine nuts"
    return CheckResult(name, passed, text, [{"pareto k": k, "effective share": share}])
