"""Where the Cholesky factor of a sparse precision has its numbers, and what they are made of.

The precision ``P = J'J`` of the locations has few numbers that are not zero: those of a trial meet
only each other and a few that all share. Eliminating next whichever location meets fewest others
(minimum degree: George and Liu 1989, doi:10.1137/1031001) keeps the factor sparse, and what is
computed for one ``J`` is computed at the same places for all of its pattern.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Factor:
    """Places of the numbers of ``L``, column by column, ``L L' = P`` in the order of elimination.

    What is looked up is unsigned: Numba asks of a signed index whether it counts from the end.

    Attributes
    ----------
    order : (location,) of int
        Location that each column is of.
    start, row : (location + 1,), (number,) of int
        Numbers of column j are ``start[j]:start[j + 1]``, the diagonal first, rows ascending.
    update : (n,) of int
        For each column, of each number below the diagonal and each up to that one: where their
        product is subtracted.
    entry_start, entry : (row of J + 1,), (entry,) of int
        Column of ``L`` that each entry of ``J`` belongs to, row by row.
    product : (n,) of int
        For each row of ``J``, of each entry and each up to that one: where their product is added.
    """

    order: Index
    start: Index
    row: NDArray[np.uint32]
    update: NDArray[np.uint32]
    entry_start: Index
    entry: NDArray[np.uint32]
    product: NDArray[np.uint32]


def factor(pattern: csr_array) -> Factor:
    """Places of the factor of ``J'J``, of the pattern of ``J``, (row, location)."""
    pattern = csr_array(pattern)
    order, below = _eliminated(pattern)
    size = len(order)
    new = np.empty(size, dtype=np.int64)
    new[order] = np.arange(size)
    start = np.concatenate([[0], np.cumsum([1 + len(there) for there in below])]).astype(np.int64)
    column = np.repeat(np.arange(size), np.diff(start))
    row = column.copy()
    for j, there in enumerate(below):
        row[start[j] + 1 : start[j + 1]] = np.sort(new[there])
    keys = column * size + row  # ascending

    def places(one: Index, other: Index) -> NDArray[np.uint32]:
        key = np.minimum(one, other) * size + np.maximum(one, other)
        return np.searchsorted(keys, key).astype(np.uint32)

    entry = new[pattern.indices]
    entry_start = pattern.indptr.astype(np.int64)
    product = places(*(entry[each] for each in _pairs(entry_start[:-1], entry_start[1:])))
    update = places(*(row[each] for each in _pairs(start[:-1] + 1, start[1:])))
    lookup = row.astype(np.uint32), update, entry_start, entry.astype(np.uint32), product
    return Factor(order, start, *lookup)


def _eliminated(pattern: csr_array) -> tuple[Index, list[Index]]:
    """Locations in an order of little fill, and those that each still meets when it is its turn."""
    both = csr_array(pattern.T @ pattern)
    size = pattern.shape[1]
    meets = [
        set(both.indices[both.indptr[i] : both.indptr[i + 1]].tolist()) - {i} for i in range(size)
    ]
    waiting = [(len(others), i) for i, others in enumerate(meets)]
    heapq.heapify(waiting)
    order, below, done = [], [], np.zeros(size, dtype=bool)
    while waiting:
        degree, i = heapq.heappop(waiting)
        if done[i] or degree != len(meets[i]):
            continue  # it was put in again with what it meets now
        done[i] = True
        order.append(i)
        below.append(np.fromiter(meets[i], dtype=np.int64))
        for other in meets[i]:
            meets[other] |= meets[i]
            meets[other] -= {i, other}
            heapq.heappush(waiting, (len(meets[other]), other))
    return np.array(order, dtype=np.int64), below


def _pairs(start: Index, stop: Index) -> tuple[Index, Index]:
    """For each range, of each of its numbers and each up to that one: the two."""
    length = stop - start
    base = np.repeat(start, length)
    within = np.arange(len(base)) - np.repeat(np.cumsum(length) - length, length)
    times = within + 1
    inner = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    return np.repeat(base + within, times), np.repeat(base, times) + inner
