"""The two units of a benefit, points of 100 and SDs of the patients: which one a posterior has."""

from __future__ import annotations

from typing import Literal

from trialpool.draws import Draws
from trialpool.questions.network import unit_of_network

POINTS = "points of 100"
SDS = "SDs of the patients"

type Unit = Literal["points", "SDs"]


def unit_of(draws: Draws) -> Unit:
    """What the benefits of a posterior of scores are counted in."""
    return "SDs" if draws.meta.get("unit") == SDS else "points"


def example_margin(draws: Draws) -> str:
    """A margin of a size that a question may well ask about."""
    return "0.3 SDs" if unit_of(draws) == "SDs" else "10"


def decimals(unit: str) -> int:
    """How many decimals of a benefit to print in a column."""
    return 2 if unit == SDS else 1


def unit_text(draws: Draws) -> str:
    """The posterior's unit, as answers print it."""
    if draws.meta.get("layout") == "network":
        return unit_of_network(draws.meta)
    return str(draws.meta.get("unit", ""))


def amount_text(draws: Draws, margin: float) -> str:
    """A margin with its unit; a bare 0, which needs none."""
    return "0" if margin == 0 else f"{margin:g} {unit_text(draws)}".rstrip()
