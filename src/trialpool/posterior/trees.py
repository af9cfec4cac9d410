"""Trees of draws: seen as `Draws`, cut to one outcome, written to a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from trialpool.draws import GROUP, OF, PRIOR, SAMPLE_DIMS, Draws, coord
from trialpool.errors import PosteriorFileError

#: Values a draw above which a variable is stored in single precision.
_LARGE = 200


def as_draws(tree: xr.DataTree, group: str, meta: dict[str, Any]) -> Draws:
    """A group of a tree; its arrays are taken out when they are asked for."""
    dataset = tree[group].to_dataset()

    def read(name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        return dataset[name].transpose(*SAMPLE_DIMS, ...).values.astype(float, copy=False)

    def prior() -> Draws | None:
        return as_draws(tree, PRIOR, meta) if group == GROUP and PRIOR in tree.children else None

    return Draws(
        [str(name) for name, values in dataset.items() if set(SAMPLE_DIMS) <= set(values.dims)],
        read,
        coords={str(d): coord(dataset[d].values) for d in dataset.coords if d not in SAMPLE_DIMS},
        meta=meta,
        prior=prior,
    )


def part_of(tree: xr.DataTree, outcome: str) -> xr.DataTree:
    """What a joint tree holds of one outcome, under the names of a posterior of that outcome."""
    prefix = f"{outcome}{OF}"
    parts = {}
    for group, node in tree.children.items():
        dataset = node.to_dataset()
        if group != "sample_stats":  # of the sampler, which knows no outcomes
            dataset = dataset[[name for name in dataset if str(name).startswith(prefix)]]
            names = [str(name) for name in (*dataset.data_vars, *dataset.dims)]
            dataset = dataset.rename(
                {name: name.removeprefix(prefix) for name in names if name.startswith(prefix)}
            )
        if dataset.data_vars:
            parts[f"/{group}"] = dataset
    return xr.DataTree.from_dict(parts)


def check_target(path: Path) -> None:
    """Refuse a file that could not be written, before the sampling and not after it."""
    if path.is_dir():
        raise PosteriorFileError(
            f"{path}: got a directory; expected the name of a file such as pain.nc"
        )
    if not path.parent.is_dir():
        raise PosteriorFileError(
            f"{path}: there is no directory {path.parent}; create it or choose another place"
        )


def write_tree(tree: xr.DataTree, target: Path) -> None:
    """Write one netCDF file; an existing one is replaced only once the new one is complete."""
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        tree.to_netcdf(partial, engine="h5netcdf", encoding=_encoding(tree))
        os.replace(partial, target)
    except OSError as fault:
        raise PosteriorFileError(
            f"{target}: could not be written ({fault}); expected a writable place with enough "
            "room. Free some or choose another file"
        ) from fault
    finally:
        partial.unlink(missing_ok=True)


def _encoding(tree: xr.DataTree) -> dict[str, dict[str, dict[str, Any]]]:
    """Single precision for large arrays: seven digits are more than any draw earns."""
    dataset = tree["posterior"].to_dataset()
    large = {
        str(name): {"dtype": "float32"}
        for name, values in dataset.items()
        if np.prod(values.shape[2:]) > _LARGE
    }
    return {"/posterior": large}
