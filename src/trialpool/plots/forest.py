"""Forest plot: the benefit of each class at one month, and of the trial arms behind it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from trialpool.draws import Draws
from trialpool.plots.style import (
    BLACK,
    BLUE,
    GREY,
    LARGE,
    NORMAL,
    VERMILION,
    at_month,
    benefit_label,
    beside,
    label_rows,
    legend_below,
    mcid_handles,
    mcid_of,
    new_figure,
    plain,
    require_courses,
    stands_behind,
    tidy,
)
from trialpool.posterior import Posterior
from trialpool.questions.effects import benefit_at, classes, grid, last_months, reference
from trialpool.questions.units import decimals

#: Class of the arms that are known only as the other side of a printed difference.
_UNREPORTED = "other side of a difference, no numbers of their own"


@dataclass(frozen=True)
class _Row:
    """A line of the figure; ``values`` is None for a heading without an interval."""

    label: str
    values: NDArray[np.float64] | None
    extrapolated: bool
    head: bool


def plot_forest(posterior: Posterior, *, months: float) -> Figure:
    """Benefit over the reference class at one month: every class, and below it its trial arms.

    Filled marks and solid lines stand on follow-up that reaches the month; open marks and dashed
    lines are extrapolated by the time course. Arms of the reference class have benefit 0 and are
    not drawn.

    Parameters
    ----------
    posterior : Posterior
        Of scores over time.
    months : float
        Months since the injection, within the posterior's horizon.

    Returns
    -------
    matplotlib.figure.Figure
        One row a class and one an arm; mean, median and 95 % credible interval (equal tails).

    Raises
    ------
    PosteriorFileError
        If the posterior has no time course.
    QuestionError
        If the month is off its range.
    """
    draws = posterior.draws
    require_courses(draws)
    rows = _rows(draws, months)

    figure = new_figure(9.0, 1.7 + 0.24 * len(rows))
    axes = figure.add_subplot()
    axes.axvline(0, color=BLACK, linewidth=0.8, zorder=0)
    mcid = mcid_of(draws)
    if mcid is not None:
        axes.axvline(mcid, color=VERMILION, linewidth=1, linestyle=(0, (1, 2)), zorder=0)
    for i, row in enumerate(rows):
        if row.values is not None:
            _draw(axes, i, row, places=decimals(str(draws.meta.get("unit", ""))))
    tidy(axes)
    label_rows(
        axes, [row.label for row in rows], heads=[i for i, row in enumerate(rows) if row.head]
    )
    beside(axes, -0.9, "median (95 % credible interval)")
    axes.set_xlabel(benefit_label(draws), fontsize=NORMAL)
    figure.suptitle(
        plain(f"Benefit over {reference(draws)} {months:g} months after the injection"),
        fontsize=LARGE,
    )
    _legend(figure, mcid, draws)
    return figure


def _rows(draws: Draws, months: float) -> list[_Row]:
    arms = _arms_by_class(draws)
    courses = draws.array("trial_benefit") if draws.has("trial_benefit") else None
    labels = [str(a) for a in draws.coord("trial_arm")] if courses is not None else []
    rows: list[_Row] = []
    for cls in [*classes(draws), *([_UNREPORTED] if arms[_UNREPORTED] else [])]:
        if cls == _UNREPORTED:
            rows.append(_Row(cls, None, False, True))
        else:
            last = last_months(draws, cls)
            rows.append(
                _Row(
                    f"{cls}: {stands_behind(draws, cls)}",
                    benefit_at(draws, cls, months).ravel(),
                    last is None or last < months,
                    True,
                )
            )
        for arm in arms[cls]:
            assert courses is not None
            values = at_month(courses[:, labels.index(arm.label)], grid(draws), months)
            rows.append(_Row(arm.text, values, arm.last is None or arm.last < months, False))
    return rows


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
        return f"{self.label.replace(' | ', ', ')} ({n}, {last})"


def _arms_by_class(draws: Draws) -> defaultdict[str, list[_Arm]]:
    """Arms of every class but the reference, as the record of the reports describes them."""
    found: defaultdict[str, list[_Arm]] = defaultdict(list)
    if not draws.has("trial_benefit"):
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
        cls = own[0]["class_"] if own else _UNREPORTED
        if cls != reference(draws):
            found[cls].append(arm)
    return found


def _draw(axes: Axes, at: int, row: _Row, *, places: int) -> None:
    assert row.values is not None
    lower, median, upper = np.quantile(row.values, [0.025, 0.5, 0.975])
    colour = BLUE if row.head else GREY
    axes.plot(
        [lower, upper],
        [at, at],
        color=colour,
        linewidth=2.2 if row.head else 1.2,
        linestyle=(0, (2.5, 1.5)) if row.extrapolated else "solid",
        solid_capstyle="butt",
        dash_capstyle="butt",
        gid="interval",
    )
    axes.plot(
        row.values.mean(),
        at,
        marker="D" if row.head else "o",
        markersize=7 if row.head else 4.5,
        markerfacecolor="white" if row.extrapolated else colour,
        markeredgecolor=colour,
    )
    axes.plot(median, at, marker="|", markersize=12 if row.head else 8, color=BLACK)
    printed = [f"{value:.{places}f}" for value in (median, lower, upper)]
    beside(axes, at, "{} ({} to {})".format(*printed), bold=row.head)


def _legend(figure: Figure, mcid: float | None, draws: Draws) -> None:
    handles = [
        Line2D([], [], color=BLUE, marker="D", linewidth=2.2, label="class, mean and 95 %"),
        Line2D([], [], color=GREY, marker="o", linewidth=1.2, label="trial arm, mean and 95 %"),
        Line2D([], [], color=BLACK, marker="|", linestyle="none", markersize=10, label="median"),
        Line2D(
            [],
            [],
            color=GREY,
            marker="o",
            markerfacecolor="white",
            linestyle=(0, (2.5, 1.5)),
            label="extrapolated: past its follow-up",
        ),
    ]
    legend_below(figure, [*handles, *mcid_handles(mcid)], columns=3)
