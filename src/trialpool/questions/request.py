"""What a question asks for, before the posterior is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trialpool.questions.units import Unit

MCID = "mcid"

type Form = Literal[
    "beats",
    "works",
    "still",
    "lasts",
    "reduces",
    "raises",
    "not_raises",
    "safe",
    "safer",
    "safest",
    "best",
    "worst",
    "left",
    "trial_shows",
    "trial_significant",
    "trial_finds",
    "trial_raises",
    "trial_reduces",
    "trial_share",
]


@dataclass(frozen=True)
class Request:
    """One statement, or several that are asked about together.

    Attributes
    ----------
    form : str
        The kind of question.
    classes : tuple of str
        Classes named, in the order of the statement; empty for all active classes.
    months : float or None
        Time asked about.
    past : bool
        Whether it is "past" that time and not at it.
    since : float or None
        Time of the benefit that a share is of.
    margin : float, "mcid" or None
        How much better.
    margin_unit : "points", "SDs", "%" or None
        Unit named with the margin; None for that of the posterior.
    outcomes : tuple of str
        Outcomes named.
    patients : float or None
        Patients of a new trial, all arms together.
    further : tuple of Request
        Statements joined to this one by "and" or "without".
    """

    form: Form
    classes: tuple[str, ...] = ()
    months: float | None = None
    past: bool = False
    since: float | None = None
    margin: float | Literal["mcid"] | None = None
    outcomes: tuple[str, ...] = ()
    margin_unit: Unit | Literal["%"] | None = None
    patients: float | None = None
    further: tuple[Request, ...] = ()
