"""What other fits would say: other priors, trials, reports, time courses and seeds.

`variants.py` lists other analyses, `sweeping.py` answers a question under each, `told.py` what is
kept of a fit; `refit.py` checks a saved posterior by fitting again.
"""

from trialpool.sensitivity.refit import recorded_model, refit_checks
from trialpool.sensitivity.sweeping import Moved, Sweep, sweep
from trialpool.sensitivity.told import Told
from trialpool.sensitivity.variants import GROUPS, Variant, variants

__all__ = [
    "GROUPS",
    "Moved",
    "Sweep",
    "Told",
    "Variant",
    "recorded_model",
    "refit_checks",
    "sweep",
    "variants",
]
