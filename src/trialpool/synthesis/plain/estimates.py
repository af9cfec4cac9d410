"""What the log densities of estimates share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trialpool import graph as g


def observe(
    log_density: Callable[..., Any], y: Any, parameters: tuple[Any, ...], signature: str
) -> Any:
    """Register the estimates as observed with a log density by unit, and return that density."""
    g.CustomDist(
        "reports",
        *parameters,
        logp=lambda value, *given: log_density(value, *given).sum(),
        signature=signature,
        observed=y,
        dims="study",
    )
    return log_density(y, *parameters)
