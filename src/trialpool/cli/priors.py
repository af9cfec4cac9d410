"""``trialpool priors``: what is assumed before any trial is read, in words."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialpool.cli.options import (
    AsJson,
    BenefitScale,
    EventScale,
    Mcid,
    Outcome,
    Priors,
    TimeCourse,
    WithoutKind,
)
from trialpool.cli.printing import print_json, print_table
from trialpool.errors import ModelError

if TYPE_CHECKING:
    from trialpool.synthesis.assumptions import Assumption

_DEFAULT_FAMILY = "longitudinal"
_WIDTH = 100


def run(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder of trials; without it, the defaults."),
    ] = None,
    outcome: Outcome = None,
    time_course: TimeCourse = "waning",
    events: EventScale = "odds",
    scale: BenefitScale = "natural",
    without_kind: WithoutKind = None,
    prior: Priors = None,
    mcid: Mcid = None,
    family: Annotated[
        str | None,
        typer.Option(help="Family of models whose defaults to print; default longitudinal."),
    ] = None,
    tables: Annotated[
        str | None, typer.Option(help="Print a table of published heterogeneity: turner, rhodes.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print what a model assumes: each prior with its unit, its meaning in words and its source."""
    if tables is not None:
        _print_published(tables, as_json)
        return
    if folder is not None and family is not None:
        raise ModelError("family: got a folder too, which decides the family. Leave one out")

    from trialpool.synthesis.priors import parse_priors

    priors = parse_priors(prior or ())
    if folder is None:
        from trialpool.synthesis.assumptions import default_assumptions

        found = default_assumptions(family or _DEFAULT_FAMILY, priors, mcid)
    else:
        from trialpool.evidence import read_evidence
        from trialpool.synthesis import Model
        from trialpool.synthesis.assumptions import assumptions

        evidence = read_evidence(folder, outcome=outcome, without_kinds=without_kind or ())
        model = Model(time_course=time_course, events=events, scale=scale, priors=priors)
        found = assumptions(model, evidence, mcid)
    if as_json:
        print_json([assumption.to_dict() for assumption in found])
        return
    for assumption in found:
        _print_assumption(assumption)
    if folder is None:
        _print_families(family or _DEFAULT_FAMILY)


def _print_assumption(told: Assumption) -> None:
    unit = f", {told.unit}" if told.unit else ""
    print(f"{told.role}: {told.prior}{unit}")
    lines = [told.meaning]
    if interval := told.belief.interval():
        lines.append(f"median (95 % interval): {interval}")
    if believes := str(told.belief):
        lines.append(believes)
    lines.append(f"source: {told.source}")
    for line in lines:
        print(textwrap.fill(line, _WIDTH, initial_indent="  ", subsequent_indent="    "))
    print()


def _print_families(shown: str) -> None:
    from trialpool.synthesis.roles import FAMILIES

    others = ", ".join(name for name in FAMILIES if name != shown)
    line = f"These are the defaults of the family {shown}; --family prints another: {others}."
    print(textwrap.fill(line, _WIDTH))


def _print_published(name: str, as_json: bool) -> None:
    from trialpool.synthesis.priors import believe, published_priors
    from trialpool.synthesis.priors.published import TABLES

    rows = published_priors(name)
    table = TABLES[name]
    beliefs = [believe("tau", prior, table.unit) for _, prior in rows]
    if as_json:
        listed = [
            {**cells, "prior": repr(prior), **belief.to_dict()}
            for (cells, prior), belief in zip(rows, beliefs, strict=True)
        ]
        print_json({"source": table.citation, "unit": table.unit, "rows": listed})
        return
    print_table(
        f"Priors for tau in {table.unit}: {table.citation}",
        [*rows[0][0], "prior", "median (95 % interval)"],
        [
            [*cells.values(), repr(prior), belief.interval()]
            for (cells, prior), belief in zip(rows, beliefs, strict=True)
        ],
    )
