"""Probability of a benefit, and of one that matters, over the months since the injection."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.plots.style import (
    BLACK,
    DASHED,
    GREY,
    LARGE,
    NORMAL,
    SMALL,
    legend_below,
    mcid_of,
    month_ticks,
    new_figure,
    plain,
    require_courses,
    series,
    short,
)
from trialpool.posterior import Posterior
from trialpool.questions import decay
from trialpool.questions.decay_table import DecayRow
from trialpool.questions.effects import active_classes, grid, horizon, last_months, reference


def plot_benefit_probability(
    posterior: Posterior, *, classes: Sequence[str] | None = None, mcid: float | None = None
) -> Figure:
    """Probability that the benefit is above 0, and above the MCID, against months.

    The numbers are those of `trialpool.questions.decay`.

    Parameters
    ----------
    posterior : Posterior
        Of scores over time.
    classes : sequence of str, optional
        Active classes to draw; all of them when left out.
    mcid : float, optional
        Minimal important change in the posterior's unit; that of the posterior when left out.

    Returns
    -------
    matplotlib.figure.Figure
        A panel a threshold and a line a class: solid up to the last follow-up of the class, dashed
        past it.

    Raises
    ------
    PosteriorFileError
        If the posterior has no time course.
    QuestionError
        If a class is not one of the active ones.
    """
    draws = posterior.draws
    require_courses(draws)
    chosen = _chosen(draws, classes)
    last = {name: last_months(draws, name) for name in chosen}
    shown = {float(m) for m in grid(draws) if 0 < m <= horizon(draws)}
    # The month at which the line changes must be a point of both parts.
    shown |= {m for m in last.values() if m is not None and min(shown) <= m <= max(shown)}
    table = decay(draws, months=sorted(shown), mcid=mcid)
    rows: defaultdict[str, list[DecayRow]] = defaultdict(list)
    for row in table.rows:
        rows[row.cls].append(row)

    panels = ["over 0"]
    if (least := mcid_of(draws) if mcid is None else mcid) is not None:
        panels.append(f"over the MCID, {least:g} {draws.meta['unit']}")
    figure = new_figure(1.0 + 3.3 * len(panels), 3.6)
    drawn = figure.subplots(1, len(panels), sharey=True, squeeze=False).ravel()
    for place, (axes, title) in enumerate(zip(drawn, panels, strict=True)):
        for i, name in enumerate(chosen):
            _line(axes, i, rows[name], last[name], over_mcid=bool(place))
        _finish(axes, title, max(shown))
    drawn[0].set_ylabel("probability", fontsize=NORMAL)
    figure.suptitle(
        plain(f"{draws.meta['outcome']}: probability that the benefit over {reference(draws)} is"),
        fontsize=LARGE,
    )
    _legend(figure, chosen)
    return figure


def _chosen(draws: Draws, classes: Sequence[str] | None) -> list[str]:
    active = active_classes(draws)
    chosen = active if classes is None else list(classes)
    unknown = [name for name in chosen if name not in active]
    if unknown or not chosen:
        got = ", ".join(unknown) or "none"
        raise QuestionError(
            f"classes: got {got}; expected some of {', '.join(active)}, the active ones. Name those"
        )
    return chosen


def _line(
    axes: Axes, i: int, rows: Sequence[DecayRow], last: float | None, *, over_mcid: bool
) -> None:
    colour, marker = series(i)
    for inside in (True, False):
        seen = -math.inf if last is None else last
        part = [row for row in rows if (row.months <= seen if inside else row.months >= seen)]
        if len(part) < 2:
            continue
        axes.plot(
            [row.months for row in part],
            [float(row.p_mcid or 0.0) if over_mcid else row.p_benefit for row in part],
            color=colour,
            linewidth=1.6,
            linestyle="solid" if inside else DASHED,
            marker=marker,
            markersize=4.5,
            # A mark a year: every month of the grid would be a chain of marks.
            markevery=[i for i, row in enumerate(part) if row.months % 12 == 0],
            markerfacecolor=colour if inside else "white",
            gid="seen" if inside else "extrapolated",
            label=f"_{rows[0].cls}",
        )


def _finish(axes: Axes, title: str, end: float) -> None:
    axes.axhline(0.5, color=GREY, linewidth=0.8, linestyle=(0, (1, 1.5)))
    axes.set_title(plain(title), fontsize=NORMAL, loc="left")
    axes.set_xlim(0, end * 1.02)
    axes.set_ylim(-0.02, 1.03)
    axes.set_xticks(month_ticks(end))
    axes.set_xlabel("months since the injection", fontsize=NORMAL)
    axes.tick_params(labelsize=SMALL, labelleft=True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _legend(figure: Figure, chosen: Sequence[str]) -> None:
    handles = [
        Line2D([], [], color=series(i)[0], marker=series(i)[1], label=plain(short(name, 30)))
        for i, name in enumerate(chosen)
    ]
    past = Line2D(
        [],
        [],
        color=BLACK,
        linestyle=DASHED,
        marker="o",
        markerfacecolor="white",
        label="past the last follow-up: extrapolated",
    )
    legend_below(figure, [*handles, past], columns=min(4, len(handles) + 1))
