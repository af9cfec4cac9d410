"""Covariates of trials or arms as numbers: centred, scaled for the prior, named for the answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialpool.errors import ModelError

Values = NDArray[np.float64]
#: The trial's own mean before treatment, a latent number of the longitudinal model.
BASELINE = "baseline"


@dataclass(frozen=True)
class Covariates:
    """Columns of a meta-regression.

    Attributes
    ----------
    labels : list of str
        One a coefficient: the name of a numeric covariate, ``name=level`` of a category.
    values : (row, covariate)
        Centred at ``centre``, divided by ``scale``.
    centre, scale : (covariate,)
        Mean and SD over the rows; a coefficient per SD over ``scale`` is one per unit.
    """

    labels: list[str]
    values: Values
    centre: Values
    scale: Values


def read_covariates(table: pd.DataFrame, names: tuple[str, ...], unit: str) -> Covariates:
    """Numbers and categories of a table, one row a trial, a study or an arm.

    Parameters
    ----------
    table : DataFrame
        Its index names the rows in messages.
    names : tuple of str
        Columns. Text that is not numbers is a category; its most common level is the reference.
    unit : str
        What a row is, such as ``"trial"``, for messages.

    Raises
    ------
    ModelError
        If a column is missing, has empty cells, or is the same in every row.
    """
    labels: list[str] = []
    columns: list[Values] = []
    for name in names:
        if name not in table:
            raise ModelError(
                f"covariates: got '{name}'; expected a column of the {unit}s: "
                f"{', '.join(map(str, table.columns))}"
            )
        text = table[name].astype("str").str.strip()
        empty = table[name].isna() | (text == "")
        if empty.any():
            missing = ", ".join(map(str, table.index[empty]))
            raise ModelError(
                f"covariates: got no value of '{name}' for {missing}; expected one for each "
                f"{unit} that enters. Fill them in, or leave those out"
            )
        numbers = pd.to_numeric(text, errors="coerce")
        if numbers.notna().all():
            found = {name: numbers.to_numpy(float)}
        else:
            levels = text.value_counts().sort_index().sort_values(ascending=False, kind="stable")
            found = {
                f"{name}={level}": (text == level).to_numpy(float) for level in levels.index[1:]
            }
        if not found or any(np.ptp(values) == 0 for values in found.values()):
            raise ModelError(
                f"covariates: got the same value of '{name}' in every {unit}; expected values "
                "that differ. Leave it out"
            )
        labels += found
        columns += found.values()
    matrix = np.array(columns).T.reshape(len(table), len(labels))
    centre, scale = matrix.mean(axis=0), matrix.std(axis=0)
    return Covariates(labels, (matrix - centre) / scale, centre, scale)
