"""What the log densities of estimates share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pymc as pm


def times(matrix: Any, vector: Any) -> Any:
    """Product of a matrix and a vector; written out, it compiles faster than a call of BLAS."""
    return (matrix * vector).sum(axis=-1)


def observe(
    log_density: Callable[..., Any], y: Any, parameters: tuple[Any, ...], signature: str
) -> Any:
    """Register the estimates as observed with a log density by unit, and return that density."""
    pm.CustomDist(
        "reports",
        *parameters,
        logp=lambda value, *given: log_density(value, *given).sum(),
        signature=signature,
        observed=y,
        dims="study",
    )
    return log_density(y, *parameters)
