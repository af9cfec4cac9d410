"""``trialpool plot``: a figure of a posterior, or of a sweep, as a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trialpool.cli.options import AsJson, BetterWay, Mcid, OneOutcome
from trialpool.cli.printing import print_json
from trialpool.errors import QuestionError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trialpool.posterior import Posterior


@dataclass(frozen=True)
class _Named:
    """A figure that can be asked for: how it is drawn, and the options that it takes."""

    draw: Callable[[Any, dict[str, Any]], Figure]
    takes: tuple[str, ...] = ()


def _forest(posterior: Posterior, given: dict[str, Any]) -> Figure:
    from trialpool.plots import plot_forest

    return plot_forest(posterior, **given)


def _decay(posterior: Posterior, given: dict[str, Any]) -> Figure:
    from trialpool.plots import plot_decay

    return plot_decay(posterior, **given)


def _probability(posterior: Posterior, given: dict[str, Any]) -> Figure:
    from trialpool.plots import plot_benefit_probability

    return plot_benefit_probability(posterior, **given)


def _comparison(posterior: Posterior, given: dict[str, Any]) -> Figure:
    from trialpool.plots import plot_comparison

    if "pair" not in given:
        raise QuestionError(
            "--pair: got none; expected two names for this figure, such as --pair 'PRP v MSC'"
        )
    return plot_comparison(posterior, *_two(given.pop("pair")), **given)


def _ranks(posterior: Posterior, given: dict[str, Any]) -> Figure:
    from trialpool.plots import plot_ranks

    return plot_ranks(posterior, **given)


def _league(posterior: Posterior, given: dict[str, Any]) -> Figure:
    from trialpool.plots import plot_league

    return plot_league(posterior, **given)


def _network(posterior: Posterior, given: dict[str, Any]) -> Figure:
    from trialpool.plots import plot_network

    return plot_network(posterior)


def _funnel(posterior: Posterior, given: dict[str, Any]) -> Figure:
    from trialpool.plots import plot_funnel

    return plot_funnel(posterior)


def _prior(posterior: Posterior, given: dict[str, Any]) -> Figure:
    from trialpool.plots import plot_prior_posterior

    return plot_prior_posterior(posterior)


def _predictive(posterior: Posterior, given: dict[str, Any]) -> Figure:
    from trialpool.plots import plot_predictive

    return plot_predictive(posterior, **given)


def _weights(posterior: Posterior, given: dict[str, Any]) -> Figure:
    from trialpool.plots import plot_weights

    return plot_weights(posterior)


def _sweep(content: dict[str, Any], given: dict[str, Any]) -> Figure:
    from trialpool.plots import plot_sweep

    return plot_sweep(content, **given)


#: What can be drawn. A new figure is a function above and a line here.
FIGURES: dict[str, _Named] = {
    "forest": _Named(_forest, ("classes", "months")),
    "decay": _Named(_decay, ("classes",)),
    "probability": _Named(_probability, ("classes", "mcid")),
    "comparison": _Named(_comparison, ("pair", "months", "margin", "better")),
    "ranks": _Named(_ranks, ("classes", "months", "cumulative", "with_reference", "better")),
    "league": _Named(_league, ("classes", "months", "better")),
    "network": _Named(_network),
    "funnel": _Named(_funnel),
    "prior": _Named(_prior),
    "predictive": _Named(_predictive, ("trials", "seed")),
    "weights": _Named(_weights),
    "sweep": _Named(_sweep, ("question",)),
}


def run(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help=f"Which figure: {', '.join(FIGURES)}.")
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Posterior written by fit; of sweep, what sweep --json printed."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A .svg, .png or .pdf to write; default: NAME.png."),
    ] = None,
    months: Annotated[
        float | None,
        typer.Option(help="Month to draw at; default: the last at which all are still seen."),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(
            "--class",
            "--classes",
            help="Classes or treatments, separated by commas; default: the active ones.",
        ),
    ] = None,
    pair: Annotated[
        str | None, typer.Option(metavar="'A v B'", help="Which two, of the figure comparison.")
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(help="Of a comparison: draw the probability at this margin over the months."),
    ] = None,
    cumulative: Annotated[
        bool, typer.Option("--cumulative", help="Of ranks: probability of a rank at most so many.")
    ] = False,
    with_reference: Annotated[
        bool, typer.Option("--with-reference", help="Of ranks: let the reference compete too.")
    ] = False,
    trial: Annotated[
        list[str] | None,
        typer.Option("--trial", help="Of predictive: only this trial; may be repeated."),
    ] = None,
    question: Annotated[
        str | None, typer.Option(help="Of a sweep of several questions: which one.")
    ] = None,
    outcome: OneOutcome = None,
    better: BetterWay = None,
    mcid: Mcid = None,
    seed: Annotated[
        int | None, typer.Option(help="Of predictive: the same seed gives the same figure.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw a figure of a posterior, or of a sweep: forest, decay, ranks, league and others."""
    from trialpool.cli.decisions import names, way
    from trialpool.plots import format_of, save_figure

    if name not in FIGURES:
        raise QuestionError(f"NAME: got {name!r}; expected one of {', '.join(FIGURES)}")
    target = output or Path(f"{name}.png")
    format_of(target)
    given = {
        "months": months,
        "classes": names(classes),
        "pair": pair,
        "margin": margin,
        "cumulative": cumulative or None,
        "with_reference": with_reference or None,
        "trials": trial or None,
        "question": question,
        "better": way(better),
        "mcid": mcid,
        "seed": seed,
    }
    asked = {option: value for option, value in given.items() if value is not None}
    _refuse_unused(name, asked)
    source = _read_sweep(file, outcome) if name == "sweep" else _read(file, outcome)
    written = save_figure(FIGURES[name].draw(source, asked), target)
    if as_json:
        print_json({"figure": name, "file": str(written)})
    else:
        print(f"written: {written}")


def _refuse_unused(name: str, asked: dict[str, Any]) -> None:
    """An option that a figure does not read would be ignored in silence."""
    takes = FIGURES[name].takes
    if unused := [_option(option) for option in asked if option not in takes]:
        expected = ", ".join(_option(option) for option in takes) or "none"
        raise QuestionError(
            f"{', '.join(unused)}: got with the figure {name}, which takes {expected}. Leave it out"
        )


def _option(name: str) -> str:
    shown = {"classes": "class", "trials": "trial"}.get(name, name)
    return f"--{shown.replace('_', '-')}"


def _two(pair: str) -> list[str]:
    """The names of ``A v B``; of ``A`` alone the reference is the other."""
    found = [part.strip() for part in re.split(r"\s+(?:v|vs|versus)\.?\s+|,", pair.strip())]
    if not 1 <= len(found) <= 2 or not all(found):
        raise QuestionError(f"--pair: got {pair!r}; expected two names, such as 'PRP v MSC'")
    return found


def _read(file: Path, outcome: str | None) -> Posterior:
    """The posterior of one outcome."""
    from trialpool.posterior import load
    from trialpool.questions.effects import one_outcome

    posterior = load(file)
    return posterior.of(one_outcome(posterior.draws, outcome).outcomes[0])


def _read_sweep(file: Path, outcome: str | None) -> dict[str, Any]:
    expected = "a file with what `trialpool sweep --json` printed. Write one: trialpool sweep DIR "
    expected += "'a question' --json > sweep.json"
    if outcome is not None:
        raise QuestionError("--outcome: got with a sweep, which is of one outcome. Leave it out")
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        why = fault.strerror or "it cannot be read"
        raise QuestionError(f"{file}: got no text ({why}); expected {expected}") from None
    except ValueError:  # neither text nor JSON
        raise QuestionError(f"{file}: got something else; expected {expected}") from None
    if not isinstance(found, dict):
        raise QuestionError(f"{file}: got a JSON {type(found).__name__}; expected {expected}")
    return found
