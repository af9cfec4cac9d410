"""A read-only view of a posterior: questions are answered with NumPy, without PyMC or xarray."""

from __future__ import annotations

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
        # Here and not above: answering from arrays needs no HDF5 library.
        from trialpool.draws.file import read_draws

        return read_draws(Path(path))

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


def _record_of(meta: Mapping[str, Any], outcome: str) -> dict[str, Any]:
    """The record of one outcome of a joint posterior; what it lacks is that of the whole."""
    apart = ("layout", "outcome", "outcomes", "records")
    whole = {key: value for key, value in meta.items() if key not in apart}
    shared = {key: whole[key] for key in _SHARED if key in whole}
    return {**whole, "outcome": outcome, **meta["records"][outcome], **shared}


def coord(values: np.ndarray[Any, Any]) -> Coord:
    """Labels of a dim as `Draws` holds them: strings, or numbers."""
    return (
        np.array(values, dtype=float) if values.dtype.kind in "biuf" else [str(v) for v in values]
    )
