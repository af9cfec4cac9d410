"""Arguments and options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder with trials.csv and reports.csv.")
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="Posterior written by fit.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Outcome = Annotated[
    str | None, typer.Option(help="Which outcome; may be left out if there is one.")
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
Priors = Annotated[
    list[str] | None,
    typer.Option(
        "--prior",
        metavar="ROLE=PRIOR",
        help="Prior in place of a default, such as 'tau=HalfNormal(5)'; may be repeated.",
    ),
]
TimeCourse = Annotated[str, typer.Option(help="Shape of the benefit over time: waning, constant.")]
EventScale = Annotated[str, typer.Option(help="Scale of adverse events: odds, risk.")]
BenefitScale = Annotated[
    str, typer.Option(help="Benefits in points (natural) or in SDs (standardised).")
]
