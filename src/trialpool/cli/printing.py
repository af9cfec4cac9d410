"""How every command prints: JSON for machines, borderless tables for people."""

from __future__ import annotations

import json
import sys
from typing import Any

#: Exit code of what a user can mend.
BAD_INPUT = 2
#: Exit code of a check that failed.
FAILED_CHECK = 1


def print_json(value: Any) -> None:
    """Print a value as indented JSON; NaN is refused, because JSON has none."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(title: str, header: list[str], rows: list[list[str]]) -> None:
    """Print a table under an optional title; cells may hold several lines."""
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


def shown_share(p: float) -> str:
    """A probability with three decimals, but never certainty, which draws cannot show."""
    return "≥0.9995" if p >= 0.9995 else "<0.0005" if p < 0.0005 else f"{p:.3f}"
