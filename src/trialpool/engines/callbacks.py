"""The machine as functions that other languages call by their address."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import carray, cfunc, types  # type: ignore[attr-defined]
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from trialpool.engines.machine import at_point
from trialpool.graph.program import Program


@intrinsic
def _pointer(typing: Any, address: Any) -> Any:
    """A memory address as a pointer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), generate


_DOUBLES = types.CPointer(types.double)


@cfunc(types.int64(types.uint64, _DOUBLES, _DOUBLES, _DOUBLES, types.voidptr), cache=True)
def call_log_density(dim: Any, x: Any, gradient: Any, total: Any, program: Any) -> int:
    """`log_density` for callers in other languages; ``program`` is `addresses`. 0, or an error."""
    where = carray(program, (7,), np.uint64)
    table = carray(_pointer(where[0]), (where[1], where[2]), np.uint64)  # type: ignore[call-arg]
    index = carray(_pointer(where[3]), (where[4],), np.uint64)
    numbers = carray(_pointer(where[5]), (where[6],), np.float64)
    out = carray(gradient, (dim,), np.float64)
    value = at_point(table, index, numbers, carray(x, (dim,), np.float64), out)
    carray(total, (1,), np.float64)[0] = value
    if not math.isfinite(value):
        return 4
    for i in range(out.size):
        if not math.isfinite(out[i]):
            return 3
    return 0


@cfunc(types.int64(types.uint64, types.uint64, _DOUBLES, _DOUBLES, types.voidptr), cache=True)
def call_identity(dim: Any, size: Any, x: Any, out: Any, program: Any) -> int:
    """The point itself, where a sampler asks what to keep of it."""
    point, kept = carray(x, (dim,), np.float64), carray(out, (size,), np.float64)
    kept[:] = point
    return 0


def addresses(program: Program) -> NDArray[np.uint64]:
    """Where a program is in memory, which must outlive the result."""
    table, index, numbers = program.table, program.index, program.numbers
    return np.array(
        [
            table.ctypes.data,
            *table.shape,
            index.ctypes.data,
            index.size,
            numbers.ctypes.data,
            numbers.size,
        ],
        dtype=np.uint64,
    )
