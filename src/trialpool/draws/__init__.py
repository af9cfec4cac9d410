"""Draws of a posterior, from a file (h5py) or from memory, with NumPy alone."""

from trialpool.draws.view import (
    ATTRIBUTE,
    FORMAT,
    GROUP,
    JOINT,
    OF,
    PRIOR,
    SAMPLE_DIMS,
    Draws,
    coord,
)

__all__ = [
    "ATTRIBUTE",
    "FORMAT",
    "GROUP",
    "JOINT",
    "OF",
    "PRIOR",
    "SAMPLE_DIMS",
    "Draws",
    "coord",
]
