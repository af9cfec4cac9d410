"""``trialpool sweep``: how far an answer moves under other priors, trials, reports and courses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trialpool.cli.options import (
    AsJson,
    BenefitScale,
    Covariates,
    EventScale,
    Folder,
    Heterogeneity,
    Outcome,
    Pooling,
    Priors,
    TrialWeights,
    WithoutKind,
    pairs,
    weights,
)
from trialpool.cli.printing import print_json, print_table
from trialpool.cli.progress import Work

if TYPE_CHECKING:
    from trialpool.sensitivity import Moved, Sweep


def run(
    folder: Folder,
    questions: Annotated[
        list[str], typer.Argument(metavar="QUESTION...", help="One or more questions in words.")
    ],
    outcome: Outcome = None,
    time_course: Annotated[
        str, typer.Option(help="Shape of the benefit in the first analysis.")
    ] = "waning",
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            help="prior, trial, kind or 'time course'; may be repeated. Default: all of them.",
        ),
    ] = None,
    events: EventScale = "odds",
    scale: BenefitScale = "natural",
    without_kind: WithoutKind = None,
    prior: Priors = None,
    pooling: Pooling = None,
    heterogeneity: Heterogeneity = "common",
    covariate: Covariates = None,
    trial_weight: TrialWeights = None,
    engine: Annotated[str, typer.Option(help="auto, nuts, or collapsed.")] = "auto",
    draws: Annotated[int, typer.Option(help="Kept iterations of each chain of each fit.")] = 400,
    tune: Annotated[int, typer.Option(help="Warm-up iterations of each chain.")] = 400,
    chains: Annotated[int, typer.Option(help="Number of chains.")] = 4,
    seed: Annotated[int, typer.Option(help="Of the first fit; the others follow.")] = 1,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the table as Markdown.")
    ] = False,
    least: Annotated[
        float,
        typer.Option(help="Print only what moves the probability at least so far; JSON has all."),
    ] = 0.0,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while fitting.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer again with each prior halved and doubled, and each trial, kind and shape apart.

    A fit takes a second or two, and there are some sixty of the shipped evidence.
    """
    from trialpool.evidence import read_evidence
    from trialpool.sensitivity import sweep
    from trialpool.synthesis import Model
    from trialpool.synthesis.priors import parse_priors

    evidence = read_evidence(folder, outcome=outcome, without_kinds=without_kind or ())
    model = Model(
        time_course=time_course,
        pooling=pairs(pooling, "--pooling", "trial=complete"),
        heterogeneity=heterogeneity,
        covariates=covariate or (),
        trial_weights=weights(trial_weight),
        events=events,
        scale=scale,
        priors=parse_priors(prior or ()),
    )
    with Work(quiet=quiet) as work:
        found = sweep(
            model,
            evidence,
            questions,
            groups=only,
            folder=folder,
            seed=seed,
            engine=engine,
            draws=draws,
            tune=tune,
            chains=chains,
            say=work.say,
            watch=work.watch("Analyses"),
        )
    if as_json:
        print_json(found.to_dict())
    elif markdown:
        _print_markdown(found, least)
    else:
        _print(found, least)


_HEADER = ["what differs", "probability", "moves by", "difference, median (95 %)", "moves by"]


def _print(found: Sweep, least: float) -> None:
    for told in found.base:
        print(f"{told.question}{f' ({told.subject})' if told.subject else ''}")
        print(f"  {told}")
        shown, rest = _shown(found.of(told), least)
        print_table("", _HEADER, [_row(moved) for moved in shown])
        for line in rest:
            print(f"  {line}")
        print()


def _print_markdown(found: Sweep, least: float) -> None:
    for told in found.base:
        print(f"{told.question}: {told}\n")
        print(f"| {' | '.join(_HEADER)} |")
        print(f"|{'---|' * len(_HEADER)}")
        shown, rest = _shown(found.of(told), least)
        for moved in shown:
            print(f"| {' | '.join(cell.replace('|', '/') for cell in _row(moved))} |")
        print()
        for line in rest:
            print(f"- {line}")
        print()


def _shown(moved: list[Moved], least: float) -> tuple[list[Moved], list[str]]:
    """What goes into the table, and what is said of the others."""
    known = [one for one in moved if one.told is not None]
    shown = [one for one in known if abs(one.shift) >= least]
    rest = [f"{one.variant.label}: {one.why}" for one in moved if one.why]
    if len(shown) < len(known):
        rest.insert(0, f"{len(known) - len(shown)} other analyses move it by less than {least:g}")
    return shown, rest


def _row(moved: Moved) -> list[str]:
    told = moved.told
    assert told is not None
    return [
        moved.variant.label,
        f"{told.probability:.3f} ± {told.mcse:.3f}",
        f"{moved.shift:+z.3f} ± {moved.shift_mcse:.3f}",
        f"{told.median:.3g} ({told.lower:.3g} to {told.upper:.3g})",
        f"{moved.effect_shift:+.2g}",
    ]
