"""Estimates that are not independent: effects of one cluster, errors that are known to correlate.

A cluster is whatever makes effects more alike than those of other rows: a laboratory, a centre, the
publication that several estimates come from. Errors correlate where estimates share patients:
several outcomes or visits of one study, several arms against one control arm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from trialpool.evidence.files import Findings

#: Relative distance within which two printed numbers are the same.
_SAME = 1e-6
#: Smallest eigenvalue of a correlation matrix that is not taken for zero.
_SINGULAR = 1e-9


@dataclass(frozen=True)
class Dependence:
    """What ``Evidence.from_effects`` was told of it.

    Attributes
    ----------
    cluster : str or None
        Column with the name of each row's cluster.
    covariance : array-like or DataFrame or None
        Covariances of all sampling errors, (row, row), in squared units of the effect.
    correlation : float or None
        Correlation of the sampling errors of two rows of one cluster.
    """

    cluster: str | None = None
    covariance: npt.ArrayLike | pd.DataFrame | None = None
    correlation: float | None = None


def check_clusters(column: str, clusters: Sequence[str], findings: Findings) -> None:
    """Faults of clusters from which nothing could be learnt."""
    where = f"frame, column {column}"
    if blank := [str(i + 1) for i, name in enumerate(clusters) if not name]:
        findings.fault(where, f"no name in rows {', '.join(blank)}", "a cluster a row", "Write it.")
        return
    sizes = Counter(clusters)
    if len(sizes) == 1:
        findings.fault(
            where,
            f"one cluster, {clusters[0]}",
            "at least two: one shows nothing of how clusters differ",
            "Leave cluster out; give the matrix as covariance if the errors correlate.",
        )
    elif max(sizes.values()) == 1:
        findings.fault(
            where,
            "a cluster of its own for each row",
            "a cluster with at least two rows: else the two levels cannot be told apart",
            "Leave cluster out.",
        )


def covariance_of_errors(
    dependence: Dependence,
    names: Sequence[str],
    clusters: Sequence[str] | None,
    se: npt.NDArray[np.float64],
    findings: Findings,
) -> pd.DataFrame | None:
    """The covariance matrix of the sampling errors; None where they are independent.

    Parameters
    ----------
    dependence : Dependence
    names : sequence of str
        Of the rows.
    clusters : sequence of str or None
        Of the rows.
    se : (row,)
        Standard errors, > 0.
    findings : Findings
        Receives the faults; then the result is None.

    Returns
    -------
    DataFrame or None
        Names of the rows on both axes.
    """
    before = len(findings.faults)
    if dependence.covariance is not None and dependence.correlation is not None:
        findings.fault(
            "covariance",
            "a matrix, and a correlation beside it",
            "one of the two",
            "Leave out correlation: the matrix says it all.",
        )
        matrix = None
    elif dependence.covariance is not None:
        matrix = _given(dependence.covariance, names, clusters, se, findings)
    elif dependence.correlation is not None:
        matrix = _from_correlation(dependence.correlation, clusters, se, findings)
    else:
        return None
    if matrix is None or len(findings.faults) > before:
        return None
    return pd.DataFrame(matrix, index=list(names), columns=list(names))


def _from_correlation(
    correlation: float,
    clusters: Sequence[str] | None,
    se: npt.NDArray[np.float64],
    findings: Findings,
) -> npt.NDArray[np.float64] | None:
    if clusters is None:
        findings.fault(
            "correlation",
            f"{correlation:g} without clusters",
            "the column that says which rows it joins",
            "Name it: cluster='...'.",
        )
        return None
    label = np.array(clusters)
    together = label[:, None] == label
    # The matrix with correlation r of k rows is positive definite above -1/(k - 1).
    lowest = -1.0 / max(int(together.sum(axis=1).max()) - 1, 1)
    if not lowest < correlation < 1:
        findings.fault(
            "correlation",
            f"{correlation:g}",
            f"a number between {lowest:.3g} (for the largest cluster) and 1, both excluded",
            "Give one that errors can have; two estimates that are the same enter once.",
        )
        return None
    joined = np.where(together, correlation, 0.0)
    np.fill_diagonal(joined, 1.0)
    covariance: npt.NDArray[np.float64] = joined * np.outer(se, se)
    return covariance


def _given(
    covariance: npt.ArrayLike | pd.DataFrame,
    names: Sequence[str],
    clusters: Sequence[str] | None,
    se: npt.NDArray[np.float64],
    findings: Findings,
) -> npt.NDArray[np.float64] | None:
    rows = len(names)
    if isinstance(covariance, pd.DataFrame):
        labels = [[str(label) for label in axis] for axis in (covariance.index, covariance.columns)]
        if any(sorted(axis) != sorted(names) for axis in labels):
            findings.fault(
                "covariance",
                "a frame with other labels than the studies",
                f"rows and columns named {', '.join(names)}",
                "Name them, or give covariance.to_numpy() in the order of the rows.",
            )
            return None
        covariance = covariance.set_axis(labels[0]).set_axis(labels[1], axis=1)
        covariance = covariance.loc[list(names), list(names)].to_numpy(dtype=float)
    matrix = np.asarray(covariance, dtype=float)
    if matrix.shape != (rows, rows):
        shape = " x ".join(map(str, matrix.shape)) or "one number"
        findings.fault(
            "covariance", shape, f"{rows} x {rows}, one row and column a study", "Give all rows."
        )
        return None

    def refuse(bad: npt.NDArray[np.bool_], got: str, expected: str, remedy: str) -> bool:
        pairs = [
            names[i] if i == j else f"{names[i]} and {names[j]}"
            for i, j in np.argwhere(bad)
            if i <= j
        ]
        if pairs:
            shown = ", ".join(pairs[:5]) + (f" and {len(pairs) - 5} more" * (len(pairs) > 5))
            findings.fault("covariance", f"{got} for {shown}", expected, remedy)
        return bool(pairs)

    bad = ~np.isfinite(matrix)
    if refuse(bad | bad.T, "no number", "finite covariances", "Fill them in; 0 where independent."):
        return None
    scale = np.outer(se, se)
    correlation = matrix / scale
    uneven = np.abs(correlation - correlation.T) > _SAME
    refuse(uneven, "two values", "a symmetric matrix", "Give both halves the same numbers.")
    diagonal = np.diag(np.abs(np.diag(correlation) - 1) > _SAME)
    refuse(
        diagonal, "another variance than se squared", "se squared on the diagonal", "Correct one."
    )
    if clusters is not None:
        label = np.array(clusters)
        crossing = (np.abs(correlation) > _SAME) & (label[:, None] != label)
        refuse(
            crossing,
            "a covariance between clusters",
            "0 there: clusters are independent",
            "Put the two into one cluster, or leave cluster out.",
        )
    smallest = float(np.linalg.eigvalsh((correlation + correlation.T) / 2).min())
    if not uneven.any() and not diagonal.any() and smallest < _SINGULAR:
        findings.fault(
            "covariance",
            f"a matrix that is not positive definite (smallest eigenvalue of its correlations "
            f"{smallest:.2g})",
            "one that errors can have",
            "Check the correlations; an estimate that follows from others enters only once.",
        )
    return matrix
