"""How likely one is better than another: by how much, or for how long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from trialpool.decisions.competitors import Competitors, competitors
from trialpool.decisions.layouts import Better, layout_of
from trialpool.decisions.margins import Margin, curve, margin_unit
from trialpool.errors import QuestionError
from trialpool.plots.style import (
    BLACK,
    BLUE,
    DASHED,
    GREY,
    LARGE,
    NORMAL,
    SMALL,
    VERMILION,
    legend_below,
    month_ticks,
    new_figure,
    plain,
    short,
)
from trialpool.posterior import Posterior

#: Points of a curve over margins.
_STEPS = 61
#: The curve ends where hardly a draw lies beyond.
_TAIL = 0.005


def plot_comparison(
    posterior: Posterior,
    one: str,
    other: str | None = None,
    *,
    months: float | None = None,
    margins: Sequence[float] | None = None,
    margin: float | None = None,
    outcome: str | None = None,
    better: Better | None = None,
) -> Figure:
    """P(one is better than another by more than a margin), against the margin or against months.

    The probabilities are those of `trialpool.decisions.margins.curve`.

    Parameters
    ----------
    posterior : Posterior
        With classes, or the treatments of a network.
    one, other : str
        Names or synonyms; ``other`` is the reference when left out.
    months : float, optional
        Month of the curve over margins; the last at which both are still seen when left out.
    margins : sequence of float, optional
        Where the curve over margins is drawn; by default from where it is nearly 1 to nearly 0.
    margin : float, optional
        In place of a month: draw the probability at this margin against months.
    outcome, better
        See `trialpool.decisions.competitors.competitors`.

    Returns
    -------
    matplotlib.figure.Figure
        The curve with a band of two Monte Carlo errors, before the data too where the posterior
        keeps draws of its priors.

    Raises
    ------
    QuestionError
        If no trials connect the two, a name is unknown, a month and a margin are both given, or
        there is no time course to draw a margin against.
    """
    draws, layout = layout_of(posterior.draws, outcome=outcome, better=better)
    pair = [one, layout.reference if other is None else other]
    if margin is None:
        found = competitors(draws, names=pair, months=months, better=better)
        return _over_margins(found, margins)
    if months is not None or margins is not None:
        raise QuestionError(
            "months: got a month or margins beside one margin; expected either a month, to draw "
            "over margins, or a margin, to draw over months. Leave one out."
        )
    if layout.months is None:
        raise QuestionError(
            f"margin: got {margin:g} for {draws.meta.get('outcome')}, which has no time course; "
            "expected none, to draw over margins. Leave it out."
        )
    shown = [float(month) for month in layout.months if month > 0]
    over_time = [competitors(draws, names=pair, months=m, better=better) for m in shown]
    return _over_months(over_time, margin)


def _over_margins(found: Competitors, margins: Sequence[float] | None) -> Figure:
    one, other = found.names
    if margins is None:
        margins = _reach(found)
    steps = curve(found, 0, 1, margins)
    unit = margin_unit(found)
    figure, axes = _new()
    _curve(axes, [step.margin for step in steps], steps, past=any(found.extrapolated))
    axes.axvline(0, color=BLACK, linewidth=0.8)
    mcid = found.context.mcid
    if mcid is not None:
        axes.axvline(mcid, color=VERMILION, linewidth=1, linestyle=(0, (1, 2)))
    axes.set_xlim(steps[0].margin, steps[-1].margin)
    axes.set_xlabel(plain(f"margin, {unit}"), fontsize=NORMAL)
    _title(figure, found, f"{short(one, 30)} beats {short(other, 30)} by more than a margin")
    _legend(figure, steps, past=[any(found.extrapolated)], mcid=mcid)
    return figure


def _over_months(over_time: Sequence[Competitors], margin: float) -> Figure:
    months = [float(found.context.months or 0) for found in over_time]
    steps = [
        next(step for step in curve(found, 0, 1, [margin]) if step.margin == margin)
        for found in over_time
    ]
    past = [any(found.extrapolated) for found in over_time]
    figure, axes = _new()
    # The line changes at the last month that was seen, which is a point of both parts.
    seen = past.count(False)
    for start, end, dashed in ((0, seen, False), (max(seen - 1, 0), len(months), True)):
        if end - start > 1:
            _curve(axes, months[start:end], steps[start:end], past=dashed)
    axes.set_xlim(0, months[-1])
    axes.set_xticks(month_ticks(months[-1]))
    axes.set_xlabel("months since the injection", fontsize=NORMAL)
    first = over_time[0]
    one, other = first.names
    by = f" by more than {margin:g} {margin_unit(first)}" if margin else ""
    _title(figure, first, f"{short(one, 30)} beats {short(other, 30)}{by}", when="")
    _legend(figure, steps, past=past, mcid=None)
    return figure


def _reach(found: Competitors) -> list[float]:
    """Margins from where the probability is nearly 1 to where it is nearly 0, 0 among them."""
    ahead = found.ahead(0, 1)
    low, high = (float(q) for q in np.quantile(ahead, [_TAIL, 1 - _TAIL]))
    low, high = min(low, 0.0), max(high, 0.0)
    if found.context.ratio is not None:
        # In per cent of the ratio: from twice as bad, and it cannot be lower by 100 %.
        sign = found.layout.sign
        ends = sorted(100 * sign * float(np.expm1(sign * end)) for end in (low, high))
        low, high = max(ends[0], -100.0), min(ends[1], 99.0 if sign < 0 else 100.0)
    return [0.0, *np.linspace(low, high, _STEPS).tolist()]


def _new() -> tuple[Figure, Axes]:
    figure = new_figure(5.5, 3.9)
    axes = figure.add_subplot()
    axes.axhline(0.5, color=GREY, linewidth=0.8, linestyle=(0, (1, 1.5)))
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel("probability", fontsize=NORMAL)
    axes.tick_params(labelsize=SMALL)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _curve(axes: Axes, x: Sequence[float], steps: Sequence[Margin], *, past: bool) -> None:
    p = np.array([step.probability for step in steps])
    error = 2 * np.array([step.mcse for step in steps])
    axes.fill_between(
        x, np.clip(p - error, 0, 1), np.clip(p + error, 0, 1), color=BLUE, alpha=0.25, lw=0
    )
    axes.plot(
        x,
        p,
        color=BLUE,
        linewidth=1.8,
        linestyle=DASHED if past else "solid",
        gid="extrapolated" if past else "seen",
    )
    if all(step.prior is not None for step in steps):
        prior = [float(step.prior or 0) for step in steps]
        axes.plot(x, prior, color=GREY, linewidth=1.2, linestyle=(0, (5, 1, 1, 1)), gid="prior")


def _title(figure: Figure, found: Competitors, what: str, *, when: str | None = None) -> None:
    context = found.context
    at = context.when() if when is None else when
    lines = [f"{context.outcome}: probability that", f"{what} {at}".strip()]
    figure.suptitle(plain("\n".join(lines)), fontsize=LARGE)


def _legend(
    figure: Figure, steps: Sequence[Margin], *, past: Sequence[bool], mcid: float | None
) -> None:
    handles: list[Line2D | Patch] = []
    if not all(past):
        handles.append(Line2D([], [], color=BLUE, linewidth=1.8, label="probability"))
    if any(past):
        label = "past a last follow-up: extrapolated"
        handles.append(Line2D([], [], color=BLUE, linewidth=1.8, linestyle=DASHED, label=label))
    handles.append(Patch(color=BLUE, alpha=0.25, lw=0, label="± 2 Monte Carlo errors"))
    if all(step.prior is not None for step in steps):
        dashes = (0, (5, 1, 1, 1))
        handles.append(Line2D([], [], color=GREY, linestyle=dashes, label="before any trial"))
    if mcid is not None:
        label = f"MCID {mcid:g}"
        handles.append(Line2D([], [], color=VERMILION, linestyle=(0, (1, 2)), label=label))
    legend_below(figure, handles, columns=2)
