"""Figures of the page, as images that need no other file. A new one is an entry of `FIGURES`."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from trialpool.draws import Draws
from trialpool.errors import TrialpoolError
from trialpool.plots import (
    figure_bytes,
    plot_benefit_probability,
    plot_decay,
    plot_forest,
    plot_funnel,
    plot_network,
    plot_predictive,
    plot_prior_posterior,
    plot_ranks,
    plot_weights,
)
from trialpool.posterior import Posterior
from trialpool.questions.effects import (
    active_classes,
    benefit_at,
    classes,
    horizon,
    is_events,
    is_extrapolated,
    is_timeless,
    reference,
)
from trialpool.questions.units import decimals, unit_text
from trialpool.report.ranking import RANKED
from trialpool.report.sources import PLAIN, Entry

#: Month of the forest plot.
FOREST = 12.0
#: Months that the words for the decay figure name.
_TOLD = (6.0, 12.0, 24.0, 36.0)
SCORES = ("longitudinal",)
#: What holds lengths in seventy-seconds of an inch, or in units of a font: two decimals are more
#: than any printer shows.
_LENGTHS = re.compile(r' d="[^"]*"| [xy]="[^"]*"|translate\([^)]*\)')
_DECIMALS = re.compile(r"(\.\d\d)\d+")
_SPACE = re.compile(r"\s+")
#: What matplotlib writes and a page does not need, and what stands for it: each text as a comment
#: beside its letters, names of groups that nothing refers to, letters placed the long way.
_SHORTER = (
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r'<g id="[^"]*"'), "<g"),
    (re.compile(r'(xlink:href="[^"]*") transform="translate\(([-.\d]+) 0\)"'), r'\1 x="\2"'),
    (re.compile(r"xlink:href"), "href"),
    (re.compile(r"DejaVuSans"), "D"),
    (re.compile(r"> <"), "><"),
)


@dataclass(frozen=True)
class FigureKind:
    """A figure that the page may show.

    Attributes
    ----------
    name, title : str
    place : {"evidence", "benefit", "ranking", "checks", "methods", "priors"}
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
    months = min(FOREST, horizon(posterior.draws)) if posterior.draws.has("benefit") else None
    return plot_forest(posterior, months=months)


def _forest_words(draws: Draws) -> str:
    if draws.meta.get("layout") in PLAIN:
        return (
            "Forest plot: each study as reported and as estimated, the pooled mean and a new study."
        )
    if is_timeless(draws) or not draws.has("benefit"):
        what = "ratios of events" if is_events(draws) else "effects"
        return (
            f"Forest plot: {what} against {reference(draws)} by class and trial; the numbers stand "
            "under who beats whom."
        )
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
    lower, median, upper = (f"{v:z.{places}f}" for v in np.quantile(values, [0.025, 0.5, 0.975]))
    mark = ", extrapolated" if is_extrapolated(draws, [cls], month) else ""
    return f"{median} ({lower} to {upper}{mark})"


def _network_words(draws: Draws) -> str:
    return (
        "Network: a mark a therapy, as large as the patients behind it, a line between two that "
        "trials compared, with their number. What no path of lines connects is not compared."
    )


def _funnel_words(draws: Draws) -> str:
    return (
        "Funnel plot: each study's estimate against its standard error, large studies on top; "
        "small ones that are missing on one side speak for unpublished ones."
    )


def _ranks(posterior: Posterior) -> Figure:
    return plot_ranks(posterior, months=min(RANKED, horizon(posterior.draws)))


def _chance_words(draws: Draws) -> str:
    return (
        f"Probability of any benefit over {reference(draws)}, and of one over the minimal "
        "important change, against months, a line a therapy; dashed past its last "
        "follow-up. The numbers at 12 months stand in the table at the top."
    )


def _rank_words(draws: Draws) -> str:
    return "Probability of each rank, by therapy; the table above has SUCRA and the best."


def _predictive_words(draws: Draws) -> str:
    return (
        "Each printed number as a mark, beside the interval in which the fitted model expects 95 % "
        "of such numbers; those outside are named under the checks."
    )


def _weight_words(draws: Draws) -> str:
    weights = draws.meta.get("average", {}).get("weights", [])
    told = ", ".join(f"{w['time_course']} {float(w['weight']):.2f}" for w in weights)
    return f"Weights of the time courses in the average: {told}."


def _prior_words(draws: Draws) -> str:
    return (
        "Densities of the parameters before and after the trials; where both lie on each other the "
        "trials say nothing. The priors stand in the table."
    )


ALL = ("longitudinal", "events", "network", *PLAIN)
FIGURES: tuple[FigureKind, ...] = (
    FigureKind(
        "network",
        "Who was compared with whom",
        "evidence",
        ("longitudinal", "events", "network"),
        lambda p: plot_network(p),
        _network_words,
    ),
    FigureKind("forest", "Each class and trial", "benefit", ALL, _forest, _forest_words),
    FigureKind(
        "decay", "Benefit over time", "benefit", SCORES, lambda p: plot_decay(p), _decay_words
    ),
    FigureKind(
        "probability",
        "Probability of benefit over time",
        "benefit",
        SCORES,
        lambda p: plot_benefit_probability(p),
        _chance_words,
    ),
    FigureKind(
        "funnel", "Small studies", "benefit", PLAIN, lambda p: plot_funnel(p), _funnel_words
    ),
    FigureKind("ranks", "Probability of each rank", "ranking", SCORES, _ranks, _rank_words),
    FigureKind(
        "predictive",
        "Each printed number beside what the fitted model expects",
        "checks",
        ("longitudinal", "events"),
        lambda p: plot_predictive(p, seed=1),
        _predictive_words,
    ),
    FigureKind(
        "weights",
        "Weights of the time courses",
        "methods",
        SCORES,
        lambda p: plot_weights(p),
        _weight_words,
    ),
    FigureKind(
        "prior",
        "What was believed before any trial, and after",
        "priors",
        ("longitudinal", "events"),
        lambda p: plot_prior_posterior(p),
        _prior_words,
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
    text = _SPACE.sub(" ", figure_bytes(figure, "svg").decode())
    text = _LENGTHS.sub(lambda found: _DECIMALS.sub(r"\1", found.group()), text)
    for long, shorter in _SHORTER:
        text = long.sub(shorter, text)
    return f"data:image/svg+xml;base64,{b64encode(text.encode()).decode('ascii')}"
