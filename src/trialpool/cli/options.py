"""Arguments and options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialpool.errors import ModelError

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder with trials.csv and reports.csv.")
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="Posterior written by fit.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Outcome = Annotated[
    str | None, typer.Option(help="Which outcome; may be left out if there is one.")
]
Outcomes = Annotated[
    str | None,
    typer.Option(
        "--outcome",
        help="Which outcome; may be left out if there is one. Several, as in pain,sae, are fitted "
        "together, with effects that correlate.",
    ),
]
WithoutKind = Annotated[
    list[str] | None,
    typer.Option("--without-kind", help="Kind of numbers to leave out; may be repeated."),
]
Mcid = Annotated[
    float | None,
    typer.Option(
        "--mcid",
        help="Minimal important change in the unit of the benefits (points of 100, or SDs); "
        "default: the outcome's.",
    ),
]
Level = Annotated[float, typer.Option(help="Level of the credible intervals.")]
OneOutcome = Annotated[
    str | None,
    typer.Option(
        "--outcome", help="Outcome of a joint posterior; may be left out if one is of scores."
    ),
]
Classes = Annotated[
    str | None,
    typer.Option(help="Classes or treatments, separated by commas; default: the active ones."),
]
Between = Annotated[
    str | None,
    typer.Option(metavar="FIRST,LAST", help="In place of a month: average over these months."),
]
BetterWay = Annotated[
    str | None,
    typer.Option("--better", help="Of a network, which effects are better: higher, lower."),
]
Priors = Annotated[
    list[str] | None,
    typer.Option(
        "--prior",
        metavar="ROLE=PRIOR",
        help="Prior in place of a default, such as 'tau=HalfNormal(5)'; may be repeated.",
    ),
]
TimeCourse = Annotated[
    str,
    typer.Option(
        help="Shape of the benefit over time: constant, waning, plateau, linear, free, emax, "
        "loglinear, itp, spline; several, separated by commas, are averaged."
    ),
]
EventScale = Annotated[str, typer.Option(help="Scale of adverse events: odds, risk.")]
BenefitScale = Annotated[
    str, typer.Option(help="Benefits in points (natural) or in SDs (standardised).")
]
Pooling = Annotated[
    list[str] | None,
    typer.Option(
        "--pooling",
        metavar="LEVEL=CHOICE",
        help="complete, partial or none for the level class, treatment, trial or time, such as "
        "'trial=complete'; may be repeated. Partial where not said.",
    ),
]
Heterogeneity = Annotated[
    str, typer.Option(help="One heterogeneity SD for all (common), or one a class (class).")
]
Covariates = Annotated[
    list[str] | None,
    typer.Option(
        "--covariate",
        metavar="COLUMN",
        help="Column of trials.csv with which benefits may change, or 'baseline'; may be repeated.",
    ),
]
TrialWeights = Annotated[
    list[str] | None,
    typer.Option(
        "--trial-weight",
        metavar="TRIAL=WEIGHT",
        help="Weight between 0 and 1 of a trial, or of all with that text in risk_of_bias, such as "
        "'high=0.5'; may be repeated.",
    ),
]


def pairs(given: list[str] | None, option: str, example: str) -> dict[str, str]:
    """What ``NAME=VALUE`` options say; the last ``=`` divides, since names may hold one.

    Raises
    ------
    ModelError
        If one is no such pair, or a name comes twice.
    """
    found: dict[str, str] = {}
    for text in given or ():
        name, equals, value = text.rpartition("=")
        if not (equals and name.strip() and value.strip()):
            raise ModelError(f"{option}: got '{text}'; expected NAME=VALUE, such as '{example}'")
        if name.strip() in found:
            raise ModelError(f"{option}: got '{name.strip()}' twice; expected each name once")
        found[name.strip()] = value.strip()
    return found


def weights(given: list[str] | None) -> dict[str, float]:
    """Weights by trial or grade of risk of bias.

    Raises
    ------
    ModelError
        If one is not a number.
    """
    found = {}
    for name, value in pairs(given, "--trial-weight", "high=0.5").items():
        try:
            found[name] = float(value)
        except ValueError:
            raise ModelError(
                f"--trial-weight: got '{value}' for {name}; expected a number between 0 and 1"
            ) from None
    return found
