"""What a printed responder threshold means.

A new form needs a branch in ``parse_threshold`` and a line in its docstring.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from trialpool.evidence.scales import Scale

#: Definition of a responder row whose threshold the source does not print.
NOT_PRINTED = "not printed"

_RELATIVE = re.compile(r"(?:>=|>|≥)?\s*(\d+(?:\.\d+)?)\s*(?:%|percent|per cent)", re.IGNORECASE)
_ABSOLUTE = re.compile(r"(?:>=|>|≥)?\s*(\d+(?:\.\d+)?)\s*(mm|cm|points?|pts?)?", re.IGNORECASE)
_STATE = re.compile(r"(?:<=|<|≤)\s*\d+(?:\.\d+)?\s*(?:%|mm|cm|points?|pts?)?", re.IGNORECASE)
_JOINED = re.compile(r"\s+(?:and|or)\s+|\s*[&;+]\s*", re.IGNORECASE)


class ThresholdError(ValueError):
    """The text is no threshold; the message says what was expected."""


@dataclass(frozen=True)
class Threshold:
    """A responder threshold.

    Attributes
    ----------
    relative : float
        X of "at least X less", as a share (0.5 for 50 %); nan if not of that form.
    absolute : float
        Smallest fall in points of 0-100; nan if not of that form.
    definition : str
        Text of a threshold that is not printed or is in words; such rows compare arms only.
    unused : str
        Why a threshold that was understood is not used; ``""`` where it is.
    """

    relative: float = math.nan
    absolute: float = math.nan
    definition: str = ""
    unused: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the threshold is unknown, so that only the arms can be compared."""
        return bool(self.definition) and not self.unused


def parse_threshold(text: str, scale: Scale | None) -> Threshold:
    """Read ``>=50%``, ``>=20mm``, ``>=3``; nothing and words give an open definition.

    Parameters
    ----------
    text : str
        As printed; ``≥`` and ``>`` are read as ``>=``.
    scale : Scale or None
        Instrument; needed for thresholds in its own units.

    Returns
    -------
    Threshold
        ``relative`` is a share, ``absolute`` is in points of 0-100. Joined thresholds
        (``>=20% and >=20mm``) and states (``<=30``) are understood and marked as not used yet.

    Raises
    ------
    ThresholdError
        If the text holds a number or a sign but is none of these forms.
    """
    text = text.strip()
    if not text:
        return Threshold(definition=NOT_PRINTED)
    parts = _JOINED.split(text)
    if len(parts) > 1 and any(re.search(r"\d", part) for part in parts):
        for part in parts:
            parse_threshold(part, scale)
        return Threshold(definition=text, unused=f"joined thresholds ({text}) are not used yet")
    if found := _RELATIVE.fullmatch(text):
        return _relative(float(found[1]), scale)
    if found := _ABSOLUTE.fullmatch(text):
        return _absolute(float(found[1]), found[2], scale)
    if _STATE.fullmatch(text):
        return Threshold(
            definition=text,
            unused=f"a state reached ({text}) is not used yet; only improvements are",
        )
    if re.search(r"[\d<>≥≤=%]", text):
        raise ThresholdError(
            "an improvement such as '>=50%', '>=20mm', '>=3' or nothing if it is not printed"
        )
    return Threshold(definition=text)


def _relative(percent: float, scale: Scale | None) -> Threshold:
    if not 0 < percent <= 100:
        raise ThresholdError("a percentage above 0 and at most 100")
    if scale is not None and not scale.starts_at_best:
        unused = f"a percentage of baseline is not used yet where 0 is not the best score ({scale})"
        return Threshold(definition=f">={percent:g}%", unused=unused)
    return Threshold(relative=percent / 100.0)


def _absolute(size: float, unit: str | None, scale: Scale | None) -> Threshold:
    if scale is None:
        raise ThresholdError("a scale in the column scale, because the threshold is in its units")
    if (
        unit is not None
        and unit.lower() in ("mm", "cm")
        and scale.width != {"mm": 100, "cm": 10}[unit.lower()]
    ):
        raise ThresholdError(f"a threshold in the units of {scale}, for which {unit} does not fit")
    if not 0 < size <= scale.width:
        raise ThresholdError(
            f"a threshold above 0 and at most {scale.width:g}, the width of {scale}"
        )
    return Threshold(absolute=scale.spread(size))
