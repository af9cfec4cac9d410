"""From evidence to index arrays: what every reader of the longitudinal model starts from.

`Design` holds no model and no priors, only labels, indices and the printed numbers, so the PyMC
builder and any other engine see the same rows in the same order. Formulas are in ``docs/model.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialpool.evidence import Evidence
from trialpool.synthesis.network import Index, Network, Values, build_network

#: Months at which courses are always kept, besides the months of the visits.
GRID = (0.0, 1.0, 2.0, 3.0, 6.0, 9.0, 12.0, 18.0, 24.0, 30.0, 36.0, 42.0, 48.0, 54.0, 60.0)


@dataclass(frozen=True)
class MeanRows:
    """Means and changes of one arm: ``y = k0 * m(0) + kt * change(t) + error``.

    ``sd`` (printed, or the printed SE times ``sqrt(n)``) is nan where the spread must be estimated.
    ``visit`` is -1 for a baseline mean.
    """

    row: Index
    y: Values
    sd: Values
    n: Values
    arm: Index
    visit: Index
    month: Index
    k0: Values
    kt: Values
    months: Values


@dataclass(frozen=True)
class DifferenceRows:
    """Printed differences, arm minus versus; ``pair`` numbers the pairs of arms."""

    row: Index
    y: Values
    se: Values
    arm: Index
    versus: Index
    month: Index
    pair: Index


@dataclass(frozen=True)
class CountRows:
    """Responders: ``count`` of ``n`` patients with ``Y(t) <= keep * Y(0) - points``.

    ``cutoff`` numbers the thresholds that are not printed (-1 where printed).
    """

    row: Index
    count: Values
    n: Values
    arm: Index
    visit: Index
    month: Index
    keep: Values
    points: Values
    cutoff: Index
    months: Values


@dataclass(frozen=True)
class Design:
    """Everything the longitudinal model needs to know about the evidence."""

    network: Network
    months: Values
    visits: list[str]
    visit_trial: Index
    means: MeanRows
    differences: DifferenceRows
    counts: CountRows
    cutoffs: list[str]
    pairs: list[str]
    reports: list[str]

    @cached_property
    def repeated(self) -> NDArray[np.bool_]:
        """For each arm, whether its numbers describe the same patients at more than one visit."""
        visits = [set[float]() for _ in self.network.arms]
        for rows in (self.means, self.counts):
            for arm, month in zip(rows.arm, rows.months, strict=True):
                visits[arm].add(float(month))
        return np.array([len(seen) > 1 for seen in visits])


def build_design(evidence: Evidence, *, horizon: float = 60.0) -> Design:
    """Number the trials, arms, classes, visits and rows of longitudinal evidence.

    Parameters
    ----------
    evidence : Evidence
        Evidence of layout ``longitudinal``.
    horizon : float
        Last month of the grid on which courses are kept.

    Returns
    -------
    Design
    """
    table = evidence.arms
    used = evidence.used
    network = build_network(evidence)
    arm_index = {key: i for i, key in enumerate(zip(table["trial"], table["arm"], strict=True))}

    months = np.unique(
        np.concatenate([[m for m in GRID if m <= horizon], [horizon], used["months"]])
    )
    month_of = {m: i for i, m in enumerate(months)}
    rows = used.assign(
        arm_i=[arm_index[key] for key in zip(used["trial"], used["arm"], strict=True)],
        month_i=[month_of[m] for m in used["months"]],
    )
    scores = rows[rows["kind"].isin(["mean", "change"])]
    responders = rows[rows["kind"] == "responders"]
    levels = pd.concat([scores, responders[responders["definition"] == ""]])
    levels = (
        levels[levels["months"] > 0][["trial", "months"]]
        .drop_duplicates()
        .sort_values(["trial", "months"])
    )
    visit_of = {key: i for i, key in enumerate(zip(levels["trial"], levels["months"], strict=True))}

    counts, cutoffs = _count_rows(responders, visit_of)
    differences, pairs = _difference_rows(rows[rows["kind"] == "difference"], arm_index)
    return Design(
        network=network,
        months=months,
        visits=[f"{trial} | {month:g}" for trial, month in visit_of],
        visit_trial=np.array(
            [network.trials.index(trial) for trial, _ in visit_of], dtype=np.int64
        ),
        means=_mean_rows(scores, visit_of),
        differences=differences,
        counts=counts,
        cutoffs=cutoffs,
        pairs=pairs,
        reports=[
            f"{r.trial} | {r.arm} | {r.months:g} | {r.kind} {r.threshold}".strip()
            for r in used.itertuples()
        ],
    )


def _visit(rows: pd.DataFrame, visit_of: dict[tuple[str, float], int]) -> Index:
    return np.array(
        [visit_of.get(key, -1) for key in zip(rows["trial"], rows["months"], strict=True)],
        dtype=np.int64,
    )


def _mean_rows(rows: pd.DataFrame, visit_of: dict[tuple[str, float], int]) -> MeanRows:
    change = (rows["kind"] == "change").to_numpy()
    n = rows["n"].to_numpy(dtype=float)
    sd = rows["sd"].to_numpy(dtype=float)
    sd = np.where(np.isnan(sd), rows["se"].to_numpy(dtype=float) * np.sqrt(n), sd)
    months = rows["months"].to_numpy(dtype=float)
    return MeanRows(
        row=rows.index.to_numpy(dtype=np.int64),
        y=rows["y"].to_numpy(dtype=float),
        sd=np.where(n > 1, sd, np.nan),  # one patient has no SD
        n=n,
        arm=rows["arm_i"].to_numpy(dtype=np.int64),
        visit=_visit(rows, visit_of),
        month=rows["month_i"].to_numpy(dtype=np.int64),
        k0=np.where(change, 0.0, 1.0),
        kt=np.where(months > 0, 1.0, 0.0),
        months=months,
    )


def _difference_rows(
    rows: pd.DataFrame, arm_index: dict[tuple[str, str], int]
) -> tuple[DifferenceRows, list[str]]:
    named = zip(rows["trial"], rows["arm"], rows["versus"], strict=True)
    labels = [f"{trial} | {arm} - {versus}" for trial, arm, versus in named]
    pairs = sorted(set(labels))
    return (
        DifferenceRows(
            row=rows.index.to_numpy(dtype=np.int64),
            y=rows["y"].to_numpy(dtype=float),
            se=rows["se"].to_numpy(dtype=float),
            arm=rows["arm_i"].to_numpy(dtype=np.int64),
            versus=np.array(
                [arm_index[key] for key in zip(rows["trial"], rows["versus"], strict=True)],
                dtype=np.int64,
            ),
            month=rows["month_i"].to_numpy(dtype=np.int64),
            pair=np.array([pairs.index(label) for label in labels], dtype=np.int64),
        ),
        pairs,
    )


def _count_rows(
    rows: pd.DataFrame, visit_of: dict[tuple[str, float], int]
) -> tuple[CountRows, list[str]]:
    months = rows["months"].to_numpy(dtype=float)
    relative = rows["relative"].to_numpy(dtype=float)
    keep = np.where(np.isnan(relative), 1.0, 1.0 - np.nan_to_num(relative))
    points = np.nan_to_num(rows["absolute"].to_numpy(dtype=float))
    unprinted = (rows["definition"] != "").to_numpy()
    named = zip(rows["trial"], months, rows["definition"], strict=True)
    labels = [f"{trial} | {month:g} | {text}" if text else "" for trial, month, text in named]
    cutoffs = sorted({label for label in labels if label})

    return (
        CountRows(
            row=rows.index.to_numpy(dtype=np.int64),
            count=rows["count"].to_numpy(dtype=float),
            n=rows["n"].to_numpy(dtype=float),
            arm=rows["arm_i"].to_numpy(dtype=np.int64),
            visit=np.where(unprinted, -1, _visit(rows, visit_of)),
            month=rows["month_i"].to_numpy(dtype=np.int64),
            keep=keep,
            points=points,
            cutoff=np.array(
                [cutoffs.index(label) if label else -1 for label in labels], dtype=np.int64
            ),
            months=months,
        ),
        cutoffs,
    )
