"""What a statement is about: draws of a difference of two classes, in a window, in a population.

Windows of time and new trials are settled here, once for every form of question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import (
    Array,
    is_events,
    is_network,
    is_timeless,
    outcome_of,
    reference,
)
from trialpool.questions.mixture import NormalMixture
from trialpool.questions.predict import NewTrial, new_trial
from trialpool.questions.settle import settle_time
from trialpool.questions.statement import Statement, Trial
from trialpool.questions.units import unit_text
from trialpool.questions.window import Window

#: Forms that speak of the size of an effect, and not of which is better.
_EITHER_WAY = ("exceeds", "equivalent", "at_least", "at_most", "between", "finds")


@dataclass(frozen=True)
class Range:
    """Where a gain has to lie for a statement to hold; a gain is positive where more is better.

    Attributes
    ----------
    lower, upper : float
    closed : bool
        Whether the ends belong to it.
    """

    lower: float = -np.inf
    upper: float = np.inf
    closed: bool = False

    def holds(self, gain: Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether each gain lies inside."""
        if self.closed:
            return (gain >= self.lower) & (gain <= self.upper)
        return (gain > self.lower) & (gain < self.upper)

    def values(self, sign: int) -> tuple[float, float]:
        """The ends as values of the quantity, the lower first."""
        low, high = sorted((sign * self.lower, sign * self.upper))
        return low, high

    @property
    def side(self) -> int:
        """1 where it asks for large gains, -1 for small ones, 0 for those between two ends."""
        return int(np.isfinite(self.lower)) - int(np.isfinite(self.upper))


@dataclass(frozen=True)
class Quantity:
    """A difference between a class and another.

    Attributes
    ----------
    one, other : str
        Classes.
    values : numpy.ndarray
        Dims (chain, draw, month): benefit of one minus that of the other, or log ratio.
    window : Window
    trial : NewTrial or None
        Distributions in a new trial; None for the average trial.
    sign : int
        1 where higher is better, -1 where lower is.
    unit : str
    """

    one: str
    other: str
    values: Array
    window: Window
    trial: NewTrial | None
    sign: int
    unit: str

    @property
    def asked(self) -> list[str]:
        """The classes, that which it is about first."""
        return [self.one, self.other]

    @property
    def notes(self) -> list[str]:
        """What to say of the months and the trial."""
        return [*self.window.notes, *(self.trial.notes if self.trial else ())]

    def chance(self, within: Range) -> Array:
        """Whether the gain is in a range, 0 or 1 in each draw; a probability in a new trial."""
        if self.trial is None:
            return self.window.join(within.holds(self.sign * self.values)).astype(float)
        low, high = within.values(self.sign)
        shown = self.trial.shown
        over = shown.above(low) if np.isfinite(low) else np.ones(shown.mean.shape)
        return over - shown.above(high) if np.isfinite(high) else over

    def shown(self, within: Range) -> Array | NormalMixture:
        """Draws, or distribution, of the number that decides."""
        if self.trial is not None:
            return self.trial.shown
        if within.side == 0 and self.values.shape[-1] > 1:
            centre = self.sign * 0.5 * (within.lower + within.upper)
            apart = np.abs(self.values - centre)
            place = apart.argmin(-1) if self.window.how == "some" else apart.argmax(-1)
            return np.take_along_axis(self.values, place[..., None], axis=-1)[..., 0]
        return self.window.one(self.values, self.sign * within.side)

    def remark(self, within: Range) -> str:
        """What the difference is, where that is not plain."""
        if within.side == 0 and len(self.window.months) > 1 and self.window.how != "average":
            nearest = "nearest to" if self.window.how == "some" else "farthest from"
            return f"; difference: that {nearest} the middle of the range over these months"
        return self.window.remark(self.sign * within.side)


def quantity(draws: Draws, statement: Statement, cls: str) -> Quantity:
    """The difference that a statement about a class is about.

    Parameters
    ----------
    draws : Draws
        A posterior of one outcome.
    statement : Statement
    cls : str
        One of those that it is about.

    Raises
    ------
    QuestionError
        If the classes, months or trial are not those of this posterior.
    """
    other = statement.versus or reference(draws)
    if cls == other:
        raise QuestionError(
            f"{cls} is what benefits are measured against: its benefit is 0 by definition. Ask "
            "about another class."
        )
    window = window_of(draws, statement, [cls, other])
    trial = None
    if statement.trial is not None:
        trial = _trial(draws, statement.trial, cls, other, window)
    return Quantity(
        cls,
        other,
        window.benefit(draws, cls) - window.benefit(draws, other),
        window,
        trial,
        sign_of(draws, statement),
        unit_text(draws),
    )


def window_of(draws: Draws, statement: Statement, asked: list[str]) -> Window:
    """The months of a statement; none where the posterior has no time course."""
    if not is_timeless(draws):
        return settle_time(draws, statement.time, asked)
    if statement.time is not None and statement.time.months is not None:
        raise QuestionError(
            f"{statement.time.months:g} months: this posterior of {outcome_of(draws)} has no time "
            "course. Ask without the month.",
        )
    return Window()


def _trial(draws: Draws, asked: Trial, cls: str, other: str, window: Window) -> NewTrial:
    if window.how in ("every", "some"):
        raise QuestionError(
            "a new trial is asked about at one month, or on average: what it would show at several "
            "visits depends on how they correlate. Write 'at 24 months'."
        )
    if window.how == "average" and asked.patients is not None:
        raise QuestionError(
            "what a new trial observes on average over months depends on when it looks. Write 'at "
            "24 months', or leave the patients out to ask about its true effect."
        )
    return new_trial(draws, cls, other, window=window, patients=asked.patients)


def sign_of(draws: Draws, statement: Statement) -> int:
    """1 where higher is better, -1 where lower is.

    Raises
    ------
    QuestionError
        If a network is asked which is better and nobody says which way that is.
    """
    if not is_network(draws):
        known = -1 if is_events(draws) else 1
        if statement.lower is not None and statement.lower != (known < 0):
            raise QuestionError(
                f"'{'lower' if statement.lower else 'higher'} is better' does not fit this "
                f"posterior, in which {'lower' if known < 0 else 'higher'} is better. Leave it out."
            )
        return known
    if statement.lower is None:
        if statement.form in _EITHER_WAY:
            return 1
        raise QuestionError(
            f"this network does not say which way is better (its effects are in "
            f"{unit_text(draws) or 'the unit of its numbers'}). Add 'where lower is better' or "
            "'where higher is better', or compare with '>' and '<'."
        )
    return -1 if statement.lower else 1
