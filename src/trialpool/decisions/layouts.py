"""Where each kind of posterior keeps the effects of what can be chosen; known only here.

A new layout is a function that returns a `Layout`, and its line in `layout_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import PosteriorFileError, QuestionError
from trialpool.questions.connections import connected
from trialpool.questions.effects import (
    Array,
    active_classes,
    benefit_at,
    classes,
    direct_trials,
    event_scale,
    evidence_of,
    grid,
    horizon,
    is_events,
    log_ratio,
    one_outcome,
    reference,
)

type Better = Literal["higher", "lower"]

#: Measures of a network whose effects are logarithms, and what they are of.
_RATIOS = {
    "OR": "odds ratio",
    "RR": "risk ratio",
    "IRR": "rate ratio",
    "HR": "hazard ratio",
    "ROM": "ratio of means",
}


@dataclass(frozen=True)
class Layout:
    """Effects of one outcome against the reference, whatever the posterior.

    Attributes
    ----------
    kind : {"class", "treatment"}
        What is compared.
    names : tuple of str
        Those with draws of their own.
    active : tuple of str
        Those of them that are under study.
    reference : str
        What effects are measured against; its own is 0.
    variable : str
        Where the posterior holds them.
    at : callable
        Effects of one at a month (None where there is no time course), (chain, draw).
    months : numpy.ndarray or None
        Months of the grid up to the horizon; None where there is no time course.
    sign : float
        1 where more is better, -1 where less is.
    unit : str
        Of the effects.
    ratio : str or None
        What exponentiated differences are, where effects are logarithms.
    last_months : callable
        Last month at which one was seen, or None.
    trials : callable
        Trials behind one, or None where the posterior does not record it.
    direct : callable
        Trials in which two meet, or None where the posterior does not record it.
    connected : callable
        Whether a path of trials leads from one to the other.
    """

    kind: Literal["class", "treatment"]
    names: tuple[str, ...]
    active: tuple[str, ...]
    reference: str
    variable: str
    at: Callable[[str, float | None], Array]
    months: Array | None
    sign: float
    unit: str
    ratio: str | None
    last_months: Callable[[str], float | None]
    trials: Callable[[str], int | None]
    direct: Callable[[str, str], int | None]
    connected: Callable[[str, str], bool]


def layout_of(
    draws: Draws, *, outcome: str | None = None, better: Better | None = None
) -> tuple[Draws, Layout]:
    """The draws of one outcome, and where its effects are.

    Parameters
    ----------
    draws : Draws
        A posterior over time, of adverse events, of a network, or of several outcomes.
    outcome : str, optional
        Outcome of a joint posterior; may be left out where only one is of scores.
    better : {"higher", "lower"}, optional
        Which effects are better: needed for a network, whose record does not say, and refused
        where the posterior says otherwise.

    Raises
    ------
    QuestionError
        If there is nothing to choose between, or it is not known which way is better.
    """
    if draws.meta.get("layout") == "network":
        return draws, _network(draws, better)
    draws = one_outcome(draws, outcome)
    if is_events(draws):
        _agrees(draws, better, "lower")
        return draws, _events(draws)
    if draws.has("benefit") and draws.has_coord("months"):
        _agrees(draws, better, "higher")
        return draws, _over_time(draws)
    raise QuestionError(
        f"this posterior of {draws.meta.get('outcome', 'effects')} holds one pooled effect and no "
        "classes or treatments to choose between. Ask one of a folder of trials, or of a network."
    )


def _agrees(draws: Draws, better: Better | None, known: Better) -> None:
    if better not in (None, known):
        raise QuestionError(
            f"better: got {better!r} for {draws.meta.get('outcome', 'this posterior')}, in which "
            f"{known} is better. Leave it out."
        )


def _over_time(draws: Draws) -> Layout:
    def at(name: str, month: float | None) -> Array:
        assert month is not None  # layouts with months are read at one
        return benefit_at(draws, name, month)

    months = grid(draws)
    return _of_classes(
        draws,
        variable="benefit",
        at=at,
        months=months[months <= horizon(draws)],
        sign=1.0,
        unit=str(draws.meta.get("unit", "")),
        ratio=None,
    )


def _events(draws: Draws) -> Layout:
    scale = event_scale(draws)
    return _of_classes(
        draws,
        variable=f"log_{scale}_ratio",
        at=lambda name, _: log_ratio(draws, name),
        months=None,
        sign=-1.0,
        unit=f"log {scale} ratio",
        ratio=f"{scale} ratio",
    )


def _of_classes(
    draws: Draws,
    *,
    variable: str,
    at: Callable[[str, float | None], Array],
    months: Array | None,
    sign: float,
    unit: str,
    ratio: str | None,
) -> Layout:
    def last(name: str) -> float | None:
        value = evidence_of(draws, name)["last_months"]
        return None if value is None else float(value)

    def direct(one: str, other: str) -> int | None:
        return direct_trials(draws, one, other) if draws.meta.get("evidence") else None

    return Layout(
        kind="class",
        names=tuple(classes(draws)),
        active=tuple(active_classes(draws)),
        reference=reference(draws),
        variable=variable,
        at=at,
        months=months,
        sign=sign,
        unit=unit,
        ratio=ratio,
        last_months=last,
        trials=lambda name: int(evidence_of(draws, name)["trials"]),
        direct=direct,
        connected=lambda one, other: connected(draws, one, other),
    )


def _network(draws: Draws, better: Better | None) -> Layout:
    if better not in ("higher", "lower"):
        raise QuestionError(
            f"better: got {better!r} for a network of treatments, expected 'higher' or 'lower': "
            "its effects are kept as they were given, so which way is better is not known. Say it "
            "(--better lower)."
        )
    names = tuple(str(name) for name in draws.coord("treatment"))
    base = reference(draws)
    over_time = draws.has("relative_effect") and draws.has_coord("months")
    seen = _Seen(draws)
    measure = str(draws.meta.get("unit", ""))
    ratio = None if over_time else _RATIOS.get(measure)

    variable = "relative_effect" if over_time else "treatment_effect"

    def at(name: str, month: float | None) -> Array:
        values = draws.chains(variable)
        if name == base:
            return np.zeros(values.shape[:2])
        own = values[:, :, names.index(name)]
        return _finite(_interpolated(own, grid(draws), month) if over_time else own, name)

    return Layout(
        kind="treatment",
        names=names,
        active=names,
        reference=base,
        variable=variable,
        at=at,
        months=grid(draws) if over_time else None,
        sign=1.0 if better == "higher" else -1.0,
        unit=f"log {ratio}" if ratio else measure,
        ratio=ratio,
        last_months=seen.last_months,
        trials=seen.trials,
        direct=seen.direct,
        connected=lambda one, other: True,  # evidence of a network that is not is refused
    )


def _interpolated(course: Array, months: Array, month: float | None) -> Array:
    assert month is not None  # as in _over_time
    right = min(int(np.searchsorted(months, month)), len(months) - 1)
    if months[right] == month:
        return np.asarray(course[:, :, right])
    weight = (month - months[right - 1]) / (months[right] - months[right - 1])
    return np.asarray((1.0 - weight) * course[:, :, right - 1] + weight * course[:, :, right])


def _finite(values: Array, name: str) -> Array:
    bad = int(np.count_nonzero(~np.isfinite(values)))
    if bad:
        raise PosteriorFileError(
            f"posterior, effect of {name}: got {bad} draws of {values.size} that are not finite. "
            "The fit failed: fit again."
        )
    return values


class _Seen:
    """Studies and months behind the treatments of a network, from the rows that it records."""

    def __init__(self, draws: Draws) -> None:
        rows: Sequence[Any] = draws.meta.get("reports", ())
        # Files of before this version record rows without study and treatment.
        self.rows = [row for row in rows if row.get("study") and row.get("treatment")]

    def studies(self, name: str) -> set[str]:
        return {str(row["study"]) for row in self.rows if row["treatment"] == name}

    def trials(self, name: str) -> int | None:
        return len(self.studies(name)) if self.rows else None

    def direct(self, one: str, other: str) -> int | None:
        return len(self.studies(one) & self.studies(other)) if self.rows else None

    def last_months(self, name: str) -> float | None:
        own = [row.get("months") for row in self.rows if row["treatment"] == name]
        return max((float(month) for month in own if month is not None), default=None)
