"""Forest plot of plain estimates: studies as reported and as estimated, and their pooled mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from numpy.typing import NDArray

from trialpool.errors import QuestionError
from trialpool.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    LARGE,
    NORMAL,
    beside,
    label_rows,
    legend_below,
    new_figure,
    plain,
    short,
    tidy,
)
from trialpool.posterior import Posterior

Values = NDArray[np.float64]

_OFF = 0.2
_LONGEST = 44
_LIMITS = [0.025, 0.5, 0.975]


def forest_of_studies(
    posterior: Posterior, months: float | None = None, classes: Sequence[str] | None = None
) -> Figure:
    """Every study's estimate with its 95 % interval, the one that the model makes of it, and more.

    See `trialpool.plots.plot_forest`.
    """
    if months is not None or classes is not None:
        got = "months" if months is not None else "classes"
        raise QuestionError(
            f"{got}: got for plain estimates, which have no time course and no classes; expected "
            "none. Leave it out."
        )
    draws = posterior.draws
    names = [str(name) for name in draws.coord("study")]
    reported = _reported(posterior, names)
    pooled = draws.array("effect")
    new = draws.array("predicted_effect") if draws.has("predicted_effect") else None
    own = draws.array("study_effect") if draws.has("study_effect") else None

    figure = new_figure(9.0, 1.9 + 0.25 * (len(names) + 2))
    axes = figure.add_subplot()
    axes.axvline(0, color=BLACK, linewidth=0.8, zorder=0)
    for i, name in enumerate(names):
        _study(axes, i, reported.get(name), None if own is None else own[:, i])
    at = len(names) + 0.4
    low, median, high = np.quantile(pooled, _LIMITS)
    axes.axvline(median, color=BLUE, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
    corners = [(low, at), (median, at - 0.32), (high, at), (median, at + 0.32)]
    axes.add_patch(Polygon(corners, closed=True, color=BLUE, gid="pooled"))
    axes.update_datalim(corners)
    beside(axes, at, _numbers(low, median, high), bold=True)
    labels = [short(name, _LONGEST) for name in names]
    ticks = [*range(len(names)), at]
    labels.append("pooled mean")
    if new is not None:
        low, median, high = np.quantile(new, _LIMITS)
        axes.plot([low, high], [at + 1, at + 1], color=BLUE, linewidth=1.2, marker="|", gid="new")
        beside(axes, at + 1, _numbers(low, median, high))
        ticks.append(at + 1)
        labels.append("a new study")
    tidy(axes)
    label_rows(axes, labels, heads=[len(names)], at=ticks)
    beside(axes, -0.9, "reported" + ("" if own is None else "; estimated"))
    unit = str(posterior.meta.get("unit") or "as given")
    axes.set_xlabel(plain(f"{posterior.meta['outcome']}, {unit}"), fontsize=NORMAL)
    count = f"{len(names)} stud{'y' if len(names) == 1 else 'ies'}"
    figure.suptitle(plain(f"{posterior.meta['outcome']}: {count}"), fontsize=LARGE)
    _legend(figure, new is not None, own is not None, bool(reported))
    return figure


def _reported(posterior: Posterior, names: list[str]) -> dict[str, dict[str, Any]]:
    """What each study reported: an estimate with its interval, or counts in words."""
    data = {
        str(name): values
        for group in ("observed_data", "constant_data")
        if group in posterior.tree
        for name, values in posterior.tree[group].to_dataset().items()
    }
    if "y" in data and "se" in data:
        return {
            name: {"low": y - 1.96 * se, "value": y, "high": y + 1.96 * se}
            for name, y, se in zip(names, data["y"].values, data["se"].values, strict=True)
        }
    counts = [data.get(name) for name in ("events_t", "n_t", "events_c", "n_c")]
    if any(values is None for values in counts):
        return {}
    columns = [values.values for values in counts if values is not None]
    return {
        name: {"text": f"{a:g}/{n:g} v {c:g}/{m:g}"}
        for name, a, n, c, m in zip(names, *columns, strict=True)
    }


def _study(axes: Axes, at: int, reported: dict[str, Any] | None, own: Values | None) -> None:
    said = []
    if reported is not None and "value" in reported:
        ends = [reported["low"], reported["high"]]
        y = at - (_OFF if own is not None else 0)
        axes.plot(ends, [y, y], color=GREEN, linewidth=1.1, gid="reported")
        axes.plot(reported["value"], y, marker="s", markersize=4.5, color=GREEN, gid="estimate")
        said.append(_numbers(reported["low"], reported["value"], reported["high"]))
    elif reported is not None:
        said.append(reported["text"])
    if own is not None:
        low, median, high = np.quantile(own, _LIMITS)
        y = at + (_OFF if reported is not None and "value" in reported else 0)
        axes.plot([low, high], [y, y], color=BLUE, linewidth=1.1, gid="shrunken")
        axes.plot(median, y, marker="o", markersize=4.5, color=BLUE, gid="median")
        said.append(_numbers(low, median, high))
    beside(axes, at, ";  ".join(said))


def _numbers(low: float, middle: float, high: float) -> str:
    return f"{_two(middle)} ({_two(low)} to {_two(high)})"


def _two(value: float) -> str:
    return f"{value:z.2f}" if math.fabs(value) < 100 else f"{value:.3g}"


def _legend(figure: Figure, new: bool, own: bool, reported: bool) -> None:
    handles: list[Line2D | Patch] = []
    if reported:
        label = "as reported, 95 % confidence interval"
        handles.append(Line2D([], [], color=GREEN, marker="s", markersize=4.5, label=label))
    if own:
        label = "as estimated, median and 95 % credible interval"
        handles.append(Line2D([], [], color=BLUE, marker="o", markersize=4.5, label=label))
    handles.append(Patch(color=BLUE, label="pooled mean, median and 95 %"))
    if new:
        label = "95 % prediction, a new study"
        handles.append(Line2D([], [], color=BLUE, marker="|", linewidth=1.2, label=label))
    legend_below(figure, handles, columns=2)
