"""Energy: whether the momentum that NUTS draws carries it through the tails."""

from __future__ import annotations

import numpy as np

from trialpool.checks.result import CheckResult
from trialpool.posterior import Posterior

#: Betancourt 2016, arXiv:1604.00695, section 5: heavy tails are explored too slowly under it.
LEAST = 0.3


def energy(posterior: Posterior) -> CheckResult:
    """E-BFMI of each chain, at least 0.3.

    The energy's change from one transition to the next over its variance (Betancourt 2016,
    arXiv:1604.00695). About 1 is good; a small one says that a transition moves the energy little,
    so that the ends of the distribution are rarely seen.
    """
    tree = posterior.tree
    recorded = "sample_stats" in tree and "energy" in tree["sample_stats"]
    if not recorded or "average" in posterior.meta:
        return CheckResult("energy", None, "no trajectories: the draws are not from NUTS")
    values = tree["sample_stats"].to_dataset()["energy"].values
    spread = values.var(axis=1)
    if not (spread > 0).all():
        return CheckResult("energy", None, "too few draws to say")
    found = (np.diff(values, axis=1) ** 2).mean(axis=1) / spread
    text = f"E-BFMI {found.min():.2f} at least, limit {LEAST}"
    bad = bool((found < LEAST).any())
    if bad:
        text += (
            ". The sampler moves too slowly through the tails: use a longer warm-up (--tune) or "
            "tighter priors on the scales"
        )
    rows = [{"chain": chain, "E-BFMI": float(value)} for chain, value in enumerate(found)]
    return CheckResult("energy", not bad, text, rows)
