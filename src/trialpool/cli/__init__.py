"""The command line: parse, call, print. Computes nothing; heavy imports wait for their command.

A new command is a module here with a function ``run``, and its line in `COMMANDS`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from trialpool.cli import (
    ask,
    check,
    compare,
    decay,
    diagnose,
    fit,
    plot,
    priors,
    rank,
    report,
    sweep,
    template,
)
from trialpool.cli.printing import BAD_INPUT
from trialpool.errors import TrialpoolError

#: In the order of ``trialpool --help``, which is the order of work.
COMMANDS: dict[str, Callable[..., None]] = {
    "check": check.run,
    "priors": priors.run,
    "fit": fit.run,
    "ask": ask.run,
    "decay": decay.run,
    "rank": rank.run,
    "compare": compare.run,
    "diagnose": diagnose.run,
    "sweep": sweep.run,
    "plot": plot.run,
    "report": report.run,
    "template": template.run,
}

app = typer.Typer(
    help="Pool trials that report in different ways, and ask the joint posterior.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Example: trialpool ask results/pain.nc 'probability PRP beats MSC at 24 months'",
)
for _name, _run in COMMANDS.items():
    app.command(_name)(_run)


def main() -> None:
    """Entry point: a known error is one message on standard error and exit code 2."""
    try:
        app(prog_name="trialpool")
    except TrialpoolError as error:
        print(f"trialpool: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
