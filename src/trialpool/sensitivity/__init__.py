"""What other fits would say: other priors, trials, reports, time courses and seeds.

`variants.py` lists other analyses, `sweeping.py` answers a question under each, `told.py` what is
kept of a fit; `refit.py` checks a saved posterior by fitting again; `inconsistency.py` sets direct
against indirect evidence, `small_studies.py` models of small-study effects side by side.
"""

from trialpool.sensitivity.inconsistency import inconsistency, loops
from trialpool.sensitivity.refit import recorded_model, refit_checks
from trialpool.sensitivity.small_studies import funnel, small_studies
from trialpool.sensitivity.sweeping import Moved, Sweep, sweep
from trialpool.sensitivity.told import Told
from trialpool.sensitivity.variants import GROUPS, Variant, variants

__all__ = [
    "GROUPS",
    "Moved",
    "Sweep",
    "Told",
    "Variant",
    "funnel",
    "inconsistency",
    "loops",
    "recorded_model",
    "refit_checks",
    "small_studies",
    "sweep",
    "variants",
]
