"""How far an answer moves under other priors, trials, kinds of reports and time courses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from trialpool.errors import QuestionError
from trialpool.plots.style import (
    BLACK,
    BLUE,
    GREY,
    LARGE,
    NORMAL,
    VERMILION,
    beside,
    label_rows,
    legend_below,
    new_figure,
    plain,
    short,
    tidy,
    wrapped,
)
from trialpool.sensitivity import Sweep

#: Rows shown when not said otherwise.
_MOST = 20


def plot_sweep(
    found: Sweep | Mapping[str, Any], *, question: str | None = None, most: int = _MOST
) -> Figure:
    """Tornado: the analyses that move an answer farthest, farthest first.

    Parameters
    ----------
    found : Sweep or mapping
        Of `trialpool.sweep`, or what `trialpool sweep --json` prints.
    question : str, optional
        Which answer, of several; the first when left out. ``question`` or ``question (subject)``.
    most : int
        Rows to draw; how many others move less, and how many have no answer, is said below.

    Returns
    -------
    matplotlib.figure.Figure
        Left the probability, a bar from the first analysis to the other one with its Monte Carlo
        error; right the difference behind it, median and 95 % credible interval.

    Raises
    ------
    QuestionError
        If this is no sweep, or not of that question.
    """
    content = found.to_dict() if isinstance(found, Sweep) else found
    base = _base(content, question)
    rows = [
        row
        for row in content["variants"]
        if (row["question"], row["subject"]) == (base["question"], base["subject"])
    ]
    known = [row for row in rows if row["shift"] is not None]
    shown = sorted(known, key=lambda row: -abs(row["shift"]))[: max(most, 1)]
    if not shown:
        raise QuestionError(
            f"sweep of {base['question']!r}: got no other analysis with an answer; expected at "
            "least one. Sweep again with more groups"
        )

    figure = new_figure(9.5, 2.2 + 0.24 * (len(shown) + 1))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.2, 1))
    _probabilities(left, base, shown)
    _differences(right, base, shown)
    label_rows(left, ["first analysis", *(short(row["variant"], 44) for row in shown)], heads=[0])
    asked = _asked(base)
    figure.suptitle(plain(wrapped(asked, 90)), fontsize=LARGE)
    _legend(figure, _below(known, shown, rows))
    return figure


def _base(content: Mapping[str, Any], question: str | None) -> Mapping[str, Any]:
    answers = content.get("base") if isinstance(content, Mapping) else None
    if not answers or "variants" not in content:
        raise QuestionError(
            "sweep: got something else; expected a Sweep, or what `trialpool sweep --json` prints"
        )
    for answer in answers:
        if question is None or question in (answer["question"], _asked(answer)):
            return dict(answer)
    held = "; ".join(_asked(answer) for answer in answers)
    raise QuestionError(f"question: got {question!r}; expected one of: {held}. Name that")


def _asked(answer: Mapping[str, Any]) -> str:
    question, subject = str(answer["question"]), str(answer["subject"])
    # A question that names its class says it once.
    return f"{question} ({subject})" if subject and subject not in question else question


def _probabilities(axes: Axes, base: Mapping[str, Any], shown: list[Mapping[str, Any]]) -> None:
    first = base["probability"]
    axes.axvline(first, color=BLACK, linewidth=0.8)
    axes.axvline(0.5, color=GREY, linewidth=0.8, linestyle=(0, (1, 1.5)))
    ends = [first, 0.5]
    for i, row in enumerate([base, *shown]):
        p, error = row["probability"], 2 * row["mcse"]
        colour = BLUE if p >= first else VERMILION
        axes.barh(i, p - first, left=first, height=0.6, color=colour, alpha=0.55, gid="shift")
        axes.plot([p - error, p + error], [i, i], color=BLACK, linewidth=1.1, gid="error")
        axes.plot(p, i, marker="D" if i == 0 else "o", markersize=4, color=BLACK, gid="answer")
        beside(axes, i, f"{p:.2f}" if i == 0 else f"{p:.2f} ({p - first:+z.2f})", bold=i == 0)
        ends += [p - error, p + error]
    air = 0.04 * (max(ends) - min(ends))
    axes.set_xlim(max(min(ends) - air, -0.01), min(max(ends) + air, 1.01))
    tidy(axes)
    axes.set_xlabel("probability", fontsize=NORMAL)


def _differences(axes: Axes, base: Mapping[str, Any], shown: list[Mapping[str, Any]]) -> None:
    axes.axvline(0, color=BLACK, linewidth=0.8)
    axes.axvline(base["median"], color=GREY, linewidth=0.8, linestyle=(0, (4, 2)))
    for i, row in enumerate([base, *shown]):
        if not math.isfinite(row["median"]):
            continue
        colour = BLACK if i == 0 else GREY
        axes.plot([row["lower"], row["upper"]], [i, i], color=colour, linewidth=1.3, gid="interval")
        axes.plot(row["median"], i, marker="|", markersize=8, color=BLACK, gid="median")
        said = f"{row['median']:.3g} ({row['lower']:.3g} to {row['upper']:.3g})"
        beside(axes, i, said, bold=i == 0)
    tidy(axes)
    axes.tick_params(axis="y", length=0, labelleft=False)
    axes.set_xlabel(plain(f"difference, {base['unit']}".rstrip(", ")), fontsize=NORMAL)


def _below(
    known: list[Mapping[str, Any]], shown: list[Mapping[str, Any]], rows: list[Mapping[str, Any]]
) -> str:
    """What is said of the analyses that are not drawn."""
    said = []
    if len(known) > len(shown):
        least = abs(shown[-1]["shift"])
        said.append(f"{len(known) - len(shown)} other analyses move it by {least:.3f} at most")
    if len(rows) > len(known):
        count = len(rows) - len(known)
        said.append(f"{count} {'has' if count == 1 else 'have'} no answer")
    return "; ".join(said)


def _legend(figure: Figure, below: str) -> None:
    handles = [
        Patch(color=BLUE, alpha=0.55, label="higher than in the first analysis"),
        Patch(color=VERMILION, alpha=0.55, label="lower"),
        Line2D([], [], color=BLACK, linewidth=1.1, label="± 2 Monte Carlo errors"),
        Line2D([], [], color=GREY, linewidth=1.3, label="95 % credible interval"),
    ]
    legend_below(figure, handles, columns=4, title=below or None)
