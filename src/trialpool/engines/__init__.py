"""Engines: readers of one model that turn it into draws, and the check that they did."""

from trialpool.engines.choice import ENGINES, choose
from trialpool.engines.convergence import Convergence, check_convergence
from trialpool.engines.draw import Draw
from trialpool.engines.nuts import compile_and_sample, sample
from trialpool.engines.tree import values_of

__all__ = [
    "ENGINES",
    "Convergence",
    "Draw",
    "check_convergence",
    "choose",
    "compile_and_sample",
    "sample",
    "values_of",
]
