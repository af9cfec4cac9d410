"""``trialpool template``: a documented pair of files to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialpool.cli.options import Quiet
from trialpool.cli.printing import print_lines


def run(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write into.")],
    quiet: Quiet = False,
) -> None:
    """Write an empty, documented pair of files to fill in with your own trials."""
    from trialpool.evidence import write_template

    for path in write_template(folder):
        if not quiet:
            print_lines(f"written: {path}")
