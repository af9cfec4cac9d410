"""One model of the calibration: its design, and how data and truth are drawn for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from trialpool import Evidence, Joint, Model

Rng = np.random.Generator
Values = NDArray[np.float64]

#: Where data come from.
NUMPY, PREDICTIVE = "NumPy", "predictive"


@dataclass(frozen=True)
class Replicate:
    """One data set and the truth behind it.

    Attributes
    ----------
    evidence : Evidence, or dict of str to Evidence
    truth : dict of str to float
        By the label of a quantity, as `drawn` reads it.
    """

    evidence: Any
    truth: dict[str, float]


@dataclass(frozen=True)
class Case:
    """One model of the calibration.

    Attributes
    ----------
    name : str
    model : Model or Joint
        With proper priors.
    evidence : Evidence or dict of str to Evidence
        The design: what a replicate prints other numbers for; of several outcomes by name.
    simulate : callable
        ``rng -> Replicate``.
    source : str
        `NUMPY`: drawn by formulas of docs/model.md written again; `PREDICTIVE`: by the PyMC model.
    replications : int
    draws : int
        Of each of four chains; more where NUTS has to sample, whose draws are not independent.
    """

    name: str
    model: Model | Joint
    evidence: Any
    simulate: Callable[[Rng], Replicate]
    source: str = NUMPY
    replications: int = 1000
    draws: int = 100


def drawn(posterior: xr.Dataset, label: str) -> Values:
    """Draws of a quantity, (draw,): ``tau``, ``benefit[PRP, 12]``, ``treatment_effect[mean]``.

    ``log_lik`` is summed over the trials.
    """
    name, _, inside = label.rstrip("]").partition("[")
    found = posterior[name]
    if name.endswith("log_lik"):
        found = found.sum([d for d in found.dims if d not in ("chain", "draw")])
    elif inside == "mean":
        found = found.mean([d for d in found.dims if d not in ("chain", "draw")])
    elif inside:
        dims = [dim for dim in found.dims if dim not in ("chain", "draw")]
        for dim, text in zip(dims, inside.split(", "), strict=True):
            number = found[dim].dtype.kind in "fi"
            found = found.sel({dim: float(text) if number else text})
    return np.asarray(found.transpose("chain", "draw")).ravel()


def printed(evidence: Evidence, **columns: Any) -> Evidence:
    """The design with other numbers: columns of ``reports`` replaced.

    Nothing is checked: a draw from wide priors may lie outside of an instrument's range.
    """
    return replace(evidence, reports=evidence.reports.assign(**columns))


def normal(rng: Rng, mean: float, sd: float, size: int | None = None) -> Any:
    """Normal draws."""
    return rng.normal(mean, sd, size)


def half_normal(rng: Rng, sd: float) -> float:
    """One half-normal draw."""
    return abs(float(rng.normal(0, sd)))
