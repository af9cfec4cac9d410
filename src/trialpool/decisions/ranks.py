"""Ranks: probability of each place, SUCRA, probability of being best."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.decisions.competitors import Competitors, Context, Window, competitors
from trialpool.decisions.layouts import Better
from trialpool.decisions.loss import Loss, losses, perfect_information
from trialpool.draws import Draws
from trialpool.questions.effects import LEVEL, Array, Summary, summarise
from trialpool.questions.monte_carlo import expectation

#: Unit of SUCRA.
SHARE = "share of competitors beaten"


@dataclass(frozen=True)
class Rank:
    """Place of one competitor among all.

    Attributes
    ----------
    name : str
    probabilities : tuple of float
        P(rank 1), P(rank 2), ...; competitors that tie in a draw share the places they take.
    probabilities_mcse : tuple of float
        Their Monte Carlo standard errors.
    expected : float
        Mean rank.
    median, lower, upper : float
        Of the rank, with its equal-tailed credible interval; halves are ties.
    sucra : Summary
        Share of the other competitors that it beats, draw by draw: the mean is SUCRA.
    sucra_mcse : float
        Monte Carlo standard error of SUCRA.
    p_best, p_best_mcse : float
        P(rank 1) and its Monte Carlo standard error.
    loss : Loss
        Of choosing it.
    evidence : dict
        Trials, last month, whether the time lies past it.
    prior_p_best : float or None
        P(rank 1) before any trial; None where the posterior keeps no draws of its prior.
    """

    name: str
    probabilities: tuple[float, ...]
    probabilities_mcse: tuple[float, ...]
    expected: float
    median: float
    lower: float
    upper: float
    sucra: Summary
    sucra_mcse: float
    p_best: float
    p_best_mcse: float
    loss: Loss
    evidence: dict[str, Any]
    prior_p_best: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "name": self.name,
            "rank_probabilities": list(self.probabilities),
            "rank_probabilities_mcse": list(self.probabilities_mcse),
            "expected_rank": self.expected,
            "rank": {
                "median": self.median,
                "lower": self.lower,
                "upper": self.upper,
                "level": self.sucra.level,
            },
            "sucra": {**self.sucra.to_dict(), "mcse": self.sucra_mcse},
            "p_best": self.p_best,
            "p_best_mcse": self.p_best_mcse,
            "prior_p_best": self.prior_p_best,
            "expected_loss": self.loss.to_dict(),
            **self.evidence,
        }


@dataclass(frozen=True)
class RankTable:
    """Ranks of all competitors, the largest SUCRA first.

    Attributes
    ----------
    ranks : tuple of Rank
    context : Context
    value_of_information : Loss
        The smallest expected loss, that of the choice to make now.
    """

    ranks: tuple[Rank, ...]
    context: Context
    value_of_information: Loss

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        best = self.value_of_information
        return {
            **self.context.to_dict(),
            "ranks": [rank.to_dict() for rank in self.ranks],
            "smallest_expected_loss": {
                "choice": best.name,
                "value_of_perfect_information": best.expected,
                "mcse": best.mcse,
                "unit": self.context.unit,
            },
        }

    def to_json(self) -> str:
        """`to_dict` as JSON text."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def __str__(self) -> str:
        lines = [f"ranks {self.context.when()}; {self.context.outcome}".replace("  ", " ")]
        for rank in self.ranks:
            s = rank.sucra
            mark = "  EXTRAPOLATED" if rank.evidence["extrapolated"] else ""
            lines.append(
                f"  {rank.name}: SUCRA {s.mean:.2f} ({s.level * 100:g} % credible interval "
                f"{s.lower:.2f} to {s.upper:.2f}), P(best) {rank.p_best:.2f}, rank "
                f"{rank.median:g} ({rank.lower:g} to {rank.upper:g}), expected loss "
                f"{rank.loss.expected:.3g} {self.context.unit}{mark}"
            )
        return "\n".join([*lines, *(f"  note: {note}" for note in self.context.notes)])


def rank(
    draws: Draws,
    *,
    classes: Sequence[str] | None = None,
    months: float | None = None,
    window: Window | None = None,
    outcome: str | None = None,
    with_reference: bool = False,
    mcid: float | None = None,
    better: Better | None = None,
    level: float = LEVEL,
) -> RankTable:
    """Rank classes, or treatments of a network, with what choosing each would lose.

    Parameters
    ----------
    draws : Draws
        A posterior over time, of adverse events (fewer is better), of a network, or of several
        outcomes.
    classes : sequence of str, optional
        Those that compete; the active ones when left out.
    months, window, outcome, with_reference, mcid, better, level
        See `trialpool.decisions.competitors.competitors`.

    Returns
    -------
    RankTable

    Raises
    ------
    QuestionError
        If fewer than two are connected by trials, a name is unknown, or the time is out of range.
    """
    return rank_competitors(
        competitors(
            draws,
            names=classes,
            months=months,
            window=window,
            outcome=outcome,
            with_reference=with_reference,
            mcid=mcid,
            better=better,
            level=level,
        )
    )


def rank_competitors(found: Competitors) -> RankTable:
    """Ranks of competitors.

    SUCRA, the surface under the cumulative ranking curve, is ``(K - E[rank]) / (K - 1)`` (Salanti,
    Ades and Ioannidis 2011, doi:10.1016/j.jclinepi.2010.03.016), which is the expected share of
    the others that are beaten; it is the Bayesian P-score (Ruecker and Schwarzer 2015,
    doi:10.1186/s12874-015-0060-8).
    """
    places, shares = _places(found.gain)
    before = None if found.before is None else _places(found.before)[1][..., 0].mean(axis=(0, 1))
    beaten = (len(found.names) - places) / (len(found.names) - 1)
    tail = (1.0 - found.context.level) / 2.0
    lost = losses(found)
    ranks = []
    for i, name in enumerate(found.names):
        # Ranks are whole, so their quantiles are too: no interpolation between them.
        cuts = np.quantile(places[..., i], [tail, 0.5, 1.0 - tail], method="inverted_cdf")
        lower, median, upper = (float(cut) for cut in cuts)
        sucra = summarise(beaten[..., i], unit=SHARE, level=found.context.level)
        each = [expectation(shares[..., i, place]) for place in range(len(found.names))]
        ranks.append(
            Rank(
                name=name,
                probabilities=tuple(p for p, _ in each),
                probabilities_mcse=tuple(error for _, error in each),
                expected=float(places[..., i].mean()),
                median=median,
                lower=lower,
                upper=upper,
                sucra=sucra,
                sucra_mcse=expectation(beaten[..., i])[1],
                p_best=each[0][0],
                p_best_mcse=each[0][1],
                loss=lost[i],
                evidence=found.evidence(i),
                prior_p_best=None if before is None else float(before[i]),
            )
        )
    ranks.sort(key=lambda r: -r.sucra.mean)
    return RankTable(tuple(ranks), found.context, perfect_information(lost))


def _places(gain: Array) -> tuple[Array, Array]:
    """Rank of each competitor in each draw, and what it has of each place.

    Those that tie have the mean of the places they take together, and an equal share of each.
    """
    count = gain.shape[-1]
    ahead = np.stack([(gain > gain[..., [i]]).sum(axis=-1) for i in range(count)], axis=-1)
    tied = np.stack([(gain == gain[..., [i]]).sum(axis=-1) for i in range(count)], axis=-1)
    places = 1.0 + ahead + (tied - 1) / 2.0
    at = np.arange(count)
    taken = (at >= ahead[..., None]) & (at < (ahead + tied)[..., None])
    return places, taken / tied[..., None]
