"""A trial that is still to come: its true effect, and the difference that it would observe.

The average of a class is not what the next trial will have. Trials differ (``tau``), products
differ (``treatment_sd``), and patients differ (``spread``); see docs/questions.md, "A new trial".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.averaged import averaged_note
from trialpool.questions.connections import require_path
from trialpool.questions.effects import (
    LEVEL,
    Array,
    Summary,
    average_over,
    course_share_at,
    is_events,
    is_network,
    is_timeless,
    one_outcome,
    outcome_of,
    position,
    reference,
)
from trialpool.questions.mixture import NormalMixture
from trialpool.questions.monte_carlo import expectation
from trialpool.questions.settle import settle_time
from trialpool.questions.statement import Time
from trialpool.questions.units import unit_of, unit_text
from trialpool.questions.window import Window

#: Two-sided p < 0.05.
CRITICAL = 1.959964
_FIXED = re.compile(r"Fixed\((?:value=)?([-+.\deE]+)\)")


@dataclass(frozen=True)
class NewTrial:
    """Distributions of what a new trial has and shows, given each draw.

    Attributes
    ----------
    true : NormalMixture
        Its true effect: difference of benefits, or log ratio of an event.
    observed : NormalMixture or None
        The difference that it observes; None where no number of patients is given.
    error : numpy.ndarray or None
        Standard error of that difference, dims (chain, draw).
    notes : tuple of str
        What went in.
    """

    true: NormalMixture
    observed: NormalMixture | None
    error: Array | None
    notes: tuple[str, ...]

    @property
    def shown(self) -> NormalMixture:
        """What the trial observes, or its true effect where no number of patients is given."""
        return self.true if self.observed is None else self.observed

    def significant(self) -> Array:
        """Probability of p < 0.05 in favour of the class given each draw."""
        assert self.observed is not None and self.error is not None  # callers ask for patients
        return self.observed.above(CRITICAL * self.error)


@dataclass(frozen=True)
class Prediction:
    """What a new two-arm trial of a class would have and show; prints as a few lines.

    Attributes
    ----------
    cls, versus : str
        The class tested, and the one it is compared with.
    months : float or None
        Months since injection; None for adverse events.
    n : float or None
        Patients of both arms together.
    outcome : str
        The posterior's outcome.
    true_effect : Summary
        True effect in the new trial.
    observed : Summary or None
        Difference that it observes; None without `n`.
    p_benefit : float
        P(the true effect favours the class).
    p_mcid : float or None
        P(true effect > MCID); None where there is no MCID.
    p_significant : float or None
        P(the trial observes p < 0.05 in favour of the class); None without `n`.
    notes : tuple of str
        What went in.
    """

    cls: str
    versus: str
    months: float | None
    n: float | None
    outcome: str
    true_effect: Summary
    observed: Summary | None
    p_benefit: float
    p_mcid: float | None
    p_significant: float | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "class": self.cls,
            "versus": self.versus,
            "months": self.months,
            "n": self.n,
            "outcome": self.outcome,
            "true_effect": self.true_effect.to_dict(),
            "observed": None if self.observed is None else self.observed.to_dict(),
            "p_benefit": self.p_benefit,
            "p_mcid": self.p_mcid,
            "p_significant": self.p_significant,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        at = "" if self.months is None else f" at {self.months:g} months"
        lines = [
            f"a new trial of {self.cls} v {self.versus}{at}; {self.outcome}",
            f"  true effect, median {self.true_effect}",
            f"  P(it favours {self.cls}) {self.p_benefit:.3f}",
        ]
        if self.p_mcid is not None:
            lines.append(f"  P(it is over the MCID) {self.p_mcid:.3f}")
        if self.observed is not None:
            lines += [
                f"  observed with {self.n:g} patients, median {self.observed}",
                f"  P(p < 0.05 in favour of {self.cls}) {self.p_significant:.3f}",
            ]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])


def predict(
    draws: Draws,
    cls: str,
    *,
    months: float | None = None,
    n: float | None = None,
    versus: str | None = None,
    level: float = LEVEL,
    outcome: str | None = None,
) -> Prediction:
    """Predict a new two-arm trial.

    Parameters
    ----------
    draws : Draws
        A posterior.
    cls : str
        The class tested.
    months : float, optional
        Months since injection; the last followed when left out. Not taken for adverse events.
    n : float, optional
        Patients of both arms together, split evenly; without it only the true effect is predicted.
    versus : str, optional
        Class of the other arm; the reference class when left out.
    level : float
        Posterior probability inside the equal-tailed intervals.
    outcome : str, optional
        Outcome of a joint posterior; may be left out where only one is of scores.

    Returns
    -------
    Prediction

    Raises
    ------
    QuestionError
        If a class is unknown or not connected, the month out of range, or the posterior has no
        heterogeneity to draw a new trial from.
    """
    if not 0.0 < level < 1.0:
        raise QuestionError(
            f"level: got {level:g}, expected a probability between 0 and 1. Try 0.95."
        )
    draws = one_outcome(draws, outcome)
    other = reference(draws) if versus is None else versus
    events = is_events(draws)
    if is_timeless(draws) and months is not None:
        raise QuestionError(
            f"months: got {months:g}, expected none: {outcome_of(draws)} has no time course."
        )
    window = Window() if is_timeless(draws) else settle_time(draws, Time(months), [cls, other])
    trial = new_trial(draws, cls, other, window=window, patients=n)
    mcid = None if events else draws.meta.get("mcid")
    favours = trial.true.above(0.0)
    return Prediction(
        cls=cls,
        versus=other,
        months=window.month,
        n=n,
        outcome=outcome_of(draws),
        true_effect=trial.true.summary(unit=unit_text(draws), level=level),
        observed=None
        if trial.observed is None
        else trial.observed.summary(unit=unit_text(draws), level=level),
        p_benefit=expectation(1.0 - favours if events else favours)[0],
        p_mcid=None if mcid is None else expectation(trial.true.above(float(mcid)))[0],
        p_significant=None if n is None else expectation(trial.significant())[0],
        notes=(*window.notes, *trial.notes, *averaged_note(draws)),
    )


def new_trial(
    draws: Draws, cls: str, other: str, *, window: Window, patients: float | None
) -> NewTrial:
    """Distributions of a new trial of two arms, given each draw.

    Parameters
    ----------
    draws : Draws
        A posterior of one outcome.
    cls, other : str
        The class tested and that of the other arm.
    window : Window
        One month, an average over months, or none where there is no time course.
    patients : float or None
        Of both arms together.

    Returns
    -------
    NewTrial
    """
    if cls == other:
        raise QuestionError(f"a trial of {cls} v {cls} compares a class with itself. Name two.")
    arms = [c for c in (cls, other) if c != reference(draws)]
    own = {c: _heterogeneity(draws, position(draws, c)) for c in arms}
    require_path(draws, cls, other)
    average = (window.benefit(draws, cls) - window.benefit(draws, other))[..., 0]
    # In a network what is asked about is a treatment already, not a class of them.
    products = None if is_network(draws) else scalar(draws, "treatment_sd")
    shares, notes = _shares(draws, arms, window)
    between = np.zeros_like(average)
    # Between two classes neither of which is the reference each arm carries half of the trials'
    # variance: which one is called the comparator then makes no difference.
    part = 1.0 / len(arms)
    for c in arms:
        deviation = part * own[c] ** 2 + (0.0 if products is None else products**2)
        between = between + shares[c] ** 2 * deviation
    true = NormalMixture(average, np.sqrt(between))
    differ = f"trials by SD {float(np.median(own[arms[0]])):.2g}"
    if is_network(draws):
        notes.append(f"a new trial: {differ}")
    elif products is None:
        notes.append(f"a new trial: {differ}; the posterior has no level of products")
    else:
        sd = float(np.median(products))
        notes.append(f"a new trial of a new product: products differ by SD {sd:.2g}, {differ}")
    if patients is None:
        return NewTrial(true, None, None, tuple(notes))
    error, note = _standard_error(draws, patients, average)
    observed = NormalMixture(average, np.sqrt(between + error**2))
    return NewTrial(true, observed, error, (*notes, note))


def _shares(
    draws: Draws, arms: list[str], window: Window
) -> tuple[dict[str, Array | float], list[str]]:
    """Share of a deviation that the course of each class leaves in the window."""
    if window.month is None:
        return dict.fromkeys(arms, 1.0), []
    if is_network(draws):  # the course is that of the effect itself
        return {
            c: window.benefit(draws, c)[..., 0]
            / draws.chains("treatment_effect")[:, :, position(draws, c)]
            for c in arms
        }, []
    if draws.has("course_share"):
        if window.how == "average":
            start, end = window.months
            return {c: average_over(draws, c, start, end, name="course_share") for c in arms}, []
        return {c: course_share_at(draws, c, window.month) for c in arms}, []
    return dict.fromkeys(arms, 1.0), [
        "this posterior does not hold the course (course_share), so deviations of trials are "
        f"taken in full{window.words}; fit again to have them wane with the benefit"
    ]


def _standard_error(draws: Draws, patients: float, like: Array) -> tuple[Array, str]:
    if is_events(draws):
        raise QuestionError(
            f"patients: got {patients:g}; what a trial observes of {outcome_of(draws)} depends on "
            "its baseline risk. Leave the patients out to have its true effect."
        )
    if not 4 <= patients < np.inf:
        raise QuestionError(
            f"patients: got {patients:g}, expected at least 4, two an arm. "
            "Write 'with 100 patients'."
        )
    spread = 1.0 if unit_of(draws) == "SDs" else scalar(draws, "spread")
    if spread is None:
        raise QuestionError(
            "patients: this posterior holds no SD of the patients (spread), so what a trial "
            "observes is not known. Leave the patients out, or fit again."
        )
    rho = scalar(draws, "rho")
    # The baseline explains rho^2 of the variance: never more is left than of the scores (1) or of
    # the changes, 2 (1 - rho).
    left = 1.0 if rho is None else np.sqrt(1.0 - rho**2)
    sd = np.broadcast_to(spread * left, like.shape)
    error: Array = sd * np.sqrt(4.0 / patients)
    adjusted = "unadjusted" if rho is None else "adjusted for baseline: spread sqrt(1 - rho^2)"
    return error, (
        f"standard error of the observed difference {float(np.median(error)):.2g}: two arms of "
        f"{patients / 2:g}, SD of the patients {float(np.median(sd)):.2g} ({adjusted})"
    )


def _heterogeneity(draws: Draws, place: int) -> Array:
    """SD between trials: one for all, or that of the class at a place."""
    tau = scalar(draws, "tau")
    if tau is not None:
        return tau[:, :, place] if tau.ndim == 3 else tau
    if "'trial': 'complete'" in str(draws.meta.get("model", "")):
        return np.zeros((1, 1))  # one effect in all trials, by assumption
    raise QuestionError(
        "this posterior holds no heterogeneity between trials (tau), so a new trial cannot be "
        "drawn from it. Fit again with trials pooled partially."
    )


def scalar(draws: Draws, name: str) -> Array | None:
    """Draws of an SD or correlation; where its prior is a fixed value, that one."""
    if draws.has(name):
        return draws.chains(name)
    for prior in draws.meta.get("priors", ()):
        if prior["role"] == name and (found := _FIXED.fullmatch(str(prior["prior"]))):
            return np.full((1, 1), float(found.group(1)))
    return None
