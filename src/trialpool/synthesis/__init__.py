"""The statistical model: priors, time courses, and the PyMC builders of each family."""

from trialpool.synthesis import priors
from trialpool.synthesis.joint import Joint
from trialpool.synthesis.model import Model

__all__ = ["Joint", "Model", "priors"]
