"""Responders of two arms of a typical trial, and how many to treat for one more of them.

A response is the event that the model reads in printed responders (docs/report-kinds.md):
``Y(t) <= keep Y(0) - points`` for patients whose scores are normal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.decisions.competitors import Competitors
from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import Array, Summary, summarise
from trialpool.questions.mixture import NormalMixture
from trialpool.questions.predict import scalar
from trialpool.questions.units import unit_of

_RELATIVE = re.compile(r">=?\s*(\d+(?:\.\d+)?)\s*%")
_ABSOLUTE = re.compile(r">=?\s*(\d+(?:\.\d+)?)\s*(?:points?|mm)?")
_STATE = re.compile(r"<=?\s*(\d+(?:\.\d+)?)\s*(?:points?|mm)?")
#: Numbers needed to treat past this are Monte Carlo noise around no difference.
_MANY = 1000
#: Said with every share of responders (docs/model.md, section 9).
NORMALITY = (
    "shares of responders take scores as normal: pain has two peaks, so they are approximate; the "
    "difference between the arms suffers less"
)


@dataclass(frozen=True)
class Threshold:
    """A response: ``Y(t) <= keep Y(0) - points``, in points of 100.

    Attributes
    ----------
    text : str
        As in words.
    keep, points : float
    """

    text: str
    keep: float
    points: float


@dataclass(frozen=True)
class Nnt:
    """Number needed to treat for one more responder, from the risk difference.

    The number is not continuous where the arms are alike, so an interval of the difference that
    covers 0 is two intervals of it (Altman 1998, doi:10.1136/bmj.317.7168.1309).

    Attributes
    ----------
    median : float or None
        1 over the median risk difference; under 0 to harm, None where that is 0.
    text : str
        With the interval, in Altman's form.
    """

    median: float | None
    text: str


@dataclass(frozen=True)
class Responders:
    """Shares of responders of two arms of a typical trial.

    Attributes
    ----------
    threshold : str
    share, versus_share : Summary
        Of either arm.
    difference : Summary
        Risk difference.
    nnt : Nnt
    assumptions : tuple of str
        What the shares rest on.
    """

    threshold: str
    share: Summary
    versus_share: Summary
    difference: Summary
    nnt: Nnt
    assumptions: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "threshold": self.threshold,
            "share": self.share.to_dict(),
            "versus_share": self.versus_share.to_dict(),
            "risk_difference": self.difference.to_dict(),
            "nnt": {"median": self.nnt.median, "text": self.nnt.text},
            "assumptions": list(self.assumptions),
        }


def threshold_of(text: str) -> Threshold:
    """A threshold from words: ``>=30%``, ``>=20 points`` or the state ``<=30``.

    Raises
    ------
    QuestionError
        If it is none of these.
    """
    given = text.strip()
    if (found := _RELATIVE.fullmatch(given)) and 0.0 < float(found[1]) < 100.0:
        return Threshold(f"at least {found[1]} % better", 1.0 - float(found[1]) / 100.0, 0.0)
    if (found := _ABSOLUTE.fullmatch(given)) and 0.0 < float(found[1]) < 100.0:
        return Threshold(f"at least {found[1]} points better", 1.0, float(found[1]))
    if (found := _STATE.fullmatch(given)) and 0.0 < float(found[1]) < 100.0:
        return Threshold(f"at {found[1]} points or less", 0.0, -float(found[1]))
    raise QuestionError(
        f"threshold: got {text!r}, expected a change such as '>=30%' or '>=20', or a state such as "
        "'<=30', in points of 100. Write one of those."
    )


def responders(
    draws: Draws,
    found: Competitors,
    i: int,
    j: int,
    threshold: Threshold,
    *,
    control_change: float | None = None,
    baseline: float | None = None,
) -> Responders:
    """Shares of responders of competitor ``i`` and ``j``, and the number needed to treat.

    Parameters
    ----------
    draws : Draws
        A posterior of one outcome of scores.
    found : Competitors
        At one month.
    i, j : int
    threshold : Threshold
    control_change : float, optional
        Mean change of placebo patients since baseline at that month, in points; minus is better.
        By default that of the placebo arms that were seen then, on average over their trials.
    baseline : float, optional
        Mean before treatment, in points; by default the mean over trials. Not used by a threshold
        in points.

    Returns
    -------
    Responders

    Raises
    ------
    QuestionError
        If the posterior lacks what a share of responders needs.
    """
    month = found.context.months
    if found.layout.kind != "class" or found.layout.months is None or month is None:
        raise QuestionError(
            "responders: expected benefits in scores at one month, which these effects are not. "
            "Ask a posterior of pain or function, at a month."
        )
    spread, rho = scalar(draws, "spread"), scalar(draws, "rho")
    if spread is None or rho is None:
        lacking = "the SD of the patients (spread)" if spread is None else "the correlation (rho)"
        raise QuestionError(
            f"responders: this posterior does not hold {lacking}, so the share of patients beyond "
            "a threshold is not known. Fit again with this version."
        )
    change, said = _control_change(draws, month, control_change)
    start, told = _baseline(draws, threshold, baseline)
    points_per_unit = spread if unit_of(draws) == "SDs" else 1.0
    sd = spread * np.sqrt(1.0 + threshold.keep**2 - 2.0 * rho * threshold.keep)
    shares = []
    for k in (i, j):
        mean = (1.0 - threshold.keep) * start + change - points_per_unit * found.gain[..., k]
        shares.append(NormalMixture(-mean, np.broadcast_to(sd, mean.shape)).above(threshold.points))
    level = found.context.level
    difference = summarise(shares[0] - shares[1], unit="risk difference", level=level)
    typical = f"SD of the patients {float(np.median(spread)):.3g} points (posterior median)"
    correlated = f"correlation of two visits {float(np.median(rho)):.2f}"
    return Responders(
        threshold.text,
        summarise(shares[0], unit="share of patients", level=level),
        summarise(shares[1], unit="share of patients", level=level),
        difference,
        nnt_of(difference),
        (said, *told, f"{typical}, {correlated}", NORMALITY),
    )


def nnt_of(difference: Summary) -> Nnt:
    """Number needed to treat from a risk difference and its interval."""
    middle, low, high = difference.median, difference.lower, difference.upper
    level = f"{difference.level * 100:g} % credible interval"
    if low > 0 or high < 0:
        near, far = (high, low) if low > 0 else (low, high)
        span = f"{_whole(near)} to {_whole(far)}"
    else:
        benefit = [f"NNTB {_whole(high)}"] if high > 0 else []
        harm = [f"NNTH {_whole(low)}"] if low < 0 else []
        span = " to ".join([*benefit, "infinity", *harm])
    side = "NNTB" if middle > 0 else "NNTH"
    text = f"{side} {_whole(middle)}" if middle else "infinity"
    return Nnt(1.0 / middle if middle else None, f"{text} ({level} {span})")


def _whole(difference: float) -> str:
    """Patients to treat, rounded up as one treats whole patients."""
    number = np.ceil(round(1.0 / abs(difference), 6))
    return f"{number:.0f}" if number <= _MANY else f"over {_MANY}"


def _control_change(draws: Draws, month: float, given: float | None) -> tuple[Array | float, str]:
    """Change of placebo patients at a month, given or seen, and where it comes from."""
    if given is not None:
        if not -100.0 < given < 100.0:
            raise QuestionError(
                f"control change: got {given:g}, expected points of 100. Write -20 for 20 less."
            )
        return given, f"placebo patients change by {given:g} points (given)"
    visits = placebo_visits(draws)
    here = [place for place, (_, at) in visits.items() if at == month]
    if not here:
        known = ", ".join(f"{m:g}" for m in sorted({at for _, at in visits.values()}))
        raise QuestionError(
            f"responders at {month:g} months: no trial shows how placebo patients had changed by "
            f"then (some do at {known or 'no'} months). Give their mean change in points: "
            "--control-change -20."
        )
    change = draws.chains("control_change")[:, :, here].mean(axis=-1)
    trials = ", ".join(visits[place][0] for place in here)
    return change, (
        f"placebo patients change by {float(np.median(change)):.3g} points (posterior median; "
        f"placebo arms of {trials}, on average)"
    )


def placebo_visits(draws: Draws) -> dict[int, tuple[str, float]]:
    """Trial and month of each free control change that is of placebo patients, by place.

    The control of a trial is its first arm; where that is of another class than the reference its
    change is not what a share of responders under placebo needs.
    """
    needed = ("visit", "trial_arm")
    if not draws.has("control_change") or not all(draws.has_coord(dim) for dim in needed):
        return {}
    first: dict[str, int] = {}
    for place, arm in enumerate(draws.coord("trial_arm")):
        first.setdefault(str(arm).split(" | ")[0], place)
    benefit = draws.chains("trial_benefit")
    found = {}
    for place, visit in enumerate(draws.coord("visit")):
        trial, month = str(visit).rsplit(" | ", 1)
        # The reference class has a benefit of 0 by definition.
        if trial in first and not benefit[:, :, first[trial]].any():
            found[place] = (trial, float(month))
    return found


def _baseline(
    draws: Draws, threshold: Threshold, given: float | None
) -> tuple[Array | float, list[str]]:
    """Mean before treatment, where the threshold depends on it."""
    if threshold.keep == 1.0:
        return 0.0, []
    if given is not None:
        if not 0.0 < given <= 100.0:
            raise QuestionError(
                f"baseline: got {given:g}, expected more than 0 and up to 100 points. Try 60."
            )
        return given, [f"patients start at {given:g} points (given)"]
    if not draws.has("baseline"):
        raise QuestionError(
            f"responders {threshold.text}: this posterior holds no mean before treatment. Give it "
            "(--baseline 60), or take a threshold in points."
        )
    own = draws.chains("baseline")
    start = own if own.ndim == 2 else own.mean(axis=-1)
    return start, [
        f"patients start at {float(np.median(start)):.3g} points (posterior median; mean over the "
        "trials)"
    ]
