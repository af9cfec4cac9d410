"""``trialpool diagnose``: can a saved posterior be trusted? Checks in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trialpool.cli.options import AsJson, File, Outcome
from trialpool.cli.printing import FAILED_CHECK, print_json, print_lines, print_table
from trialpool.cli.progress import Work

if TYPE_CHECKING:
    from trialpool.checks import CheckResult

#: Rows of a table that are printed; JSON has all.
_ROWS = 12


def run(
    file: File,
    ask: Annotated[
        list[str] | None,
        typer.Option(
            "--ask",
            metavar="QUESTION",
            help="Answer of which to say how far it rests on the priors; may be repeated. Default: "
            "whether each active class works.",
        ),
    ] = None,
    refit: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of its trials: fit again with another seed, and without each trial. "
            "Takes a minute or two.",
        ),
    ] = None,
    outcome: Outcome = None,
    tables: Annotated[
        bool, typer.Option("--tables", help="Print the numbers behind each check too.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the replicates of reports.")] = 1,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print only checks that failed; the exit code tells.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a saved posterior: sampler, reports, trials, priors. Exit code 1 if a check fails."""
    from trialpool.checks import diagnose
    from trialpool.posterior import load

    posterior = load(file)
    results = diagnose(posterior, questions=ask, seed=seed)
    if refit is not None:
        from trialpool.evidence import read_evidence
        from trialpool.sensitivity import refit_checks

        evidence = read_evidence(
            refit,
            outcome=outcome or posterior.meta["outcome"],
            without_kinds=posterior.meta["without_kinds"],
        )
        with Work(quiet=quiet) as work:
            work.watch("Fitting again")
            results += refit_checks(posterior, evidence, say=work.say)
    failed = [result for result in results if result.passed is False]
    if as_json:
        checks = [result.to_dict() for result in results]
        print_json({"file": str(file), "ok": not failed, "checks": checks})
    else:
        shown = failed if quiet else results
        if shown:
            _print(str(file), shown, failed, tables=tables)
    if failed:
        raise typer.Exit(FAILED_CHECK)


def _print(
    file: str, results: Sequence[CheckResult], failed: Sequence[CheckResult], *, tables: bool
) -> None:
    print_table(
        file, ["check", "verdict", "what was found"], [[r.name, r.verdict, r.text] for r in results]
    )
    for result in results:
        if result.table and (tables or result.passed is False):
            rows = result.table[:_ROWS]
            more = len(result.table) - len(rows)
            title = f"{result.name} ({more} more rows: --json)" if more else result.name
            print()
            print_table(title, list(rows[0]), [_cells(row) for row in rows])
    judged = [r for r in results if r.passed is not None]
    print()
    if failed:
        print_lines(f"FAILED: {', '.join(result.name for result in failed)}")
    else:
        print_lines(
            f"{len(judged)} checks passed; {len(results) - len(judged)} have nothing to judge"
        )


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [
        "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
        for value in row.values()
    ]
