"""The command line: parse, call, print. Computes nothing; heavy imports wait for their command.

A new command is a module here with a function ``run``, and its line in `COMMANDS`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

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
from trialpool.cli.examples import EXAMPLES, epilog
from trialpool.cli.printing import BAD_INPUT
from trialpool.errors import TrialpoolError

#: By name, as ``trialpool --help`` lists them within a step.
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
#: Steps of the work, under which the help lists them; a command of none stands before them.
STEPS: dict[str, tuple[str, ...]] = {
    "1. Bring trials": ("template", "check", "priors"),
    "2. Fit, and check the fit": ("fit", "diagnose", "sweep"),
    "3. Ask": ("ask", "decay", "rank", "compare"),
    "4. Show": ("plot", "report"),
}

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="\n".join(
        [
            "[bold]A first session[/bold]",
            *(EXAMPLES[name][0] for name in ("check", "fit", "ask", "decay")),
            "",
            "trialpool COMMAND --help shows more of each. Nothing here is medical advice.",
        ]
    ),
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"trialpool {version('trialpool')}")
        raise typer.Exit()


@app.callback()
def _every(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_version, help="Print the version."),
    ] = False,
) -> None:
    """Pool trials that report in different ways, and ask the joint posterior."""


for _name, _run in COMMANDS.items():
    _step = next((step for step, names in STEPS.items() if _name in names), None)
    app.command(_name, epilog=epilog(_name), rich_help_panel=_step)(_run)


def main() -> None:
    """Entry point: a known error is one message on standard error and exit code 2."""
    try:
        app(prog_name="trialpool")
    except TrialpoolError as error:
        print(f"trialpool: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
