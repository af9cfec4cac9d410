"""What each shape of an average says by itself: after two years the shape decides most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trialpool.draws import Draws
from trialpool.questions.averaged import is_averaged
from trialpool.questions.half_life import HalfLife, half_life
from trialpool.questions.lasting import LATER, Retained, retained

#: Which member of an average a draw is from, as the average names it.
MEMBER = "shape"


@dataclass(frozen=True)
class Shape:
    """Decay of one class under one shape of an average.

    Attributes
    ----------
    name : str
    weight : float
        Of the shape in the average.
    half_life : HalfLife
        Read off the course, as in the average, so that shapes can be compared.
    retained : tuple of Retained
        Shares left.
    """

    name: str
    weight: float
    half_life: HalfLife
    retained: tuple[Retained, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        months = self.half_life.months
        return {
            "time_course": self.name,
            "weight": self.weight,
            "half_life": None if months is None else months.to_dict(),
            "retained": [kept.to_dict() for kept in self.retained],
        }

    def __str__(self) -> str:
        kept = ", ".join(
            f"{left.median:.2f} at {left.months:g}"
            for left in self.retained
            if left.median is not None
        )
        return f"{self.name} (weight {self.weight:.2f}): {kept or 'unknown'}"


def by_shape(draws: Draws, cls: str, level: float) -> tuple[Shape, ...]:
    """Decay of a class under each shape of an average, the heaviest first.

    Empty for a posterior of one shape, and where draws do not say which shape they are from.
    Shapes with no draw in the average are left out.
    """
    if not is_averaged(draws) or not draws.has(MEMBER):
        return ()
    member, benefit = draws.chains(MEMBER), draws.chains("benefit")
    coords = {"class": draws.coord("class"), "months": draws.coord("months")}
    found = []
    for place, entry in enumerate(draws.meta["average"]["weights"]):
        own = benefit[member == place]
        if len(own):
            alone = Draws.from_arrays({"benefit": own[None]}, coords=coords, meta=draws.meta)
            kept = tuple(retained(alone, cls, level, month) for month in LATER)
            half = half_life(alone, cls, level)
            found.append(Shape(str(entry["time_course"]), float(entry["weight"]), half, kept))
    return tuple(sorted(found, key=lambda shape: -shape.weight))
