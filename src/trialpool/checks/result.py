"""What a check found: whether it passed, in words, and the numbers behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class CheckResult:
    """One check of a fit.

    Attributes
    ----------
    name : str
        Short, such as ``"R-hat"``.
    passed : bool or None
        None where there was nothing to check, or where the numbers are to be read and not judged.
    text : str
        What was found, and of a failed check what to do.
    table : sequence of mappings
        The numbers, a row each under the same keys; empty where ``text`` says all.
    """

    name: str
    passed: bool | None
    text: str
    table: Sequence[Mapping[str, Any]] = field(default=(), repr=False)

    @property
    def verdict(self) -> str:
        """``passed``, ``FAILED``, or ``-`` where nothing is judged."""
        return {True: "passed", False: "FAILED", None: "-"}[self.passed]

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON; a number that is not finite becomes None."""
        rows = [{key: _plain(value) for key, value in row.items()} for row in self.table]
        return {"name": self.name, "passed": self.passed, "text": self.text, "table": rows}


def _plain(value: Any) -> Any:
    if isinstance(value, str) or value is None:
        return value
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
