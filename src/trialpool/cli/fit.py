"""``trialpool fit``: sample the posterior of one outcome and save it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialpool.cli.options import (
    AsJson,
    BenefitScale,
    EventScale,
    Folder,
    Mcid,
    Outcome,
    Priors,
    TimeCourse,
    WithoutKind,
)
from trialpool.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from trialpool.posterior import Posterior


def run(
    folder: Folder,
    outcome: Outcome = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; default OUTCOME.nc.")
    ] = None,
    time_course: TimeCourse = "waning",
    events: EventScale = "odds",
    scale: BenefitScale = "natural",
    without_kind: WithoutKind = None,
    prior: Priors = None,
    mcid: Mcid = None,
    engine: Annotated[str, typer.Option(help="auto or nuts; collapsed is to come.")] = "auto",
    draws: Annotated[int, typer.Option(help="Kept iterations of each chain.")] = 1000,
    tune: Annotated[int, typer.Option(help="Warm-up iterations of each chain.")] = 1000,
    chains: Annotated[int, typer.Option(help="Number of chains.")] = 4,
    seed: Annotated[int, typer.Option(help="The same seed gives the same draws.")] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sample the posterior, print its summary and diagnostics, and save it."""
    from trialpool.evidence import read_evidence
    from trialpool.synthesis.priors import parse_priors

    priors = parse_priors(prior or ())
    evidence = read_evidence(folder, outcome=outcome, without_kinds=without_kind or ())
    target = output or Path(f"{evidence.outcome}.nc")
    say = (lambda sentence: None) if quiet else (lambda sentence: print(sentence, file=sys.stderr))
    say(f"{evidence}; loading PyMC.")

    from trialpool.engines import choose
    from trialpool.fitting import fit as fit_model
    from trialpool.posterior import check_target
    from trialpool.synthesis import Model

    check_target(target)
    choose(engine)
    model = Model(time_course=time_course, events=events, scale=scale, priors=priors)
    posterior = fit_model(
        model,
        evidence,
        seed=seed,
        engine=engine,
        draws=draws,
        tune=tune,
        chains=chains,
        mcid=mcid,
        progress=False if quiet else None,
        say=say,
    )
    posterior.save(target)
    if as_json:
        print_json({"file": str(target), **posterior.meta})
    elif not quiet:
        _print_fit(posterior)
        print(f"written: {target}")


def _print_fit(posterior: Posterior) -> None:
    from trialpool.questions.mcid import mcid_line

    meta = posterior.meta
    print_table(
        "Priors",
        ["role", "prior", "unit", "source"],
        [[p["role"], p["prior"], p["unit"], p["source"]] for p in meta["priors"]],
    )
    print_table(
        "Posterior",
        ["quantity", "mean", "sd", "95 % credible interval"],
        [
            [
                r["quantity"],
                f"{r['mean']:.3g}",
                f"{r['sd']:.3g}",
                f"{r['lower']:.3g} to {r['upper']:.3g}",
            ]
            for r in posterior.summary()
        ],
    )
    if line := mcid_line(meta):
        print(line)
    if meta["without_kinds"]:
        print(f"Left out: kinds {', '.join(meta['without_kinds'])}")
    print(posterior.diagnostics_line())
    for message in meta["diagnostics"]["messages"]:
        print(f"CHECK FAILED: {message}")
