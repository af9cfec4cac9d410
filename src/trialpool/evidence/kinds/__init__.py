"""What a row of each kind needs and what it contributes.

A new kind needs a function ``(Row) -> Contribution`` and a line in ``KINDS``.
"""

from __future__ import annotations

from collections.abc import Callable

from trialpool.evidence.kinds.base import READ, Contribution
from trialpool.evidence.kinds.comparisons import (
    COMPARISONS,
    difference,
    needs_versus_n,
    p_value,
)
from trialpool.evidence.kinds.counts import events, responders
from trialpool.evidence.kinds.scores import median, percent_change, score
from trialpool.evidence.schema import Row

__all__ = ["COLUMNS_OF_KIND", "COMPARISONS", "KINDS", "READ", "Contribution", "needs_versus_n"]

#: kind -> what a row of it contributes.
KINDS: dict[str, Callable[[Row], Contribution]] = {
    "mean": score,
    "change": score,
    "responders": responders,
    "difference": difference,
    "events": events,
    "percent_change": percent_change,
    "median": median,
    "p_value": p_value,
}
#: kind -> groups of columns; the file must have one of each group.
COLUMNS_OF_KIND: dict[str, tuple[tuple[str, ...], ...]] = {
    "mean": (("mean",),),
    "change": (("mean",),),
    "responders": (("events", "percent"),),
    "difference": (("mean",), ("versus",), ("se", "lower", "p", "versus_n")),
    "events": (("events", "percent"),),
    "percent_change": (("mean",),),
    "median": (("median",),),
    "p_value": (("p",), ("versus",)),
}
