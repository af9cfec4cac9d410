"""How the probability of being better falls as more is asked: a curve over margins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.decisions.competitors import Competitors
from trialpool.errors import QuestionError
from trialpool.questions.monte_carlo import probability
from trialpool.questions.units import SDS

#: Margins shown when none are named: in points of 100 and in SDs about a third of an MCID apart;
#: of ratios, per cent lower.
POINTS_GRID = (0.0, 5.0, 10.0, 15.0, 20.0)
SDS_GRID = (0.0, 0.2, 0.4, 0.6, 0.8)
PERCENT_GRID = (0.0, 10.0, 25.0, 50.0)


@dataclass(frozen=True)
class Margin:
    """Probability of being better by more than a margin.

    Attributes
    ----------
    margin : float
        In the unit of the effects, or per cent of a ratio. Below 0: no worse than by so much.
    probability, mcse : float
    is_mcid : bool
        Whether the margin is the minimal important change.
    prior : float or None
        The probability before any trial; None where the posterior keeps no draws of its prior.
    """

    margin: float
    probability: float
    mcse: float
    is_mcid: bool
    prior: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "margin": self.margin,
            "probability": self.probability,
            "mcse": self.mcse,
            "is_mcid": self.is_mcid,
            "prior": self.prior,
        }


def curve(
    found: Competitors, i: int, j: int, margins: Sequence[float] | None = None
) -> tuple[Margin, ...]:
    """P(competitor ``i`` is better than ``j`` by more than each margin).

    Parameters
    ----------
    found : Competitors
    i, j : int
    margins : sequence of float, optional
        In the unit of the effects; where these are log ratios per cent by which the ratio is
        better (10: an odds ratio under 0.9, or over 1.1 where higher is better). The MCID is added.

    Returns
    -------
    tuple of Margin
        Ascending.

    Raises
    ------
    QuestionError
        If a margin is not finite, or 100 % lower.
    """
    mcid, ahead, before = found.context.mcid, found.ahead(i, j), found.ahead_before(i, j)
    asked = {float(m) for m in (_default(found) if margins is None else margins)}
    asked |= set() if mcid is None else {mcid}
    steps = []
    for margin in sorted(asked):
        size = _size(found, margin)
        p, error = probability(ahead > size, of=ahead)
        prior = None if before is None else float((before > size).mean())
        steps.append(Margin(margin, p, error, margin == mcid, prior))
    return tuple(steps)


def margin_unit(found: Competitors) -> str:
    """What margins are counted in."""
    if found.context.ratio is None:
        return found.context.unit
    side = "lower" if found.layout.sign < 0 else "higher"
    return f"% {side} {found.context.ratio}"


def _default(found: Competitors) -> tuple[float, ...]:
    if found.context.ratio is not None:
        return PERCENT_GRID
    if found.layout.kind == "treatment":
        return (0.0,)  # the unit of a network is any
    return SDS_GRID if found.context.unit == SDS else POINTS_GRID


def _size(found: Competitors, margin: float) -> float:
    """A margin as a difference of gains."""
    sign, ratio = found.layout.sign, found.context.ratio
    if not np.isfinite(margin) or (ratio is not None and 1.0 + sign * margin / 100.0 <= 0.0):
        expected = "finite numbers" if ratio is None else "per cent under 100"
        raise QuestionError(f"margins: got {margin:g}, expected {expected}. Try 0,5,10.")
    if ratio is None:
        return margin
    return float(sign * np.log1p(sign * margin / 100.0))
