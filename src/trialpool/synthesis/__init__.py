"""The statistical model: priors, time courses, and the PyMC builders of each family."""

from trialpool.synthesis import priors
from trialpool.synthesis.model import Model

__all__ = ["Model", "priors"]
