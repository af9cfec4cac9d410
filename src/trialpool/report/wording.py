"""Words for numbers: how likely, how much stands behind it, what an outcome is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialpool.draws import Draws
from trialpool.questions.effects import evidence_of, last_months, reference

#: Words of the IPCC for probabilities (Mastrandrea et al. 2010, guidance note on uncertainties),
#: the lowest of each; the page prints them, so that nobody has to guess what "likely" means.
LIKELIHOODS = (
    (0.99, "virtually certain"),
    (0.90, "very likely"),
    (0.66, "likely"),
    (0.33, "about as likely as not"),
    (0.10, "unlikely"),
    (0.01, "very unlikely"),
    (0.0, "exceptionally unlikely"),
)
SOURCE_OF_WORDS = "Mastrandrea et al. 2010, IPCC guidance note on the treatment of uncertainties"

#: Under these a class is said to rest on thin evidence: one more trial could turn it.
FEW_TRIALS, FEW_PATIENTS = 3, 100

_NAMES = {"sae": "serious adverse events"}


def outcome_name(outcome: str) -> str:
    """An outcome in words."""
    return _NAMES.get(outcome, outcome)


def likely(probability: float) -> str:
    """How likely, in words whose meaning the page states."""
    return next(words for lowest, words in LIKELIHOODS if probability >= lowest)


def behind(draws: Draws, cls: str) -> str:
    """What stands behind a class, in a few words."""
    known = evidence_of(draws, cls)
    trials = f"{known['trials']} trial{'' if known['trials'] == 1 else 's'}"
    # No patients means that no arm printed how many it had, not that there were none.
    patients = f"{known['patients']:g} patients" if known["patients"] else "size not printed"
    last = last_months(draws, cls)
    return f"{trials}, {patients}" + ("" if last is None else f", last seen at {last:g} months")


def thin(draws: Draws, asked: list[str]) -> str:
    """Which of the classes asked about rest on thin evidence; empty where none does."""
    few = [c for c in asked if c != reference(draws) and _is_thin(evidence_of(draws, c))]
    return f"thin evidence: {'; '.join(f'{c} {_how_few(draws, c)}' for c in few)}" if few else ""


def _is_thin(known: Mapping[str, Any]) -> bool:
    return bool(known["trials"] < FEW_TRIALS or 0 < known["patients"] < FEW_PATIENTS)


def _how_few(draws: Draws, cls: str) -> str:
    known = evidence_of(draws, cls)
    trials = f"{known['trials']} trial{'' if known['trials'] == 1 else 's'}"
    return f"{trials}, {known['patients']:g} patients" if known["patients"] else trials
