"""Posterior predictive check: every printed number against what the model would print."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trialpool.checks import predict_reports
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
    tidy,
)
from trialpool.posterior import Posterior


def plot_predictive(posterior: Posterior, *, seed: int) -> Figure:
    """Every reported number against its 95 % posterior predictive interval.

    Means, differences, responders and events share one axis: each row is shifted by its predicted
    mean and divided by its predictive SD. The numbers themselves stand to the right. What the
    intervals can show and what they cannot is said in `trialpool.checks.predict_reports`.

    Parameters
    ----------
    posterior : Posterior
        Of scores over time or adverse events.
    seed : int
        Of the replicates.

    Returns
    -------
    matplotlib.figure.Figure
        One row a report.
    """
    table = predict_reports(posterior, seed=seed)
    figure = new_figure(9.5, 1.7 + 0.24 * len(table))
    axes = figure.add_subplot()
    axes.axvline(0, color=BLACK, linewidth=0.8, zorder=0)
    rows = [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
    for i, row in enumerate(rows):
        # A count whose replicates never vary has SD 0: all its values are the mean.
        scale = row["sd"] or 1.0
        axes.plot(
            [(row["lower"] - row["mean"]) / scale, (row["upper"] - row["mean"]) / scale],
            [i, i],
            color=BLUE,
            alpha=0.45,
            linewidth=6,
            solid_capstyle="butt",
            gid="interval",
        )
        axes.plot(
            (row["observed"] - row["mean"]) / scale,
            i,
            marker="X" if row["surprising"] else "o",
            markersize=7 if row["surprising"] else 5,
            color=VERMILION if row["surprising"] else BLACK,
            linestyle="none",
            gid="observed",
        )
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


def _label(row: dict[str, Any]) -> str:
    kind = "responders (threshold not printed)" if row["kind"] == "responders" else row["kind"]
    return (
        f"{row['trial']}, {row['arm']}, {row['months']:g} months: "
        f"{kind.replace('>=', '≥').replace('%', ' %')}"
    )


def _numbers(row: dict[str, Any]) -> str:
    names = ("observed", "mean", "lower", "upper")
    if row["unit"].startswith("%"):
        seen, mean, lower, upper = (
            f"{row[name]:.0f}" if row[name] >= 10 or row[name] == 0 else f"{row[name]:.1f}"
            for name in names
        )
        return f"{seen} %;  {mean} ({lower} to {upper}) %"
    if "person-months" in row["unit"]:
        seen, mean, lower, upper = (f"{row[name]:.3g}" for name in names)
        return f"{seen};  {mean} ({lower} to {upper}) per 100 person-months"
    return (
        f"{row['observed']:.1f};  {row['mean']:.1f} ({row['lower']:.1f} to {row['upper']:.1f}) "
        "points"
    )
