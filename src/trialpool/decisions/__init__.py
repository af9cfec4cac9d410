"""What to choose, read off a posterior: ranks, league table, margins, losses, responders, months.

A new quantity is a file here with a frozen record and a function that takes `Competitors`.
"""

from trialpool.decisions.comparison import Comparison, compare
from trialpool.decisions.league import League, league
from trialpool.decisions.ranks import RankTable, rank

__all__ = ["Comparison", "League", "RankTable", "compare", "league", "rank"]
