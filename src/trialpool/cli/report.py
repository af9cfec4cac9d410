"""``trialpool report``: one HTML page about saved posteriors, to hand to a clinician."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from trialpool.cli.options import AsJson, BetterWay
from trialpool.cli.printing import print_json


def run(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Posteriors written by fit; those of one outcome are set beside each other.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="PAGE", help="The page to write.")
    ] = Path("report.html"),
    ask: Annotated[
        list[str] | None,
        typer.Option(
            "--ask",
            metavar="QUESTION",
            help="Question to answer at the top of the page; may be repeated. The usual questions "
            "of each outcome follow.",
        ),
    ] = None,
    sweep: Annotated[
        list[Path] | None,
        typer.Option(
            "--sweep",
            metavar="JSON",
            help="What trialpool sweep --json printed, saved as a file; may be repeated.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder of the trials: shows the design of each beside its numbers."
        ),
    ] = None,
    title: Annotated[str | None, typer.Option(help="Heading of the page.")] = None,
    better: BetterWay = None,
    draws: Annotated[
        int, typer.Option(help="Draws of each outcome that the page carries at most.")
    ] = 4000,
    as_json: AsJson = False,
) -> None:
    """Write one page that needs no network: answers, sliders, evidence, checks, methods.

    It opens from a USB stick, prints, and shows what is extrapolated. A fit that failed its checks
    is said so at the top.
    """
    from trialpool.cli.decisions import way
    from trialpool.report import gather, render
    from trialpool.report.page import check_page, save_page

    check_page(output)
    report = gather(
        files,
        questions=ask or (),
        sweeps=sweep or (),
        data=data,
        title=title,
        better=way(better),
        draws=draws,
    )
    page = save_page(render(report), output)
    size = page.stat().st_size
    failed = [part.name for part in report.parts if part.failed]
    if as_json:
        print_json({"file": str(page), "bytes": size, **report.to_dict()})
    else:
        for one in [*report.asked, *(said for part in report.parts for said in part.said)]:
            mark = "; EXTRAPOLATED" if one.extrapolated else ""
            print(f"{one.outcome}: {one.claim}: {one.words}, probability {one.shown}{mark}")
        print(f"written: {page} ({size / 1e6:.1f} MB)")
    for name in failed:
        print(f"trialpool: the fit of {name} failed its checks; the page says so", file=sys.stderr)
