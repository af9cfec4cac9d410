"""How small studies may differ from large ones: the choice of a model, without any graph."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from trialpool.errors import ModelError

KINDS = ("none", "pet", "peese", "selection")
DIRECTIONS = {"positive": 1.0, "negative": -1.0}
_FORMS = (
    "none, pet, peese, selection, or with direction and one-sided p-values at which the chance of "
    "publication falls: selection(positive), selection(negative, 0.025, 0.5)"
)


@dataclass(frozen=True)
class SmallStudy:
    """One of `KINDS`, and for a selection by p-values its direction and steps.

    Attributes
    ----------
    kind : str
    direction : str or None
        Sign of the effects that are published more readily, a name of `DIRECTIONS`; None for that
        of the inverse-variance mean of the estimates.
    cutpoints : tuple of float
        One-sided p-values at which the chance of publication falls, ascending.
    """

    kind: str = "none"
    direction: str | None = None
    cutpoints: tuple[float, ...] = (0.025,)

    @classmethod
    def from_text(cls, text: str) -> SmallStudy:
        """Read ``"pet"``, ``"selection"``, ``"selection(negative, 0.025, 0.5)"``, ...

        Raises
        ------
        ModelError
            For any other text.
        """
        fault = ModelError(f"small_study: got {text!r}; expected {_FORMS}")
        if not isinstance(text, str):
            raise fault
        kind, bracket, inside = text.partition("(")
        if kind not in KINDS or (bracket and (kind != "selection" or not inside.endswith(")"))):
            raise fault
        if not bracket:
            return cls(kind)
        words = [word.strip() for word in inside[:-1].split(",")]
        direction = words.pop(0) if words[0] in DIRECTIONS else None
        try:
            cutpoints = tuple(float(word) for word in words) or (0.025,)
        except ValueError:
            raise fault from None
        if not all(low < high for low, high in pairwise((0, *cutpoints, 1))):
            raise ModelError(
                f"small_study: got cut points {', '.join(words)}; expected p-values between 0 and "
                "1 in ascending order"
            )
        return cls(kind, direction, cutpoints)

    @property
    def intervals(self) -> list[str]:
        """Labels of the intervals of p below the most significant one."""
        return [f"{low:g} < p <= {high:g}" for low, high in pairwise((*self.cutpoints, 1))]

    def direction_of(self, y: NDArray[np.float64], se: NDArray[np.float64]) -> str:
        """The direction given, or that of the inverse-variance mean of estimates ``y`` (study,)."""
        if self.direction is not None:
            return self.direction
        return "positive" if (y / se**2).sum() >= 0 else "negative"
