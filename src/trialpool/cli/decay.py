"""``trialpool decay``: how the benefit of each class wanes."""

from __future__ import annotations

from typing import Annotated

import typer

from trialpool.cli.options import AsJson, File, Mcid
from trialpool.cli.printing import print_json
from trialpool.errors import QuestionError


def run(
    file: File,
    months: Annotated[
        str, typer.Option(help="Months to show, separated by commas.")
    ] = "6,12,24,36,48,60",
    level: Annotated[float, typer.Option(help="Level of the credible intervals.")] = 0.95,
    mcid: Mcid = None,
    outcome: Annotated[
        str | None,
        typer.Option(help="Outcome of a joint posterior; by default a table for each score."),
    ] = None,
    repeat_at: Annotated[
        float | None,
        typer.Option(metavar="MONTH", help="Show what a second injection at this month would add."),
    ] = None,
    horizon: Annotated[
        float | None,
        typer.Option(help="Months over which benefit is added up; default: all of them."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how the benefit of each class wanes, and what lies past the last follow-up."""
    from trialpool.draws import Draws
    from trialpool.questions import decays

    draws = Draws.from_file(file)
    tables = decays(
        draws,
        months=_months(months),
        level=level,
        mcid=mcid,
        outcome=outcome,
        repeat_at=repeat_at,
        until=horizon,
    )
    if as_json:
        print_json([row for table in tables for row in table.to_dict()])
        return
    for table in tables:
        print(f"{table.outcome}\n{table}\n" if len(tables) > 1 else table)


def _months(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise QuestionError(
            f"--months: got '{text}'; expected numbers separated by commas, such as 6,12,24"
        ) from None
