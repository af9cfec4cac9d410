"""The months at which a statement is read, and how several of them are joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from trialpool.draws import Draws
from trialpool.questions.effects import (
    Array,
    average_over,
    benefit_at,
    is_timeless,
    timeless_effect,
)

type Truth = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Window:
    """Months of one statement.

    Attributes
    ----------
    months : tuple of float
        Those read; of an average its two ends; none where the posterior has no time course.
    how : {"at", "every", "some", "average"}
        Whether the statement is of one month, of every or some of several, or of their average.
    notes : tuple of str
        What to say of the choice.
    """

    months: tuple[float, ...] = ()
    how: Literal["at", "every", "some", "average"] = "at"
    notes: tuple[str, ...] = ()

    @property
    def month(self) -> float | None:
        """The month, or the last of several."""
        return self.months[-1] if self.months else None

    @property
    def words(self) -> str:
        """When, with a space in front; empty without a time course."""
        if not self.months:
            return ""
        if self.how == "average":
            return f" on average from {self.months[0]:g} to {self.months[-1]:g} months"
        if self.how == "at" or len(self.months) == 1:
            return f" at {self.months[0]:g} months"
        listed = ", ".join(f"{m:g}" for m in self.months)
        each = "every one" if self.how == "every" else "one or more"
        return f" at {each} of the months {listed}"

    def benefit(self, draws: Draws, cls: str) -> Array:
        """Benefit, effect or log ratio of a class in these months, dims (chain, draw, month)."""
        if is_timeless(draws):
            return timeless_effect(draws, cls)[..., None]
        if self.how == "average":
            return average_over(draws, cls, *self.months)[..., None]
        return np.stack([benefit_at(draws, cls, m) for m in self.months], axis=-1)

    def join(self, holds: Truth) -> Truth:
        """From whether it holds in each month, (chain, draw, month), to whether it holds."""
        joined: Truth = holds.any(axis=-1) if self.how == "some" else holds.all(axis=-1)
        return joined

    def one(self, values: Array, side: int) -> Array:
        """Of several months the value that decides, (chain, draw).

        Parameters
        ----------
        values : numpy.ndarray
            Dims (chain, draw, month).
        side : int
            1 where the statement asks for large values, -1 for small ones.
        """
        smallest = (side > 0) == (self.how != "some")
        return values.min(axis=-1) if smallest else values.max(axis=-1)

    def remark(self, side: int) -> str:
        """What `one` gives, for the interpretation; empty where there is one value."""
        if len(self.months) < 2 or self.how == "average":
            return ""
        smallest = (side > 0) == (self.how != "some")
        return f"; difference: the {'smallest' if smallest else 'largest'} over these months"
