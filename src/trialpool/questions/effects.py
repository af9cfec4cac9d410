"""Draws of a benefit, of a difference between classes, and their summary.

`ask` and `decay` both read the posterior through this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import PosteriorFileError, QuestionError
from trialpool.questions.network import seen_in_network, studies_in_network

type Array = np.ndarray[Any, np.dtype[np.float64]]

LEVEL = 0.95


@dataclass(frozen=True)
class Summary:
    """Mean, median and equal-tailed credible interval of draws.

    Attributes
    ----------
    mean, median, lower, upper : float
        In `unit`.
    level : float
        Posterior probability between `lower` and `upper`.
    unit : str
        What the numbers are measured in.
    """

    mean: float
    median: float
    lower: float
    upper: float
    level: float
    unit: str

    def to_dict(self) -> dict[str, float | str]:
        """As plain values, for JSON."""
        return {
            "mean": self.mean,
            "median": self.median,
            "lower": self.lower,
            "upper": self.upper,
            "level": self.level,
            "unit": self.unit,
        }

    def __str__(self) -> str:
        interval = f"{self.level * 100:g} % credible interval {self.lower:.3g} to {self.upper:.3g}"
        return f"{self.median:.3g} ({interval}) {self.unit}".rstrip()


def summarise(values: Array, *, unit: str, level: float = LEVEL) -> Summary:
    """Summary of draws with an equal-tailed interval.

    Parameters
    ----------
    values : numpy.ndarray
        Draws, of any shape.
    unit : str
        What they are measured in.
    level : float
        Posterior probability inside the interval.

    Returns
    -------
    Summary
    """
    if not 0.0 < level < 1.0:
        raise QuestionError(
            f"level: got {level:g}, expected a probability between 0 and 1. Try 0.95."
        )
    tail = (1.0 - level) / 2.0
    lower, median, upper = (float(q) for q in np.quantile(values, [tail, 0.5, 1.0 - tail]))
    return Summary(float(np.mean(values)), median, lower, upper, level, unit)


def reference(draws: Draws) -> str:
    """Name of the class that benefits are measured against."""
    return str(draws.meta.get("reference", "placebo"))


def classes(draws: Draws) -> list[str]:
    """Classes that have draws of their own (the reference has none); of a network, treatments."""
    return [str(c) for c in draws.coord("treatment" if is_network(draws) else "class")]


def active_classes(draws: Draws) -> list[str]:
    """Classes that are treatments under study, not comparators."""
    held = classes(draws)
    if is_network(draws):  # what is the reference there is a choice, not a kind of treatment
        return [*held, reference(draws)]
    if "active" in draws.meta:
        return [c for c in held if c in draws.meta["active"]]
    inert = {*draws.meta.get("comparators", ()), reference(draws)}
    return [c for c in held if c not in inert]


def is_events(draws: Draws) -> bool:
    """Whether the posterior is of adverse events (log ratios, no time course)."""
    return draws.meta.get("layout") == "events"


def is_network(draws: Draws) -> bool:
    """Whether the posterior is of a network of treatments."""
    return draws.meta.get("layout") == "network"


def is_timeless(draws: Draws) -> bool:
    """Whether the posterior has no time course: adverse events, and networks at one time."""
    return is_events(draws) or (is_network(draws) and not draws.has("relative_effect"))


def variable_of(draws: Draws) -> str:
    """Variable that holds what classes are compared by."""
    if is_events(draws):
        return f"log_{event_scale(draws)}_ratio"
    if is_network(draws):
        return "treatment_effect" if is_timeless(draws) else "relative_effect"
    return "benefit"


def score_outcomes(draws: Draws) -> list[str]:
    """Outcomes that have a time course: those that are not adverse events."""
    return [name for name in draws.outcomes if not is_events(draws.of(name))]


def one_outcome(draws: Draws, outcome: str | None) -> Draws:
    """The draws of an outcome; where none is named, of the only one of scores, or the only one."""
    scores = score_outcomes(draws)
    if outcome is None and len(scores) > 1:
        raise QuestionError(
            f"outcome: got none for a posterior of {', '.join(draws.outcomes)}; expected one of "
            f"{', '.join(scores)}. Name it."
        )
    return draws.of(outcome or next(iter(scores), draws.outcomes[0]))


def event_scale(draws: Draws) -> str:
    """What the ratios of a posterior of adverse events compare: odds, risk or rate."""
    held = (scale for scale in ("odds", "risk", "rate") if draws.has(f"log_{scale}_ratio"))
    return next(held, "odds")


def outcome_of(draws: Draws) -> str:
    """What the posterior is of, in the words of its record."""
    return str(draws.meta.get("outcome", "adverse events" if is_events(draws) else "outcome"))


def grid(draws: Draws) -> Array:
    """Months at which the posterior holds the benefit, ascending."""
    return np.asarray(draws.coord("months"), dtype=float)


def horizon(draws: Draws) -> float:
    """Last month that can be asked about."""
    last = float(grid(draws)[-1])
    return min(last, float(draws.meta.get("horizon", last)))


def last_months(draws: Draws, cls: str) -> float | None:
    """Last month at which a trial of the class reported; None when the posterior does not say."""
    value = evidence_of(draws, cls)["last_months"]
    return None if value is None else float(value)


def evidence_of(draws: Draws, cls: str) -> dict[str, Any]:
    """Trials, patients and last month behind a class."""
    known: Mapping[str, Any] = draws.meta.get("evidence", {}).get("classes", {}).get(cls, {})
    if is_network(draws):
        return seen_in_network(draws.meta, cls)
    return {
        "trials": known.get("trials", 0),
        "patients": known.get("patients", 0),
        "last_months": known.get("last_months"),
    }


def has_evidence(draws: Draws, cls: str) -> bool:
    """Whether the posterior records what stands behind a class."""
    if is_network(draws):
        return bool(seen_in_network(draws.meta, cls)["trials"])
    return cls in draws.meta.get("evidence", {}).get("classes", {})


def direct_trials(draws: Draws, one: str, other: str) -> int:
    """Number of trials in which two classes meet."""
    if is_network(draws):
        return studies_in_network(draws.meta, one, other)
    direct: Mapping[str, int] = draws.meta.get("evidence", {}).get("direct", {})
    return int(direct.get("|".join(sorted((one, other))), 0))


def is_extrapolated(draws: Draws, asked: list[str], months: float) -> bool:
    """Whether a month lies past the follow-up of any class asked about, the reference left out."""
    seen = [last_months(draws, c) for c in asked if c != reference(draws)]
    return any(last is None or months > last for last in seen)


def benefit_at(draws: Draws, cls: str, month: float) -> Array:
    """Benefit of a class over the reference class at one month.

    Parameters
    ----------
    draws : Draws
        A posterior with `benefit` on (class, months).
    cls : str
        A class; the reference class has benefit 0.
    month : float
        Months since injection. Between two months of the grid the draws are interpolated
        linearly, draw by draw.

    Returns
    -------
    numpy.ndarray
        Dims (chain, draw), in the posterior's unit; positive is better.

    Raises
    ------
    QuestionError
        If the class is unknown or the month is off the posterior's range.
    """
    name = variable_of(draws)
    months = grid(draws)
    if not months[0] <= month <= horizon(draws):
        raise QuestionError(
            f"{month:g} months: this posterior reaches from {months[0]:g} to {horizon(draws):g} "
            "months. "
            "Ask about a month in that range, or fit again with a longer horizon."
        )
    if cls == reference(draws):
        return np.zeros(draws.chains(name).shape[:2])
    return _at_month(draws, name, cls, month)


def average_over(draws: Draws, cls: str, start: float, end: float, *, name: str = "") -> Array:
    """Average of a course between two months, over the time and not over visits.

    Parameters
    ----------
    draws : Draws
        A posterior with a time course.
    cls : str
        A class; the reference has benefit 0.
    start, end : float
        Months since injection. Between months of the grid the course is a straight line, so the
        average is exact.
    name : str
        Variable on (class, months); the benefit when left out.

    Returns
    -------
    numpy.ndarray
        Dims (chain, draw).
    """
    name = name or variable_of(draws)
    if cls == reference(draws):
        return np.zeros(draws.chains(name).shape[:2])
    inner = [m for m in grid(draws) if start < m < end]
    months = np.array([start, *inner, end])
    course = np.stack([_at_month(draws, name, cls, m) for m in months], axis=-1)
    return np.asarray(np.trapezoid(course, months, axis=-1) / (end - start))


def course_share_at(draws: Draws, cls: str, month: float) -> Array:
    """Share of an effect that the course of a class leaves at a month (``g(t)`` of the model page).

    Parameters
    ----------
    draws : Draws
        A posterior with `course_share` on (class, months).
    cls : str
        A class, not the reference class.
    month : float
        Months since injection, within the grid.

    Returns
    -------
    numpy.ndarray
        Dims (chain, draw).
    """
    return _at_month(draws, "course_share", cls, month)


def _at_month(draws: Draws, name: str, cls: str, month: float) -> Array:
    """A variable on (class, months), interpolated linearly between months of the grid."""
    months = grid(draws)
    course = draws.chains(name)[:, :, position(draws, cls), :]
    what = f"{name.replace('_', ' ')} of {cls} at {month:g} months"
    right = min(int(np.searchsorted(months, month)), len(months) - 1)
    if months[right] == month:
        return _finite(course[:, :, right], what)
    left = right - 1
    weight = (month - months[left]) / (months[right] - months[left])
    return _finite((1.0 - weight) * course[:, :, left] + weight * course[:, :, right], what)


def timeless_effect(draws: Draws, cls: str) -> Array:
    """What a posterior without a time course compares: log ratios, or effects of a network.

    Dims (chain, draw), against the reference.
    """
    if is_events(draws):
        return log_ratio(draws, cls)
    values = draws.chains(variable_of(draws))
    if cls == reference(draws):
        return np.zeros(values.shape[:2])
    return _finite(values[:, :, position(draws, cls)], f"effect of {cls}")


def log_ratio(draws: Draws, cls: str) -> Array:
    """Log ratio of an event against the reference class, dims (chain, draw); lower is better.

    Parameters
    ----------
    draws : Draws
        A posterior with `log_odds_ratio`, `log_risk_ratio` or `log_rate_ratio` on (class).
    cls : str
        A class; 0 for the reference class.

    Returns
    -------
    numpy.ndarray
    """
    scale = event_scale(draws)
    values = draws.chains(f"log_{scale}_ratio")
    if cls == reference(draws):
        return np.zeros(values.shape[:2])
    return _finite(values[:, :, position(draws, cls)], f"log {scale} ratio of {cls}")


def contrast(draws: Draws, one: str, other: str, *, month: float | None = None) -> Array:
    """Draws of one class minus another.

    Parameters
    ----------
    draws : Draws
        The posterior.
    one, other : str
        Classes; either may be the reference class.
    month : float, optional
        Months since injection; needed where the posterior has a time course, and not
        taken where it has none.

    Returns
    -------
    numpy.ndarray
        Dims (chain, draw). Difference of benefits (positive: `one` is better), or of log
        odds, risks or rates (negative: `one` is better).
    """
    if is_timeless(draws):
        return timeless_effect(draws, one) - timeless_effect(draws, other)
    if month is None:
        raise QuestionError(
            "month: got none, expected months since injection. Say at which month, such as 24."
        )
    return benefit_at(draws, one, month) - benefit_at(draws, other, month)


def position(draws: Draws, cls: str) -> int:
    """Index of a class among those that have draws of their own; refuses another."""
    held = classes(draws)
    if cls not in held:
        raise QuestionError(
            f"{cls!r} is not a class of this posterior. Its classes: "
            f"{', '.join([*held, reference(draws)])}."
        )
    return held.index(cls)


def _finite(values: Array, what: str) -> Array:
    bad = int(np.count_nonzero(~np.isfinite(values)))
    if bad:
        raise PosteriorFileError(
            f"posterior, {what}: got {bad} draws of {values.size} that are not finite. The fit "
            "failed: fit again."
        )
    return values
