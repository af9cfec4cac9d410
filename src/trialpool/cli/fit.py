"""``trialpool fit``: sample the posterior of one outcome, or of several together, and save it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trialpool.cli.options import (
    AsJson,
    BenefitScale,
    Covariates,
    EventScale,
    Folder,
    Heterogeneity,
    Mcid,
    Outcomes,
    Pooling,
    Priors,
    Quiet,
    TimeCourse,
    TrialWeights,
    WithoutKind,
    pairs,
    weights,
)
from trialpool.cli.printing import print_json, print_lines, print_table
from trialpool.cli.progress import Work
from trialpool.errors import ModelError

if TYPE_CHECKING:
    from trialpool.posterior import Posterior
    from trialpool.synthesis import Joint, Model


def run(
    folder: Folder,
    outcome: Outcomes = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; default OUTCOME.nc.")
    ] = None,
    time_course: TimeCourse = "waning",
    events: EventScale = "odds",
    scale: BenefitScale = "natural",
    without_kind: WithoutKind = None,
    prior: Priors = None,
    pooling: Pooling = None,
    heterogeneity: Heterogeneity = "common",
    covariate: Covariates = None,
    trial_weight: TrialWeights = None,
    mcid: Mcid = None,
    engine: Annotated[
        str, typer.Option(help="auto, nuts, or collapsed (plain estimates).")
    ] = "auto",
    draws: Annotated[int, typer.Option(help="Kept iterations of each chain.")] = 1000,
    tune: Annotated[int, typer.Option(help="Warm-up iterations of each chain.")] = 500,
    chains: Annotated[int, typer.Option(help="Number of chains.")] = 4,
    seed: Annotated[int, typer.Option(help="The same seed gives the same draws.")] = 1,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Sample the posterior, print its summary and diagnostics, and save it."""
    from trialpool.evidence import read_evidence
    from trialpool.synthesis.priors import parse_priors

    priors = parse_priors(prior or ())
    evidence = {
        found.outcome: found
        for name in _outcomes(outcome)
        for found in [read_evidence(folder, outcome=name, without_kinds=without_kind or ())]
    }
    target = output or Path(f"{'-'.join(evidence)}.nc")

    from trialpool.engines import check_engine
    from trialpool.fitting import fit as fit_model
    from trialpool.posterior import check_target
    from trialpool.synthesis import Model

    check_target(target)
    check_engine(engine)
    shapes = _shapes(time_course, list(evidence))
    model = Model(
        time_course=shapes[0],
        pooling=pairs(pooling, "--pooling", "trial=complete"),
        heterogeneity=heterogeneity,
        covariates=covariate or (),
        trial_weights=weights(trial_weight),
        events=events,
        scale=scale,
        priors=priors,
    )
    (only, *others) = evidence.values()
    how: dict[str, Any] = {
        "seed": seed,
        "engine": engine,
        "draws": draws,
        "tune": tune,
        "chains": chains,
        "mcid": mcid,
    }
    averaged = None
    with Work(quiet=quiet) as work:
        work.say(f"{', '.join(map(str, evidence.values()))}.")
        how["say"] = work.say
        if len(shapes) > 1:
            from trialpool.averaging import fit_shapes

            workers, watch = os.cpu_count() or 1, work.watch("Models")
            averaged = fit_shapes(model, only, shapes, workers=workers, watch=watch, **how)
            posterior = averaged.posterior
        else:
            posterior = fit_model(
                _joint(model, list(evidence)) if others else model,
                evidence if others else only,
                progress=work.watch("Sampling") or False,
                **how,
            )
    posterior.save(target)
    if as_json:
        print_json({"file": str(target), **posterior.meta})
    elif not quiet:
        if averaged is not None:
            print(f"{averaged}\n")
        _print_fit(posterior)
        print_lines(f"written: {target}")


def _shapes(given: str, outcomes: list[str]) -> list[str]:
    """Time courses that a text with commas names; several are averaged, of one outcome."""
    names = [name.strip() for name in given.split(",") if name.strip()] or [given]
    for name in names:
        if names.count(name) > 1:
            raise ModelError(f"--time-course: got '{name}' twice; expected each shape once")
    if len(names) > 1 and len(outcomes) > 1:
        raise ModelError(
            f"--time-course: got {len(names)} shapes for {' and '.join(outcomes)}; expected one "
            "outcome to average over shapes. Fit the outcomes one by one, or name one shape"
        )
    return names


def _outcomes(given: str | None) -> list[str | None]:
    """Outcomes that a text with commas names; none where there is only one to choose."""
    names = [name.strip() for name in (given or "").split(",") if name.strip()]
    for name in names:
        if names.count(name) > 1:
            raise ModelError(f"--outcome: got '{name}' twice; expected each outcome once")
    return [*names] or [given]


def _joint(model: Model, outcomes: list[str]) -> Joint:
    """The model for each of several outcomes; only the correlation's prior is of all of them."""
    from trialpool.synthesis import Joint
    from trialpool.synthesis.joint import CORRELATION

    priors = dict(model.priors)
    shared = {role: priors.pop(role) for role in (CORRELATION,) if role in priors}
    if priors:
        raise ModelError(
            f"--prior: got {', '.join(priors)} with several outcomes; expected {CORRELATION} only, "
            "because a prior in points is none of log odds. Give each outcome its own in Python: "
            "tp.Joint({'pain': tp.Model(priors=...), ...})"
        )
    return Joint({name: replace(model, priors={}) for name in outcomes}, priors=shared)


def _print_fit(posterior: Posterior) -> None:
    from trialpool.questions.mcid import mcid_line

    meta = posterior.meta
    records = meta.get("records", {})
    priors = [
        *meta["priors"],
        *(
            {**prior, "role": f"{name}::{prior['role']}"}
            for name, record in records.items()
            for prior in record["priors"]
        ),
    ]
    print_table(
        "Priors",
        ["role", "prior", "unit", "source"],
        [[p["role"], p["prior"], p["unit"], p["source"]] for p in priors],
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
    for name, record in (records or {"": meta}).items():
        if line := mcid_line(record):
            print(f"{name}: {line}" if name else line)
    for note in meta.get("notes", ()):
        print_lines(f"note: {note}")
    if meta["without_kinds"]:
        print(f"Left out: kinds {', '.join(meta['without_kinds'])}")
    print(posterior.diagnostics_line())
    for message in meta["diagnostics"]["messages"]:
        print_lines(f"CHECK FAILED: {message}")
