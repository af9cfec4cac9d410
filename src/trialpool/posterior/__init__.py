"""A posterior: its draws, its record, its file."""

from trialpool.posterior.posterior import Posterior, load
from trialpool.posterior.trees import check_target, part_of

__all__ = ["Posterior", "check_target", "load", "part_of"]
