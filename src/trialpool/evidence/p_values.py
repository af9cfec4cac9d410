"""What a printed p-value says: the value, or a bound on it.

A new form needs a branch in ``parse_p``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: What "not significant" leaves open where the source does not print its level.
USUAL_ALPHA = 0.05
#: Nothing is known as exactly as this; below it numbers of the computer end.
_SMALLEST = 1e-99

_P = re.compile(r"(?:p(?:[- ]?values?)?)?\s*(<=|>=|[<>=≤≥])?\s*(\d*\.?\d+(?:e-?\d{1,3})?)", re.I)
_NOT_SIGNIFICANT = re.compile(
    r"(?:p\s*=?\s*)?(?:ns|n\.\s?s\.?|not significant|non-?significant)", re.I
)


class PValueError(ValueError):
    """The text is no p-value; the message says what was expected, ``remedy`` what to do."""

    def __init__(self, expected: str, remedy: str) -> None:
        super().__init__(expected)
        self.remedy = remedy


@dataclass(frozen=True)
class PValue:
    """A two-sided p-value lies between ``lower`` and ``upper``; equal where it is printed exactly.

    ``text`` is for people: ``p = 0.02``.
    """

    lower: float
    upper: float
    text: str

    @property
    def exact(self) -> bool:
        """Whether the value itself is printed."""
        return self.lower == self.upper


def parse_p(text: str) -> PValue:
    """Read ``0.02``, ``p = 0.02``, ``<0.001``, ``> .05``, ``ns``.

    Parameters
    ----------
    text : str
        As printed, with or without ``p``; ``ns`` and ``not significant`` are read as ``>0.05``.

    Returns
    -------
    PValue

    Raises
    ------
    PValueError
        If the text is none of these forms, or no probability above 0.
    """
    text = text.strip()
    if _NOT_SIGNIFICANT.fullmatch(text):
        return PValue(USUAL_ALPHA, 1.0, f"not significant, read as p > {USUAL_ALPHA:g}")
    found = _P.fullmatch(text)
    if found is None:
        expected = "a two-sided p-value such as 0.02, <0.001, >0.05 or ns"
        raise PValueError(expected, "Write it as printed, and words into note.")
    sign, value = found[1] or "=", float(found[2])
    if value > 1:
        raise PValueError("a p-value of at most 1", "Correct it; 2 % is 0.02.")
    if value < _SMALLEST:
        raise PValueError("a p-value above 0", "Write <0.001 where 0.000 is printed.")
    if sign == "=":
        return PValue(value, value, f"p = {value:g}")
    if value == 1:
        raise PValueError("a bound below 1", "Write the bound as printed, such as <0.05.")
    if sign in ("<", "<=", "≤"):
        return PValue(0.0, value, f"p < {value:g}")
    return PValue(value, 1.0, f"p > {value:g}")
