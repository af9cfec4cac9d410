"""Forest plot: every class and the trials behind it, what they printed and what became of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import blended_transform_factory

from trialpool.plots.forest_rows import Forest, Row, of_courses, of_events, of_network
from trialpool.plots.forest_studies import forest_of_studies
from trialpool.plots.printed import Printed
from trialpool.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LARGE,
    NORMAL,
    SMALL,
    VERMILION,
    beside,
    label_rows,
    legend_below,
    mcid_handles,
    mcid_of,
    new_figure,
    plain,
    short,
    tidy,
)
from trialpool.posterior import Posterior

#: Inches of a row, of title and axis, and of a line of the legend.
_ROW, _AROUND, _LEGEND = 0.25, 1.5, 0.19
_COLUMNS = 3
#: Rows that one with a printed number below its estimate takes.
_TALL = 1.4
#: How far above its line an estimate stands, and below it what was printed.
_OFF = 0.27
_DASHES = (0, (2.5, 1.5))
#: Characters of the words of a printed number.
_WORDS = 62
_SHARES = ("responders", "events")
_MARKERS = {"median": "^", "percent_change": "v"}
#: Points between an axis and the labels of its ticks.
_PAD = 3.5
#: The green of the marks, dark enough for small letters.
_DARK_GREEN = "#00614A"


def plot_forest(
    posterior: Posterior,
    *,
    months: float | None = None,
    classes: Sequence[str] | None = None,
) -> Figure:
    """Effects of classes and of the trials behind them, beside what the trials printed.

    Of scores over time: benefit over the reference class at one month. Under each class stand its
    trial arms, each with its estimate and with the report nearest to the month, as what it is: a
    mean with the 95 % interval of its SD or SE, a median with its quartiles, responders as a share
    of the patients, a difference between arms on the axis of benefits, a test in words. Of adverse
    events: ratios, and counts. Of plain estimates: each study as reported and as estimated, the
    pooled mean and a new study. Of a network: treatments against the reference.

    Filled marks and solid lines stand on follow-up that reaches the month; open marks and dashed
    lines are extrapolated by the time course. Arms of the reference class have benefit 0 and are
    not drawn.

    Parameters
    ----------
    posterior : Posterior
    months : float, optional
        Months since injection, within the posterior's horizon; the last at which all active classes
        are still seen when left out. Not taken where there is no time course.
    classes : sequence of str, optional
        Classes (treatments of a network) to draw; all when left out.

    Returns
    -------
    matplotlib.figure.Figure
        Mean, median and 95 % credible interval (equal tails); the thin line through a class is the
        95 % prediction interval of the true effect in a new trial.

    Raises
    ------
    PosteriorFileError
        If the posterior has no effects to draw.
    QuestionError
        If the month is off its range, or given where there is no time course, or a class is not in
        the posterior.
    """
    layout = posterior.meta.get("layout")
    if layout in ("effects", "counts"):
        return forest_of_studies(posterior, months, classes)
    if layout == "network":
        return _draw(of_network(posterior, months, classes), mcid=None)
    if layout == "events":
        return _draw(of_events(posterior, months, classes), mcid=None)
    return _draw(of_courses(posterior, months, classes), mcid=mcid_of(posterior.draws))


def _draw(forest: Forest, *, mcid: float | None) -> Figure:
    rows = forest.rows
    raw = any(row.printed is not None for row in rows)
    at = _places(rows)
    handles = [*_handles(forest), *mcid_handles(mcid), *_printed_handles(forest)]
    lines = -(-len(handles) // _COLUMNS)
    figure = new_figure(8.8, _AROUND + _ROW * (at[-1] + 1) + _LEGEND * lines)
    if raw:
        axes, aside = figure.subplots(1, 2, sharey=True, width_ratios=(2.1, 1))
    else:
        axes, aside = figure.add_subplot(), None
    axes.axvline(0, color=BLACK, linewidth=0.8, zorder=0)
    if mcid is not None:
        axes.axvline(mcid, color=VERMILION, linewidth=1, linestyle=(0, (1, 2)), zorder=0)
    for y, row in zip(at, rows, strict=True):
        if row.values is not None:
            _estimate(axes, y, row, forest)
        if row.printed is not None and row.printed.contrast is not None:
            _contrast(axes, y, row.printed)
    tidy(axes)
    if forest.ratio:
        axes.xaxis.set_major_formatter(FuncFormatter(_as_ratio))
        _ratio_ticks(axes)
    if aside is not None:
        _printed_panel(aside, at, forest)
    heads = [i for i, row in enumerate(rows) if row.head]
    label_rows(axes, [row.label for row in rows], heads=heads, at=at)
    for y, row, tick in zip(at, rows, axes.get_yticklabels(), strict=True):
        tick.set_fontsize(SMALL)
        if row.printed is not None:
            tick.set_va("bottom")
            _below(axes, y, short(row.printed.text, _WORDS))
    beside(axes, -0.9, "median (95 % CrI)")
    axes.set_xlabel(forest.axis.replace(", ", ",\n", 1), fontsize=NORMAL)
    figure.suptitle(plain(forest.title), fontsize=LARGE)
    legend_below(figure, handles, columns=_COLUMNS)
    return figure


def _places(rows: Sequence[Row]) -> list[float]:
    """Height of each row on the axis; what was printed stands under its estimate."""
    at: list[float] = []
    before = 0.0
    for row in rows:
        half = (_TALL if row.printed is not None else 1.0) / 2
        at.append(at[-1] + before + half if at else 0.0)
        before = half
    return at


def _below(axes: Axes, y: float, text: str) -> None:
    """What an arm printed, under its name."""
    axes.annotate(
        plain(text),
        (0, y),
        xycoords=blended_transform_factory(axes.transAxes, axes.transData),
        xytext=(-_PAD, 0),
        textcoords="offset points",
        va="top",
        ha="right",
        fontsize=SMALL - 1,
        color=_DARK_GREEN,
    )


def _estimate(axes: Axes, at: float, row: Row, forest: Forest) -> None:
    assert row.values is not None
    lower, median, upper = np.quantile(row.values, [0.025, 0.5, 0.975])
    colour = BLUE if row.head else GREY
    y = at - (_OFF if row.printed is not None else 0)
    if row.new_trial is not None:
        axes.plot(
            row.new_trial,
            [y, y],
            color=colour,
            linewidth=0.8,
            marker="|",
            markersize=6,
            gid="prediction",
        )
    axes.plot(
        [lower, upper],
        [y, y],
        color=colour,
        linewidth=2.6 if row.head else 1.2,
        linestyle=_DASHES if row.extrapolated else "solid",
        solid_capstyle="butt",
        dash_capstyle="butt",
        gid="interval",
    )
    axes.plot(
        row.values.mean(),
        y,
        marker="D" if row.head else "o",
        markersize=7 if row.head else 4.5,
        markerfacecolor="white" if row.extrapolated else colour,
        markeredgecolor=colour,
        gid="mean",
    )
    axes.plot(median, y, marker="|", markersize=12 if row.head else 8, color=BLACK, gid="median")
    shown = np.exp([median, lower, upper]) if forest.ratio else (median, lower, upper)
    printed = [_rounded(value, forest) for value in shown]
    beside(axes, y, "{} ({} to {})".format(*printed), bold=row.head)


def _rounded(value: float, forest: Forest) -> str:
    if not forest.ratio or value < 10:
        return f"{value:z.{forest.places}f}"
    return f"{value:.3g}" if value < 1000 else ">1000"


def _contrast(axes: Axes, at: float, printed: Printed) -> None:
    """What two arms differ by in print: filled against the reference class, open against others."""
    contrast, y = printed.contrast, at + _OFF
    assert contrast is not None
    if math.isfinite(contrast.low):
        axes.plot([contrast.low, contrast.high], [y, y], color=GREEN, linewidth=1, gid="raw")
    axes.plot(
        contrast.value,
        y,
        marker="s",
        markersize=4,
        markerfacecolor=GREEN if contrast.versus_reference else "white",
        markeredgecolor=GREEN,
        linestyle="none",
        gid="contrast",
    )


def _printed_panel(axes: Axes, at: Sequence[float], forest: Forest) -> None:
    """The numbers of each arm on their own scale."""
    ends = [0.0]
    for y, row in zip(at, forest.rows, strict=True):
        if row.printed is not None:
            ends += _number(axes, y + _OFF, row.printed)
    tidy(axes)
    axes.axvline(0, color=BLACK, linewidth=0.8, zorder=0)
    # Events are rare: their axis ends where they do.
    high = max(5.0, 1.15 * max(ends)) if forest.ratio else max(100.0, *ends)
    air = 0.04 * (high - min(ends))
    axes.set_xlim(min(ends) - air, high + air)
    axes.tick_params(axis="y", length=0, labelleft=False)
    axes.set_xlabel(plain(forest.printed_axis), fontsize=NORMAL)


def _number(axes: Axes, y: float, printed: Printed) -> list[float]:
    """Draw the arm and what it is compared with; the ends that the axis must reach."""
    ends: list[float] = []
    for number, own in ((printed.other, False), (printed.own, True)):
        if number is None:
            continue
        style: dict[str, Any] = {
            "markerfacecolor": GREEN if own else "white",
            "markeredgecolor": GREEN,
            "markersize": 4.5,
            "linestyle": "none",
            "gid": "printed" if own else "comparator",
        }
        ends.append(number.value)
        if printed.kind in _SHARES:
            if own:
                axes.barh(y, number.value, height=0.5, color=GREEN, alpha=0.4, lw=0, gid="share")
            axes.plot(number.value, y, marker="o", **style)
            continue
        if own and math.isfinite(number.low):
            of_median = printed.kind == "median"
            axes.plot(
                [number.low, number.high],
                [y, y],
                color=GREEN,
                linewidth=3.2 if of_median else 1,
                alpha=0.5 if of_median else 1,
                solid_capstyle="butt",
                gid="quartiles" if of_median else "spread",
            )
            ends += [number.low, number.high]
        axes.plot(number.value, y, marker=_MARKERS.get(printed.kind, "s"), **style)
    return ends


def _as_ratio(value: float, _place: int | None = None) -> str:
    return f"{math.exp(value):.3g}"


def _ratio_ticks(axes: Axes) -> None:
    """Ticks at ratios that people read: 0.1, 1, 10, and between where there is room."""
    low, high = axes.get_xlim()
    decades = [10.0**k for k in range(-8, 9)]
    close = [m * ten for ten in decades for m in (1, 2, 5)]
    for steps in (close, decades, decades[::2]):
        ticks = [math.log(step) for step in steps if low <= math.log(step) <= high]
        if len(ticks) <= 7:
            break
    axes.set_xticks(ticks)


def _handles(forest: Forest) -> list[Line2D | Patch]:
    rows = forest.rows
    arms = [row for row in rows if not row.head]
    what = "class" if arms or forest.printed_axis else "treatment"
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=BLUE, marker="D", linewidth=2.6, label=f"{what}, mean and 95 %")
    ]
    if arms:
        label = "trial arm, as estimated"
        handles.append(Line2D([], [], color=GREY, marker="o", linewidth=1.2, label=label))
    handles.append(
        Line2D([], [], color=BLACK, marker="|", linestyle="none", markersize=10, label="median")
    )
    if any(row.new_trial is not None for row in rows):
        label = "95 % prediction, a new trial"
        handles.append(Line2D([], [], color=BLUE, linewidth=0.8, marker="|", label=label))
    if any(row.extrapolated for row in rows):
        handles.append(
            Line2D(
                [],
                [],
                color=GREY,
                marker="o",
                markerfacecolor="white",
                linestyle=_DASHES,
                label="extrapolated: past its follow-up",
            )
        )
    return handles


def _printed_handles(forest: Forest) -> list[Line2D | Patch]:
    printed = [row.printed for row in forest.rows if row.printed is not None]
    contrasts = [p.contrast for p in printed if p.contrast is not None]
    kinds = {p.kind for p in printed if p.own is not None}

    def mark(marker: str, label: str, *, face: str = GREEN, width: float = 0) -> Line2D:
        return Line2D(
            [], [], color=GREEN, marker=marker, markersize=4.5, markerfacecolor=face,
            linestyle="solid" if width else "none", linewidth=width, label=label,
        )  # fmt: skip

    found: list[Line2D | Patch] = []
    if any(c.versus_reference for c in contrasts):
        found.append(mark("s", "printed difference from the reference", width=1))
    if any(not c.versus_reference for c in contrasts):
        found.append(mark("s", "printed difference from another class", face="white", width=1))
    if kinds & {"mean", "change"}:
        found.append(mark("s", "printed mean or change, 95 %", width=1))
    if "median" in kinds:
        found.append(mark("^", "printed median, quartiles", width=3.2))
    if "percent_change" in kinds:
        found.append(mark("v", "printed change in % of baseline"))
    if kinds & set(_SHARES):
        found.append(mark("o", "printed share of patients"))
    if any(p.other is not None for p in printed):
        found.append(mark("o", "its comparator", face="white"))
    return found
