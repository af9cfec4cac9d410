"""Engines: readers of one model that turn it into draws, and the check that they did."""

from trialpool.engines.before_data import before_data
from trialpool.engines.choice import ENGINES, Drawn, check_engine, draw
from trialpool.engines.convergence import Convergence, check_convergence
from trialpool.engines.draw import Draw, Watch
from trialpool.engines.log_prior import LOG_PRIOR, log_prior
from trialpool.engines.tree import reader, values_of

__all__ = [
    "ENGINES",
    "LOG_PRIOR",
    "Convergence",
    "Draw",
    "Drawn",
    "Watch",
    "before_data",
    "check_convergence",
    "check_engine",
    "draw",
    "log_prior",
    "reader",
    "values_of",
]
