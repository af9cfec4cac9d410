"""Benefit over time: one panel a class, solid while trials still looked, dashed after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.plots.style import (
    BLACK,
    BLUE,
    GREY,
    LARGE,
    NORMAL,
    SMALL,
    VERMILION,
    benefit_label,
    legend_below,
    mcid_handles,
    mcid_of,
    month_ticks,
    new_figure,
    plain,
    require_courses,
    stands_behind,
)
from trialpool.posterior import Posterior
from trialpool.questions.effects import (
    active_classes,
    benefit_at,
    grid,
    horizon,
    last_months,
    reference,
)
from trialpool.questions.effects import (
    classes as held_classes,
)

_COLUMNS = 3


def plot_decay(posterior: Posterior, *, classes: Sequence[str] | None = None) -> Figure:
    """Benefit over the reference class against months since the injection.

    Parameters
    ----------
    posterior : Posterior
        Of scores over time.
    classes : sequence of str, optional
        Classes to draw; by default the active ones.

    Returns
    -------
    matplotlib.figure.Figure
        Small multiples on common axes: median, 50 and 95 % credible bands (equal tails), solid up
        to the last follow-up of the class and dashed, paler, past it; the MCID where one is
        recorded.

    Raises
    ------
    PosteriorFileError
        If the posterior has no time course.
    QuestionError
        If a class is not in it.
    """
    draws = posterior.draws
    require_courses(draws)
    held = held_classes(draws)
    chosen = active_classes(draws) if classes is None else list(classes)
    unknown = [c for c in chosen if c not in held]
    if unknown or not chosen:
        got = ", ".join(unknown) or "none"
        raise QuestionError(f"classes: got {got}; expected some of {', '.join(held)}. Name those")

    columns = 2 if len(chosen) == 4 else min(_COLUMNS, len(chosen))
    rows = -(-len(chosen) // columns)
    figure = new_figure(1.2 + 2.7 * columns if columns > 1 else 5.0, 1.5 + 2.2 * rows)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, cls in zip(panels, chosen, strict=False):
        _panel(axes, draws, cls)
    for i, axes in enumerate(panels):
        axes.set_visible(i < len(chosen))
        axes.tick_params(labelbottom=True, labelleft=True)
        # The lowest panel of its column, which need not be in the last row.
        if i + columns >= len(chosen):
            axes.set_xlabel("months since the injection", fontsize=NORMAL)
    figure.suptitle(plain(f"Benefit over {reference(draws)} over time"), fontsize=LARGE)
    figure.supylabel(_two_lines(benefit_label(draws)), fontsize=NORMAL)
    _legend(figure, mcid_of(draws), columns=min(3, columns + 1))
    return figure


def _two_lines(label: str) -> str:
    return label.replace(", ", ",\n", 1)


def _panel(axes: Axes, draws: Draws, cls: str) -> None:
    months = grid(draws)
    months = months[months <= horizon(draws)]
    last = last_months(draws, cls)
    seen = months[0] if last is None else min(max(last, months[0]), months[-1])
    # The month at which the line changes must be a point of both parts.
    shown = np.union1d(months, [seen])
    benefit = np.stack([benefit_at(draws, cls, float(m)).ravel() for m in shown], axis=1)
    low, lower, median, upper, high = np.quantile(benefit, [0.025, 0.25, 0.5, 0.75, 0.975], axis=0)

    for part, inside in ((shown <= seen, True), (shown >= seen, False)):
        if part.sum() < 2:
            continue
        paler = 1.0 if inside else 0.4
        axes.fill_between(shown[part], low[part], high[part], color=BLUE, alpha=0.22 * paler, lw=0)
        axes.fill_between(
            shown[part], lower[part], upper[part], color=BLUE, alpha=0.40 * paler, lw=0
        )
        axes.plot(
            shown[part],
            median[part],
            color=BLUE,
            linewidth=1.8,
            linestyle="solid" if inside else (0, (3, 1.5)),
            gid="seen" if inside else "extrapolated",
        )
    axes.axhline(0, color=BLACK, linewidth=0.8)
    axes.axvline(seen, color=GREY, linewidth=0.8, linestyle=(0, (1, 1.5)))
    mcid = mcid_of(draws)
    if mcid is not None:
        axes.axhline(mcid, color=VERMILION, linewidth=1, linestyle=(0, (1, 2)))
    axes.set_title(
        plain(f"{cls}\n{stands_behind(draws, cls)}"), fontsize=SMALL, loc="left", linespacing=1.3
    )
    axes.set_xlim(months[0], months[-1])
    axes.set_xticks(month_ticks(float(months[-1])))
    axes.tick_params(labelsize=SMALL)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _legend(figure: Figure, mcid: float | None, *, columns: int) -> None:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=BLUE, linewidth=1.8, label="median"),
        Patch(color=BLUE, alpha=0.55, lw=0, label="50 %"),
        Patch(color=BLUE, alpha=0.22, lw=0, label="95 % credible band"),
        Line2D(
            [],
            [],
            color=BLUE,
            linestyle=(0, (3, 1.5)),
            linewidth=1.8,
            label="past the last follow-up: extrapolated",
        ),
    ]
    legend_below(figure, [*handles, *mcid_handles(mcid)], columns=columns)
