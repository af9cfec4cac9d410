"""What each time course weighs in an average, and how well each foretells trials left out."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trialpool.errors import PosteriorFileError
from trialpool.plots.style import (
    BLACK,
    BLUE,
    GREY,
    LARGE,
    NORMAL,
    SMALL,
    beside,
    label_rows,
    new_figure,
    plain,
    short,
    tidy,
)
from trialpool.posterior import Posterior


def plot_weights(posterior: Posterior) -> Figure:
    """Weights of the models of an average, with what they rest on.

    The numbers are those that `trialpool.averaging.average` writes into the record.

    Parameters
    ----------
    posterior : Posterior
        An average of several time courses, or of other models.

    Returns
    -------
    matplotlib.figure.Figure
        The weight of each model plus and minus its SD over resampled trials; where trials were
        left out, the log predictive density of each minus the best, plus and minus its standard
        error.

    Raises
    ------
    PosteriorFileError
        If the posterior is no average.
    """
    average = posterior.meta.get("average")
    if not average or not average.get("weights"):
        raise PosteriorFileError(
            f"posterior of {posterior.meta.get('outcome')!r}: got a single model, expected an "
            "average of several. Fit one: --time-course constant,waning,plateau"
        )
    rows = sorted(average["weights"], key=lambda row: -float(row["weight"]))
    foretold = all(row.get("difference") is not None for row in rows)
    figure = new_figure(7.2 if foretold else 4.8, 1.6 + 0.3 * len(rows))
    panels = figure.subplots(1, 2 if foretold else 1, sharey=True, squeeze=False).ravel()
    _weights(panels[0], rows)
    if foretold:
        _densities(panels[1], rows)
    # Shared rows: the names stand at the first panel, and limits are set once.
    label_rows(panels[0], [short(row["name"], 34) for row in rows])
    figure.suptitle(
        plain(f"{posterior.meta['outcome']}: weights by {average['by']}"), fontsize=LARGE
    )
    return figure


def _weights(axes: Axes, rows: list[dict[str, Any]]) -> None:
    for i, row in enumerate(rows):
        weight, sd = float(row["weight"]), row.get("weight_sd")
        axes.barh(i, weight, height=0.62, color=BLUE, alpha=0.55, gid="weight")
        said = f"{weight:.2f}"
        if sd is not None:
            ends = [max(weight - sd, 0.0), min(weight + sd, 1.0)]
            axes.plot(ends, [i, i], color=BLACK, linewidth=1.2, marker="|", gid="sd")
            said += f" ± {sd:.2f}"
        beside(axes, i, said)
    tidy(axes)
    axes.set_xlim(0, 1)
    axes.set_xlabel("weight ± SD over resampled trials", fontsize=NORMAL)
    axes.axvline(0, color=BLACK, linewidth=0.8)


def _densities(axes: Axes, rows: list[dict[str, Any]]) -> None:
    axes.axvline(0, color=BLACK, linewidth=0.8)
    for i, row in enumerate(rows):
        value, error = float(row["difference"]), float(row.get("difference_se") or 0.0)
        axes.plot([value - error, value + error], [i, i], color=GREY, linewidth=1.4, gid="error")
        axes.plot(value, i, marker="o", markersize=5, color=BLUE, gid="difference")
        beside(axes, i, f"{value:.1f} ± {error:.1f}")
    tidy(axes)
    axes.tick_params(axis="y", length=0, labelsize=SMALL, labelleft=False)
    axes.set_xlabel("log predictive density of trials\nleft out, minus the best", fontsize=NORMAL)
