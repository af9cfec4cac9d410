"""What is lost on average by choosing one and not the best, as long as the best is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.decisions.competitors import Competitors
from trialpool.questions.effects import Summary, summarise
from trialpool.questions.monte_carlo import mean_error, probability


@dataclass(frozen=True)
class Loss:
    """Loss of choosing one competitor: the largest gain of all minus its own, draw by draw.

    Attributes
    ----------
    name : str
    loss : Summary
        Its mean is the expected opportunity loss.
    mcse : float
        Monte Carlo standard error of that mean.
    p_over_mcid : float or None
        P(loss > MCID); None where there is no MCID.
    p_over_mcid_mcse : float or None
    """

    name: str
    loss: Summary
    mcse: float
    p_over_mcid: float | None
    p_over_mcid_mcse: float | None

    @property
    def expected(self) -> float:
        """Expected opportunity loss."""
        return self.loss.mean

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            **self.loss.to_dict(),
            "expected": self.expected,
            "mcse": self.mcse,
            "p_over_mcid": self.p_over_mcid,
            "p_over_mcid_mcse": self.p_over_mcid_mcse,
        }


def losses(found: Competitors) -> tuple[Loss, ...]:
    """Loss of each choice.

    ``E[max_k gain_k] - E[gain_c]``, in the unit of the effects. The smallest is what it would be
    worth, per patient, to know which is best: the expected value of perfect information (Raiffa
    and Schlaifer 1961, Applied Statistical Decision Theory; Claxton 1999,
    doi:10.1016/S0167-6296(98)00039-3).

    Parameters
    ----------
    found : Competitors

    Returns
    -------
    tuple of Loss
        In the order of the competitors.
    """
    lost = found.gain.max(axis=-1, keepdims=True) - found.gain
    mcid, told = found.context.mcid, []
    for i, name in enumerate(found.names):
        own = np.ascontiguousarray(lost[..., i])
        over = (None, None) if mcid is None else probability(own > mcid, of=own)
        summary = summarise(own, unit=found.context.unit, level=found.context.level)
        told.append(Loss(name, summary, mean_error(own), *over))
    return tuple(told)


def perfect_information(found: tuple[Loss, ...]) -> Loss:
    """The choice with the smallest expected loss, which is the value of perfect information."""
    return min(found, key=lambda loss: loss.expected)
