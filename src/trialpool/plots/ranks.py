"""Which is likely best, second, third: the probability of each place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from trialpool.decisions import RankTable, rank
from trialpool.decisions.competitors import Window
from trialpool.decisions.layouts import Better
from trialpool.plots.style import (
    LARGE,
    NORMAL,
    SMALL,
    beside,
    cell_text,
    new_figure,
    plain,
    sequential,
    short,
)
from trialpool.posterior import Posterior

#: With more competitors than this, cells are too small for their numbers.
_WITH_NUMBERS = 15


def plot_ranks(
    posterior: Posterior,
    *,
    cumulative: bool = False,
    classes: Sequence[str] | None = None,
    months: float | None = None,
    window: Window | None = None,
    outcome: str | None = None,
    with_reference: bool = False,
    better: Better | None = None,
) -> Figure:
    """Probability of each rank, the largest SUCRA first.

    The numbers are those of `trialpool.decisions.rank`.

    Parameters
    ----------
    posterior : Posterior
        With classes, or the treatments of a network.
    cumulative : bool
        P(rank at most so many) in place of P(rank).
    classes, months, window, outcome, with_reference, better
        See `trialpool.decisions.rank`.

    Returns
    -------
    matplotlib.figure.Figure
        A row a competitor, a column a rank; the darker the likelier. SUCRA with its 95 % interval
        stands beside.

    Raises
    ------
    QuestionError
        If fewer than two are connected by trials, a name is unknown, or the time is out of range.
    """
    table = rank(
        posterior.draws,
        classes=classes,
        months=months,
        window=window,
        outcome=outcome,
        with_reference=with_reference,
        better=better,
    )
    shares = np.array([found.probabilities for found in table.ranks])
    if cumulative:
        shares = np.minimum(shares.cumsum(axis=1), 1.0)
    count = len(shares)
    cell = 0.46 if count <= _WITH_NUMBERS else 0.26
    figure = new_figure(
        max(4.9 + cell * count, 6.0), 1.5 + max(0.34 if count < 9 else 0.26, cell * 0.6) * count
    )
    axes = figure.add_subplot()
    axes.imshow(shares, cmap=sequential(), vmin=0, vmax=1, aspect="auto", gid="ranks")
    if count <= _WITH_NUMBERS:
        for i, row in enumerate(shares):
            for j, share in enumerate(row):
                cell_text(axes, j, i, _percent(share), on=sequential()(share))
    axes.set_xticks(range(count), [str(place) for place in range(1, count + 1)])
    axes.set_yticks(range(count), [plain(_name(table, i)) for i in range(count)])
    axes.tick_params(length=0, labelsize=SMALL)
    for side in axes.spines.values():
        side.set_visible(False)
    for i, found in enumerate(table.ranks):
        s = found.sucra
        beside(axes, i, f"{s.mean:.2f} ({s.lower:.2f} to {s.upper:.2f})")
    beside(axes, -0.75, "SUCRA (95 % interval of the share beaten)")
    axes.set_xlabel("rank (1 is best)" if not cumulative else "rank at most", fontsize=NORMAL)
    context = table.context
    what = "probability (%) of a rank at most" if cumulative else "probability (%) of each rank"
    figure.suptitle(plain(f"{context.outcome}: {what} {context.when()}".strip()), fontsize=LARGE)
    if any(found.evidence["extrapolated"] for found in table.ranks):
        figure.supxlabel("* past its last follow-up: extrapolated", fontsize=SMALL)
    return figure


def _name(table: RankTable, i: int) -> str:
    found = table.ranks[i]
    return short(found.name, 32) + (" *" if found.evidence["extrapolated"] else "")


def _percent(share: float) -> str:
    """Whole per cent; what is not quite 0 or 100 is not written so."""
    if 0 < share < 0.005:
        return "<1"
    return ">99" if 0.995 <= share < 1 else f"{100 * share:.0f}"
