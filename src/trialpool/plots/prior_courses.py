"""What each model expects of a class's benefit before any trial: courses drawn from the priors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.plots.style import (
    BLUE,
    GREY,
    LARGE,
    NORMAL,
    SMALL,
    VERMILION,
    legend_below,
    new_figure,
    plain,
    tidy,
)
from trialpool.synthesis import Model

_COLUMNS = 3
_DRAWS = 1000
#: Single courses that are shown, so that a reader sees their form and not only their spread.
_SHOWN = 8


def plot_prior_courses(
    models: Mapping[str, Model], evidence: Evidence, *, class_: str | None = None, seed: int = 1
) -> Figure:
    """Benefit over time that the priors of each model expect, drawn through the model's own graph.

    Parameters
    ----------
    models : mapping of str to Model
        By the title of their panel.
    evidence : Evidence
        Longitudinal; its classes, scale and months are used, its numbers are not.
    class_ : str, optional
        Class whose benefit is drawn; by default the first active one.
    seed : int

    Returns
    -------
    matplotlib.figure.Figure
        One panel a model: central 50 % and 90 % of the benefit at each month, and a few courses.

    Raises
    ------
    ModelError
        If the evidence has no time course or not that class.
    """
    from trialpool.engines.prior_draws import prior_draws  # PyMC is slow to load

    if evidence.layout != "longitudinal":
        raise ModelError(
            f"prior courses: got evidence of {evidence.outcome!r} without months; expected scores "
            "over time, such as pain or function"
        )
    columns = min(_COLUMNS, len(models))
    rows = -(-len(models) // columns)
    figure = new_figure(3.1 * columns, 0.9 + 2.2 * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for axes, (title, model) in zip(panels, models.items(), strict=False):
        built = model.build(evidence)
        name = class_ or built.coords["class"][0]
        if name not in built.coords["class"]:
            raise ModelError(
                f"class: got {name!r}; expected one of {', '.join(built.coords['class'])}"
            )
        benefit = prior_draws(built, ["benefit"], draws=_DRAWS, seed=seed)["benefit"]
        months = benefit["months"].values.astype(float)
        _panel(axes, months, benefit.sel({"class": name}).values, title)
    for axes in panels[len(models) :]:
        axes.set_visible(False)
    for axes in panels[max(len(models) - columns, 0) : len(models)]:
        axes.set_xlabel("months since the injection", fontsize=SMALL)
    unit = "SDs of the patients" if model.is_standardised(evidence) else "points of 100"
    figure.supylabel(
        plain(f"benefit of {name} over {evidence.classes.reference}, {unit}"), fontsize=NORMAL
    )
    figure.suptitle(plain(f"Before any trial: {evidence.outcome}"), fontsize=LARGE)
    legend_below(
        figure,
        [
            Patch(facecolor=BLUE, alpha=0.4, label="central 50 %"),
            Patch(facecolor=BLUE, alpha=0.18, label="central 90 %"),
            Line2D([], [], color=VERMILION, linewidth=0.8, label=f"{_SHOWN} courses"),
        ],
        columns=3,
    )
    return figure


def _panel(axes: Axes, months: np.ndarray, courses: np.ndarray, title: str) -> None:
    for level, alpha in ((0.9, 0.18), (0.5, 0.28)):
        low, high = np.quantile(courses, [(1 - level) / 2, (1 + level) / 2], axis=0)
        axes.fill_between(months, low, high, color=BLUE, alpha=alpha, linewidth=0)
    axes.plot(months, courses[:_SHOWN].T, color=VERMILION, linewidth=0.8)
    axes.axhline(0, color=GREY, linewidth=0.6)
    axes.set_title(plain(title), fontsize=NORMAL, loc="left", fontweight="bold")
    axes.set_xticks(np.arange(0, months[-1] + 1, 12))
    axes.tick_params(labelsize=SMALL)
    tidy(axes)
