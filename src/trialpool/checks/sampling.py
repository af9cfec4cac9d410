"""The checks of the sampler, together: what a fit writes into its record."""

from __future__ import annotations

from trialpool.checks.chains import ess_bulk, ess_tail, recorded, rhat
from trialpool.checks.divergences import divergences
from trialpool.checks.energy import energy
from trialpool.checks.importance import importance_weights
from trialpool.checks.result import CheckResult
from trialpool.posterior import Posterior


def sampling_checks(posterior: Posterior) -> list[CheckResult]:
    """Did the engine find the posterior? Chains, divergences, energy, importance weights."""
    found = [check(posterior) for check in (rhat, ess_bulk, ess_tail)]
    return [*found, *_of_engine(posterior)]


def for_the_record(posterior: Posterior) -> list[CheckResult]:
    """The same from the figures that the fit has already, which costs no time."""
    named = enumerate(("R-hat", "bulk ESS", "tail ESS"))
    found = [recorded(posterior.meta, name, place) for place, name in named]
    return [*found, *_of_engine(posterior)]


def _of_engine(posterior: Posterior) -> list[CheckResult]:
    return [check(posterior) for check in (divergences, energy, importance_weights)]
