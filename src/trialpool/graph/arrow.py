"""The order in which locations are integrated out: small blocks first, what they share last.

The precision of the locations has the shape of an arrow. Numbers of a trial meet only those of
their own trial and a few that all share; once the shared ones are set apart, the rest falls into
blocks, and the cost grows with their number and not with its cube.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Index = NDArray[np.int64]

#: Locations in one block at most.
LARGEST = 48


@dataclass(frozen=True)
class Arrow:
    """Rows and locations of ``J`` by block; the last block is what is shared.

    Attributes
    ----------
    row_start, row, location_start, location : arrays of int
        Rows and own locations of block b are ``row[row_start[b]:row_start[b + 1]]`` and so on.
    shared : (n,) of int
        Locations shared by blocks.
    touched_start, touched : arrays of int
        Which of the shared ones (by place among them) the rows of a block depend on.
    entry_start, entry : arrays of int
        Locations on which each row depends.
    probe : (probe, row) of int
        Location that a probe moves in each row, -1 where none: with so few evaluations of the
        residuals all of ``J`` is known.
    """

    row_start: Index
    row: Index
    location_start: Index
    location: Index
    shared: Index
    touched_start: Index
    touched: Index
    entry_start: Index
    entry: Index
    probe: Index


def arrow(pattern: csr_array) -> Arrow:
    """Blocks of a pattern of (row, location)."""
    pattern = csr_array(pattern)
    pattern.sum_duplicates()
    rows, size = pattern.shape
    columns = csr_array(pattern.T)
    shared = _shared(pattern, columns)
    own = np.setdiff1d(np.arange(size), shared)
    inside = csr_array(pattern[:, own])
    count, block = _blocks(inside)
    # A row belongs to the block of any of its own locations; those without have one to themselves.
    first = np.full(rows, count)
    has = np.diff(inside.indptr) > 0
    first[has] = block[inside.indices[inside.indptr[:-1][has]]]
    total = count + 1
    place = np.full(size, -1)
    place[shared] = np.arange(len(shared))
    touched = []
    for b in range(total):
        seen = np.unique(pattern[np.flatnonzero(first == b)].indices)
        touched.append(place[seen][place[seen] >= 0])
    in_order = np.argsort(block, kind="stable")
    return Arrow(
        _starts(first, total),
        np.argsort(first, kind="stable"),
        _starts(block, total),
        own[in_order],
        shared,
        np.concatenate([[0], np.cumsum([len(t) for t in touched])]).astype(np.int64),
        np.concatenate([*touched, np.zeros(0, dtype=np.int64)]).astype(np.int64),
        pattern.indptr.astype(np.int64),
        pattern.indices.astype(np.int64),
        _probes(pattern, columns),
    )


def _starts(of: Index, total: int) -> Index:
    return np.concatenate([[0], np.cumsum(np.bincount(of, minlength=total))]).astype(np.int64)


def _blocks(inside: csr_array) -> tuple[int, Index]:
    if not inside.shape[1]:
        return 0, np.zeros(0, dtype=np.int64)
    count, block = connected_components(csr_array(inside.T @ inside), directed=False)
    return int(count), block.astype(np.int64)


def _shared(pattern: csr_array, columns: csr_array) -> Index:
    """Fewest locations, by how many rows they move, without which all blocks are small."""
    by_reach = np.argsort(-np.diff(columns.indptr), kind="stable")

    def small(taken: int) -> bool:
        _, block = _blocks(csr_array(pattern[:, np.sort(by_reach[taken:])]))
        return bool(np.bincount(block, minlength=1).max() <= LARGEST)

    low, high = -1, 0
    while not small(high):
        low, high = high, max(2 * high, 1)
        high = min(high, len(by_reach))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if small(middle) else (middle, high)
    return np.sort(by_reach[:high])


def _probes(pattern: csr_array, columns: csr_array) -> Index:
    """Locations that no row shares move together (a colouring, those of most rows first)."""
    rows = pattern.shape[0]
    used: list[NDArray[np.int64]] = []
    for location in np.argsort(-np.diff(columns.indptr), kind="stable"):
        moved = columns.indices[columns.indptr[location] : columns.indptr[location + 1]]
        for probe in used:
            if (probe[moved] < 0).all():
                probe[moved] = location
                break
        else:
            probe = np.full(rows, -1)
            probe[moved] = location
            used.append(probe)
    return np.array(used, dtype=np.int64).reshape(len(used), rows)
