"""`Posterior`: draws with the data, the specification and how they came about; one netCDF file.

``posterior.tree`` is a plain xarray DataTree that ArviZ reads; its root attribute ``trialpool``
holds the record as JSON. Fitting lives in ``fitting.py``, questions in ``questions``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from trialpool.draws import ATTRIBUTE, Draws
from trialpool.errors import PosteriorFileError, QuestionError
from trialpool.questions import Answer, DecayTable
from trialpool.questions import ask as ask_draws
from trialpool.questions import decay as decay_table

if TYPE_CHECKING:
    from os import PathLike

_LARGE = 200  # values a draw above which a variable is stored in single precision


class Posterior:
    """A fitted model.

    Parameters
    ----------
    tree : xr.DataTree
        Groups ``posterior``, ``sample_stats``, ``observed_data``, ``constant_data``; root
        attribute ``trialpool``.
    """

    def __init__(self, tree: xr.DataTree) -> None:
        self.tree = tree
        self.meta: dict[str, Any] = json.loads(tree.attrs[ATTRIBUTE])

    def __repr__(self) -> str:
        sizes = self.tree["posterior"].sizes
        state = "" if self.meta["diagnostics"]["ok"] else ", diagnostics failed"
        return (
            f"Posterior({self.meta['outcome']!r}, {sizes['chain']} x {sizes['draw']} draws{state})"
        )

    @property
    def draws(self) -> Draws:
        """The draws as the question layer reads them."""
        dataset = self.tree["posterior"].to_dataset()
        return Draws.from_arrays(
            {str(name): values.values for name, values in dataset.items()},
            coords={
                str(d): dataset[d].values for d in dataset.coords if d not in ("chain", "draw")
            },
            meta=self.meta,
        )

    def diagnostics_line(self) -> str:
        """The worst convergence figures in one line."""
        found = self.meta["diagnostics"]

        def shown(value: float | None, form: str) -> str:
            return "unknown" if value is None else format(value, form)

        return (
            f"R-hat at most {shown(found['rhat'], '.3f')}, "
            f"effective draws at least {shown(found['ess_bulk'], '.0f')}, "
            f"{found['divergences']} divergent transitions"
        )

    def summary(self, *, level: float = 0.95) -> list[dict[str, Any]]:
        """Mean, SD and central interval of the scalar quantities and of those by class.

        Returns
        -------
        list of dict
            Keys quantity, mean, sd, lower, upper.
        """
        dataset = self.tree["posterior"].to_dataset()
        rows = []
        for name, values in dataset.items():
            if str(name).endswith("_z") or values.dims[2:] not in ((), ("class",)):
                continue
            labels = [f"{name}[{c}]" for c in values["class"].values] if values.ndim > 2 else [name]
            flat = values.values.reshape(-1, len(labels))
            lower, upper = np.quantile(flat, [(1 - level) / 2, (1 + level) / 2], axis=0)
            for i, label in enumerate(labels):
                rows.append(
                    {
                        "quantity": str(label),
                        "mean": float(flat[:, i].mean()),
                        "sd": float(flat[:, i].std(ddof=1)),
                        "lower": float(lower[i]),
                        "upper": float(upper[i]),
                    }
                )
        return rows

    def ask(self, question: str) -> Answer:
        """Answer one question.

        Parameters
        ----------
        question : str
            Such as ``"probability PRP beats MSC by 10 at 24 months"``; all forms are in
            ``docs/questions.md``.

        Returns
        -------
        Answer

        Raises
        ------
        QuestionError
            If it is not understood, or asks about every class at once (use `ask_all`).
        """
        answers = self.ask_all(question)
        if len(answers) > 1:
            raise QuestionError(
                f"'{question}' has {len(answers)} answers, one for each class; "
                "name a class, or use ask_all to have them all"
            )
        return answers[0]

    def ask_all(self, *questions: str) -> list[Answer]:
        """Answer several questions; a question about every class has one answer a class."""
        draws = self.draws
        return [answer for question in questions for answer in ask_draws(draws, question)]

    def decay(
        self,
        *,
        months: Sequence[float] = (6, 12, 24, 36, 48, 60),
        level: float = 0.95,
        mcid: float | None = None,
    ) -> DecayTable:
        """Benefit of each active class over time; see `trialpool.questions.decay`."""
        return decay_table(self.draws, months=months, level=level, mcid=mcid)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write one netCDF file; an existing one is replaced only once the new one is complete.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        PosteriorFileError
            If the file cannot be written; what stood there is untouched.
        """
        target = Path(path)
        check_target(target)
        partial = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            self.tree.to_netcdf(partial, engine="h5netcdf", encoding=_encoding(self.tree))
            os.replace(partial, target)
        except OSError as fault:
            raise PosteriorFileError(
                f"{target}: could not be written ({fault}); expected a writable place with enough "
                "room. Free some or choose another file"
            ) from fault
        finally:
            partial.unlink(missing_ok=True)
        return target


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


def load(path: str | PathLike[str]) -> Posterior:
    """Read a posterior that `Posterior.save` or ``trialpool fit`` wrote.

    Raises
    ------
    PosteriorFileError
        If the file is missing, damaged, or not one of trialpool's.
    """
    source = Path(path)
    Draws.from_file(source)  # the one place that knows what can be wrong with a file
    try:
        return Posterior(xr.load_datatree(source, engine="h5netcdf"))
    except (OSError, ValueError, KeyError) as fault:
        raise PosteriorFileError(
            f"{source}: damaged ({fault}); expected a file written by trialpool fit. Fit again"
        ) from fault


def _encoding(tree: xr.DataTree) -> dict[str, dict[str, dict[str, Any]]]:
    """Single precision for large arrays: seven digits are more than any draw earns."""
    dataset = tree["posterior"].to_dataset()
    large = {
        str(name): {"dtype": "float32"}
        for name, values in dataset.items()
        if np.prod(values.shape[2:]) > _LARGE
    }
    return {"/posterior": large}
