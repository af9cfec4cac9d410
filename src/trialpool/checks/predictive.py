"""Would the model print the numbers that were printed? Each report against its replicates.

A replicate is what a new report like it, of new patients, would show under one draw of the
posterior: normal for scores, differences and test statistics, binomial for responders and for
patients with an event, Poisson for events in person-months. The trial itself helped to fit its own
prediction, so the intervals are friendly: a number outside is a clear misfit, a number inside
proves little. Responders without a printed threshold have a free cut-off, and those at further
thresholds free steps: they can hardly miss.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import bdtr, ndtr, ndtri, pdtr

from trialpool.errors import PosteriorFileError
from trialpool.posterior import Posterior

Values = NDArray[np.float64]

#: Unit of a score or a difference in the table, by that in the record of its report.
_SCORE_UNITS = {"points": "points of 100", "percent": "% of baseline", "SD": "SDs of the patients"}
_PATIENTS, _MONTHS = "% of patients", "events per 100 person-months"
#: A statistic is positive in favour of its arm; where p does not say which, only its size is known.
_STATISTIC, _SIZE = "z", "z without sign"
#: Counts by variable, with that of their patients or person-months, and the unit of the table.
_COUNTS = {
    "responders": ("count_n", _PATIENTS),
    "further_beyond": ("further_n", _PATIENTS),
    "events": ("n", _PATIENTS),
    "rate_events": ("person_months", _MONTHS),
}
_NUMBERS = ("mean_y", "difference_y")
_STATISTICS = "z"
#: Two shares of one number of patients that differ by less than this are the same count.
_SAME = 1e-9
#: Probability beyond which a normal score is not told: 7 SDs.
_FARTHEST = 1e-12


@dataclass(frozen=True)
class _Datum:
    """A number as the model was given it; ``of`` are the patients or person-months of a count."""

    name: str
    label: str
    value: float
    of: float


@dataclass(frozen=True)
class _Seen:
    """A printed number in its unit, between ``low`` and ``high``; both the same where exact."""

    low: float
    high: float
    unit: str
    of: float = math.nan

    @property
    def exact(self) -> bool:
        return self.low == self.high


def predict_reports(
    posterior: Posterior, *, seed: int, level: float = 0.95, prior: bool = False
) -> pd.DataFrame:
    """Every reported number against its posterior or prior predictive distribution.

    Parameters
    ----------
    posterior : Posterior
        Of longitudinal evidence or of adverse events.
    seed : int
        Of the replicates; one a draw of the posterior.
    level : float
        Probability inside the predictive interval (equal tails).
    prior : bool
        From draws of the priors alone: what the model expected before any trial.

    Returns
    -------
    pandas.DataFrame
        One row a report in the order of the posterior: ``report`` (its label), ``trial``, ``arm``,
        ``months``, ``kind``; ``observed``, predictive ``mean``, ``sd``, ``lower`` and ``upper`` in
        ``unit``; ``p``, the probability of a replicate under the observed number with ties counted
        half, averaged over the draws; and ``surprising``, whether it lies outside the interval. At
        95 % one in twenty is expected to.

        Units are points of 100 (means, changes, medians, differences); % of baseline; SDs of the
        patients (standardised differences and, minus in favour of the arm, exact p-values);
        % of patients; events per 100 person-months; and z (other p-values, plus in favour of the
        arm) or z without sign (where the source does not say which arm is favoured).

        A p-value that is printed as a bound is known between ``observed_low`` and
        ``observed_high``, and ``observed`` is nan. Replicates in between are ties, and it is
        surprising if none of it lies in the predictive interval.

    Raises
    ------
    PosteriorFileError
        If the posterior does not hold its reports, or no draws of its priors when asked for them.
    ValueError
        If ``level`` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"level: got {level!r}; expected a probability between 0 and 1")
    labels, fitted, sd = _predictions(posterior, prior)
    seen = _observed(posterior.tree, labels, _records(posterior, labels))
    rng = np.random.default_rng(seed)
    tail = (1 - level) / 2

    rows = []
    for i, (label, one) in enumerate(zip(labels, seen, strict=True)):
        replicates = _replicates(rng, one, fitted[:, i], sd[:, i])
        # Always a value that was drawn: for counts, a share that can occur, not one between two.
        lower, upper = np.quantile(replicates, [tail, 1 - tail], method="inverted_cdf")
        rows.append(
            {
                "report": label,
                **_parts(label),
                "unit": one.unit,
                "observed": one.low if one.exact else math.nan,
                "observed_low": one.low,
                "observed_high": one.high,
                "mean": float(replicates.mean()),
                "sd": float(replicates.std()),
                "lower": float(lower),
                "upper": float(upper),
                "p": float(_under(one, fitted[:, i], sd[:, i]).mean()),
                "surprising": bool(one.high < lower - _SAME or one.low > upper + _SAME),
            }
        )
    return pd.DataFrame(rows)


def _replicates(rng: np.random.Generator, one: _Seen, fitted: Values, sd: Values) -> Values:
    """New reports like this one, in its unit; one a draw of the posterior."""
    if one.unit == _PATIENTS:
        return 100 * rng.binomial(int(one.of), fitted) / one.of
    if one.unit == _MONTHS:
        return 100 * rng.poisson(one.of * fitted) / one.of
    values = rng.normal(fitted, sd)
    return np.abs(values) if one.unit == _SIZE else values


def _under(one: _Seen, fitted: Values, sd: Values) -> Values:
    """Probability given each draw of a replicate under the observed number, ties counted half.

    From the distribution of a replicate and not from replicates: exact in the tails.
    """
    low, high = one.low - _SAME, one.high + _SAME
    if one.unit in (_PATIENTS, _MONTHS):
        # Counts: those strictly under, and those up to the observed one.
        count = round(one.low * one.of / 100)
        shares = one.unit == _PATIENTS

        def up_to_count(k: int) -> Values:
            return np.asarray(bdtr(k, int(one.of), fitted) if shares else pdtr(k, one.of * fitted))

        under = up_to_count(count - 1) if count else np.zeros(len(fitted))
        up_to = up_to_count(count)
    elif one.unit == _SIZE:
        under, up_to = (
            ndtr((end - fitted) / sd) - ndtr((-end - fitted) / sd) for end in (max(low, 0.0), high)
        )
    else:
        under, up_to = ndtr((low - fitted) / sd), ndtr((high - fitted) / sd)
    return np.asarray(under + up_to) / 2


def normal_scores(posterior: Posterior) -> tuple[list[str], Values]:
    """Each report's distance from its expectation given each draw, in SDs of a normal.

    Returns
    -------
    labels : list of str
    scores : (draw, report)
        Of a number that is exact and normal its standardised residual, else the normal quantile of
        the probability of a replicate under it, ties counted half.

    Raises
    ------
    PosteriorFileError
        If the posterior does not hold its reports.
    """
    labels, fitted, sd = _predictions(posterior, False)
    seen = _observed(posterior.tree, labels, _records(posterior, labels))
    scores = np.empty(fitted.shape)
    for i, one in enumerate(seen):
        if one.exact and one.unit not in (_PATIENTS, _MONTHS, _SIZE):
            scores[:, i] = (one.low - fitted[:, i]) / sd[:, i]
        else:
            under = _under(one, fitted[:, i], sd[:, i])
            scores[:, i] = ndtri(np.clip(under, _FARTHEST, 1 - _FARTHEST))
    return labels, scores


def _predictions(posterior: Posterior, prior: bool) -> tuple[list[str], Values, Values]:
    """Labels, expected values and SDs of the reports, draws flattened first."""
    draws = posterior.draws
    if prior:
        if draws.prior is None or not draws.prior.has("fitted"):
            raise PosteriorFileError(
                "posterior: got no draws of its reports from the priors; expected them under "
                "/prior, as fit writes them where every prior can be drawn from. Fit again"
            )
        draws = draws.prior
    if not (draws.has("fitted") and draws.has("report_sd") and draws.has_coord("report")):
        raise PosteriorFileError(
            f"posterior of layout {posterior.meta.get('layout')!r}: got no variables 'fitted' and "
            "'report_sd' by report; expected a posterior of scores over time or of adverse events. "
            "If it is one, another version wrote it: fit again"
        )
    return [str(r) for r in draws.coord("report")], draws.array("fitted"), draws.array("report_sd")


def _records(posterior: Posterior, labels: Sequence[str]) -> list[Mapping[str, Any]]:
    """What the provenance says of each report; nothing where it lists other ones."""
    records = posterior.meta.get("reports", [])
    return records if len(records) == len(labels) else [{}] * len(labels)


def _observed(
    tree: xr.DataTree, labels: Sequence[str], records: Sequence[Mapping[str, Any]]
) -> list[_Seen]:
    """The printed number of each report, matched by label; equal labels in their order.

    Exact p-values of known direction are among the differences, the others among the statistics.
    """
    data = {
        str(name): values
        for group in ("constant_data", "observed_data")
        if group in tree
        for name, values in tree[group].to_dataset().items()
    }
    found: defaultdict[tuple[str, bool], list[_Datum]] = defaultdict(list)
    for datum in _data(data):
        found[datum.label, datum.name == _STATISTICS].append(datum)
    keys = [(label, _in_statistics(record)) for label, record in zip(labels, records, strict=True)]
    missing = [key[0] for key in keys if keys.count(key) != len(found[key])]
    if missing:
        raise PosteriorFileError(
            f"posterior: got no data for the report {missing[0]!r} and {len(missing) - 1} others; "
            "expected each under /observed_data or /constant_data. The file was altered: fit again"
        )
    queues = {key: iter(same) for key, same in found.items()}
    return [_seen(next(queues[key]), record) for key, record in zip(keys, records, strict=True)]


def _data(data: Mapping[str, xr.DataArray]) -> Iterator[_Datum]:
    """Every report in the data of the posterior."""
    for name in (*_NUMBERS, _STATISTICS, *_COUNTS):
        sizes = _COUNTS[name][0] if name in _COUNTS else name
        if name not in data or sizes not in data:
            continue
        values, of = data[name].values, data[sizes].values
        if name == "further_beyond":
            # Beyond an easier threshold, seen from the first one, are those who do not reach it.
            values = np.where(data["further_harder"].values > 0, values, of - values)
        for label, value, size in zip(_labels(data[name]), values, of, strict=True):
            yield _Datum(name, label, float(value), float(size))


def _labels(values: xr.DataArray) -> list[str]:
    return [str(label) for label in values[values.dims[0]].values]


def _in_statistics(record: Mapping[str, Any]) -> bool:
    """Whether a report is among the statistics: a p-value that is no standardised difference."""
    if record.get("kind") != "p_value" or "directed" not in record:
        return False
    return not record["directed"] or record["z_low"] != record["z_high"]


def _seen(datum: _Datum, record: Mapping[str, Any]) -> _Seen:
    if datum.name in _COUNTS:
        share = 100 * datum.value / datum.of
        return _Seen(share, share, _COUNTS[datum.name][1], datum.of)
    if datum.name != _STATISTICS:
        return _Seen(datum.value, datum.value, _SCORE_UNITS[record.get("unit", "points")])
    # JSON has no infinite numbers: an end that is not there stands for one.
    low, high = record["z_low"], record["z_high"]
    return _Seen(
        -math.inf if low is None else low,
        math.inf if high is None else high,
        _STATISTIC if record["directed"] else _SIZE,
    )


def _parts(label: str) -> dict[str, object]:
    """Trial, arm, month and kind of a label such as ``Levi_2025 | BMC | 3 | responders >=50%``."""
    head, months, kind = label.rsplit(" | ", 2)
    trial, arm = head.split(" | ", 1)
    return {"trial": trial, "arm": arm, "months": float(months), "kind": kind}
