"""League table: every pair, the difference and who beats whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.decisions.competitors import Competitors, Context, Window, competitors
from trialpool.decisions.layouts import Better
from trialpool.draws import Draws
from trialpool.questions.effects import LEVEL, Array, Summary, summarise
from trialpool.questions.monte_carlo import probability


@dataclass(frozen=True)
class Pair:
    """One competitor against another.

    Attributes
    ----------
    name, versus : str
    difference : Summary
        Effect of the first minus that of the second, with the sign of the posterior: of benefits,
        or of log ratios, of which less is better.
    ratio : Summary or None
        Exponentiated, where effects are logarithms: median and interval; its mean is that of the
        ratios.
    p_better : float
        P(the first is better than the second); draws in which they tie count half.
    mcse : float
        Monte Carlo standard error of it.
    direct_trials : int or None
        Trials in which the two meet; None where the posterior does not record it.
    extrapolated : bool
        Whether the time lies past the follow-up of either.
    prior_p_better : float or None
        P(the first is better) before any trial; None where the posterior keeps no draws of its
        prior.
    """

    name: str
    versus: str
    difference: Summary
    ratio: Summary | None
    p_better: float
    mcse: float
    direct_trials: int | None
    extrapolated: bool
    prior_p_better: float | None = None

    @property
    def shown(self) -> Summary:
        """What is printed: the ratio where there is one."""
        return self.difference if self.ratio is None else self.ratio

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "name": self.name,
            "versus": self.versus,
            "difference": self.difference.to_dict(),
            "ratio": None if self.ratio is None else self.ratio.to_dict(),
            "p_better": self.p_better,
            "mcse": self.mcse,
            "direct_trials": self.direct_trials,
            "extrapolated": self.extrapolated,
            "prior_p_better": self.prior_p_better,
        }


@dataclass(frozen=True)
class League:
    """All ordered pairs of competitors, the best on average first.

    Attributes
    ----------
    names : tuple of str
    pairs : tuple of Pair
        Row by row.
    context : Context
    """

    names: tuple[str, ...]
    pairs: tuple[Pair, ...]
    context: Context

    def pair(self, name: str, versus: str) -> Pair:
        """One cell."""
        return next(p for p in self.pairs if (p.name, p.versus) == (name, versus))

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            **self.context.to_dict(),
            "names": list(self.names),
            "pairs": [pair.to_dict() for pair in self.pairs],
        }

    def to_json(self) -> str:
        """`to_dict` as JSON text."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def __str__(self) -> str:
        lines = [f"league table {self.context.when()}; {self.context.outcome}".replace("  ", " ")]
        for i, one in enumerate(self.names):
            for other in self.names[i + 1 :]:
                pair = self.pair(one, other)
                mark = "  EXTRAPOLATED" if pair.extrapolated else ""
                lines.append(
                    f"  {one} v {other}: {pair.shown}, P(better) {pair.p_better:.2f}{mark}"
                )
        return "\n".join([*lines, *(f"  note: {note}" for note in self.context.notes)])


def league(
    draws: Draws,
    *,
    classes: Sequence[str] | None = None,
    months: float | None = None,
    window: Window | None = None,
    outcome: str | None = None,
    with_reference: bool = True,
    mcid: float | None = None,
    better: Better | None = None,
    level: float = LEVEL,
) -> League:
    """League table of classes, or of the treatments of a network.

    Parameters
    ----------
    draws : Draws
        A posterior over time, of adverse events, of a network, or of several outcomes.
    classes : sequence of str, optional
        Those compared; the active ones when left out.
    months, window, outcome, with_reference, mcid, better, level
        See `trialpool.decisions.competitors.competitors`.

    Returns
    -------
    League

    Raises
    ------
    QuestionError
        If fewer than two are connected by trials, a name is unknown, or the time is out of range.
    """
    found = competitors(
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
    order = np.argsort(-found.gain.mean(axis=(0, 1)), kind="stable")
    pairs = [pair(found, int(i), int(j)) for i in order for j in order if i != j]
    return League(tuple(found.names[i] for i in order), tuple(pairs), found.context)


def pair(found: Competitors, i: int, j: int) -> Pair:
    """Competitor ``i`` against competitor ``j``."""
    one, other = found.names[i], found.names[j]
    ahead, before = found.ahead(i, j), found.ahead_before(i, j)
    difference = found.layout.sign * ahead
    context = found.context
    ratio = None
    if context.ratio is not None:
        ratio = summarise(np.exp(difference), unit=context.ratio, level=context.level)
    p, error = probability(ahead > 0, of=ahead)
    return Pair(
        name=one,
        versus=other,
        difference=summarise(difference, unit=context.unit, level=context.level),
        ratio=ratio,
        p_better=_better(ahead, p),
        mcse=error,
        direct_trials=found.layout.direct(one, other),
        extrapolated=found.extrapolated[i] or found.extrapolated[j],
        prior_p_better=None if before is None else _better(before, float((before > 0).mean())),
    )


def _better(ahead: Array, above: float) -> float:
    """P(better), of which draws that tie are half."""
    return above + 0.5 * float((ahead == 0).mean())
