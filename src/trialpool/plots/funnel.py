"""Funnel plot: whether small studies report other effects than large ones."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import BboxBase

from trialpool.plots.style import (
    BLACK,
    BLUE,
    GREY,
    LARGE,
    NORMAL,
    SMALL,
    VERMILION,
    legend_below,
    new_figure,
    plain,
    short,
)
from trialpool.posterior import Posterior
from trialpool.sensitivity import funnel

#: Two-sided significance of the contours, with the normal quantile and the grey of each region.
_CONTOURS = ((0.01, 2.575829, "#FFFFFF"), (0.05, 1.959964, "#E3E3E3"), (0.10, 1.644854, "#CFCFCF"))
_INSIDE = "#BDBDBD"
#: Studies with names of their own; of more, names would cover each other.
_NAMED = 12


def plot_funnel(posterior: Posterior) -> Figure:
    """Each study's estimate against its standard error, large studies on top.

    The pooled mean and the limits between which 95 % of studies are expected are those of
    `trialpool.sensitivity.funnel`. The grey regions say what a study alone would have called
    significant: small studies missing from them alone speak for unpublished ones, missing
    elsewhere for other causes (Peters et al. 2008, doi:10.1016/j.jclinepi.2007.11.010).

    Parameters
    ----------
    posterior : Posterior
        Of estimates with standard errors. Of a fit with ``small_study`` PET or PEESE the
        regression on the standard error is drawn too.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ModelError
        For other posteriors.
    """
    table = funnel(posterior)
    draws = posterior.draws
    centre = float(draws.array("effect").mean())
    tau = float(draws.array("tau").mean()) if draws.has("tau") else 0.0
    kind = _regression(posterior)

    figure = new_figure(6.4, 5.0)
    axes = figure.add_subplot()
    lowest = float(table["se"].max()) * 1.06
    se = np.linspace(0.0, lowest, 60)
    limit = 1.96 * np.hypot(se, tau)
    ends = [*table["y"], centre - limit[-1], centre + limit[-1], 0.0]
    air = 0.04 * (max(ends) - min(ends))
    left, right = min(ends) - air, max(ends) + air
    _contours(axes, se, left, right)
    axes.plot([centre, centre], [0, lowest], color=BLUE, linewidth=1.4, gid="pooled")
    if kind is None:
        for side in (-1, 1):
            axes.plot(
                centre + side * limit, se, color=BLUE, linewidth=1, linestyle=(0, (4, 2)),
                gid="limit",
            )  # fmt: skip
    else:
        _draw_regression(axes, posterior, se, kind)
    axes.plot(
        table["y"],
        table["se"],
        "o",
        markersize=5,
        color=BLACK,
        markeredgecolor="white",
        gid="study",
    )
    axes.set_xlim(left, right)
    axes.set_ylim(lowest, 0.0)
    if len(table) <= _NAMED:
        _names(figure, axes, table["study"].tolist(), table["y"].to_numpy(), table["se"].to_numpy())
    unit = str(posterior.meta.get("unit") or "as given")
    axes.set_xlabel(plain(f"{posterior.meta['outcome']}, {unit}"), fontsize=NORMAL)
    axes.set_ylabel("standard error (large studies on top)", fontsize=NORMAL)
    axes.tick_params(labelsize=SMALL)
    figure.suptitle(plain(f"{posterior.meta['outcome']}: {len(table)} studies"), fontsize=LARGE)
    _legend(figure, kind)
    return figure


def _contours(axes: Axes, se: np.ndarray, left: float, right: float) -> None:
    """Regions of significance against no effect, from the outermost in."""
    axes.set_facecolor(_CONTOURS[0][2])
    for i, (_, z, _) in enumerate(_CONTOURS):
        colour = _CONTOURS[i + 1][2] if i + 1 < len(_CONTOURS) else _INSIDE
        axes.fill_betweenx(
            se, np.clip(-z * se, left, right), np.clip(z * se, left, right), color=colour, lw=0,
            zorder=0, gid="contour",
        )  # fmt: skip


def _regression(posterior: Posterior) -> str | None:
    """``se`` or ``se²`` where the fit regresses on it."""
    if not posterior.draws.has("bias"):
        return None
    return "se²" if "peese" in str(posterior.meta.get("model", "")) else "se"


def _draw_regression(axes: Axes, posterior: Posterior, se: np.ndarray, kind: str) -> None:
    draws = posterior.draws
    x = se if kind == "se" else se**2
    lines = draws.array("effect")[:, None] + draws.array("bias")[:, None] * x
    low, high = np.quantile(lines, [0.025, 0.975], axis=0)
    axes.fill_betweenx(se, low, high, color=VERMILION, alpha=0.2, lw=0)
    axes.plot(
        lines.mean(axis=0),
        se,
        color=VERMILION,
        linewidth=1.6,
        linestyle=(0, (6, 2)),
        gid="regression",
    )


def _names(figure: Figure, axes: Axes, names: list[str], y: np.ndarray, se: np.ndarray) -> None:
    """Names beside the marks, one after the other from the top, none over another."""
    figure.draw_without_rendering()
    taken: list[BboxBase] = []
    for name, x, at in sorted(zip(names, y, se, strict=True), key=lambda one: one[2]):
        best = None
        for ha, va, dx, dy in _SIDES:
            text = axes.annotate(
                plain(short(name, 22)), (x, at), xytext=(dx, dy), textcoords="offset points",
                ha=ha, va=va, fontsize=SMALL - 1, in_layout=False, zorder=4,
            )  # fmt: skip
            box = text.get_window_extent()
            inside = axes.bbox.x0 < box.x0 and box.x1 < axes.bbox.x1
            inside = inside and axes.bbox.y0 < box.y0 and box.y1 < axes.bbox.y1
            if inside and not any(box.overlaps(other) for other in taken):
                best = box
                break
            text.remove()
        if best is not None:
            taken.append(best)


_SIDES = (
    ("left", "center", 5, 0),
    ("right", "center", -5, 0),
    ("left", "bottom", 3, 4),
    ("right", "bottom", -3, 4),
    ("left", "top", 3, -4),
    ("right", "top", -3, -4),
)


def _legend(figure: Figure, kind: str | None) -> None:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=BLACK, marker="o", linestyle="none", label="study"),
        Line2D(
            [], [], color=BLUE, label="pooled mean" if kind is None else "mean without error (se 0)"
        ),
    ]
    if kind is None:
        label = "95 % of studies expected between"
        handles.append(Line2D([], [], color=BLUE, linestyle=(0, (4, 2)), label=label))
    else:
        label = f"regression on {kind}, mean and 95 %"
        handles.append(Line2D([], [], color=VERMILION, linestyle=(0, (6, 2)), label=label))
    shades = ("p < 0.01", "p 0.01 to 0.05", "p 0.05 to 0.10", "p > 0.10")
    colours = [*(colour for _, _, colour in _CONTOURS), _INSIDE]
    handles += [
        Patch(facecolor=c, edgecolor=GREY, linewidth=0.5, label=s)
        for s, c in zip(shades, colours, strict=True)
    ]
    legend_below(figure, handles, columns=3)
