"""Figures of the page, as images that need no other file. A new one is an entry of `FIGURES`."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from trialpool.draws import Draws
from trialpool.errors import TrialpoolError
from trialpool.plots import plot_decay, plot_forest, plot_predictive
from trialpool.posterior import Posterior
from trialpool.questions.effects import (
    active_classes,
    benefit_at,
    classes,
    horizon,
    is_extrapolated,
    reference,
)
from trialpool.questions.units import decimals, unit_text
from trialpool.report.sources import Entry

#: Month of the forest plot.
FOREST = 12.0
#: Months that the words for the decay figure name.
_TOLD = (6.0, 12.0, 24.0, 36.0)
SCORES = ("longitudinal",)
#: What holds lengths in seventy-seconds of an inch, or in units of a font: two decimals are more
#: than any printer shows.
_LENGTHS = re.compile(r' d="[^"]*"| [xy]="[^"]*"|translate\([^)]*\)')
_DECIMALS = re.compile(r"(\.\d\d)\d+")
#: Letters of a text are pieces of their own; matplotlib repeats the text as a comment.
_COMMENTS, _SPACE = re.compile(r"<!--.*?-->", re.DOTALL), re.compile(r"\s+")


@dataclass(frozen=True)
class FigureKind:
    """A figure that the page may show.

    Attributes
    ----------
    name, title : str
    place : {"benefit", "checks", "methods"}
        Section of the page.
    layouts : tuple of str
        Kinds of posterior that have it.
    draw : callable
        From a posterior of one outcome.
    words : callable
        What a reader who cannot see it is told.
    """

    name: str
    title: str
    place: str
    layouts: tuple[str, ...]
    draw: Callable[[Posterior], Figure]
    words: Callable[[Draws], str]


@dataclass(frozen=True)
class Shown:
    """A figure as it stands in the page.

    Attributes
    ----------
    name, title, place, words : str
    image : str
        A data address.
    """

    name: str
    title: str
    place: str
    words: str
    image: str


def _forest(posterior: Posterior) -> Figure:
    return plot_forest(posterior, months=min(FOREST, horizon(posterior.draws)))


def _forest_words(draws: Draws) -> str:
    month = min(FOREST, horizon(draws))
    told = "; ".join(f"{c} {_interval(draws, c, month)}" for c in classes(draws))
    return (
        f"Forest plot: benefit over {reference(draws)} at {month:g} months by class and trial arm, "
        f"{unit_text(draws)}, median and 95 % credible interval. {told}."
    )


def _decay_words(draws: Draws) -> str:
    months = [m for m in _TOLD if m <= horizon(draws)]
    told = ". ".join(
        f"{c}: " + ", ".join(f"month {m:g} {_interval(draws, c, m)}" for m in months)
        for c in active_classes(draws)
        if c in classes(draws)
    )
    return (
        f"Benefit over {reference(draws)} against months since the injection, one panel a class, "
        f"{unit_text(draws)}, median and 95 % credible interval. {told}."
    )


def _interval(draws: Draws, cls: str, month: float) -> str:
    values = benefit_at(draws, cls, month)
    places = decimals(str(draws.meta.get("unit", "")))
    lower, median, upper = (f"{v:.{places}f}" for v in np.quantile(values, [0.025, 0.5, 0.975]))
    mark = ", extrapolated" if is_extrapolated(draws, [cls], month) else ""
    return f"{median} ({lower} to {upper}{mark})"


FIGURES: tuple[FigureKind, ...] = (
    FigureKind(
        "forest",
        "Benefit of each class and trial arm",
        "benefit",
        SCORES,
        _forest,
        _forest_words,
    ),
    FigureKind(
        "decay", "Benefit over time", "benefit", SCORES, lambda p: plot_decay(p), _decay_words
    ),
    FigureKind(
        "predictive",
        "Each printed number beside what the fitted model expects",
        "checks",
        ("longitudinal", "events"),
        lambda p: plot_predictive(p, seed=1),
        lambda d: (
            "Each printed number as a mark, beside the interval in which the fitted model expects "
            "95 % of such numbers; those outside are named under the checks."
        ),
    ),
)


def figures_of(entry: Entry) -> list[Shown]:
    """The figures that an outcome has; one that its posterior cannot give is left out."""
    shown = []
    for kind in FIGURES:
        if entry.layout not in kind.layouts:
            continue
        try:
            image = as_image(kind.draw(entry.posterior))
        except TrialpoolError:
            continue  # an average, say, lacks the parameters of its shapes
        shown.append(Shown(kind.name, kind.title, kind.place, kind.words(entry.draws), image))
    return shown


def as_image(figure: Figure) -> str:
    """A figure as a data address, without what nobody sees; the same figure gives the same text."""
    held = BytesIO()
    # Without a salt, matplotlib names its parts at random; without a date, it writes today's.
    with rc_context({"svg.hashsalt": "trialpool"}):
        figure.savefig(held, format="svg", metadata={"Date": None, "Creator": None})
    text = _SPACE.sub(" ", _COMMENTS.sub("", held.getvalue().decode()))
    text = _LENGTHS.sub(lambda found: _DECIMALS.sub(r"\1", found.group()), text)
    text = text.replace("> <", "><").replace("DejaVuSans", "D")
    return f"data:image/svg+xml;base64,{b64encode(text.encode()).decode('ascii')}"
