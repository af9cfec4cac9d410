"""All checks that one posterior can be put to without another fit."""

from __future__ import annotations

from trialpool.checks.foretold import foretold_trials
from trialpool.checks.power_scaling import power_scaling
from trialpool.checks.reports import reports_after, reports_before
from trialpool.checks.result import CheckResult
from trialpool.checks.sampling import sampling_checks
from trialpool.checks.trials import trials_after
from trialpool.posterior import Posterior


def diagnose(
    posterior: Posterior, *, questions: list[str] | None = None, seed: int = 1
) -> list[CheckResult]:
    """Put a posterior to every check that needs no other fit.

    Parameters
    ----------
    posterior : Posterior
    questions : list of str, optional
        Answers of which to say how far they rest on the priors; by default the benefit of every
        active class, at 12 months where there are months.
    seed : int
        Of the replicates of reports.

    Returns
    -------
    list of CheckResult
        The sampler's first, then those against the data, then those against the priors.
    """
    return [
        *sampling_checks(posterior),
        reports_after(posterior, seed=seed),
        trials_after(posterior, seed=seed),
        reports_before(posterior, seed=seed),
        foretold_trials(posterior),
        power_scaling(posterior, questions),
    ]
