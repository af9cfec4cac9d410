"""What a question says, before the posterior is looked at: statements, and how they are joined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from trialpool.questions.units import Unit

MCID: Literal["mcid"] = "mcid"

type Form = Literal[
    "beats",
    "exceeds",
    "noninferior",
    "equivalent",
    "works",
    "at_least",
    "at_most",
    "between",
    "still",
    "lasts",
    "reduces",
    "raises",
    "not_raises",
    "harms",
    "safe",
    "safer",
    "safest",
    "best",
    "worst",
    "top",
    "left",
    "keeps",
    "loses",
    "finds",
    "significant",
    "share",
]


@dataclass(frozen=True)
class Margin:
    """A size that a difference is compared with.

    Attributes
    ----------
    amount : float or "mcid"
    unit : "points", "SDs", "%" or None
        As named in the question; None for the unit of the posterior.
    """

    amount: float | Literal["mcid"]
    unit: Unit | Literal["%"] | None = None


@dataclass(frozen=True)
class Time:
    """The months that a statement speaks of.

    Attributes
    ----------
    months : float or None
        The month, or the last of several; None where none is named.
    how : str
        ``at`` that month, ``past`` it, at ``every`` or ``some`` visit up to it, or on ``average``.
    start : float
        Where an average begins.
    general : bool
        Whether it is said of a whole question, and so not of statements that have no time.
    """

    months: float | None = None
    how: Literal["at", "past", "every", "some", "average"] = "at"
    start: float = 0.0
    general: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Trial:
    """A trial still to come, in place of the average of those there are.

    Attributes
    ----------
    patients : float or None
        Of both arms together; with them it is what the trial observes, not its true effect.
    """

    patients: float | None = None


@dataclass(frozen=True)
class Statement:
    """One statement about a class, or about each of several.

    Attributes
    ----------
    form : str
        What is said.
    classes : tuple of str
        What it is said of; empty for all active classes.
    versus : str or None
        The class compared with; None for the reference class.
    time : Time or None
        None where the question names none.
    margin, upper : Margin or None
        Size asked about, and the upper end of a range.
    outcomes : tuple of str
        Phrases that name an outcome.
    trial : Trial or None
        A new trial; None for the average trial.
    since : float or None
        Month of the benefit that a share is of.
    kept : float or None
        Share that is kept or lost.
    rank : int or None
        The last place that counts as the top.
    lower : bool or None
        Whether lower is said to be better.
    """

    form: Form
    classes: tuple[str, ...] = ()
    versus: str | None = None
    time: Time | None = None
    margin: Margin | None = None
    upper: Margin | None = None
    outcomes: tuple[str, ...] = ()
    trial: Trial | None = None
    since: float | None = None
    kept: float | None = None
    rank: int | None = None
    lower: bool | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Classes named, the one compared with last."""
        return self.classes if self.versus is None else (*self.classes, self.versus)


@dataclass(frozen=True)
class Not:
    """The opposite of an expression."""

    of: Expression


@dataclass(frozen=True)
class And:
    """All of several."""

    of: tuple[Expression, ...]


@dataclass(frozen=True)
class Or:
    """At least one of several."""

    of: tuple[Expression, ...]


@dataclass(frozen=True)
class Given:
    """An expression among the draws in which another holds."""

    of: Expression
    condition: Expression


type Expression = Statement | Not | And | Or | Given


def statements(expression: Expression) -> Iterator[Statement]:
    """The statements of an expression, from left to right."""
    match expression:
        case Statement():
            yield expression
        case Not(of):
            yield from statements(of)
        case And(parts) | Or(parts):
            for part in parts:
                yield from statements(part)
        case Given(of, condition):
            yield from statements(of)
            yield from statements(condition)
