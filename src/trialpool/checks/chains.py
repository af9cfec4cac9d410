"""R-hat and effective sample sizes of every quantity that a posterior reports.

The figures are those of Vehtari et al. (2021, doi:10.1214/20-BA1221), as `trialpool.engines`
computes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from trialpool.checks.result import CheckResult
from trialpool.engines.convergence import ESS_PER_CHAIN, RHAT_LIMIT, by_quantity
from trialpool.posterior import Posterior

#: Rows of a table: the worst quantities.
_SHOWN = 10
_LONGER = "Fit again with more draws (--draws) and a longer warm-up (--tune)."


def rhat(posterior: Posterior) -> CheckResult:
    """Do the chains agree? R-hat of every quantity, at most 1.01."""
    return _of_chains(
        posterior,
        "R-hat",
        0,
        failed=lambda found: found > RHAT_LIMIT,
        told="R-hat {worst:.3f} at most ({name}), limit " + f"{RHAT_LIMIT}",
        remedy=f"The chains disagree: they have not found the same posterior. {_LONGER} If that "
        "does not help, a tighter prior on the scales may.",
    )


def ess_bulk(posterior: Posterior) -> CheckResult:
    """Are there enough effective draws for the middle? Bulk ESS of every quantity."""
    return _ess(posterior, "bulk ESS", 1, "means and medians")


def ess_tail(posterior: Posterior) -> CheckResult:
    """Are there enough effective draws for the ends of an interval? Tail ESS of every quantity."""
    return _ess(posterior, "tail ESS", 2, "the ends of intervals")


def _ess(posterior: Posterior, name: str, place: int, what: str) -> CheckResult:
    least = ESS_PER_CHAIN * posterior.tree["posterior"].sizes["chain"]
    return _of_chains(
        posterior,
        name,
        place,
        failed=lambda found: found < least,
        told="{worst:.0f} effective draws at least ({name}), " + f"{least} needed",
        remedy=f"Too few for {what}. {_LONGER}",
    )


def _of_chains(
    posterior: Posterior,
    name: str,
    place: int,
    *,
    failed: Callable[[np.ndarray], np.ndarray],
    told: str,
    remedy: str,
) -> CheckResult:
    if posterior.tree["posterior"].sizes["chain"] < 2 and place == 0:
        text = "one chain cannot be checked against another: use at least 2, better 4"
        return CheckResult(name, False, text)
    if "average" in posterior.meta:
        # The draws of an average are shuffled: its models were checked before they were mixed.
        return recorded(posterior.meta, name, place)
    labels, figures = by_quantity(posterior.tree["posterior"].to_dataset())
    found = figures[place]
    known = np.flatnonzero(np.isfinite(found))
    if not known.size:
        return CheckResult(name, None, "too few draws to say")
    order = known[np.argsort(found[known] if place else -found[known], kind="stable")]
    bad = int(failed(found[known]).sum())
    text = told.format(worst=found[order[0]], name=labels[order[0]])
    text += f", of {known.size} quantities"
    if bad:
        text += f"; {bad} fail. {remedy}"
    rows = [{"quantity": labels[i], name: float(found[i])} for i in order[:_SHOWN]]
    return CheckResult(name, not bad, text, rows)


def recorded(meta: Mapping[str, Any], name: str, place: int) -> CheckResult:
    """What the record of a fit says of one of the three, without looking at the draws again."""
    worst = meta["diagnostics"].get(("rhat", "ess_bulk", "ess_tail")[place])
    if worst is None:
        return CheckResult(name, None, "no figure in the record")
    least = ESS_PER_CHAIN * meta["chains"]
    passed = worst <= RHAT_LIMIT if place == 0 else worst >= least
    of = "the averaged models" if "average" in meta else "all quantities"
    limit = f"limit {RHAT_LIMIT}" if place == 0 else f"{least} needed"
    text = f"{f'{worst:.3f}' if place == 0 else f'{worst:.0f}'} at worst of {of}, {limit}"
    return CheckResult(name, bool(passed), text if passed else f"{text}. {_LONGER}")
