"""Posterior predictive check: every printed number against what the model would print."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trialpool.checks import predict_reports
from trialpool.errors import QuestionError
from trialpool.plots.style import (
    BLACK,
    BLUE,
    LARGE,
    NORMAL,
    SMALL,
    VERMILION,
    beside,
    label_rows,
    new_figure,
    plain,
    short,
    tidy,
)
from trialpool.posterior import Posterior

#: How far a printed interval without an end is drawn, in predictive SDs.
_BEYOND = 0.6


def _share(percent: float) -> str:
    return f"{percent:.0f}" if percent >= 10 or percent == 0 else f"{percent:.1f}"


#: What stands behind the numbers of a unit, and how they are rounded.
_SHOWN: dict[str, tuple[str, Callable[[float], str]]] = {
    "points of 100": ("points", "{:.1f}".format),
    "% of baseline": ("% of baseline", "{:.1f}".format),
    "SDs of the patients": ("SDs", "{:.2f}".format),
    "z": ("z", "{:.2f}".format),
    "z without sign": ("z without sign", "{:.2f}".format),
    "% of patients": ("%", _share),
    "events per 100 person-months": ("per 100 person-months", "{:.3g}".format),
}


def plot_predictive(
    posterior: Posterior, *, seed: int = 1, trials: Sequence[str] | None = None
) -> Figure:
    """Every reported number against its 95 % posterior predictive interval.

    Numbers of all kinds share one axis: each row is shifted by its predicted mean and divided by
    its predictive SD. The numbers themselves stand to the right. A p-value that is printed as a
    bound is a line, with an arrowhead where it has no end. What the intervals can show and what
    they cannot is said in `trialpool.checks.predict_reports`.

    Parameters
    ----------
    posterior : Posterior
        Of scores over time or adverse events.
    seed : int
        Of the replicates.
    trials : sequence of str, optional
        Draw only the reports of these.

    Returns
    -------
    matplotlib.figure.Figure
        One row a report, trials by turns on white and on grey.

    Raises
    ------
    PosteriorFileError
        If the posterior does not hold its reports.
    QuestionError
        If it has none of a trial.
    """
    table = _of_trials(predict_reports(posterior, seed=seed), trials)
    figure = new_figure(9.5, 1.7 + 0.24 * len(table))
    axes = figure.add_subplot()
    axes.axvline(0, color=BLACK, linewidth=0.8, zorder=0)
    rows = [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
    _bands(axes, [str(row["trial"]) for row in rows])
    for i, row in enumerate(rows):
        axes.plot(
            [_in_sds(row, "lower"), _in_sds(row, "upper")],
            [i, i],
            color=BLUE,
            alpha=0.45,
            linewidth=6,
            solid_capstyle="butt",
            gid="interval",
        )
        _draw_printed(axes, i, row)
        beside(axes, i, _numbers(row), colour=VERMILION if row["surprising"] else BLACK)
    tidy(axes)
    label_rows(axes, [_label(row) for row in rows])
    beside(axes, -0.9, "printed; predicted mean (95 %)")
    axes.set_xlabel("printed minus predicted, in predictive SDs", fontsize=NORMAL)
    outside = int(table["surprising"].sum())
    figure.suptitle(
        plain(
            f"{posterior.meta['outcome']}: {outside} of {len(table)} printed numbers outside their "
            "95 % predictive interval"
        ),
        fontsize=LARGE,
    )
    figure.legend(
        handles=[
            Line2D([], [], color=BLUE, alpha=0.45, linewidth=6, label="95 % predictive interval"),
            Line2D([], [], color=BLACK, marker="o", linestyle="none", label="printed"),
            Line2D([], [], color=VERMILION, marker="X", linestyle="none", label="printed, outside"),
        ],
        loc="outside lower center",
        ncols=3,
        fontsize=SMALL,
        frameon=False,
    )
    return figure


def _of_trials(table: pd.DataFrame, trials: Sequence[str] | None) -> pd.DataFrame:
    if trials is None:
        return table
    held = list(dict.fromkeys(table["trial"]))
    unknown = [trial for trial in trials if trial not in held]
    if unknown or not len(trials):
        got = ", ".join(unknown) or "none"
        raise QuestionError(f"trials: got {got}; expected some of {', '.join(held)}. Name those")
    return table[table["trial"].isin(list(trials))].reset_index(drop=True)


def _bands(axes: Axes, trials: Sequence[str]) -> None:
    """A grey ground under every second trial."""
    start = 0
    for turn, (_, group) in enumerate(groupby(trials)):
        end = start + len(list(group))
        if turn % 2:
            axes.axhspan(start - 0.5, end - 0.5, color="#F2F2F2", lw=0, zorder=-1)
        start = end


def _in_sds(row: dict[str, Any], name: str) -> float:
    """A number of the row as its distance from the predicted mean, in predictive SDs."""
    # A count whose replicates never vary has SD 0: all its values are the mean.
    return float((row[name] - row["mean"]) / (row["sd"] or 1.0))


def _draw_printed(axes: Axes, at: int, row: dict[str, Any]) -> None:
    """A mark, or a line where only an interval is known."""
    colour = VERMILION if row["surprising"] else BLACK
    low, high = _in_sds(row, "observed_low"), _in_sds(row, "observed_high")
    if low == high:
        marker, size = ("X", 7) if row["surprising"] else ("o", 5)
        axes.plot(low, at, marker, markersize=size, color=colour, gid="observed")
        return
    # An interval without an end leads out of the predictive one.
    left = min(_in_sds(row, "lower"), high) - _BEYOND if math.isinf(low) else low
    right = max(_in_sds(row, "upper"), low) + _BEYOND if math.isinf(high) else high
    axes.plot([left, right], [at, at], color=colour, linewidth=1.2, gid="observed")
    for end, x, arrow in ((low, left, "<"), (high, right, ">")):
        marker = arrow if math.isinf(end) else "|"
        axes.plot(x, at, marker, markersize=5 if math.isinf(end) else 8, color=colour)


def _label(row: dict[str, Any]) -> str:
    kind = "responders (threshold not printed)" if row["kind"] == "responders" else row["kind"]
    return (
        f"{short(row['trial'], 26)}, {short(row['arm'], 24)}, {row['months']:g} months: "
        f"{kind.replace('_', ' ').replace('>=', '≥').replace('%', ' %')}"
    )


def _numbers(row: dict[str, Any]) -> str:
    """What is printed, and what is predicted for it."""
    unit, show = _SHOWN[row["unit"]]
    mean, lower, upper = (show(row[name]) for name in ("mean", "lower", "upper"))
    printed, per_cent = _printed(row, show), " %" if unit == "%" else ""
    return f"{printed}{per_cent};  {mean} ({lower} to {upper}) {unit}".rstrip()


def _printed(row: dict[str, Any], show: Callable[[float], str]) -> str:
    low, high = row["observed_low"], row["observed_high"]
    if low == high:
        return show(low)
    if math.isinf(low):
        return f"{show(high)} or less"
    return f"{show(low)} or more" if math.isinf(high) else f"{show(low)} to {show(high)}"
