"""`fit_many`: the same question put to many data sets, priors or models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
import pandas as pd
import xarray as xr

from trialpool.engines import Draw, Drawn, check_engine, draw
from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.posterior import Posterior
from trialpool.records import record
from trialpool.synthesis import Model


@dataclass(frozen=True)
class Fits(Sequence[Posterior]):
    """Many posteriors; each gets its record when it is asked for.

    Attributes
    ----------
    models, evidence, drawn : tuples, one entry a fit
    """

    models: tuple[Model, ...]
    evidence: tuple[Evidence, ...]
    drawn: tuple[Drawn, ...]

    def __len__(self) -> int:
        return len(self.drawn)

    @overload
    def __getitem__(self, place: int) -> Posterior: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Posterior]: ...
    def __getitem__(self, place: int | slice) -> Posterior | Sequence[Posterior]:
        if isinstance(place, slice):
            return Fits(self.models[place], self.evidence[place], self.drawn[place])
        return record(self.drawn[place], self.models[place], self.evidence[place])

    def __iter__(self) -> Iterator[Posterior]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Fits({len(self)} posteriors)"

    @property
    def failed(self) -> tuple[int, ...]:
        """Places of the fits whose draws did not pass the check of convergence."""
        return tuple(i for i, drawn in enumerate(self.drawn) if not drawn.convergence.ok)

    def values(self, name: str, **at: Any) -> xr.DataArray:
        """Draws of one variable of every fit, dims (fit, chain, draw, ...).

        Parameters
        ----------
        name : str
        **at
            Labels, such as ``months=24``; names that are no words go in as ``**{"class": "PRP"}``.

        Raises
        ------
        ModelError
            If a fit does not have the variable.
        """
        found = []
        for i, drawn in enumerate(self.drawn):
            posterior = drawn.tree["posterior"].to_dataset()
            if name not in posterior:
                raise ModelError(
                    f"fit {i}: got no variable '{name}'; expected one of "
                    f"{', '.join(sorted(map(str, posterior.data_vars)))}"
                )
            found.append(posterior[name].sel(at) if at else posterior[name])
        return xr.concat(found, dim="fit", join="outer")

    def summary(self, name: str, *, level: float = 0.95, **at: Any) -> pd.DataFrame:
        """Mean, SD, median and credible interval of one number in every fit, a row each."""
        draws = self.values(name, **at)
        if draws.ndim != 3:
            raise ModelError(
                f"summary: got '{name}' with dims {', '.join(map(str, draws.dims[3:]))}; expected "
                "one number. Choose a label of each, such as months=24"
            )
        flat = draws.values.reshape(len(self), -1)
        tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
        lower, median, upper = np.quantile(flat, tails, axis=1)
        return pd.DataFrame(
            {
                "mean": flat.mean(axis=1),
                "sd": flat.std(axis=1),
                "lower": lower,
                "median": median,
                "upper": upper,
                "ok": [drawn.convergence.ok for drawn in self.drawn],
            }
        )


def fit_many(
    models: Model | Iterable[Model],
    evidence: Evidence | Iterable[Evidence],
    *,
    seed: int = 1,
    engine: str = "auto",
    draws: int = 250,
    tune: int = 300,
    chains: int = 4,
    target_accept: float = 0.8,
    say: Callable[[str], None] | None = None,
) -> Fits:
    """Fit many data sets, priors or models.

    Parameters
    ----------
    models : Model or iterable of Model
    evidence : Evidence or iterable of Evidence
        One of the two may be a single one, which then goes with each of the other.
    seed : int
        Fit i has the seed ``seed + i``, so a fit is the same alone and among others.
    engine : str
        See `trialpool.fit`.
    draws, tune, chains, target_accept
        As of `trialpool.fit`, but fewer: enough for means and intervals of each of many fits.
    say : callable, optional
        Told how far it is.

    Returns
    -------
    Fits

    Raises
    ------
    ModelError
        If there are as many models as evidence and neither is single, or nothing to fit.

    Examples
    --------
    Each trial left out::

        trials = evidence.used["trial"].unique()
        fits = tp.fit_many(tp.Model(), [evidence.without(trial) for trial in trials])
        fits.summary("benefit", months=12, **{"class": "PRP"})
    """
    check_engine(engine)
    given = [models] if isinstance(models, Model) else list(models)
    found = [evidence] if isinstance(evidence, Evidence) else list(evidence)
    total = max(len(given), len(found))
    if not given or not found or {len(given), len(found)} - {1, total}:
        raise ModelError(
            f"fit_many: got {len(given)} models and {len(found)} sets of evidence; expected as "
            "many of one as of the other, or a single one"
        )
    given = given * total if len(given) == 1 else given
    found = found * total if len(found) == 1 else found
    tell = say or (lambda sentence: None)
    drawn = []
    for i, (model, own) in enumerate(zip(given, found, strict=True)):
        how = Draw(
            draws=draws, tune=tune, chains=chains, seed=seed + i, target_accept=target_accept
        )
        # Many graphs would fill the memory, and nobody asks so many fits what was known before.
        drawn.append(replace(draw(model, own, engine, how, lambda sentence: None), graph=None))
        if (i + 1) % 10 == 0 or i + 1 == total:
            tell(f"{i + 1} of {total} fitted.")
    return Fits(tuple(given), tuple(found), tuple(drawn))
