"""The command line: parse, call, print. Computes nothing; heavy imports wait for their command."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trialpool.errors import QuestionError, TrialpoolError

if TYPE_CHECKING:
    from trialpool.evidence import Evidence
    from trialpool.posterior import Posterior
    from trialpool.questions import Answer, SideBySide

BAD_INPUT = 2

app = typer.Typer(
    help="Pool trials that report in different ways, and ask the joint posterior.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Example: trialpool ask results/pain.nc 'probability PRP beats MSC at 24 months'",
)

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder with trials.csv and reports.csv.")
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="Posterior written by fit.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
WithoutKind = Annotated[
    list[str] | None,
    typer.Option("--without-kind", help="Kind of numbers to leave out; may be repeated."),
]
McidOption = Annotated[
    float | None,
    typer.Option(
        "--mcid",
        help="Minimal important change in the unit of the benefits (points of 100, or SDs); "
        "default: the outcome's.",
    ),
]


def main() -> None:
    """Entry point: a known error is one message on standard error and exit code 2."""
    try:
        app()
    except TrialpoolError as error:
        print(f"trialpool: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)


@app.command()
def check(
    folder: Folder,
    without_kind: WithoutKind = None,
    network: Annotated[
        Path | None,
        typer.Option(help="Draw what was compared with what: a .png, .svg or .pdf to write."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Validate a folder and list what each printed number contributes."""
    from trialpool.evidence import check_folder

    checked = check_folder(folder, without_kinds=without_kind or ())
    written = [] if network is None else _draw_networks(checked.outcomes, network)
    if as_json:
        outcomes = {name: _evidence_json(e) for name, e in checked.outcomes.items()}
        _print_json({"outcomes": outcomes, "notes": checked.notes})
        return
    for evidence in checked.outcomes.values():
        _print_evidence(evidence)
    for note in checked.notes:
        print(f"note: {note}")
    for file in written:
        print(f"written: {file}")


@app.command()
def fit(
    folder: Folder,
    outcome: Annotated[
        str | None, typer.Option(help="Which outcome; may be left out if there is one.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; default OUTCOME.nc.")
    ] = None,
    time_course: Annotated[
        str, typer.Option(help="Shape of the benefit over time: waning, constant.")
    ] = "waning",
    events: Annotated[str, typer.Option(help="Scale of adverse events: odds, risk.")] = "odds",
    scale: Annotated[
        str, typer.Option(help="Benefits in points (natural) or in SDs (standardised).")
    ] = "natural",
    without_kind: WithoutKind = None,
    mcid: McidOption = None,
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
    model = Model(time_course=time_course, events=events, scale=scale)
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
        _print_json({"file": str(target), **posterior.meta})
    elif not quiet:
        _print_fit(posterior)
        print(f"written: {target}")


@app.command()
def ask(
    file: File,
    questions: Annotated[
        list[str], typer.Argument(metavar="QUESTION...", help="One or more questions in words.")
    ],
    beside: Annotated[
        Path | None, typer.Option(metavar="OTHER", help="A second posterior to set beside.")
    ] = None,
    mcid: McidOption = None,
    as_json: AsJson = False,
) -> None:
    """Answer questions such as "probability PRP beats MSC by 10 at 24 months"."""
    from trialpool.draws import Draws
    from trialpool.questions import ask as answer
    from trialpool.questions import beside as side_by_side
    from trialpool.questions import with_mcid

    draws = Draws.from_file(file)
    if beside is not None:
        names = (str(file), str(beside))
        both = side_by_side(draws, Draws.from_file(beside), questions, names=names, mcid=mcid)
        if as_json:
            _print_json(both.to_dict())
        else:
            _print_side_by_side(both, names)
        return
    draws = draws if mcid is None else with_mcid(draws, mcid)
    answers = [found for question in questions for found in answer(draws, question)]
    if as_json:
        _print_json([found.to_dict() for found in answers])
        return
    for found in answers:
        print(f"{found.question}\n{found}\n")


@app.command()
def decay(
    file: File,
    months: Annotated[
        str, typer.Option(help="Months to show, separated by commas.")
    ] = "6,12,24,36,48,60",
    level: Annotated[float, typer.Option(help="Level of the credible intervals.")] = 0.95,
    mcid: McidOption = None,
    as_json: AsJson = False,
) -> None:
    """Show how the benefit of each class wanes, and what lies past the last follow-up."""
    from trialpool.draws import Draws
    from trialpool.questions import decay as decay_table

    table = decay_table(Draws.from_file(file), months=_months(months), level=level, mcid=mcid)
    if as_json:
        _print_json(table.to_dict())
    else:
        print(table)


@app.command()
def template(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write into.")],
) -> None:
    """Write an empty, documented pair of files to fill in with your own trials."""
    from trialpool.evidence import write_template

    for path in write_template(folder):
        print(f"written: {path}")


def _months(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise QuestionError(
            f"--months: got '{text}'; expected numbers separated by commas, such as 6,12,24"
        ) from None


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def _draw_networks(outcomes: Mapping[str, Evidence], file: Path) -> list[Path]:
    from trialpool.plots import plot_network, save_figure

    drawn = {name: evidence for name, evidence in outcomes.items() if len(evidence.used)}
    return [
        save_figure(
            plot_network(evidence),
            file if len(drawn) == 1 else file.with_stem(f"{file.stem}-{name}"),
        )
        for name, evidence in drawn.items()
    ]


def _evidence_json(evidence: Evidence) -> dict[str, Any]:
    from trialpool.evidence import summarise

    columns = ["row", "trial", "arm", "class_", "months", "kind", "threshold", "enters", "why"]
    rows = json.loads(evidence.reports[columns].to_json(orient="records"))
    network = summarise(evidence)
    used = evidence.used
    return {
        "layout": evidence.layout,
        "trials": sorted(set(used["trial"])),
        "enter": len(used),
        "reports": rows,
        "network": network.to_dict(),
    }


def _print_evidence(evidence: Evidence) -> None:
    from trialpool.evidence import summarise

    reports, used = evidence.reports, evidence.used
    print(f"{evidence.outcome}: {len(used)} of {len(reports)} numbers enter")
    if len(used):
        columns = ["row", "trial", "arm", "class_", "months", "why"]
        cells = used[columns].astype({"months": "float"}).map(_cell).to_numpy().tolist()
        _print_table("", ["row", "trial", "arm", "class", "months", "contributes"], cells)
        summary = summarise(evidence)
        for name, found in summary.classes.items():
            trials = "1 trial" if found["trials"] == 1 else f"{found['trials']} trials"
            patients = f"{found['patients']} patients" if found["patients"] else "size not printed"
            print(f"  {name}: {trials}, {patients}, last seen at {found['last_months']:g} months")
        for sentence in summary.sentences():
            print(textwrap.fill(sentence, 100, initial_indent="  ", subsequent_indent="    "))
    out = reports[~reports["enters"]]
    for why, rows in out.groupby("why", sort=False)["row"]:
        lines = ", ".join(str(row) for row in rows)
        print(f"  left out, {why}: rows {lines}")
    print()


def _cell(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _print_fit(posterior: Posterior) -> None:
    from trialpool.questions.mcid import mcid_line

    meta = posterior.meta
    _print_table(
        "Priors",
        ["role", "prior", "unit", "source"],
        [[p["role"], p["prior"], p["unit"], p["source"]] for p in meta["priors"]],
    )
    _print_table(
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


def _print_side_by_side(both: SideBySide, names: tuple[str, str]) -> None:
    def cell(found: Answer | None) -> str:
        return "no answer for this class" if found is None else found.short()

    rows = []
    for one, other in both.pairs:
        told = [one.question, one.interpretation]
        if other is not None and other.interpretation != one.interpretation:
            told.append(f"in {names[1]}: {other.interpretation}")
        rows.append(["\n".join(told), cell(one), cell(other)])
    for name, column in zip(names, zip(*both.pairs, strict=True), strict=True):
        answered = [found for found in column if found is not None]
        for line in answered[0].failed_checks() if answered else ():
            print(f"{name}: {line}")
    _print_table("", ["question", *names], rows)
    print()
    _print_table("The two posteriors", ["", *names], [list(row) for row in both.facts])


def _print_table(title: str, header: list[str], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    # A pipe has no width of its own; 80 columns would fold every row.
    Console(highlight=False, width=None if sys.stdout.isatty() else 140).print(table)


if __name__ == "__main__":
    main()
