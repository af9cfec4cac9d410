"""Checks of a fit: one a file, each a function of a posterior that gives a `CheckResult`.

Nothing here is fitted again; what needs other fits is in `trialpool.sensitivity`. A new check is a
file with such a function, its name here, and its place in `diagnose`.
"""

from trialpool.checks.chains import ess_bulk, ess_tail, rhat
from trialpool.checks.diagnose import diagnose
from trialpool.checks.divergences import divergences
from trialpool.checks.energy import energy
from trialpool.checks.foretold import foretold_trials
from trialpool.checks.importance import importance_weights
from trialpool.checks.power_scaling import power_scaling, sensitivity
from trialpool.checks.predictive import predict_reports
from trialpool.checks.reports import (
    report_table,
    reports_after,
    reports_before,
)
from trialpool.checks.result import CheckResult
from trialpool.checks.sampling import sampling_checks
from trialpool.checks.trials import trials_after

__all__ = [
    "CheckResult",
    "diagnose",
    "divergences",
    "energy",
    "ess_bulk",
    "ess_tail",
    "foretold_trials",
    "importance_weights",
    "power_scaling",
    "predict_reports",
    "report_table",
    "reports_after",
    "reports_before",
    "rhat",
    "sampling_checks",
    "sensitivity",
    "trials_after",
]
