"""How every command prints: JSON for machines, tables for people, colour on terminals only."""

from __future__ import annotations

import json
import sys
from typing import Any

#: Exit code of what a user can mend.
BAD_INPUT = 2
#: Exit code of a check that failed.
FAILED_CHECK = 1

#: How lines that begin so, or cells that are so, look on a terminal. The words carry the meaning.
_STYLES = {
    "CHECK FAILED": "bold red",
    "DIAGNOSTICS FAILED": "bold red",
    "FAILED": "bold red",
    "EXTRAPOLATED": "yellow",
    "* EXTRAPOLATED": "yellow",
    "passed": "green",
    "probability": "bold",
    "note:": "dim",
    "written:": "dim",
}
#: A pipe has no width of its own; 80 columns would fold every row.
_PIPE = 140


def print_json(value: Any) -> None:
    """Print a value as indented JSON; NaN is refused, because JSON has none."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_lines(text: str) -> None:
    """Print text; on a terminal what failed is red, what is extrapolated yellow."""
    if not sys.stdout.isatty():
        print(text, flush=True)
        return
    from rich.console import Console
    from rich.text import Text

    lines = [Text(line, style=_style(line)) for line in text.split("\n")]
    Console(highlight=False).print(Text("\n").join(lines), soft_wrap=True)


def print_table(title: str, header: list[str], rows: list[list[str]]) -> None:
    """Print a table under an optional title; cells may hold several lines."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    table = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD if terminal else None,
        border_style="dim",
        show_edge=False,
        pad_edge=False,
    )
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style=_style(cell)) for cell in row))
    Console(highlight=False, width=None if terminal else _PIPE).print(table)


def shown_share(p: float) -> str:
    """A probability with three decimals, but never certainty, which draws cannot show."""
    return "≥0.9995" if p >= 0.9995 else "<0.0005" if p < 0.0005 else f"{p:.3f}"


def _style(text: str) -> str:
    begins = text.lstrip()
    if begins.endswith(" *"):
        return _STYLES["* EXTRAPOLATED"]  # tables explain the mark so
    return next((style for name, style in _STYLES.items() if begins.startswith(name)), "")
