"""Instruments and their map to points of 0-100 with lower better.

A new instrument needs a line in ``INSTRUMENTS`` only if higher scores are better on it or if its
name should not be reported as unknown; any other ``name low-high`` is read as lower better.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Direction = Literal["lower", "higher"]

#: Which way is better, by the lower-case name of the instrument.
INSTRUMENTS: dict[str, Direction] = {
    "vas": "lower",
    "nrs": "lower",
    "nprs": "lower",
    "odi": "lower",
    "rmdq": "lower",
    "rmq": "lower",
    "rdq": "lower",
    "fri": "lower",
    "qbpds": "lower",
    "modq": "lower",
    "joa": "higher",
    "sf-36": "higher",
    "sf-12": "higher",
    "eq-5d": "higher",
    "promis pf": "higher",
}

_NUMBER = r"-?\d+(?:\.\d+)?"
_SCALE = re.compile(
    rf"(?P<name>\S.*?)\s+(?P<lower>{_NUMBER})\s*(?:-|–|to)\s*(?P<upper>{_NUMBER})"
    r"(?:\s*(?:mm|cm|points?))?(?:[\s,;(]+(?P<direction>higher|lower)(?:\s+is)?\s+better\)?)?",
    flags=re.IGNORECASE,
)


@dataclass(frozen=True)
class Scale:
    """An instrument with its range.

    Attributes
    ----------
    name : str
        Instrument, ``"VAS"``.
    lower, upper : float
        Range in the instrument's own units.
    direction : {"lower", "higher"}
        Which scores are better.
    known : bool
        False where the direction was assumed because the instrument is not in ``INSTRUMENTS``.
    """

    name: str
    lower: float
    upper: float
    direction: Direction = "lower"
    known: bool = True

    @property
    def width(self) -> float:
        """Range in the instrument's units."""
        return self.upper - self.lower

    @property
    def starts_at_best(self) -> bool:
        """Whether 0 is the best score: then a percentage of baseline is the same in points."""
        return self.lower == 0 and self.direction == "lower"

    def points(self, score: float) -> float:
        """A score in points of 0-100, lower is better."""
        share = 100.0 * (score - self.lower) / self.width
        return share if self.direction == "lower" else 100.0 - share

    def shift(self, change: float) -> float:
        """A change or difference in points of 0-100; minus is better."""
        sign = 1.0 if self.direction == "lower" else -1.0
        return sign * self.spread(change)

    def spread(self, size: float) -> float:
        """A size without direction (SD, SE, threshold) in points of 0-100."""
        return 100.0 * size / self.width

    def __str__(self) -> str:
        tail = " higher better" if self.direction == "higher" else ""
        return f"{self.name} {self.lower:g}-{self.upper:g}{tail}"


def parse_scale(text: str) -> Scale | None:
    """Read ``"VAS 0-100"`` or ``"JOA 0-29 higher better"``; None for anything else.

    Parameters
    ----------
    text : str
        Name, range and, optionally, ``higher better`` or ``lower better``.

    Returns
    -------
    Scale or None
    """
    found = _SCALE.fullmatch(text.strip())
    if found is None:
        return None
    lower, upper = float(found["lower"]), float(found["upper"])
    if not lower < upper:
        return None
    name = found["name"].strip()
    listed = INSTRUMENTS.get(name.lower())
    printed = found["direction"]
    direction: Direction = listed or "lower"
    if printed is not None:
        direction = "higher" if printed.lower() == "higher" else "lower"
    return Scale(name, lower, upper, direction, known=printed is not None or listed is not None)


#: What a difference in SDs is called, in lower case, and whether its small-sample bias is removed.
_STANDARDISED: dict[str, bool] = {
    "smd": True,
    "standardised": True,
    "standardized": True,
    "standardised mean difference": True,
    "standardized mean difference": True,
    "g": True,
    "hedges g": True,
    "d": False,
    "cohen d": False,
    "cohens d": False,
}


def is_standardised(text: str) -> bool:
    """Whether a text in the column scale says that a difference is in SDs: SMD, Cohen d, Hedges g.

    Parameters
    ----------
    text : str
        The cell.

    Returns
    -------
    bool
    """
    return _words(text) in _STANDARDISED


def is_biased(text: str) -> bool:
    """Whether it is Cohen's d, which is too large in small samples."""
    return not _STANDARDISED.get(_words(text), True)


def _words(text: str) -> str:
    return " ".join(re.sub("['’]", "", text.lower()).split())
