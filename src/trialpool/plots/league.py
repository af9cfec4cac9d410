"""Every pair of classes or treatments in one table, coloured by which is likely better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from trialpool.decisions import League, league
from trialpool.decisions.competitors import Context, Window
from trialpool.decisions.layouts import Better
from trialpool.decisions.league import Pair
from trialpool.plots.style import (
    LARGE,
    NORMAL,
    SMALL,
    cell_text,
    diverging,
    new_figure,
    plain,
    short,
    wrapped,
)
from trialpool.posterior import Posterior
from trialpool.questions.units import POINTS

#: Up to so many competitors a cell holds the interval too; up to so many the median.
_WITH_INTERVAL, _WITH_MEDIAN = 9, 16
#: Of more, the names above the columns stand on end.
_UPRIGHT = 9


def plot_league(
    posterior: Posterior,
    *,
    classes: Sequence[str] | None = None,
    months: float | None = None,
    window: Window | None = None,
    outcome: str | None = None,
    with_reference: bool = True,
    better: Better | None = None,
) -> Figure:
    """League table: the row against the column, the best on average first.

    The numbers are those of `trialpool.decisions.league`.

    Parameters
    ----------
    posterior : Posterior
        With classes, or the treatments of a network.
    classes, months, window, outcome, with_reference, better
        See `trialpool.decisions.league`.

    Returns
    -------
    matplotlib.figure.Figure
        A cell a pair: median difference (or ratio) of the row minus the column with its 95 %
        credible interval, coloured by P(the row is better). Of many competitors only the median,
        of very many only the colour.

    Raises
    ------
    QuestionError
        If fewer than two are connected by trials, a name is unknown, or the time is out of range.
    """
    table = league(
        posterior.draws,
        classes=classes,
        months=months,
        window=window,
        outcome=outcome,
        with_reference=with_reference,
        better=better,
    )
    names, count = table.names, len(table.names)
    share = np.full((count, count), 0.5)
    place = {name: i for i, name in enumerate(names)}
    for pair in table.pairs:
        share[place[pair.name], place[pair.versus]] = pair.p_better

    wide = 0.92 if count <= _WITH_INTERVAL else 0.6 if count <= _WITH_MEDIAN else 0.27
    upright = count <= _UPRIGHT
    names_high = 0.0 if upright else 1.2
    height = 2.2 + names_high + max(wide * 0.56, 0.2) * count
    figure = new_figure(max(2.9 + wide * count, 5.2), height)
    axes = figure.add_subplot()
    image = axes.imshow(share, cmap=diverging(), vmin=0, vmax=1, aspect="auto", gid="league")
    for i in range(count):
        cell_text(axes, i, i, "–", on=diverging()(0.5))
    for pair in table.pairs:
        if text := _cell(pair, count, table.context):
            at = place[pair.versus], place[pair.name]
            cell_text(axes, *at, text, on=diverging()(pair.p_better))
    above = [wrapped(name, 13) if upright else short(name, 30) for name in names]
    axes.set_xticks(range(count), [plain(name) for name in above])
    axes.set_yticks(range(count), [plain(short(name, 30)) for name in names])
    axes.tick_params(length=0, labelsize=SMALL)
    axes.tick_params(axis="x", labeltop=True, labelbottom=False)
    if not upright:
        for tick in axes.get_xticklabels():
            tick.set(rotation=90, ha="center", va="bottom")
    for side in axes.spines.values():
        side.set_visible(False)
    bar = figure.colorbar(image, ax=axes, location="bottom", fraction=0.05, aspect=40, pad=0.02)
    bar.set_label("P(the row is better than the column)", fontsize=NORMAL)
    bar.ax.tick_params(labelsize=SMALL)
    figure.suptitle(plain(_title(table, count)), fontsize=LARGE)
    if any(pair.extrapolated for pair in table.pairs):
        figure.supxlabel("* past a last follow-up: extrapolated", fontsize=SMALL)
    return figure


def _title(table: League, count: int) -> str:
    context = table.context
    unit = context.ratio or context.unit
    sign = "" if context.ratio is None else " over"
    lines = [f"{context.outcome}: row{sign or ' minus'} column {context.when()}".strip()]
    if count <= _WITH_INTERVAL:
        lines.append(f"median {unit} (95 % credible interval)")
    elif count <= _WITH_MEDIAN:
        lines.append(f"median {unit}")
    return "\n".join(lines)


def _cell(pair: Pair, count: int, context: Context) -> str:
    s = pair.shown
    if count > _WITH_MEDIAN:
        return ""
    of_points = context.ratio is None and context.unit == POINTS
    places = 1 if of_points or max(abs(s.lower), abs(s.upper)) >= 100 else 2
    median, lower, upper = (f"{value:z.{places}f}" for value in (s.median, s.lower, s.upper))
    median += " *" if pair.extrapolated else ""
    return median if count > _WITH_INTERVAL else f"{median}\n({lower} to {upper})"
