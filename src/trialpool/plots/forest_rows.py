"""The lines of a forest plot: classes and the trial arms behind them, in every kind of posterior.

A new kind of posterior is a function here that gives a `Forest`, and its branch in `forest_of`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.plots.printed import Printed, Record, nearest, printed_of
from trialpool.plots.style import at_month, benefit_label, require_courses, short, stands_behind
from trialpool.posterior import Posterior
from trialpool.questions.effects import (
    active_classes,
    benefit_at,
    classes,
    event_scale,
    evidence_of,
    grid,
    horizon,
    is_timeless,
    last_months,
    log_ratio,
    reference,
    timeless_effect,
)
from trialpool.questions.units import decimals, unit_text

Values = NDArray[np.float64]

#: Class of the arms that are known only as the other side of a printed difference.
_UNREPORTED = "other side of a difference, no numbers of their own"
#: Characters of a name beside a row.
_TRIAL, _ARM, _CLASS = 26, 24, 34


@dataclass(frozen=True)
class Row:
    """A line of the figure.

    Attributes
    ----------
    label : str
    values : numpy.ndarray or None
        Draws; None for a heading without an interval.
    extrapolated, head : bool
    new_trial : tuple of float or None
        Ends of the 95 % prediction interval of the true effect in a new trial.
    printed : Printed or None
        What the arm reported nearest to the month.
    """

    label: str
    values: Values | None
    extrapolated: bool
    head: bool
    new_trial: tuple[float, float] | None = None
    printed: Printed | None = None


@dataclass(frozen=True)
class Forest:
    """All lines, and what their axis measures.

    Attributes
    ----------
    rows : tuple of Row
    title, axis : str
    places : int
        Decimals of the numbers beside.
    ratio : bool
        Whether values are logarithms, shown as ratios.
    printed_axis : str
        What the axis of the printed numbers measures.
    """

    rows: tuple[Row, ...]
    title: str
    axis: str
    places: int
    ratio: bool
    printed_axis: str = ""


def of_courses(posterior: Posterior, months: float | None, only: Sequence[str] | None) -> Forest:
    """Benefits over the reference class at a month."""
    draws = posterior.draws
    require_courses(draws)
    month = last_common_month(draws) if months is None else months
    reports, unit = printed_of(posterior), str(draws.meta.get("unit", ""))
    arms = _arms_by_class(draws)
    courses = draws.array("trial_benefit") if draws.has("trial_benefit") else None
    labels = [str(a) for a in draws.coord("trial_arm")] if courses is not None else []
    references = (
        set() if courses is None else {a for i, a in enumerate(labels) if not courses[:, i].any()}
    )
    rows: list[Row] = []
    apart = any(arm.label not in references for arm in arms[_UNREPORTED])
    for cls in [*_chosen(draws, only), *([_UNREPORTED] if apart and only is None else [])]:
        if cls == _UNREPORTED:
            rows.append(Row(cls, None, False, True))
        else:
            last = last_months(draws, cls)
            rows.append(
                Row(
                    f"{short(cls, _CLASS)}: {stands_behind(draws, cls)}",
                    benefit_at(draws, cls, month).ravel(),
                    last is None or last < month,
                    True,
                    new_trial=_new_trial(posterior, cls, month),
                )
            )
        for arm in arms[cls]:
            assert courses is not None
            if arm.label in references:
                continue
            values = at_month(courses[:, labels.index(arm.label)], grid(draws), month)
            past = arm.last is None or arm.last < month
            printed = _printed(reports, arm.label, month, references, unit)
            rows.append(Row(arm.text, values, past, False, printed=printed))
    return Forest(
        tuple(rows),
        f"Benefit over {reference(draws)} {month:g} months after the injection",
        benefit_label(draws),
        decimals(unit),
        False,
        "printed: points of 100,\nor % of patients",
    )


def of_events(posterior: Posterior, months: float | None, only: Sequence[str] | None) -> Forest:
    """Ratios of an adverse event against the reference class."""
    draws = posterior.draws
    _refuse_months(months)
    if not draws.has_coord("class"):
        require_courses(draws)
    reports, scale = printed_of(posterior), event_scale(draws)
    arms = _arms_by_class(draws)
    rows: list[Row] = []
    effects = draws.array("arm_effect") if draws.has("arm_effect") else None
    labels = [str(a) for a in draws.coord("trial_arm")] if effects is not None else []
    first = _first_of_trial(labels)
    for cls in _chosen(draws, only):
        rows.append(
            Row(
                f"{short(cls, _CLASS)}: {stands_behind(draws, cls)}",
                log_ratio(draws, cls).ravel(),
                False,
                True,
                new_trial=_new_trial(posterior, cls, None),
            )
        )
        for arm in arms[cls]:
            assert effects is not None
            i = labels.index(arm.label)
            # As in the model: an arm against the first of its trial, of the reference if it can be.
            values = effects[:, i] - effects[:, first[i]]
            printed = _printed(reports, arm.label, None, set(), "")
            rows.append(Row(arm.text, values, False, False, printed=printed))
    outcome = draws.meta.get("outcome", "adverse events")
    return Forest(
        tuple(rows),
        f"{outcome}: {scale} ratio against {reference(draws)}",
        f"{outcome}: {scale} ratio (under 1 is better)",
        2,
        True,
        "events in % of patients"
        if scale != "rate"
        else "events in % of patients,\nor per 100 person-months",
    )


def of_network(posterior: Posterior, months: float | None, only: Sequence[str] | None) -> Forest:
    """Effects of the treatments of a network against the reference."""
    draws = posterior.draws
    timeless = is_timeless(draws)
    if timeless:
        _refuse_months(months)
    month = None if timeless else last_common_month(draws) if months is None else months
    rows = []
    for name in _chosen(draws, only):
        if month is None:
            values, last = timeless_effect(draws, name), None
        else:
            values, last = benefit_at(draws, name, month), last_months(draws, name)
        past = month is not None and (last is None or last < month)
        label = f"{short(name, _CLASS)}: {_trials(posterior, name)}"
        interval = _new_trial(posterior, name, month)
        rows.append(Row(label, values.ravel(), past, True, new_trial=interval))
    at = "" if month is None else f" at {month:g} months"
    return Forest(
        tuple(rows),
        f"{draws.meta['outcome']}: effect against {short(reference(draws), _CLASS)}{at}",
        f"effect against {short(reference(draws), _CLASS)}, {unit_text(draws)}".rstrip(", "),
        2,
        False,
    )


def last_common_month(draws: Draws) -> float:
    """Last month at which all active classes are still seen; the horizon if that is not known."""
    seen = [last_months(draws, name) for name in active_classes(draws) if name != reference(draws)]
    known = [month for month in seen if month is not None]
    return min([*known, horizon(draws)])


def _refuse_months(months: float | None) -> None:
    if months is not None:
        raise QuestionError(
            f"months: got {months:g}, expected none: these effects have no time course. Leave it "
            "out."
        )


def _chosen(draws: Draws, only: Sequence[str] | None) -> list[str]:
    """Classes, or treatments of a network, to draw."""
    held = classes(draws)
    if only is None:
        return held
    unknown = [name for name in only if name not in held]
    if unknown or not only:
        got = ", ".join(unknown) or "none"
        raise QuestionError(f"classes: got {got}; expected some of {', '.join(held)}. Name those")
    return list(only)


def _trials(posterior: Posterior, name: str) -> str:
    draws = posterior.draws
    known = int(evidence_of(draws, name)["trials"])
    return f"{known} trial{'' if known == 1 else 's'}"


def _new_trial(posterior: Posterior, cls: str, month: float | None) -> tuple[float, float] | None:
    """Prediction interval of a new trial, where the posterior can give one."""
    try:
        effect = posterior.predict(cls, months=month).true_effect
    except QuestionError:
        return None  # not connected, or without heterogeneity: there is none
    return effect.lower, effect.upper


@dataclass(frozen=True)
class _Arm:
    """An arm with what its trial reported of it."""

    label: str
    n: float | None
    last: float | None

    @property
    def text(self) -> str:
        n = "n not printed" if self.n is None else f"n {self.n:g}"
        last = "follow-up unknown" if self.last is None else f"to {self.last:g} months"
        trial, _, arm = self.label.partition(" | ")
        return f"{short(trial, _TRIAL)}, {short(arm, _ARM)} ({n}, {last})"


def _arms_by_class(draws: Draws) -> defaultdict[str, list[_Arm]]:
    """Arms of every class but the reference, as the record of the reports describes them."""
    found: defaultdict[str, list[_Arm]] = defaultdict(list)
    if not draws.has_coord("trial_arm"):
        return found
    reports = draws.meta.get("reports", [])
    for label in [str(a) for a in draws.coord("trial_arm")]:
        own = [r for r in reports if f"{r['trial']} | {r['arm']}" == label]
        named = [r for r in reports if f"{r['trial']} | {r['versus']}" == label]
        # Without versus_n, n of a difference counts both arms in some sources: it is not the arm's.
        sizes = [r["n"] for r in own if r["kind"] != "difference" or r.get("versus_n")]
        sizes += [r.get("versus_n") for r in named]
        arm = _Arm(
            label,
            max((float(n) for n in sizes if n is not None), default=None),
            max((float(r["months"]) for r in [*own, *named]), default=None),
        )
        # Files of earlier versions do not say of which class the other side of a difference is.
        other = named[0].get("versus_class") if named else None
        cls = own[0]["class_"] if own else other or _UNREPORTED
        if cls != reference(draws):
            found[cls].append(arm)
    return found


def _printed(
    reports: Sequence[Record],
    label: str,
    month: float | None,
    references: Collection[str],
    unit: str,
) -> Printed | None:
    trial, _, arm = label.partition(" | ")
    return nearest(reports, trial, arm, month, references=references, unit=unit)


def _first_of_trial(labels: list[str]) -> list[int]:
    trials = [label.partition(" | ")[0] for label in labels]
    return [trials.index(trial) for trial in trials]
