"""Ranks and league table of one outcome, as `trialpool rank` and `Posterior.league` give them."""

from __future__ import annotations

from dataclasses import dataclass

from trialpool.decisions import League, RankTable, league, rank
from trialpool.decisions.layouts import Better
from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import horizon, is_network, is_timeless

#: Months of the league tables, which are also what a reader without the script has.
MONTHS = (12.0, 24.0, 36.0)
RANKED = 24.0


@dataclass(frozen=True)
class Ranking:
    """Ranks and league tables of one outcome.

    Attributes
    ----------
    ranks : RankTable or None
        None where there are not two to rank.
    leagues : tuple of League
        One a month.
    why : str
        Why there are no ranks.
    """

    ranks: RankTable | None
    leagues: tuple[League, ...]
    why: str = ""

    @property
    def first(self) -> League | None:
        """The table of the month at which they are ranked; the others are folded away."""
        at = next((table for table in self.leagues if table.context.months == RANKED), None)
        return at or next(iter(self.leagues), None)


def ranking(draws: Draws, *, better: Better | None = None) -> Ranking:
    """Ranks at 24 months, league tables at 12, 24 and 36, as far as the posterior reaches."""
    if is_network(draws) and better is None:
        return Ranking(None, (), "the network does not say which way is better")
    months: list[float | None] = [None]
    if not is_timeless(draws):
        months = list(dict.fromkeys(min(m, horizon(draws)) for m in MONTHS))
    at = None if is_timeless(draws) else min(RANKED, horizon(draws))
    try:
        leagues = tuple(league(draws, months=m, better=better) for m in months)
    except QuestionError as error:
        return Ranking(None, (), str(error).splitlines()[0])
    try:
        return Ranking(rank(draws, months=at, better=better), leagues)
    except QuestionError as error:
        return Ranking(None, leagues, str(error).splitlines()[0])
