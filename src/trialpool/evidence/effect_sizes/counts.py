"""Effect sizes from 2 x 2 tables: events and patients of two arms.

Notation: ``a`` of ``n1`` treated patients had the event and ``b`` had not; ``c`` of ``n2`` controls
had it and ``d`` had not; ``p1 = a / n1``, ``p2 = c / n2``. Effects are treated against control. For
rare events prefer ``Evidence.from_counts``, whose binomial likelihood needs no correction.

A new measure is a function here and a line in ``measures.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from trialpool.errors import EvidenceError, Fault
from trialpool.evidence.effect_sizes.base import (
    EffectSizes,
    FloatArray,
    Inputs,
    effect_sizes,
    normal_quantile,
)

type To = Literal["only0", "all", "if0all", "none"]

ZERO = (
    "Use to='only0' to add 1/2 to the cells of these tables, leave the studies out, or keep the "
    "counts and use Evidence.from_counts, which needs no correction."
)


@dataclass(frozen=True, eq=False)
class Table:
    """Cells after the rule for zeros, margins and shares; dims (study,)."""

    a: FloatArray
    b: FloatArray
    c: FloatArray
    d: FloatArray

    @property
    def n1(self) -> FloatArray:
        """Treated patients."""
        return self.a + self.b

    @property
    def n2(self) -> FloatArray:
        """Controls."""
        return self.c + self.d

    @property
    def p1(self) -> FloatArray:
        """Share of the treated with the event."""
        return self.a / self.n1

    @property
    def p2(self) -> FloatArray:
        """Share of the controls with the event."""
        return self.c / self.n2

    @property
    def log_odds(self) -> FloatArray:
        """Log odds ratio."""
        return np.log(self.a) - np.log(self.b) - np.log(self.c) + np.log(self.d)

    @property
    def woolf(self) -> FloatArray:
        """Variance of the log odds ratio."""
        return 1 / self.a + 1 / self.b + 1 / self.c + 1 / self.d


def add_to_cells(zero: npt.NDArray[np.bool_], add: float, to: To) -> FloatArray:
    """What is added to every cell of each table.

    Parameters
    ----------
    zero : ndarray of bool
        Whether the table has a zero cell, dims (study,).
    add : float
        Amount, 0 or more.
    to : {"only0", "all", "if0all", "none"}
        Tables with a zero only; all tables; all tables if one has a zero; none.

    Returns
    -------
    ndarray
        Dims (study,).

    Raises
    ------
    EvidenceError
        If ``add`` is negative or ``to`` is another word.
    """
    if not (np.isfinite(add) and add >= 0):
        raise EvidenceError([Fault("add", f"{add}", "a number >= 0", "Write 0.5, or to='none'.")])
    if to not in get_args(To.__value__):
        expected = "'only0', 'all', 'if0all' or 'none'"
        raise EvidenceError([Fault("to", repr(to), expected, "Correct the word.")])
    chosen = {
        "only0": zero,
        "all": np.ones_like(zero),
        "if0all": np.full_like(zero, zero.any()),
        "none": np.zeros_like(zero),
    }[to]
    return np.where(chosen, add, 0.0)


def table_of(
    where: str,
    events_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
    add: float,
    to: To,
) -> Table:
    """Cells of the tables after the rule for zeros, or ``EvidenceError`` with all faults."""
    inputs = Inputs(where, events_t=events_t, n_t=n_t, events_c=events_c, n_c=n_c)
    inputs.need("n_t n_c", lambda x: x > 0, "patients > 0", "Correct the totals.")
    inputs.need("events_t events_c", lambda x: x >= 0, "counts >= 0", "Correct the counts.")
    for events, n in (("events_t", "n_t"), ("events_c", "n_c")):
        # A total that is no number has its own fault.
        fits = ~(inputs[events] > inputs[n])
        inputs.need(events, fits, f"at most {n}", "Correct counts or totals.")
    inputs.check()
    a, c = inputs["events_t"], inputs["events_c"]
    b, d = inputs["n_t"] - a, inputs["n_c"] - c
    more = add_to_cells((a == 0) | (b == 0) | (c == 0) | (d == 0), add, to)
    return Table(a + more, b + more, c + more, d + more)


def finish(where: str, measure: str, y: FloatArray, variance: FloatArray) -> EffectSizes:
    """``effect_sizes`` with the remedy of tables with zeros."""
    return effect_sizes(where, y, variance, measure, ZERO)


@np.errstate(all="ignore")
def log_odds_ratio(
    events_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
    *,
    add: float = 0.5,
    to: To = "only0",
) -> EffectSizes:
    """Log odds ratio: ``y = log(ad / bc)``, ``se^2 = 1/a + 1/b + 1/c + 1/d``.

    Woolf 1955, Annals of Human Genetics 19:251; the 1/2 is of Haldane 1956, same journal 20:309.

    Parameters
    ----------
    events_t, n_t, events_c, n_c : array-like
        Patients with the event and all patients, treated and control arm; dims (study,).
    add : float
        Added to the four cells of the tables that ``to`` names.
    to : {"only0", "all", "if0all", "none"}
        Tables with a zero cell; all; all if one has a zero; none.

    Returns
    -------
    EffectSizes
        Measure ``OR``, on the log scale.

    Raises
    ------
    EvidenceError
        If the counts are not possible, or a study has no estimate (``to="none"`` and a zero).
    """
    where = "log odds ratio"
    table = table_of(where, events_t, n_t, events_c, n_c, add, to)
    return finish(where, "OR", table.log_odds, table.woolf)


@np.errstate(all="ignore")
def log_risk_ratio(
    events_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
    *,
    add: float = 0.5,
    to: To = "only0",
) -> EffectSizes:
    """Log risk ratio: ``y = log(p1 / p2)``, ``se^2 = 1/a - 1/n1 + 1/c - 1/n2``.

    Katz et al. 1978, Biometrics 34:469, doi:10.2307/2530610. Arguments and errors as in
    ``log_odds_ratio``; measure ``RR``, on the log scale.
    """
    where = "log risk ratio"
    table = table_of(where, events_t, n_t, events_c, n_c, add, to)
    y = np.log(table.p1) - np.log(table.p2)
    variance = 1 / table.a - 1 / table.n1 + 1 / table.c - 1 / table.n2
    return finish(where, "RR", y, variance)


@np.errstate(all="ignore")
def risk_difference(
    events_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
    *,
    add: float = 0.5,
    to: To = "only0",
) -> EffectSizes:
    """Risk difference: ``y = p1 - p2``, ``se^2 = p1 (1 - p1) / n1 + p2 (1 - p2) / n2``.

    Cochrane Handbook 2011, section 9.4.4. Arguments and errors as in ``log_odds_ratio``; measure
    ``RD``.
    """
    where = "risk difference"
    table = table_of(where, events_t, n_t, events_c, n_c, add, to)
    p1, p2 = table.p1, table.p2
    return finish(where, "RD", p1 - p2, p1 * (1 - p1) / table.n1 + p2 * (1 - p2) / table.n2)


@np.errstate(all="ignore")
def arcsine_difference(
    events_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
    *,
    add: float = 0.0,
    to: To = "only0",
) -> EffectSizes:
    """Arcsine difference: ``y = asin(sqrt(p1)) - asin(sqrt(p2))``, ``se^2 = 1/(4 n1) + 1/(4 n2)``.

    Needs no correction for zeros, so ``add`` is 0 unless given. Rücker et al. 2009, Statistics in
    Medicine 28:721, doi:10.1002/sim.3511. Arguments and errors as in ``log_odds_ratio``; measure
    ``AS``.
    """
    where = "arcsine difference"
    table = table_of(where, events_t, n_t, events_c, n_c, add, to)
    y = np.arcsin(np.sqrt(table.p1)) - np.arcsin(np.sqrt(table.p2))
    return finish(where, "AS", y, 1 / (4 * table.n1) + 1 / (4 * table.n2))


@np.errstate(all="ignore")
def peto_log_odds_ratio(
    events_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
    *,
    add: float = 0.5,
    to: To = "only0",
) -> EffectSizes:
    """Peto's one-step log odds ratio: ``y = (O - E) / V``, ``se^2 = 1 / V``.

    ``O = a``, ``E`` and ``V`` its hypergeometric mean and variance. It needs no correction unless
    no arm has an event; ``add`` is that of the other measures so that tables agree. Yusuf et al.
    1985, Progress in Cardiovascular Diseases 27:335, doi:10.1016/S0033-0620(85)80003-7. Arguments
    and errors as in ``log_odds_ratio``; measure ``PETO``, on the log scale.
    """
    where = "Peto log odds ratio"
    table = table_of(where, events_t, n_t, events_c, n_c, add, to)
    n1, n2, n = table.n1, table.n2, table.n1 + table.n2
    events = table.a + table.c
    variance = events * (n - events) * (n1 / n) * (n2 / n) / (n - 1)
    return finish(where, "PETO", (table.a - events * n1 / n) / variance, 1 / variance)


@np.errstate(all="ignore")
def probit_difference(
    events_t: npt.ArrayLike,
    n_t: npt.ArrayLike,
    events_c: npt.ArrayLike,
    n_c: npt.ArrayLike,
    *,
    add: float = 0.5,
    to: To = "only0",
) -> EffectSizes:
    """Difference of probits: ``y = z1 - z2`` with ``z = Phi^-1(p)``.

    ``se^2`` is the sum over arms of ``2 pi p (1 - p) exp(z^2) / n``: the standardised difference of
    normal scores cut at one threshold. Sánchez-Meca et al. 2003, Psychological Methods 8:448,
    doi:10.1037/1082-989X.8.4.448. Arguments and errors as in ``log_odds_ratio``; measure ``PBIT``.
    """
    where = "probit difference"
    table = table_of(where, events_t, n_t, events_c, n_c, add, to)
    y, variance = np.zeros_like(table.a), np.zeros_like(table.a)
    for sign, p, n in ((1, table.p1, table.n1), (-1, table.p2, table.n2)):
        z = normal_quantile(p)
        y = y + sign * z
        variance = variance + 2 * np.pi * p * (1 - p) * np.exp(z**2) / n
    return finish(where, "PBIT", y, variance)
