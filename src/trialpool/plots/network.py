"""Which classes or treatments trials compared: a mark each, a line where a trial has both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from trialpool.evidence import Evidence
from trialpool.plots.network_nodes import Node, compared_in
from trialpool.plots.style import (
    BLACK,
    BLUE,
    GREY,
    LARGE,
    NORMAL,
    SMALL,
    legend_below,
    new_figure,
    plain,
    wrapped,
)
from trialpool.posterior import Posterior

Point = NDArray[np.float64]
#: Places of a number along its line, the middle first.
_PLACES = (0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72)
#: Distance from other lines and numbers at which a number is read without doubt.
_CLEAR = 0.13
_WIDEST = 7.0  # points


def plot_network(found: Evidence | Posterior, *, level: str = "class") -> Figure:
    """Network of what the trials of one outcome, or of a network meta-analysis, compared.

    Marks are as large as the patients behind them, lines as wide as the number of trials written
    on them. A trial of three arms counts on three lines.

    Parameters
    ----------
    found : Evidence or Posterior
        Of the longitudinal or events layout, or a posterior of a network.
    level : {"class", "treatment"}
        Whether a mark is a class or a product and dose, which posteriors of classes do not record.

    Returns
    -------
    matplotlib.figure.Figure
        The reference class is a square, comparators are open circles, active classes full ones.

    Raises
    ------
    QuestionError
        If the level is unknown or not recorded, or no row with a class enters.
    """
    compared = compared_in(found, level)
    nodes, lines = compared.nodes, compared.lines
    order = _fewest_crossings([node.name for node in nodes], list(lines))
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(order)) / len(order)
    at = {name: np.array([np.cos(a), np.sin(a)]) for name, a in zip(order, angles, strict=True)}

    # Names of products are long, and their class stands below them.
    width, height = (7.5, 5.6) if level == "class" else (10.5, 7.7)
    figure = new_figure(width, height + 0.08 * len(nodes))
    axes = figure.add_subplot()
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_xticks([])
    axes.set_yticks([])
    _draw_lines(axes, lines, at)
    most = max((node.patients for node in nodes), default=0.0)
    largest = _largest_radius(len(nodes))
    names = []
    for node in nodes:
        share = node.patients / most if most else 0.0
        radius = max(largest * np.sqrt(share), 0.3 * largest)
        _draw_mark(axes, node, at[node.name], radius)
        names.append(_write_name(axes, node, at[node.name], radius))
    trials = f"{compared.trials} trial{'' if compared.trials == 1 else 's'}"
    figure.suptitle(
        plain(f"{compared.outcome}: {compared.members} compared in {trials}"), fontsize=LARGE
    )
    axes.set_title("area of a mark: patients; width of a line: trials", fontsize=SMALL)
    legend_below(figure, _handles(nodes), columns=3)
    _make_room(figure, axes, names)
    return figure


def _fewest_crossings(names: list[str], lines: Sequence[tuple[str, str]]) -> list[str]:
    """Names round the circle, the first where it was; pairs are exchanged while that helps."""
    order = list(names)
    cost = _tangle(order, lines)
    improved = True
    while improved:
        improved = False
        for i, j in combinations(range(1, len(order)), 2):
            order[i], order[j] = order[j], order[i]
            if (found := _tangle(order, lines)) < cost:
                cost, improved = found, True
            else:
                order[i], order[j] = order[j], order[i]
    return order


def _tangle(order: Sequence[str], lines: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """Number of crossings, then how far round the circle the lines reach."""
    place = {name: i for i, name in enumerate(order)}
    ends = [sorted((place[a], place[b])) for a, b in lines]
    crossings = sum(a < c < b < d or c < a < d < b for (a, b), (c, d) in combinations(ends, 2))
    return crossings, sum(min(b - a, len(order) - b + a) for a, b in ends)


def _largest_radius(count: int) -> float:
    """So that neighbours stay apart, and the line between a node's two neighbours passes it."""
    if count < 3:
        return 0.16
    turn = 2 * np.pi / count
    return float(min(0.16, 0.7 * np.sin(turn / 2), 0.7 * (1 - np.cos(turn))))


def _draw_lines(axes: Axes, lines: Mapping[tuple[str, str], int], at: Mapping[str, Point]) -> None:
    step = min(1.6, _WIDEST / max(lines.values(), default=1))
    ends = {pair: (at[pair[0]], at[pair[1]]) for pair in lines}
    numbers: list[Point] = []
    for pair, (start, end) in ends.items():
        axes.plot(
            *np.stack([start, end], axis=1),
            color=GREY,
            linewidth=step * lines[pair],
            solid_capstyle="butt",
            zorder=1,
            gid="comparison",
        )
        others = [line for other, line in ends.items() if other != pair]
        here = _clearest(start, end, others, numbers)
        numbers.append(here)
        axes.text(
            here[0],
            here[1],
            str(lines[pair]),
            ha="center",
            va="center",
            fontsize=NORMAL,
            zorder=2,
            bbox={"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": "none"},
        )


def _clearest(
    start: Point, end: Point, others: Sequence[tuple[Point, Point]], numbers: Sequence[Point]
) -> Point:
    """The place for a number: the most central one that is clear, or else the clearest."""
    best, most = (start + end) / 2, -1.0
    for share in _PLACES:
        here = start + share * (end - start)
        clear = min(
            [
                *(_distance(here, *line) for line in others),
                *(float(np.hypot(*(here - number))) for number in numbers),
                _CLEAR,
            ]
        )
        if clear > most:
            best, most = here, clear
    return best


def _distance(point: Point, start: Point, end: Point) -> float:
    along = end - start
    share = float(np.clip(np.dot(point - start, along) / np.dot(along, along), 0, 1))
    return float(np.hypot(*(point - start - share * along)))


def _draw_mark(axes: Axes, node: Node, at: Point, radius: float) -> None:
    mark: Patch
    if node.role == "reference":
        side = radius * np.sqrt(np.pi)  # the area of the circle
        mark = Rectangle((at[0] - side / 2, at[1] - side / 2), side, side)
    else:
        mark = Circle((at[0], at[1]), radius)
    mark.set_facecolor(BLUE if node.role == "active" else "white")
    mark.set_edgecolor(BLUE if node.role == "active" else BLACK)
    mark.set_linewidth(1.8)
    mark.set_zorder(3)
    mark.set_gid("mark")
    axes.add_patch(mark)


def _write_name(axes: Axes, node: Node, at: Point, radius: float) -> Text:
    """Outside the circle, so that no line crosses it."""
    across, up = at
    x, y = at * (1 + radius + 0.05)
    sideways = abs(across) > 0.12
    return axes.text(
        x,
        y,
        plain(f"{wrapped(node.name, 30, lines=3)}\n{node.text}"),
        ha=("left" if across > 0 else "right") if sideways else "center",
        va="center" if abs(up) < 0.6 else "bottom" if up > 0 else "top",
        fontsize=SMALL,
        linespacing=1.25,
        zorder=4,
        in_layout=False,
    )


def _make_room(figure: Figure, axes: Axes, names: Sequence[Text]) -> None:
    """Limits that hold every name: their size in the units of the axes depends on the limits."""
    axes.set_xlim(-1.2, 1.2)
    axes.set_ylim(-1.2, 1.2)
    for _ in range(4):
        figure.draw_without_rendering()
        marks = [mark.get_window_extent() for mark in axes.patches]
        boxes = Bbox.union([*marks, *(name.get_window_extent() for name in names)])
        held = boxes.transformed(axes.transData.inverted())
        axes.set_xlim(held.x0 - 0.02, held.x1 + 0.02)
        axes.set_ylim(held.y0 - 0.02, held.y1 + 0.02)


def _handles(nodes: Sequence[Node]) -> list[Line2D]:
    marks = {
        "reference": ("s", "white", BLACK, "reference class"),
        "comparator": ("o", "white", BLACK, "comparator class"),
        "active": ("o", BLUE, BLUE, "active class"),
    }
    present = {node.role for node in nodes}
    return [
        Line2D(
            [],
            [],
            marker=shape,
            markersize=9,
            markerfacecolor=face,
            markeredgecolor=edge,
            markeredgewidth=1.5,
            linestyle="none",
            label=label,
        )
        for role, (shape, face, edge, label) in marks.items()
        if role in present
    ]
