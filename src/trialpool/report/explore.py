"""Draws that the page carries for its script: thinned, rounded to 24 bits, as base64.

The script answers from them as `trialpool ask` does: linear between months of the grid, draw by
draw. Rounding is at most half a step of `Explore.scale`, some hundred-thousandths of a point: 16
bits would not do, because classes that are pooled differ by next to nothing in many draws. Keeping
n of N draws adds to a probability an error of about ``sqrt(p (1 - p) / n * (1 - n / N))``, which is
0 while all fit (`docs/report.md`).
"""

from __future__ import annotations

import math
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.decisions.layouts import Better, Layout, layout_of
from trialpool.draws import Draws
from trialpool.questions.connections import connected
from trialpool.questions.effects import Array, direct_trials, is_network
from trialpool.report.wording import LIKELIHOODS, behind, outcome_name

#: Draws of an outcome that the page carries: all of a usual fit.
DRAWS = 4000
#: Bytes of one outcome, before base64, three a value; a larger one is thinned further.
BYTES = 2_000_000
#: Values are whole numbers of steps up to this.
_STEPS = 2**23 - 1
#: Margins on offer, as a multiple of the minimal important change, and steps from 0 to the end.
_MARGINS, _MARGIN_STEPS = 2.0, 30
#: Percentages of events by which one may be rarer.
_PERCENTS = {"lowest": -90, "highest": 90, "step": 5}


@dataclass(frozen=True)
class Explore:
    """What the script needs of one outcome.

    Attributes
    ----------
    outcome : str
    kept, drawn : int
        Draws carried, and draws of the posterior.
    scale : float
        Size of a step.
    values : numpy.ndarray of int32
        Dims (name, month, draw), in steps; positive is better.
    record : dict
        The rest, as JSON.
    """

    outcome: str
    kept: int
    drawn: int
    scale: float
    values: np.ndarray[Any, np.dtype[np.int32]]
    record: dict[str, Any]

    @property
    def thinning_error(self) -> float:
        """Standard error that thinning adds to a probability, at worst (of one half)."""
        return math.sqrt(0.25 / self.kept * max(0.0, 1.0 - self.kept / self.drawn))

    def to_dict(self) -> dict[str, Any]:
        """For JSON, the values as base64 of little-endian 24-bit numbers."""
        # The lowest three of four bytes: in two's complement they are the number.
        packed = self.values.astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes()
        return {
            **self.record,
            "kept": self.kept,
            "drawn": self.drawn,
            "thinning_error": self.thinning_error,
            "scale": self.scale,
            "values": b64encode(packed).decode("ascii"),
        }


def explore(
    draws: Draws,
    *,
    kept: int = DRAWS,
    better: Better | None = None,
    start: tuple[str, str] | None = None,
    month: float | None = None,
) -> Explore:
    """Thin and round the draws of one outcome.

    Parameters
    ----------
    draws : Draws
        Of an outcome with classes or treatments.
    kept : int
        Draws to carry at most.
    better : {"higher", "lower"}, optional
        Which effects of a network are better; where nobody says, larger is called larger.
    start : tuple of str, optional
        The two that the page compares at first.
    month : float, optional
        Month that it shows at first.
    """
    said = better if not is_network(draws) or better else "higher"
    _, layout = layout_of(draws, better=said)
    stack = _gains(layout)
    n, months, count = stack.shape
    fits = max(100, BYTES // (3 * n * months))
    places = np.unique(np.linspace(0, count - 1, min(kept, fits, count)).round().astype(int))
    thinned = stack[:, :, places]
    scale = float(np.abs(thinned).max() or 1.0) / _STEPS
    names = [layout.reference, *layout.names]
    one, other = start or _first(layout)
    return Explore(
        outcome=str(draws.meta.get("outcome", "")),
        kept=len(places),
        drawn=count,
        scale=scale,
        values=np.rint(thinned / scale).astype(np.int32),
        record={
            "outcome": str(draws.meta.get("outcome", "")),
            "name": outcome_name(str(draws.meta.get("outcome", ""))),
            "unit": layout.unit,
            "ratio": layout.ratio,
            "sign": layout.sign,
            "way": "larger" if is_network(draws) and better is None else "better",
            "reference": layout.reference,
            "names": names,
            "active": list(layout.active),
            "months": None if layout.months is None else [float(m) for m in layout.months],
            "behind": {name: behind(draws, name) for name in names},
            "seen": {name: layout.last_months(name) for name in names},
            "direct": [[direct_trials(draws, a, b) for b in names] for a in names],
            "connected": [[bool(connected(draws, a, b)) for b in names] for a in names],
            "mcid": draws.meta.get("mcid"),
            "margins": _margins(draws, layout, thinned),
            "start": {"one": one, "other": other, "month": month},
        },
    )


def likelihood_words() -> list[list[Any]]:
    """Lowest probability and words, for the script."""
    return [[lowest, words] for lowest, words in LIKELIHOODS]


def _gains(layout: Layout) -> Array:
    """Effects against the reference, turned so that more is better: (name, month, draw)."""
    months = [None] if layout.months is None else [float(m) for m in layout.months]
    return np.stack(
        [[layout.sign * layout.at(name, m).ravel() for m in months] for name in layout.names]
    )


def _first(layout: Layout) -> tuple[str, str]:
    names = [*layout.active, *layout.names, layout.reference]
    one, other = list(dict.fromkeys(names))[:2]
    return one, other


def _margins(draws: Draws, layout: Layout, values: Array) -> dict[str, Any]:
    """What the slider of margins offers."""
    if layout.ratio is not None and not is_network(draws):
        return {**_PERCENTS, "percent": True}
    mcid = draws.meta.get("mcid")
    # Without an MCID the spread of the effects says what sizes are worth asking about.
    end = _MARGINS * float(mcid) if mcid else float(np.quantile(np.abs(values), 0.9)) or 1.0
    step = _round_step(end / _MARGIN_STEPS)
    if mcid:  # the slider must be able to stop there
        finer = (step / by for by in (1, 2, 4, 5, 10))
        step = next((s for s in finer if abs(mcid / s - round(mcid / s)) < 1e-9), step)
    end = step * math.ceil(end / step - 1e-9)
    return {"lowest": -end, "highest": end, "step": step, "percent": False}


def _round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is no less."""
    power = 10.0 ** math.floor(math.log10(least))
    return float(f"{next(power * m for m in (1, 2, 5, 10) if power * m >= least - 1e-12):.6g}")
