"""Kinds of numbers that an analysis does without.

They are left out before one number a visit is chosen (``same_patients.py``): a number that was
beaten by one of them comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trialpool.evidence.files import Findings, nearest
from trialpool.evidence.kinds import KINDS
from trialpool.evidence.rules import Reading, compares, grouped


def names_of(kinds: Sequence[str]) -> tuple[str, ...]:
    """Kinds as the tables write them, each once."""
    listed = [kinds] if isinstance(kinds, str) else kinds
    return tuple(dict.fromkeys(kind.strip().lower() for kind in listed))


def leave_out_kinds(
    readings: Sequence[Reading], kinds: Sequence[str], findings: Findings
) -> tuple[list[Reading], Mapping[str, tuple[str, ...]]]:
    """Readings without some kinds; ``leave_out_lone`` does the rest once numbers are chosen.

    Parameters
    ----------
    readings : sequence of Reading
        All that are meant for a fit, checked.
    kinds : sequence of str
        As ``names_of`` gives them.
    findings : Findings
        Receives a fault for a kind that does not exist or of which no row enters.

    Returns
    -------
    list of Reading
        In the same order; those left out say why.
    mapping
        Outcome -> kinds of which it had rows to leave out.
    """
    entering = [reading for reading in readings if reading.part.enters]
    present = list(dict.fromkeys(reading.row.kind for reading in entering))
    _check(kinds, present, findings)
    gone = [reading for reading in entering if reading.row.kind in kinds]
    why = {r.row.line: f"kind {r.row.kind}, not in this analysis" for r in gone}
    by_outcome = {
        outcome: tuple(kind for kind in kinds if any(r.row.kind == kind for r in group))
        for outcome, group in grouped(gone, lambda r: r.row.outcome).items()
    }
    return [_without(reading, why.get(reading.row.line)) for reading in readings], by_outcome


def leave_out_lone(readings: Sequence[Reading], kinds: Sequence[str]) -> list[Reading]:
    """Readings without the trials that compare no two arms once these kinds are left out.

    Takes the readings of which one number a visit was chosen.
    """
    touched = {_key(reading) for reading in readings if reading.row.kind in kinds}
    entering = [reading for reading in readings if reading.part.enters]
    text = f"its other arm is left out, kind {' and '.join(kinds)}"
    why = {
        reading.row.line: text
        for key, group in grouped(entering, _key).items()
        if key in touched and not compares(group)
        for reading in group
    }
    return [_without(reading, why.get(reading.row.line)) for reading in readings]


def _without(reading: Reading, why: str | None) -> Reading:
    if why is None:
        return reading
    return replace(reading, part=replace(reading.part, enters=False, why=why))


def _key(reading: Reading) -> tuple[str, str]:
    return reading.row["trial"], reading.row.outcome


def _check(kinds: Sequence[str], present: Sequence[str], findings: Findings) -> None:
    listed = f"some of {', '.join(present) or 'none'}"
    for kind in kinds:
        if kind not in KINDS:
            hint = nearest(kind, list(KINDS), 0.6)
            remedy = f"Did you mean {hint!r}?" if hint else "Name a kind of the column kind."
            findings.fault("without_kinds", repr(kind), f"one of {', '.join(KINDS)}", remedy)
        # Rows with faults might enter once they are mended.
        elif kind not in present and not findings.faults:
            remedy = "Name only kinds that enter: leaving this one out changes nothing."
            findings.fault("without_kinds", f"{kind}, of which no row enters", listed, remedy)
