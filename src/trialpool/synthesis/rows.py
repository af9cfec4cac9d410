"""Families of rows as arrays: the printed numbers with the places that they look at.

A family is one frozen class and one function that makes it from the rows of the evidence, which
carry ``arm_i`` and ``month_i``, the places of arm and month in the `Design`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialpool.synthesis.network import Index, Values

Mask = NDArray[np.bool_]
#: Kinds of numbers of one arm.
SCORES = ("mean", "change", "percent_change", "median")
#: Variance of a median over that of the mean of as many normal patients, less 1.
MEDIAN_EXTRA = np.pi / 2 - 1


@dataclass(frozen=True)
class MeanRows:
    """Scores of one arm: ``y = k0 * m(0) + change(t) + error``; ``kt`` is 0 at baseline, else 1.

    ``sd`` (printed, or from what is printed) is nan where the spread must be estimated;
    ``sd_error`` is the standard error of its logarithm; ``se`` is fixed where it is not nan.
    ``percent``: ``y`` is the change in percent of baseline. ``extra`` is the variance of the error
    beyond that of a mean, as a share of it. ``visit`` is -1 for a baseline score.
    """

    row: Index
    y: Values
    sd: Values
    sd_error: Values
    se: Values
    n: Values
    arm: Index
    visit: Index
    month: Index
    k0: Values
    kt: Values
    percent: Mask
    extra: Values
    months: Values


@dataclass(frozen=True)
class DifferenceRows:
    """Printed differences, arm minus versus; ``standardised`` ones in SDs of the patients.

    ``share`` is the part of the error's variance that is the arm's. A row's error given those
    before it is ``given @ errors`` with SD ``remains``, in its own standard errors.
    """

    row: Index
    y: Values
    se: Values
    arm: Index
    versus: Index
    month: Index
    months: Values
    standardised: Mask
    share: Values
    given: Values
    remains: Values


@dataclass(frozen=True)
class PValueRows:
    """Test statistics between ``low`` and ``high``, positive in favour of the arm.

    ``se`` is that of the standardised difference; ``common`` numbers the arms tested against more
    than once at one visit (-1 for the others).
    """

    row: Index
    low: Values
    high: Values
    directed: Mask
    se: Values
    arm: Index
    versus: Index
    month: Index
    months: Values
    share: Values
    common: Index


@dataclass(frozen=True)
class CountRows:
    """Responders: ``count`` of ``n`` patients with ``Y(t) <= keep * Y(0) - points``.

    ``both`` and ``either`` join a second event with ``also_keep`` and ``also_points``. ``cutoff``
    numbers the thresholds that are not printed (-1 where printed), and ``visit`` is -1 there.
    """

    row: Index
    count: Values
    n: Values
    arm: Index
    visit: Index
    month: Index
    keep: Values
    points: Values
    also_keep: Values
    also_points: Values
    both: Mask
    either: Mask
    cutoff: Index
    months: Values


@dataclass(frozen=True)
class FurtherRows:
    """Counts at further thresholds of patients of the count row ``first``.

    ``nearer`` patients are beyond the next nearer threshold, on the side on which this one lies
    (``harder`` or easier). ``steps`` and ``steps_nearer`` (row, step) say which steps lead from
    the first threshold to this one and to the nearer one.
    """

    row: Index
    count: Values
    n: Values
    arm: Index
    first: Index
    harder: Mask
    nearer: Values
    steps: Values
    steps_nearer: Values


def _places(rows: pd.DataFrame, column: str) -> Index:
    return rows[column].to_numpy(dtype=np.int64)


def _numbers(rows: pd.DataFrame, column: str) -> Values:
    return rows[column].to_numpy(dtype=float)


def _row(rows: pd.DataFrame) -> Index:
    return rows.index.to_numpy(dtype=np.int64)


def _visits(rows: pd.DataFrame, visit_of: dict[tuple[str, float], int]) -> Index:
    keys = zip(rows["trial"], rows["months"], strict=True)
    return np.array([visit_of.get(key, -1) for key in keys], dtype=np.int64)


def mean_rows(rows: pd.DataFrame, visit_of: dict[tuple[str, float], int]) -> MeanRows:
    """Rows of the kinds `SCORES`."""
    percent = (rows["kind"] == "percent_change").to_numpy()
    median = (rows["kind"] == "median").to_numpy()
    n, months = _numbers(rows, "n"), _numbers(rows, "months")
    sd, sd_error, se = (_numbers(rows, name) for name in ("sd", "sd_error", "se"))
    extra = np.where(median, MEDIAN_EXTRA, 0.0)

    # A printed SE is an estimate of the spread too. The interval of a median spans about 2 sqrt(n)
    # gaps between patients, so it is a rough one.
    from_se = np.isnan(sd) & np.isfinite(se)
    sd = np.where(from_se, se * np.sqrt(n / (1 + extra)), sd)
    sd_error = np.where(from_se & median, 0.7 * n**-0.25, sd_error)
    # One patient has no SD, and percentages of individual patients are not the form's.
    sd = np.where((n > 1) & ~percent, sd, np.nan)
    return MeanRows(
        row=_row(rows),
        y=_numbers(rows, "y"),
        sd=sd,
        sd_error=np.where(np.isnan(sd_error), 1 / np.sqrt(2 * np.maximum(n - 1, 1)), sd_error),
        se=np.where(percent, se, np.nan),
        n=n,
        arm=_places(rows, "arm_i"),
        visit=_visits(rows, visit_of),
        month=_places(rows, "month_i"),
        k0=np.where(rows["kind"].isin(["change", "percent_change"]), 0.0, 1.0),
        kt=np.where(months > 0, 1.0, 0.0),
        percent=percent,
        extra=extra,
        months=months,
    )


def _arm_share(rows: pd.DataFrame) -> Values:
    """Share of a comparison's error that is the arm's; half where a size is not known."""
    n, against = _numbers(rows, "n"), _numbers(rows, "versus_n")
    return np.where(np.isnan(n) | np.isnan(against), 0.5, against / (n + against))


def difference_rows(rows: pd.DataFrame) -> DifferenceRows:
    """Rows with a difference and its standard error."""
    arm, versus, month = (_places(rows, name) for name in ("arm_i", "versus_i", "month_i"))
    share = _arm_share(rows)
    # Errors of one visit in terms of those of its arms, so that a common arm makes them correlate.
    arms = np.unique(np.concatenate([arm, versus]))
    loading = np.zeros((len(arm), arms.size))
    each = np.arange(len(arm))
    loading[each, np.searchsorted(arms, arm)] = np.sqrt(share)
    loading[each, np.searchsorted(arms, versus)] = -np.sqrt(1 - share)
    correlation = loading @ loading.T * (month[:, None] == month)
    # whiten @ errors are independent standard normals; row i gives error i from those before it.
    whiten = np.linalg.inv(np.linalg.cholesky(correlation))
    own = np.diag(whiten)
    return DifferenceRows(
        row=_row(rows),
        y=_numbers(rows, "y"),
        se=_numbers(rows, "se"),
        arm=arm,
        versus=versus,
        month=month,
        months=_numbers(rows, "months"),
        standardised=(rows["unit"] == "SD").to_numpy(),
        share=share,
        given=np.eye(len(arm)) - whiten / own[:, None],
        remains=1 / own,
    )


def p_value_rows(rows: pd.DataFrame) -> tuple[PValueRows, list[tuple[int, int]]]:
    """Rows with an interval of a test statistic, and the (arm, month) tested against repeatedly."""
    versus, month = _places(rows, "versus_i"), _places(rows, "month_i")
    against = list(zip(versus.tolist(), month.tolist(), strict=True))
    common = sorted({key for key in against if against.count(key) > 1})
    return PValueRows(
        row=_row(rows),
        low=_numbers(rows, "z_low"),
        high=_numbers(rows, "z_high"),
        directed=rows["directed"].to_numpy(dtype=bool),
        se=_numbers(rows, "se"),
        arm=_places(rows, "arm_i"),
        versus=versus,
        month=month,
        months=_numbers(rows, "months"),
        share=_arm_share(rows),
        common=np.array(
            [common.index(key) if key in common else -1 for key in against], dtype=np.int64
        ),
    ), common


def count_rows(
    rows: pd.DataFrame, visit_of: dict[tuple[str, float], int]
) -> tuple[CountRows, list[str]]:
    """Responders at the first threshold of their arm and month, and the labels of the cutoffs."""
    months = _numbers(rows, "months")
    lines = [
        _lines(relative, absolute, state)
        for relative, absolute, state in zip(
            rows["relative"], rows["absolute"], rows["state"], strict=True
        )
    ]
    first, also = np.array(lines).reshape(-1, 2, 2).transpose(1, 2, 0)
    unprinted = (rows["definition"] != "").to_numpy()
    named = zip(rows["trial"], months, rows["definition"], strict=True)
    labels = [f"{trial} | {month:g} | {text}" if text else "" for trial, month, text in named]
    cutoffs = sorted({label for label in labels if label})
    return (
        CountRows(
            row=_row(rows),
            count=_numbers(rows, "count"),
            n=_numbers(rows, "n"),
            arm=_places(rows, "arm_i"),
            visit=np.where(unprinted, -1, _visits(rows, visit_of)),
            month=_places(rows, "month_i"),
            keep=first[0],
            points=first[1],
            also_keep=also[0],
            also_points=also[1],
            both=(rows["joined"] == "and").to_numpy(),
            either=(rows["joined"] == "or").to_numpy(),
            cutoff=np.array(
                [cutoffs.index(label) if label else -1 for label in labels], dtype=np.int64
            ),
            months=months,
        ),
        cutoffs,
    )


def _lines(relative: float, absolute: float, state: float) -> list[tuple[float, float]]:
    """``(keep, points)`` of each part of a threshold; the last one again where there is one."""
    parts = []
    if not np.isnan(relative):
        parts.append((1 - relative, 0.0))
    if not np.isnan(absolute):
        parts.append((1.0, absolute))
    if not np.isnan(state):
        parts.append((0.0, -state))
    parts = parts or [(1.0, 0.0)]
    return [parts[0], parts[-1]]


def further_rows(rows: pd.DataFrame, firsts: pd.DataFrame) -> tuple[FurtherRows, list[str]]:
    """Rows at further thresholds, and the labels of the steps between thresholds.

    ``firsts`` are the rows that ``count_rows`` was given.
    """
    place = {key: i for i, key in enumerate(_arm_visits(firsts))}
    first = np.array([place[key] for key in _arm_visits(rows)], dtype=np.int64)
    gap = np.round(_demand(rows) - _demand(firsts)[first], 6)
    harder = gap > 0
    count, n = _numbers(rows, "count"), _numbers(rows, "n")
    start = _numbers(firsts, "count")[first]

    # A ladder is one side of a first threshold at one visit; a step leads to each of its rungs.
    begins = [_threshold(row) for row in firsts.itertuples()]
    froms = [begins[i] for i in first]
    keys = list(zip(rows["trial"], rows["months"], froms, harder.tolist(), strict=True))
    rungs = sorted({(*key, abs(distance)) for key, distance in zip(keys, gap, strict=True)})
    steps, steps_nearer = (np.zeros((len(rows), len(rungs))) for _ in range(2))
    nearer = np.where(harder, start, n - start)
    beyond = np.where(harder, count, n - count)
    last: dict[tuple[int, bool], int] = {}
    for i in np.argsort(abs(gap)):
        steps[i] = [rung[:4] == keys[i] and rung[4] <= abs(gap[i]) for rung in rungs]
        side = int(first[i]), bool(harder[i])
        if side in last:
            nearer[i], steps_nearer[i] = beyond[last[side]], steps[last[side]]
        last[side] = int(i)
    return (
        FurtherRows(
            row=_row(rows),
            count=count,
            n=n,
            arm=_places(rows, "arm_i"),
            first=first,
            harder=harder,
            nearer=nearer,
            steps=steps,
            steps_nearer=steps_nearer,
        ),
        [
            f"{trial} | {months:g} | {('easier', 'harder')[harder]} than {begin} by {distance:g}"
            for trial, months, begin, harder, distance in rungs
        ],
    )


def _arm_visits(rows: pd.DataFrame) -> list[tuple[int, int]]:
    return list(zip(rows["arm_i"].tolist(), rows["month_i"].tolist(), strict=True))


def _threshold(row: Any) -> str:
    """A threshold of one form in words that name the form."""
    if not np.isnan(row.relative):
        return f"{100 * row.relative:g} %"
    return f"score {row.state:g}" if np.isnan(row.absolute) else f"{row.absolute:g} points"


def _demand(rows: pd.DataFrame) -> Values:
    """How hard a threshold is to reach, among thresholds of one form."""
    relative, absolute, state = (_numbers(rows, name) for name in ("relative", "absolute", "state"))
    return np.nansum([relative * 100, absolute, -state], axis=0)
