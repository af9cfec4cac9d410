"""A posterior file, read with h5py alone.

It is netCDF-4, which is HDF5: the group ``posterior`` holds the variables, the root attribute
``trialpool`` the provenance as JSON. Arrays are read when they are asked for, not before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from trialpool.draws.view import ATTRIBUTE, FORMAT, GROUP, PRIOR, SAMPLE_DIMS, Array, Draws, coord
from trialpool.errors import PosteriorFileError

# What h5py raises on a file that is cut off or overwritten, as observed; each stands for "the
# bytes are not what HDF5 expects".
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError)


def read_draws(path: Path) -> Draws:
    """Open a posterior that was saved by ``trialpool fit``; see `Draws.from_file`."""
    if path.is_dir():
        raise _bad(
            path,
            "a folder",
            "a posterior file such as pain.nc",
            "Name the file in it, or fit again.",
        )
    if not path.exists():
        raise _bad(
            path,
            "no such file",
            "a posterior file such as pain.nc",
            "Check the name, or fit again.",
        )
    try:
        with h5py.File(path, "r") as file:
            meta = _read_meta(path, file.attrs.get(ATTRIBUTE))
            if not isinstance(file.get(GROUP), h5py.Group):
                raise _bad(path, f"no group {GROUP!r}", "the draws under /posterior", "Fit again.")
            posterior = _Group(path, GROUP, file[GROUP])
            prior = _Group(path, PRIOR, file[PRIOR]) if PRIOR in file else None
    except _DAMAGE as fault:
        raise _damaged(path, fault) from fault
    before = None if prior is None else prior.draws(meta, prior=None)
    return posterior.draws(meta, prior=before)


class _Group:
    """One group of a file: what it holds, and how a variable is read when it is asked for."""

    def __init__(self, path: Path, name: str, group: Any) -> None:
        self.path, self.name = path, name
        datasets = {n: v for n, v in group.items() if hasattr(v, "shape")}
        # HDF5 is slow to name the scale of a dimension, and quick to say where it stands.
        scales = {_address(v): n for n, v in datasets.items() if v.is_scale}
        self.dims = {n: _dims(n, v, scales) for n, v in datasets.items()}
        self.names = [n for n, d in self.dims.items() if set(SAMPLE_DIMS) <= set(d)]
        self.coords = {
            n: coord(_labels(group[n]))
            for n, d in self.dims.items()
            if n not in self.names and d[:1] == (n,) and not _bare_dimension(group[n])
        }

    def draws(self, meta: Mapping[str, Any], *, prior: Draws | None) -> Draws:
        return Draws(
            self.names,
            self.read,
            coords=self.coords,
            meta=meta,
            prior=None if prior is None else lambda: prior,
        )

    def read(self, name: str) -> Array:
        try:
            with h5py.File(self.path, "r") as file:
                values = np.asarray(file[self.name][name][()], dtype=float)
        except _DAMAGE as fault:
            raise _damaged(self.path, fault) from fault
        sample = [self.dims[name].index(d) for d in SAMPLE_DIMS]
        return np.moveaxis(values, sample, (0, 1))


def _bad(path: Path, got: str, expected: str, remedy: str) -> PosteriorFileError:
    return PosteriorFileError(f"{path}: got {got}, expected {expected}. {remedy}")


def _damaged(path: Path, fault: Exception) -> PosteriorFileError:
    reason = " ".join(str(fault).split()).strip("'\"")
    return _bad(
        path,
        f"a file that cannot be read as netCDF-4 ({reason})",
        "a whole posterior file written by trialpool",
        "It is another kind of file, or was cut off or altered: fit again.",
    )


def _read_meta(path: Path, raw: object) -> dict[str, Any]:
    expected = f"the attribute {ATTRIBUTE!r} that trialpool writes, as a JSON object"
    if raw is None:
        raise _bad(
            path,
            f"a file without the attribute {ATTRIBUTE!r}",
            expected,
            "Another program wrote it: fit again.",
        )
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    try:
        meta = json.loads(text)
    except json.JSONDecodeError as fault:
        raise _bad(path, f"text that is not JSON ({fault})", expected, "Fit again.") from fault
    if not isinstance(meta, dict):
        raise _bad(path, f"a JSON {type(meta).__name__}", expected, "Fit again.")
    if meta.get("format", FORMAT) != FORMAT:
        raise _bad(
            path,
            f"a file of format {meta['format']}",
            f"format {FORMAT}, which this version writes",
            "Fit again, or use the version that wrote it.",
        )
    return meta


def _dims(name: str, variable: Any, scales: Mapping[int, str]) -> tuple[str, ...]:
    """Dimension names of a netCDF variable: its HDF5 scales, or itself when it is a coordinate."""
    if variable.ndim == 1 and scales.get(_address(variable)) == name:
        return (name,)
    found = []
    for i, dim in enumerate(variable.dims):
        if not len(dim):
            found.append(f"dim_{i}")
            continue
        scale = dim[0]
        # A scale may stand in another group than the variable.
        own = scales.get(_address(scale)) or str(scale.name).rsplit("/", 1)[-1]
        found.append(own)
    return tuple(found)


def _address(variable: Any) -> int:
    return int(h5py.h5o.get_info(variable.id).addr)


def _bare_dimension(variable: Any) -> bool:
    """Whether the dataset only carries the length of a dimension that has no labels."""
    name = variable.attrs.get("NAME", b"")
    text = name.decode("ascii", "replace") if isinstance(name, bytes) else str(name)
    return text.startswith("This is a netCDF dimension but not a netCDF variable")


def _labels(variable: Any) -> np.ndarray[Any, Any]:
    values = np.asarray(variable[()])
    if values.dtype.kind == "S" and values.ndim == 2:  # netCDF character array: one letter a cell
        values = np.array([b"".join(row) for row in values])
    if values.dtype.kind in "SO":
        values = np.array([_text(v) for v in values], dtype=str)
    return values


def _text(value: object) -> str:
    return value.decode("utf-8").rstrip("\x00") if isinstance(value, bytes) else str(value)
