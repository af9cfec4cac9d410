"""The two units of a benefit, points of 100 and SDs of the patients: which one a posterior has."""

from __future__ import annotations

from typing import Literal

from trialpool.draws import Draws

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
