"""Minimal important changes: one an instrument, each with its source.

A new one needs a line in ``_IMPORTANT``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from trialpool.evidence.scales import is_standardised


@dataclass(frozen=True)
class Mcid:
    """Smallest change within one patient that matters to that patient.

    It is not a smallest difference between groups, for which no agreed value exists.

    Attributes
    ----------
    value : float
        Size, in ``unit``.
    unit : str
        ``"points of 100"``.
    source : str
        Reference.
    note : str
        What the value is and is not.
    """

    value: float
    unit: str
    source: str
    note: str


UNIT = "points of 100"
_WITHIN_PATIENT = "minimal important change within one patient, not a difference between groups"
_OSTELO = "Ostelo et al. 2008, Spine 33:90"
_CHILDS = "Childs & Piva 2005, Eur Spine J 14:1008"
#: Outcome -> instrument -> size, top of the instrument's range, source. The first stands for the
#: outcome where instruments are equally common.
_IMPORTANT: dict[str, dict[str, tuple[float, float, str]]] = {
    "pain": {"VAS": (15, 100, _OSTELO), "NRS": (2, 10, _OSTELO)},
    "function": {
        "ODI": (10, 100, _OSTELO),
        "RMDQ": (5, 24, _OSTELO),
        "QBPDS": (20, 100, _OSTELO),
        "FRI": (9, 100, _CHILDS),
    },
}
_OTHER_NAMES = {"NPRS": "NRS", "RMQ": "RMDQ", "RDQ": "RMDQ"}


def mcid(outcome: str, instruments: Iterable[str] = ()) -> Mcid | None:
    """Minimal important change of an outcome in points of 100; None where no source gives one.

    The value is that of the instrument named most often. It is for back pain, and no fact about a
    difference between groups: give your own where you have one.

    Parameters
    ----------
    outcome : str
        ``"pain"``, ``"function"``, ...
    instruments : iterable of str
        Scales in use, such as ``"VAS 0-100"``, each as often as it counts; with one of which no
        source speaks there is no agreed value.

    Returns
    -------
    Mcid or None
    """
    known = _IMPORTANT.get(outcome.lower(), {})
    names = [
        text.split()[0].upper()
        for text in instruments
        if text.strip() and not is_standardised(text)
    ]
    used = Counter(_OTHER_NAMES.get(name, name) for name in names)
    if not known or not set(used) <= set(known):
        return None
    # Sorting is stable: of equally common ones the first of the list.
    first, *others = sorted((n for n in known if n in used), key=lambda n: -used[n]) or [
        next(iter(known))
    ]
    told = first
    if others:
        sizes = ", ".join(f"{name} {_points(known[name]):g}" for name in others)
        told = f"{first} (also in use: {sizes})"
    return Mcid(_points(known[first]), UNIT, known[first][2], f"{told}: {_WITHIN_PATIENT}")


def _points(entry: tuple[float, float, str]) -> float:
    return round(100 * entry[0] / entry[1], 1)
