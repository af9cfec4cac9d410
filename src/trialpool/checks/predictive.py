"""Would the model print the numbers that were printed? Each report against its replicates.

A replicate is what a new report like it, of new patients, would show under one draw of the
posterior: normal for means, changes and differences, binomial for responders and for patients with
an event, Poisson for events in person-months. The trial itself helped to fit its own prediction, so
the intervals are friendly: a number outside is a clear misfit, a number inside proves little.
Responders without a printed threshold have a free cut-off and can hardly miss.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from trialpool.errors import PosteriorFileError
from trialpool.posterior import Posterior

Values = NDArray[np.float64]

_POINTS, _PATIENTS = "points of 100", "% of patients"
_MONTHS = "events per 100 person-months"
#: Values of the reports by variable, with the variable that holds the patients or person-months of
#: a count, and the unit of the table.
_KINDS = {
    "mean_y": (None, _POINTS),
    "difference_y": (None, _POINTS),
    "responders": ("count_n", _PATIENTS),
    "events": ("n", _PATIENTS),
    "rate_events": ("person_months", _MONTHS),
}
#: Two shares of one number of patients that differ by less than this are the same count.
_SAME = 1e-9


@dataclass(frozen=True)
class _Seen:
    """One printed number; ``of`` are the patients or person-months of a count, else nan."""

    value: float
    of: float
    unit: str


def predict_reports(posterior: Posterior, *, seed: int, level: float = 0.95) -> pd.DataFrame:
    """Every reported number against its posterior predictive distribution.

    Parameters
    ----------
    posterior : Posterior
        Of longitudinal evidence or of adverse events.
    seed : int
        Of the replicates; one a draw of the posterior.
    level : float
        Probability inside the predictive interval (equal tails).

    Returns
    -------
    pandas.DataFrame
        One row a report in the order of the posterior: ``report`` (its label), ``trial``, ``arm``,
        ``months``, ``kind``; ``observed``, predictive ``mean``, ``sd``, ``lower`` and ``upper`` in
        ``unit`` (points of 100 for means, changes and differences, % of patients for counts of
        patients, events per 100 person-months); ``p``, the share of replicates under the observed
        number with ties counted half; and ``surprising``, whether it lies outside the interval. At
        95 % one in twenty is expected to.

    Raises
    ------
    PosteriorFileError
        If the posterior does not hold its reports.
    ValueError
        If ``level`` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"level: got {level!r}; expected a probability between 0 and 1")
    labels, fitted, sd = _predictions(posterior)
    seen = _observed(posterior.tree, labels)
    rng = np.random.default_rng(seed)
    tail = (1 - level) / 2

    rows = []
    for i, (label, one) in enumerate(zip(labels, seen, strict=True)):
        if one.unit == _POINTS:
            replicates, observed = rng.normal(fitted[:, i], sd[:, i]), one.value
        else:
            counts = (
                rng.binomial(int(one.of), fitted[:, i])
                if one.unit == _PATIENTS
                else rng.poisson(one.of * fitted[:, i])
            )
            replicates, observed = 100 * counts / one.of, 100 * one.value / one.of
        # Always a value that was drawn: for counts, a share that can occur, not one between two.
        lower, upper = np.quantile(replicates, [tail, 1 - tail], method="inverted_cdf")
        ties = np.isclose(replicates, observed, rtol=0, atol=_SAME)
        p = float(np.mean((replicates < observed) & ~ties) + np.mean(ties) / 2)
        rows.append(
            {
                "report": label,
                **_parts(label),
                "unit": one.unit,
                "observed": observed,
                "mean": float(replicates.mean()),
                "sd": float(replicates.std()),
                "lower": float(lower),
                "upper": float(upper),
                "p": p,
                "surprising": bool(observed < lower - _SAME or observed > upper + _SAME),
            }
        )
    return pd.DataFrame(rows)


def _predictions(posterior: Posterior) -> tuple[list[str], Values, Values]:
    """Labels, expected values and SDs of the reports, draws flattened first."""
    draws = posterior.draws
    if not (draws.has("fitted") and draws.has("report_sd") and draws.has_coord("report")):
        raise PosteriorFileError(
            f"posterior of layout {posterior.meta.get('layout')!r}: got no variables 'fitted' and "
            "'report_sd' by report; expected a posterior of scores over time or of adverse events. "
            "If it is one, another version wrote it: fit again"
        )
    return [str(r) for r in draws.coord("report")], draws.array("fitted"), draws.array("report_sd")


def _observed(tree: xr.DataTree, labels: list[str]) -> list[_Seen]:
    """The printed number of each report, matched by label; equal labels in their order."""
    data = {
        str(name): values
        for group in ("constant_data", "observed_data")
        if group in tree
        for name, values in tree[group].to_dataset().items()
    }
    found: defaultdict[str, list[_Seen]] = defaultdict(list)
    for name, (sizes, unit) in _KINDS.items():
        if name not in data:
            continue
        values = data[name]
        own = [str(label) for label in values[values.dims[0]].values]
        totals = np.full(len(own), np.nan) if sizes is None else data[sizes].values
        for label, value, of in zip(own, values.values, totals, strict=True):
            found[label].append(_Seen(float(value), float(of), unit))
    missing = [label for label in labels if labels.count(label) != len(found[label])]
    if missing:
        raise PosteriorFileError(
            f"posterior: got no data for the report {missing[0]!r} and {len(missing) - 1} others; "
            "expected each under /observed_data or /constant_data. The file was altered: fit again"
        )
    queues = {label: iter(seen) for label, seen in found.items()}
    return [next(queues[label]) for label in labels]


def _parts(label: str) -> dict[str, object]:
    """Trial, arm, month and kind of a label such as ``Levi_2025 | BMC | 3 | responders >=50%``."""
    head, months, kind = label.rsplit(" | ", 2)
    trial, arm = head.split(" | ", 1)
    return {"trial": trial, "arm": arm, "months": float(months), "kind": kind}
