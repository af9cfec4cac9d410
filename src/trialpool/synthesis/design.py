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
from trialpool.synthesis.network import Network, Values, build_network
from trialpool.synthesis.rows import (
    SCORES,
    CountRows,
    DifferenceRows,
    FurtherRows,
    MeanRows,
    PValueRows,
    count_rows,
    difference_rows,
    further_rows,
    mean_rows,
    p_value_rows,
)

#: Months at which courses are always kept, besides the months of the visits.
GRID = (0.0, 1.0, 2.0, 3.0, 6.0, 9.0, 12.0, 18.0, 24.0, 30.0, 36.0, 42.0, 48.0, 54.0, 60.0)


@dataclass(frozen=True)
class Design:
    """Everything the longitudinal model needs to know about the evidence."""

    network: Network
    months: Values
    visits: list[str]
    means: MeanRows
    differences: DifferenceRows
    p_values: PValueRows
    counts: CountRows
    further: FurtherRows
    cutoffs: list[str]
    steps: list[str]
    tested: list[str]
    reports: list[str]

    @cached_property
    def repeated(self) -> NDArray[np.bool_]:
        """For each arm, whether its numbers describe the same patients at more than one visit.

        Of a trial with such an arm among those that it compares, all arms compared count: their
        errors are read together.
        """
        visits = [set[float]() for _ in self.network.arms]
        for rows in (self.means, self.counts):
            for arm, month in zip(rows.arm, rows.months, strict=True):
                visits[arm].add(float(month))
        compared = np.zeros(len(visits), dtype=bool)
        for pairs in (self.differences, self.p_values):
            for arms in (pairs.arm, pairs.versus):
                compared[arms] = True
                for arm, month in zip(arms, pairs.months, strict=True):
                    visits[arm].add(float(month))
        again = np.array([len(seen) > 1 for seen in visits])
        trial = self.network.trial
        return again | (compared & np.isin(trial, trial[compared & again]))


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
        versus_i=[
            arm_index.get(key, -1) for key in zip(used["trial"], used["versus"], strict=True)
        ],
        month_i=[month_of[m] for m in used["months"]],
    )
    scores = rows[rows["kind"].isin(SCORES)]
    responders = rows[(rows["kind"] == "responders") & ~rows["further"]]
    levels = pd.concat([scores, responders[responders["definition"] == ""]])
    levels = (
        levels[levels["months"] > 0][["trial", "months"]]
        .drop_duplicates()
        .sort_values(["trial", "months"])
    )
    visit_of = {key: i for i, key in enumerate(zip(levels["trial"], levels["months"], strict=True))}

    counts, cutoffs = count_rows(responders, visit_of)
    further, steps = further_rows(rows[rows["further"]], responders)
    compared = rows[rows["kind"].isin(["difference", "p_value"])]
    p_values, tested = p_value_rows(compared[compared["y"].isna()])
    return Design(
        network=network,
        months=months,
        visits=[f"{trial} | {month:g}" for trial, month in visit_of],
        means=mean_rows(scores, visit_of),
        differences=difference_rows(compared[compared["y"].notna()]),
        p_values=p_values,
        counts=counts,
        further=further,
        cutoffs=cutoffs,
        steps=steps,
        tested=[f"{network.arms[arm]} | {months[month]:g}" for arm, month in tested],
        reports=[
            f"{r.trial} | {r.arm} | {r.months:g} | {r.kind} {r.threshold}".strip()
            for r in used.itertuples()
        ],
    )
