"""``trialpool ask``: questions in words, answered from a saved posterior or from two."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialpool.cli.options import AsJson, File, Mcid
from trialpool.cli.printing import BAD_INPUT, print_json, print_lines, print_table
from trialpool.errors import QuestionError

if TYPE_CHECKING:
    from trialpool.questions import Answer, SideBySide


def run(
    file: File,
    questions: Annotated[
        list[str], typer.Argument(metavar="QUESTION...", help="One or more questions in words.")
    ],
    beside: Annotated[
        Path | None, typer.Option(metavar="OTHER", help="A second posterior to set beside.")
    ] = None,
    mcid: Mcid = None,
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
            print_json(both.to_dict())
        else:
            _print_side_by_side(both, names)
        return
    draws = draws if mcid is None else with_mcid(draws, mcid)
    answered: list[Answer] = []
    refused = 0
    for question in questions:
        try:
            found = answer(draws, question)
        except QuestionError as error:
            # One that cannot be answered does not keep the others from their answers.
            refused += 1
            of = f"{question!r}: " if len(questions) > 1 else ""
            print(f"trialpool: {of}{error}", file=sys.stderr, flush=True)
            continue
        answered += found
        if not as_json:
            for one in found:
                print_lines(f"{one.question}\n{one}\n")
    if as_json and answered:
        print_json([one.to_dict() for one in answered])
    if refused:
        raise typer.Exit(BAD_INPUT)


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
            print_lines(f"{name}: {line}")
    print_table("", ["question", *names], rows)
    print()
    print_table("The two posteriors", ["", *names], [list(row) for row in both.facts])
