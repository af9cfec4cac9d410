"""Engines: readers of one model that turn it into draws, and the check that they did."""

from trialpool.engines.convergence import Convergence, check_convergence
from trialpool.engines.nuts import ENGINES, Compiled, Draw, choose, compile_model, sample

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
