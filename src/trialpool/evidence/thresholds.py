"""What a printed responder threshold means.

A new form needs an attribute of ``Threshold``, a line in ``FORMS`` and a branch in ``_single``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from trialpool.evidence.scales import Scale

#: Definition of a responder row whose threshold the source does not print.
NOT_PRINTED = "not printed"

#: Forms of a threshold that are numbers, by the attribute that holds them.
FORMS = ("relative", "absolute", "state")

_SIZE = r"\s*(\d+(?:\.\d+)?)\s*"
_UNIT = r"(mm|cm|points?|pts?)?"
_RELATIVE = re.compile(rf"(?:>=|>|≥)?{_SIZE}(?:%|percent|per cent)", re.IGNORECASE)
_ABSOLUTE = re.compile(rf"(?:>=|>|≥)?{_SIZE}{_UNIT}", re.IGNORECASE)
_STATE = re.compile(rf"(?:<=|<|≤){_SIZE}{_UNIT}", re.IGNORECASE)
_STATE_IN_PERCENT = re.compile(rf"(?:<=|<|≤){_SIZE}(?:%|percent|per cent)", re.IGNORECASE)
_JOINT = re.compile(r"\s+(?:and|or)\s+|\s*[&;+]\s*", re.IGNORECASE)
_OR = re.compile(r"\s+or\s+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNITS = ("mm", "cm", "point", "points", "pt", "pts", "percent", "per", "cent")
_EXPECTED = (
    "an improvement such as '>=50%', '>=20mm', '>=3', a score reached such as '<=30', two of these "
    "joined by 'and' or 'or', or nothing if it is not printed"
)


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
    state : float
        Highest score of a responder in points of 0-100, lower is better; nan if not of that form.
    joined : {"", "and", "or"}
        How two forms are joined.
    definition : str
        Text of a threshold that is not printed or is in words; such rows compare arms only.
    unused : str
        Why a threshold that was understood is not used; ``""`` where it is.
    """

    relative: float = math.nan
    absolute: float = math.nan
    state: float = math.nan
    joined: str = ""
    definition: str = ""
    unused: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the threshold is unknown, so that only the arms can be compared."""
        return bool(self.definition) and not self.unused

    @property
    def sizes(self) -> dict[str, float]:
        """Its numbers by form."""
        return {form: size for form in FORMS if math.isfinite(size := getattr(self, form))}


def parse_threshold(text: str, scale: Scale | None) -> Threshold:
    """Read ``>=50%``, ``>=20mm``, ``<=30``, ``>=20% and >=20mm``; words give an open definition.

    Parameters
    ----------
    text : str
        As printed; ``≥`` and ``>`` are read as ``>=``, ``≤`` and ``<`` as ``<=``, ``&``, ``;`` and
        ``+`` as ``and``. An empty text is a threshold that is not printed.
    scale : Scale or None
        Instrument; needed for thresholds in its own units.

    Returns
    -------
    Threshold
        ``relative`` is a share, ``absolute`` and ``state`` are in points of 0-100. What no model
        reads is marked in ``unused``: a percentage of baseline where 0 is not the best score, a
        state where high scores are good, joined parts of one form or in words.

    Raises
    ------
    ThresholdError
        If the text holds a number or a sign but is none of these forms.
    """
    text = text.strip()
    if not text:
        return Threshold(definition=NOT_PRINTED)
    parts = _JOINT.split(text)
    if len(parts) > 1 and any(re.search(r"\d", part) for part in parts):
        return _joined(text, parts, scale)
    return _single(text, scale)


def _joined(text: str, parts: list[str], scale: Scale | None) -> Threshold:
    if not all(parts):
        raise ThresholdError(_EXPECTED)
    if any(_has_words(part) for part in parts):
        why = f"a threshold joined with words or with another instrument ({text}) is not used"
        return Threshold(definition=text, unused=why)
    read = [_single(part, scale) for part in parts]
    for part in read:
        if part.unused:
            return Threshold(definition=text, unused=part.unused)
    if len(read) > 2:
        return Threshold(
            definition=text, unused=f"more than two joined parts ({text}) are not used"
        )
    first, second = read
    if first.sizes.keys() == second.sizes.keys():
        why = f"joined parts of one form ({text}) are not used: write the one that decides"
        return Threshold(definition=text, unused=why)
    sizes = first.sizes | second.sizes
    return Threshold(
        relative=sizes.get("relative", math.nan),
        absolute=sizes.get("absolute", math.nan),
        state=sizes.get("state", math.nan),
        joined="or" if _OR.search(text) else "and",
    )


def _has_words(part: str) -> bool:
    return any(word not in _UNITS for word in _WORD.findall(part.lower()))


def _single(text: str, scale: Scale | None) -> Threshold:
    if found := _RELATIVE.fullmatch(text):
        return _relative(float(found[1]), scale)
    if found := _ABSOLUTE.fullmatch(text):
        return _absolute(float(found[1]), found[2], scale)
    if found := _STATE.fullmatch(text):
        return _state(text, float(found[1]), found[2], scale)
    if _STATE_IN_PERCENT.fullmatch(text):
        why = f"a state in percent ({text}) is not used: of the scale or of the baseline?"
        return Threshold(definition=text, unused=why)
    if re.search(r"[\d<>≥≤=%]", text):
        raise ThresholdError(_EXPECTED)
    return Threshold(definition=text)


def _relative(percent: float, scale: Scale | None) -> Threshold:
    if not 0 < percent <= 100:
        raise ThresholdError("a percentage above 0 and at most 100")
    if scale is not None and not scale.starts_at_best:
        unused = f"a percentage of baseline is not used yet where 0 is not the best score ({scale})"
        return Threshold(definition=f">={percent:g}%", unused=unused)
    return Threshold(relative=percent / 100.0)


def _absolute(size: float, unit: str | None, scale: Scale | None) -> Threshold:
    scale = _in_units_of(scale, unit)
    if not 0 < size <= scale.width:
        raise ThresholdError(
            f"a threshold above 0 and at most {scale.width:g}, the width of {scale}"
        )
    return Threshold(absolute=scale.spread(size))


def _state(text: str, score: float, unit: str | None, scale: Scale | None) -> Threshold:
    scale = _in_units_of(scale, unit)
    if scale.direction == "higher":
        why = f"a state ({text}) is not used where high scores are good ({scale})"
        return Threshold(definition=text, unused=why)
    if not scale.lower <= score < scale.upper:
        raise ThresholdError(f"a score from {scale.lower:g} to below {scale.upper:g} on {scale}")
    return Threshold(state=scale.points(score))


def _in_units_of(scale: Scale | None, unit: str | None) -> Scale:
    if scale is None:
        raise ThresholdError("a scale in the column scale, because the threshold is in its units")
    width = {"mm": 100, "cm": 10}.get((unit or "").lower(), scale.width)
    if scale.width != width:
        raise ThresholdError(f"a threshold in the units of {scale}, for which {unit} does not fit")
    return scale
