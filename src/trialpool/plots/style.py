"""What the figures share: colours, figures without pyplot, and text that stays text.

Colours are those of Okabe and Ito (2008, https://jfly.uni-koeln.de/color/), which colour-blind
readers tell apart; no figure needs colour alone to be read, so they survive a black-and-white
printer.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import blended_transform_factory
from numpy.typing import NDArray

from trialpool.draws import Draws
from trialpool.errors import PosteriorFileError
from trialpool.plots.fonts import drawable
from trialpool.questions.effects import evidence_of, last_months

BLUE, VERMILION, BLACK, GREY = "#0072B2", "#D55E00", "#000000", "#6E6E6E"
GREEN, ORANGE, SKY, PURPLE = "#009E73", "#E69F00", "#56B4E9", "#CC79A7"
#: Lines that differ in colour differ in this too, for print without colours.
SERIES = (
    (BLUE, "o"),
    (VERMILION, "s"),
    (GREEN, "^"),
    (PURPLE, "D"),
    (ORANGE, "v"),
    (SKY, "P"),
    (BLACK, "X"),
    (GREY, "*"),
)

#: Point sizes that stay readable when a figure as wide as a page is printed.
SMALL, NORMAL, LARGE = 8, 9, 11

#: What lies past the last follow-up.
DASHED = (0, (3, 1.5))


def new_figure(width: float, height: float) -> Figure:
    """A figure of its own canvas, in inches, which no global state of pyplot knows about."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def plain(text: object) -> str:
    """Text as it stands: matplotlib would set what stands between two dollar signs as a formula."""
    return drawable(str(text)).replace("$", r"\$")


def short(name: object, most: int) -> str:
    """A name of at most so many characters; the middle goes, since ends tell arms apart.

    A character of a script that is set in squares counts as two.
    """
    text = " ".join(str(name).split())
    if _room(text) <= most:
        return text
    head = tail = ""
    while _room(head) < 2 * (most - 1) / 3:
        head += text[len(head)]
    while _room(head) + _room(tail) < most - 1:
        tail = text[-1 - len(tail)] + tail
    return f"{head.rstrip()}…{tail.lstrip()}"


def _room(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def wrapped(name: object, width: int, *, lines: int = 2) -> str:
    """A name on at most so many lines of a width."""
    text = short(name, width * lines)
    return "\n".join(textwrap.wrap(text, width)[: lines + 1])


def series(i: int) -> tuple[str, str]:
    """Colour and marker of the line at a place: no two of the first 64 are alike in both."""
    turn = i // len(SERIES)
    return SERIES[i % len(SERIES)][0], SERIES[(i + turn) % len(SERIES)][1]


def month_ticks(end: float) -> list[float]:
    """Years, or quarters of a year where there are not two."""
    step = 12.0 if end >= 24 else 3.0
    return [float(m) for m in np.arange(0, end + 1e-9, step)]


def tidy(axes: Axes) -> None:
    """Keep only the frame that carries numbers."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=SMALL)


def label_rows(
    axes: Axes,
    labels: Sequence[str],
    *,
    heads: Sequence[int] = (),
    at: Sequence[float] | None = None,
) -> None:
    """Name rows 0, 1, ... (or those ``at``) from the top down; ``heads`` are set in bold."""
    places = list(range(len(labels))) if at is None else list(at)
    axes.set_yticks(places, [plain(label) for label in labels])
    axes.set_ylim(places[-1] + 0.6, -0.6)
    axes.tick_params(axis="y", length=0)
    for i, tick in enumerate(axes.get_yticklabels()):
        tick.set_fontsize(NORMAL if i in heads else SMALL)
        tick.set_fontweight("bold" if i in heads else "normal")


def beside(axes: Axes, row: float, text: str, *, bold: bool = False, colour: str = BLACK) -> None:
    """Text to the right of a row."""
    axes.text(
        1.02,
        row,
        plain(text),
        transform=blended_transform_factory(axes.transAxes, axes.transData),
        va="center",
        ha="left",
        fontsize=SMALL,
        fontweight="bold" if bold else "normal",
        color=colour,
    )


def cell_text(axes: Axes, x: float, y: float, text: str, *, on: Sequence[float]) -> None:
    """Text in the middle of a cell: black or white, whichever is read better on its colour."""
    rgb = np.array(on[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    # Relative luminance; at 0.179 black and white have the same contrast (WCAG 2.2).
    dark = float(linear @ (0.2126, 0.7152, 0.0722)) < 0.179
    axes.text(
        x,
        y,
        text,
        ha="center",
        va="center",
        fontsize=SMALL - 1,
        linespacing=1.15,
        color="white" if dark else BLACK,
    )


def sequential() -> LinearSegmentedColormap:
    """From nothing, white, to certain, blue; darker is more for every eye and printer."""
    return LinearSegmentedColormap.from_list("likely", ["#FFFFFF", BLUE])


def diverging() -> LinearSegmentedColormap:
    """From worse, vermilion, through white to better, blue."""
    return LinearSegmentedColormap.from_list("better", [VERMILION, "#FFFFFF", BLUE])


def benefit_label(draws: Draws) -> str:
    """Name and unit of the axis of a benefit."""
    meta = draws.meta
    return plain(
        f"{meta['outcome']}: benefit over {meta['reference']}, {meta['unit']} (positive is better)"
    )


def mcid_handles(mcid: float | None) -> list[Line2D]:
    """What stands for the minimal important change in a legend; nothing where there is none."""
    if mcid is None:
        return []
    label = f"MCID {mcid:g} (change within a patient)"
    return [Line2D([], [], color=VERMILION, linestyle=(0, (1, 2)), label=label)]


def legend_below(figure: Figure, handles: Sequence[Artist], *, columns: int) -> None:
    """A legend without a frame under all panels."""
    figure.legend(
        handles=handles, loc="outside lower center", ncols=columns, fontsize=SMALL, frameon=False
    )


def mcid_of(draws: Draws) -> float | None:
    """The minimal important change that the posterior records, if it does."""
    value = draws.meta.get("mcid")
    return None if value is None else float(value)


def stands_behind(draws: Draws, cls: str) -> str:
    """Trials, patients and follow-up of a class in a few words."""
    known = evidence_of(draws, cls)
    trials = f"{known['trials']} trial{'' if known['trials'] == 1 else 's'}"
    last = last_months(draws, cls)
    seen = "follow-up unknown" if last is None else f"seen to {last:g} months"
    # No patients means that no arm printed how many it had, not that there were none.
    patients = f"{known['patients']:g} patients" if known["patients"] else "n not printed"
    return f"{trials}, {patients}, {seen}"


def require_courses(draws: Draws) -> None:
    """Refuse a posterior without benefits over time.

    Raises
    ------
    PosteriorFileError
        If it has none.
    """
    if not draws.has("benefit"):
        raise PosteriorFileError(
            f"posterior of {draws.meta.get('outcome')!r}: got no variable 'benefit'; expected a "
            "posterior of scores over time, such as pain or function. Use one of those"
        )


def at_month(
    courses: NDArray[np.float64], grid: NDArray[np.float64], month: float
) -> NDArray[np.float64]:
    """Courses with months last, at one month within the grid; linear between two of its months."""
    right = min(int(np.searchsorted(grid, month)), len(grid) - 1)
    if grid[right] == month:
        return courses[..., right]
    weight = (month - grid[right - 1]) / (grid[right] - grid[right - 1])
    mixed: NDArray[np.float64] = (1 - weight) * courses[..., right - 1] + weight * courses[
        ..., right
    ]
    return mixed
