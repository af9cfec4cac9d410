"""Tables as text that does not depend on the order of rows and columns, for hashing."""

from __future__ import annotations

import pandas as pd


def canonical(frame: pd.DataFrame) -> list[list[str]]:
    """Rows as text in an order that does not depend on that of the rows or columns of ``frame``."""
    columns = sorted(str(column) for column in frame.columns)
    rows = zip(*(frame[column].tolist() for column in columns), strict=True)
    return [columns, *sorted([_text(value) for value in row] for row in rows)]


def _text(value: object) -> str:
    if isinstance(value, int | float):
        return repr(float(value) + 0.0)  # -0.0 and 0.0 are the same number
    return str(value)
