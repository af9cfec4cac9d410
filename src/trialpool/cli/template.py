"""``trialpool template``: a documented pair of files to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write into.")],
) -> None:
    """Write an empty, documented pair of files to fill in with your own trials."""
    from trialpool.evidence import write_template

    for path in write_template(folder):
        print(f"written: {path}")
