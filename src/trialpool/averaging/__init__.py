"""Averaging over models: how well each foretells trials it has not seen, weights, a mixture.

``density.py`` the model as a NumPy function of many points, ``integral.py`` a trial's likelihood
with its own numbers integrated out, ``left_out.py`` its log predictive density given the other
trials, ``stacking.py`` the weights, ``mixture.py`` the posterior, ``fitting.py`` all of it.
"""

from trialpool.averaging.fitting import SHAPES, Averaged, fit_models, fit_shapes
from trialpool.averaging.left_out import LeftOut, leave_trials_out
from trialpool.averaging.mixture import average
from trialpool.averaging.stacking import METHODS, model_weights, stack

__all__ = [
    "METHODS",
    "SHAPES",
    "Averaged",
    "LeftOut",
    "average",
    "fit_models",
    "fit_shapes",
    "leave_trials_out",
    "model_weights",
    "stack",
]
