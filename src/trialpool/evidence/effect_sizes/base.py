"""``EffectSizes``, and the checks that all functions of this folder share.

A new measure is a function from printed numbers to ``EffectSizes``: it makes an ``Inputs`` of its
arguments, states with ``need`` what must hold, and ends with ``effect_sizes``. NumPy's warnings are
off inside, because ``effect_sizes`` names the studies whose numbers do not work out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from trialpool.errors import EvidenceError, Fault

type FloatArray = npt.NDArray[np.float64]

#: SD of the logistic distribution: log odds to differences in SDs (Chinn 2000).
LOGISTIC_SD = np.pi / np.sqrt(3.0)
#: The same by matching the logistic to the normal curve (Cox and Snell 1989).
COX_LOGIT = 1.65

_SHOWN = 6


@dataclass(frozen=True, eq=False)
class EffectSizes:
    """One estimate a study with its standard error, on the scale on which it is analysed.

    Attributes
    ----------
    y : ndarray
        Estimates, dims (study,): log odds ratios, not odds ratios.
    se : ndarray
        Their standard errors, dims (study,).
    measure : str
        ``"OR"``, ``"SMD"``, ...
    """

    y: FloatArray
    se: FloatArray
    measure: str

    def __post_init__(self) -> None:
        for name in ("y", "se"):
            values = np.array(getattr(self, name), dtype=float)
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.y)

    def interval(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Ends of the central normal interval ``y -+ z se``, each with dims (study,)."""
        half = normal_quantile(0.5 + level / 2.0) * self.se
        return self.y - half, self.y + half

    def frame(self, study: npt.ArrayLike) -> pd.DataFrame:
        """Columns study, y, se, as ``Evidence.from_effects`` reads them.

        Parameters
        ----------
        study : array-like of str
            One name a study.

        Returns
        -------
        DataFrame

        Raises
        ------
        EvidenceError
            If the number of names is another than that of studies.
        """
        names = np.atleast_1d(np.asarray(study, dtype=object))
        if names.shape != self.y.shape:
            fault = Fault(
                "study", f"{names.size} names", f"{len(self.y)}, one a study", "Name each study."
            )
            raise EvidenceError([fault])
        return pd.DataFrame({"study": names, "y": self.y, "se": self.se})


class Inputs:
    """Arguments as float64 arrays of one length, and the faults found in them.

    Parameters
    ----------
    where : str
        What is computed, for the error: ``"log odds ratio"``.
    **columns : array-like
        One number a study, or one for all.

    Raises
    ------
    EvidenceError
        If a column is not made of numbers, or the lengths differ.
    """

    def __init__(self, where: str, **columns: npt.ArrayLike) -> None:
        self.where = where
        self.faults: list[Fault] = []
        self.columns: dict[str, FloatArray] = {}
        for name, values in columns.items():
            try:
                array = np.atleast_1d(np.asarray(values, dtype=float))
            except (TypeError, ValueError) as error:
                self._fault(name, f"{error}", "numbers, one a study", "Remove text from it.")
                continue
            if array.ndim > 1:
                got = f"an array of {array.ndim} dimensions"
                self._fault(name, got, "numbers, one a study", "Give one column.")
                continue
            self.columns[name] = array
        lengths = {name: len(array) for name, array in self.columns.items() if len(array) != 1}
        if len(set(lengths.values())) > 1:
            got = ", ".join(f"{name} {length}" for name, length in lengths.items())
            expected = "columns of one length"
            self._fault("length", got, expected, "Give each column one number a study.")
        self.check()
        size = next(iter(lengths.values()), 1)
        self.columns = {
            name: np.broadcast_to(array, (size,)) for name, array in self.columns.items()
        }

    def __getitem__(self, name: str) -> FloatArray:
        return self.columns[name]

    def _fault(self, name: str, got: str, expected: str, remedy: str) -> None:
        self.faults.append(Fault(f"{self.where}, {name}", got, expected, remedy))

    def need(
        self,
        names: str,
        test: Callable[[FloatArray], npt.NDArray[np.bool_]] | npt.NDArray[np.bool_],
        expected: str,
        remedy: str,
    ) -> Inputs:
        """Add a fault for each of the named columns in which not all numbers pass ``test``.

        Parameters
        ----------
        names : str
            Columns, separated by blanks.
        test : callable or ndarray of bool
            From a column to one truth value a study, or these values; nan never passes.
        expected, remedy : str
            Text of the fault.

        Returns
        -------
        Inputs
            Itself, so that needs can be chained.
        """
        for name in names.split():
            values = self.columns[name]
            with np.errstate(invalid="ignore"):
                good = (test(values) if callable(test) else test) & np.isfinite(values)
            if not good.all():
                self._fault(name, listed(values, ~good), expected, remedy)
        return self

    def check(self) -> Inputs:
        """Raise ``EvidenceError`` with every fault found so far; itself if there is none."""
        if self.faults:
            raise EvidenceError(self.faults)
        return self


def listed(values: FloatArray, bad: npt.NDArray[np.bool_]) -> str:
    """``0 in study 3, nan in study 5``; studies are numbered from 1."""
    where = np.flatnonzero(bad)
    text = ", ".join(f"{values[i]:g} in study {i + 1}" for i in where[:_SHOWN])
    return f"{text} and {len(where) - _SHOWN} more" if len(where) > _SHOWN else text


def effect_sizes(
    where: str, y: FloatArray, variance: FloatArray, measure: str, remedy: str
) -> EffectSizes:
    """Effect sizes, after a look whether each is a number with a standard error above 0.

    Parameters
    ----------
    where : str
        What is computed, for the error.
    y, variance : ndarray
        Dims (study,).
    measure : str
        Name of the measure.
    remedy : str
        What to do about a study that has none.

    Returns
    -------
    EffectSizes

    Raises
    ------
    EvidenceError
        Naming the studies without an estimate or a standard error > 0.
    """
    with np.errstate(invalid="ignore"):
        se = np.sqrt(variance)
        bad = ~(np.isfinite(y) & np.isfinite(se) & (se > 0))
    if bad.any():
        studies = ", ".join(
            f"study {i + 1} (y {y[i]:g}, se {se[i]:g})" for i in np.flatnonzero(bad)[:_SHOWN]
        )
        more = f" and {bad.sum() - _SHOWN} more" if bad.sum() > _SHOWN else ""
        expected = "a finite estimate with a standard error > 0"
        raise EvidenceError([Fault(where, f"{studies}{more}", expected, remedy)])
    return EffectSizes(y, se, measure)


def normal_quantile(share: npt.ArrayLike) -> FloatArray:
    """Quantile of the standard normal distribution."""
    from scipy.special import ndtri  # a fifth of a second that reading a folder need not wait

    return np.asarray(ndtri(share), dtype=float)


def positive(values: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether each is > 0."""
    return values > 0


def finite(values: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether each is a number."""
    return np.isfinite(values)


def odds_factor(scores: str) -> tuple[float, str]:
    """Log odds in one SD of the scores, and the letter of the measure's name.

    Parameters
    ----------
    scores : {"logistic", "normal"}
        Distribution of the scores behind the threshold.

    Returns
    -------
    tuple of float and str

    Raises
    ------
    EvidenceError
        For another word.
    """
    factors = {"logistic": (float(LOGISTIC_SD), "L"), "normal": (COX_LOGIT, "N")}
    if scores not in factors:
        fault = Fault("scores", repr(scores), "'normal' or 'logistic'", "Choose one.")
        raise EvidenceError([fault])
    return factors[scores]
