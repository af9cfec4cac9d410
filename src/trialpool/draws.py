"""A read-only view of a posterior with NumPy alone: questions are answered without PyMC or xarray.

The file is netCDF-4, which is HDF5: the group ``posterior`` holds the variables, the root
attribute ``trialpool`` the provenance
as JSON. Arrays are read when they are asked for, not before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from trialpool.errors import PosteriorFileError, QuestionError

GROUP, PRIOR = "posterior", "prior"
ATTRIBUTE = "trialpool"
#: Written into each file; a reader of another format says so instead of guessing.
FORMAT = 1
SAMPLE_DIMS = ("chain", "draw")
#: Layout of a posterior of several outcomes, and what stands between outcome and name there.
JOINT, OF = "joint", "::"
# How the draws came about, which a joint posterior records once for all outcomes.
_SHARED = ("engine", "diagnostics", "seed", "draws", "tune", "chains", "target_accept", "versions")

# What h5py raises on a file that is cut off or overwritten, as observed; each stands for "the
# bytes are not what HDF5 expects".
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError)

type Array = np.ndarray[Any, np.dtype[np.float64]]
type Coord = list[str] | Array


class Draws:
    """Draws of a posterior by name, with coordinates and provenance.

    Build one with `from_file` or `from_arrays`; the arrays that it gives out cannot be written to.
    """

    def __init__(
        self,
        names: Sequence[str],
        read: Callable[[str], Array],
        *,
        coords: Mapping[str, Coord],
        meta: Mapping[str, Any],
        prior: Callable[[], Draws | None] | None = None,
    ) -> None:
        self._names = tuple(names)
        self._read = read
        self._coords = dict(coords)
        self._meta = MappingProxyType(dict(meta))
        self._cache: dict[str, Array] = {}
        self._prior = prior or (lambda: None)

    @property
    def prior(self) -> Draws | None:
        """Draws of the same quantities from the priors alone; None where none were saved."""
        return self._prior()

    @classmethod
    def from_arrays(
        cls,
        arrays: Mapping[str, Any],
        *,
        coords: Mapping[str, Sequence[str] | Sequence[float] | np.ndarray[Any, Any]],
        meta: Mapping[str, Any],
        prior: Draws | None = None,
    ) -> Draws:
        """Wrap arrays in memory.

        Parameters
        ----------
        arrays : mapping of str to array_like
            Each with dims (chain, draw, ...).
        coords : mapping of str to sequence
            Labels (strings) or positions (numbers) of the further dims, such as
            ``class`` and ``months``.
        meta : mapping
            Provenance: outcome, unit, layout, reference, evidence, diagnostics, ...
        prior : Draws, optional
            Draws of the same quantities from the priors alone.

        Returns
        -------
        Draws

        Raises
        ------
        ValueError
            If an array has fewer than two dims or none of its draws.
        """
        held: dict[str, Array] = {}
        for name, values in arrays.items():
            array = np.array(values, dtype=float)
            if array.ndim < 2 or 0 in array.shape[:2]:
                raise ValueError(
                    f"array {name!r}: got shape {array.shape}, expected (chain, draw, ...) with "
                    "at least one draw. "
                    "Add the missing dims in front."
                )
            held[name] = array
        return cls(
            tuple(held),
            held.__getitem__,
            coords={k: coord(np.asarray(v)) for k, v in coords.items()},
            meta=meta,
            prior=lambda: prior,
        )

    @classmethod
    def from_file(cls, path: str | Path) -> Draws:
        """Open a posterior that was saved by ``trialpool fit``.

        Parameters
        ----------
        path : str or pathlib.Path
            A netCDF-4 file.

        Returns
        -------
        Draws
            Its arrays are read from the file when first asked for.

        Raises
        ------
        PosteriorFileError
            If the file is missing, a folder, not netCDF-4, damaged, or not written by trialpool.
        """
        import h5py  # Here and not above: answering from arrays needs no HDF5 library.

        path = Path(path)
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
                    raise _bad(
                        path, f"no group {GROUP!r}", "the draws under /posterior", "Fit again."
                    )
                posterior = _Group(path, GROUP, file[GROUP])
                prior = _Group(path, PRIOR, file[PRIOR]) if PRIOR in file else None
        except _DAMAGE as fault:
            raise _damaged(path, fault) from fault
        before = None if prior is None else prior.draws(meta, prior=None)
        return posterior.draws(meta, prior=before)

    @property
    def meta(self) -> Mapping[str, Any]:
        """Provenance, read-only."""
        return self._meta

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes that the posterior is of: several in a joint one, else its own."""
        if self.meta.get("layout") == JOINT:
            return tuple(str(name) for name in self.meta["outcomes"])
        return (str(self.meta.get("outcome", "")),)

    def of(self, outcome: str) -> Draws:
        """The draws of one outcome, as a posterior of that outcome alone would hold them.

        Parameters
        ----------
        outcome : str
            One of `outcomes`.

        Returns
        -------
        Draws
            A view: the same arrays under their names without the outcome. What the joint
            posterior records once (engine, diagnostics, seed) stands beside the outcome's record.

        Raises
        ------
        QuestionError
            If the posterior is not of that outcome.
        """
        if outcome not in self.outcomes:
            raise QuestionError(
                f"outcome: got {outcome!r}, expected one of {', '.join(self.outcomes)}. Name one "
                "of those, or fit with that outcome too."
            )
        if self.meta.get("layout") != JOINT:
            return self
        prefix = f"{outcome}{OF}"
        return Draws(
            [name.removeprefix(prefix) for name in self._names if name.startswith(prefix)],
            lambda name: self.chains(prefix + name),
            coords={
                name.removeprefix(prefix): labels
                for name, labels in self._coords.items()
                if name.startswith(prefix)
            },
            meta=_record_of(self.meta, outcome),
            prior=lambda: None if (prior := self.prior) is None else prior.of(outcome),
        )

    def with_meta(self, **changes: Any) -> Draws:
        """The same draws with other entries in their provenance.

        Parameters
        ----------
        **changes
            Entries to replace or add.

        Returns
        -------
        Draws
        """
        return Draws(
            self._names,
            self.chains,
            coords=self._coords,
            meta={**self._meta, **changes},
            prior=lambda: None if (prior := self.prior) is None else prior.with_meta(**changes),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables held."""
        return self._names

    def has(self, name: str) -> bool:
        """Whether a variable of that name is held."""
        return name in self._names

    def chains(self, name: str) -> Array:
        """Draws of a variable with dims (chain, draw, ...).

        Parameters
        ----------
        name : str
            The variable.

        Returns
        -------
        numpy.ndarray
            Read-only, float64.

        Raises
        ------
        PosteriorFileError
            If the posterior has no such variable, or the file was damaged since it was opened.
        """
        if name not in self._cache:
            if name not in self._names:
                raise PosteriorFileError(
                    f"posterior: got no variable {name!r}, expected one of "
                    f"{', '.join(self._names) or 'none'}. "
                    "It was made by another model or version: fit again."
                )
            array = self._read(name).view()
            array.setflags(write=False)
            self._cache[name] = array
        return self._cache[name]

    def array(self, name: str) -> Array:
        """Draws of a variable with chains laid end to end: dims (chain * draw, ...).

        Parameters
        ----------
        name : str
            The variable.

        Returns
        -------
        numpy.ndarray
            Read-only, float64.
        """
        chains = self.chains(name)
        return chains.reshape(-1, *chains.shape[2:])

    def coord(self, name: str) -> Coord:
        """Labels of a dim: a list of strings, or an array of numbers.

        Parameters
        ----------
        name : str
            The dim, such as ``class`` or ``months``.

        Returns
        -------
        list of str or numpy.ndarray
        """
        if name not in self._coords:
            raise PosteriorFileError(
                f"posterior: got no coordinate {name!r}, expected one of "
                f"{', '.join(self._coords) or 'none'}. "
                "It was made by another model or version: fit again."
            )
        values = self._coords[name]
        return list(values) if isinstance(values, list) else values.copy()

    def has_coord(self, name: str) -> bool:
        """Whether a dim has labels."""
        return name in self._coords


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
        import h5py

        try:
            with h5py.File(self.path, "r") as file:
                values = np.asarray(file[self.name][name][()], dtype=float)
        except _DAMAGE as fault:
            raise _damaged(self.path, fault) from fault
        sample = [self.dims[name].index(d) for d in SAMPLE_DIMS]
        return np.moveaxis(values, sample, (0, 1))


def _record_of(meta: Mapping[str, Any], outcome: str) -> dict[str, Any]:
    """The record of one outcome of a joint posterior; what it lacks is that of the whole."""
    apart = ("layout", "outcome", "outcomes", "records")
    whole = {key: value for key, value in meta.items() if key not in apart}
    shared = {key: whole[key] for key in _SHARED if key in whole}
    return {**whole, "outcome": outcome, **meta["records"][outcome], **shared}


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
    import h5py

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


def coord(values: np.ndarray[Any, Any]) -> Coord:
    """Labels of a dim as `Draws` holds them: strings, or numbers."""
    return (
        np.array(values, dtype=float) if values.dtype.kind in "biuf" else [str(v) for v in values]
    )
