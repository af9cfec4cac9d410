"""Which outcome of a source is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trialpool.errors import EvidenceError, Fault
from trialpool.evidence.files import nearest
from trialpool.evidence.leaving_out import names_of

if TYPE_CHECKING:
    from trialpool.evidence.table import Evidence


def choose(
    outcomes: dict[str, Evidence], outcome: str | None, *, without_kinds: Sequence[str] = ()
) -> Evidence:
    """The outcome named, or the only one with rows that enter.

    Parameters
    ----------
    outcomes : dict
        Outcome -> Evidence.
    outcome : str or None
        As the user writes it.
    without_kinds : sequence of str
        Kinds that the user leaves out; each must have had a row of that outcome to leave out.

    Returns
    -------
    Evidence

    Raises
    ------
    EvidenceError
        If the outcome is not there, no row of it enters, or it has nothing of a kind to leave out.
    """
    chosen = _named(outcomes, outcome)
    idle = [kind for kind in names_of(without_kinds) if kind not in chosen.without_kinds]
    if idle:
        kinds = ", ".join(dict.fromkeys([*chosen.without_kinds, *chosen.used["kind"]]))
        where, got = "without_kinds", f"{', '.join(idle)}, of which no row of {chosen.outcome}"
        remedy = "Name only kinds that enter: leaving this one out changes nothing."
        raise EvidenceError([Fault(where, f"{got} enters", f"some of {kinds}", remedy)])
    return chosen


def _named(outcomes: dict[str, Evidence], outcome: str | None) -> Evidence:
    usable = [name for name, evidence in outcomes.items() if len(evidence.used)]
    listed = ", ".join(usable) or "none"
    if outcome is None:
        if len(usable) == 1:
            return outcomes[usable[0]]
        got = f"{len(usable)} outcomes with rows that enter ({listed})"
        remedy = (
            "Name one: outcome=..." if usable else "See the reasons in the column why of check."
        )
        raise EvidenceError([Fault("outcome", got, "exactly one where none is named", remedy)])
    name = outcome.strip().lower()
    if name in usable:
        return outcomes[name]
    if name in outcomes:
        got = f"{outcome!r}, of which none of {len(outcomes[name].reports)} rows enters"
        raise EvidenceError(
            [Fault("outcome", got, f"one of {listed}", "See the reasons that check prints.")]
        )
    meant = nearest(name, usable, 0.5)
    remedy = f"Did you mean {meant!r}?" if meant else "Name an outcome of the folder."
    raise EvidenceError([Fault("outcome", repr(outcome), f"one of {listed}", remedy)])
