"""Time courses of a benefit: one class a shape, each with its formula.

A shape provides ``name``, ``uses`` (the prior roles it needs) and ``share(months, half_life,
onset)``: the share of the full benefit present at each month. ``share`` uses only arithmetic and
powers, so it accepts NumPy arrays and PyTensor variables alike. A new shape is one class here and
one entry in `SHAPES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from trialpool.errors import ModelError


class TimeCourse(Protocol):
    """What every shape provides."""

    name: ClassVar[str]
    uses: ClassVar[tuple[str, ...]]

    def share(self, months: Any, half_life: Any, onset: Any) -> Any:
        """Share of the full benefit at ``months`` since injection, broadcast over its arguments."""


@dataclass(frozen=True)
class Constant:
    """The full benefit from the first visit on: ``g(t) = 1``."""

    name: ClassVar[str] = "constant"
    uses: ClassVar[tuple[str, ...]] = ()

    def share(self, months: Any, half_life: Any, onset: Any) -> Any:
        """One at every month."""
        return 1.0 + 0.0 * months


@dataclass(frozen=True)
class Waning:
    """Onset, then exponential waning: ``g(t) = (1 - 2**(-t / onset)) * 2**(-t / half_life)``."""

    name: ClassVar[str] = "waning"
    uses: ClassVar[tuple[str, ...]] = ("half_life", "half_life_sd", "onset")

    def share(self, months: Any, half_life: Any, onset: Any) -> Any:
        """Zero at the injection, rising by ``onset``, halving every ``half_life`` months."""
        return (1 - 2.0 ** (-months / onset)) * 2.0 ** (-months / half_life)


SHAPES: dict[str, TimeCourse] = {shape.name: shape for shape in (Constant(), Waning())}


def time_course(name: str) -> TimeCourse:
    """The shape called ``name``.

    Raises
    ------
    ModelError
        If there is none.
    """
    if name not in SHAPES:
        raise ModelError(f"time_course: got '{name}'; expected one of {', '.join(sorted(SHAPES))}")
    return SHAPES[name]
