"""Engines: readers of one model that turn it into draws, and the check that they did."""

from trialpool.engines.choice import ENGINES, choose
from trialpool.engines.convergence import Convergence, check_convergence
from trialpool.engines.draw import Draw
from trialpool.engines.nuts import Compiled, compile_model, sample

__all__ = [
    "ENGINES",
    "Compiled",
    "Convergence",
    "Draw",
    "check_convergence",
    "choose",
    "compile_model",
    "sample",
]
