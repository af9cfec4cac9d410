"""Frames that users of netmeta, multinma, metafor and MBNMAtime have, as ``Evidence``.

The columns are those of the packages; ``docs/ways-in.md`` lists them side by side. A new package
needs a function here and a column in that table.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from trialpool.errors import EvidenceError, Fault
from trialpool.evidence.arms import choose_pair, effects_of_counts
from trialpool.evidence.cells import cell_text
from trialpool.evidence.effect_sizes import COUNT_MEASURES, MEAN_MEASURES, RATE_MEASURES
from trialpool.evidence.effects import check_columns, numbers_of, raise_faults
from trialpool.evidence.files import Findings
from trialpool.evidence.table import Evidence


def from_netmeta(
    frame: pd.DataFrame, *, control: str, treated: str | None = None, measure: str | None = None
) -> Evidence:
    """Evidence of two treatments from netmeta's contrasts.

    Parameters
    ----------
    frame : DataFrame
        Columns treat1, treat2, TE, seTE, studlab as of netmeta's ``pairwise``: ``TE`` compares
        treat1 with treat2, ratios as logs.
    control, treated : str, optional
        The treatments compared; ``treated`` may be left out where the frame has two. If it is
        named, contrasts of other treatments are left out.
    measure : str, optional
        What TE is: ``"OR"``, ``"MD"``, ... A frame without TE and seTE may have the columns that
        ``pairwise`` reads instead, event1, n1, event2, n2 or mean1, sd1, n1, mean2, sd2, n2: then
        as in ``Evidence.from_arms``.

    Returns
    -------
    Evidence
        Layout ``effects``, or ``counts`` for odds ratios of events; effects are ``treated`` against
        ``control``.

    Raises
    ------
    EvidenceError
        With every fault.
    """
    _need(frame, ("studlab", "treat1", "treat2"))
    if "TE" not in frame.columns:
        for raw in (("event", "n"), ("mean", "sd", "n")):
            if f"{raw[0]}1" in frame.columns:
                return _netmeta_arms(frame, raw, control, treated, measure)
    _need(frame, ("TE", "seTE"))
    first, second = _names(frame, "treat1"), _names(frame, "treat2")
    arms: dict[str, list[str]] = {}
    for study, *pair in zip(_names(frame, "studlab"), first, second, strict=True):
        arms[study] = list(dict.fromkeys([*arms.get(study, []), *pair]))
    treated, _ = choose_pair(arms, control, treated)
    sign = [
        1.0 if pair == (treated, control) else -1.0 if pair == (control, treated) else 0.0
        for pair in zip(first, second, strict=True)
    ]
    table = pd.DataFrame(
        {
            "studlab": _names(frame, "studlab"),
            "TE": numbers_of(frame["TE"]) * sign,
            "seTE": numbers_of(frame["seTE"]),
        }
    )[np.array(sign) != 0]
    return Evidence.from_effects(table, study="studlab", effect="TE", se="seTE", measure=measure)


def _netmeta_arms(
    frame: pd.DataFrame,
    raw: tuple[str, ...],
    control: str,
    treated: str | None,
    measure: str | None,
) -> Evidence:
    """Both sides of each contrast as arms; an arm stands in several contrasts of its study."""
    _need(frame, tuple(f"{name}{side}" for side in (1, 2) for name in raw))
    sides = [
        pd.DataFrame(
            {"studlab": _names(frame, "studlab"), "treat": _names(frame, f"treat{side}")}
            | {name: numbers_of(frame[f"{name}{side}"]) for name in raw}
        )
        for side in (1, 2)
    ]
    arms = pd.concat(sides, ignore_index=True).drop_duplicates()
    if raw[0] == "event":
        return Evidence.from_arms(
            arms,
            study="studlab",
            treatment="treat",
            control=control,
            treated=treated,
            events="event",
            total="n",
            measure=measure,
        )
    return Evidence.from_arms(
        arms,
        study="studlab",
        treatment="treat",
        control=control,
        treated=treated,
        mean="mean",
        sd="sd",
        n="n",
        measure=measure,
    )


def from_multinma(
    frame: pd.DataFrame, *, control: str, treated: str | None = None, measure: str | None = None
) -> Evidence:
    """Evidence of two treatments from the frames of multinma.

    Parameters
    ----------
    frame : DataFrame
        Columns study, trt and either r, n (``set_agd_arm``, counts) or y, se. A study in which one
        row has no ``y`` is one of ``set_agd_contrast``: that row is its baseline, the others are
        contrasts with it, and the ``se`` of the baseline row is that of its arm. Other studies are
        of ``set_agd_arm``: ``y`` is the arm's mean.
    control, treated : str, optional
        As in ``from_netmeta``.
    measure : str, optional
        Counts: a name of ``effect_sizes.COUNT_MEASURES``, ``"OR"`` if left out. Else what the
        difference of ``y`` is, ``"MD"`` if left out.

    Returns
    -------
    Evidence
        Layout ``counts`` for odds ratios of counts, else ``effects``.

    Raises
    ------
    EvidenceError
        With every fault.
    """
    _need(frame, ("study", "trt"))
    if "r" in frame.columns:
        _need(frame, ("study", "trt", "r", "n"))
        return Evidence.from_arms(
            frame,
            study="study",
            treatment="trt",
            control=control,
            treated=treated,
            events="r",
            total="n",
            measure=measure,
        )
    _need(frame, ("study", "trt", "y", "se"))
    table = pd.DataFrame(
        {
            "study": _names(frame, "study"),
            "trt": _names(frame, "trt"),
            "y": numbers_of(frame["y"]),
            "se": numbers_of(frame["se"]),
        }
    )
    twice = table[table.duplicated(["study", "trt"])]
    if len(twice):
        got = ", ".join(f"{row.trt} in {row.study}" for row in twice.itertuples())
        raise EvidenceError(
            [Fault("frame, column trt", f"twice {got}", "one arm a treatment", "Remove one.")]
        )
    groups = {str(study): group.set_index("trt") for study, group in table.groupby("study")}
    arms = {study: [str(trt) for trt in groups[study].index] for study in table["study"].unique()}
    treated, studies = choose_pair(arms, control, treated)
    contrasts = [_contrast(groups[study], treated, control) for study in studies]
    effects = pd.DataFrame(contrasts, columns=["y", "se"]).assign(study=studies)
    return Evidence.from_effects(
        effects, study="study", effect="y", se="se", measure=measure or "MD"
    )


def _contrast(group: pd.DataFrame, treated: str, control: str) -> tuple[float, float]:
    """Difference of two arms and its SE, from arms or from contrasts with a baseline arm."""
    y, variance = group["y"].astype(float), group["se"].astype(float) ** 2
    baseline = y.index[y.isna()]
    if len(baseline) == 0:
        return y[treated] - y[control], float(np.sqrt(variance[treated] + variance[control]))
    if len(baseline) > 1:
        return np.nan, np.nan  # from_effects names the study
    base = baseline[0]
    if control == base:
        return y[treated], float(np.sqrt(variance[treated]))
    if treated == base:
        return -y[control], float(np.sqrt(variance[control]))
    # Contrasts with one baseline arm share its variance.
    both = variance[treated] + variance[control] - 2 * variance[base]
    return y[treated] - y[control], float(np.sqrt(both)) if both > 0 else np.nan


def from_metafor(frame: pd.DataFrame, *, study: str, measure: str | None = None) -> Evidence:
    """Evidence from the columns of metafor's ``escalc``.

    Parameters
    ----------
    frame : DataFrame
        One row a study with yi, vi; or ai, ci with bi, di or n1i, n2i (counts); or m1i, sd1i, n1i,
        m2i, sd2i, n2i (means); or x1i, t1i, x2i, t2i (rates).
    study : str
        Column with the name of the study.
    measure : str, optional
        Without it, yi and vi are taken where they are there. With it the raw columns come first:
        ``"OR"`` of counts keeps them for the binomial likelihood, other measures are computed as
        by ``escalc``; where there is none but yi and vi, it says what yi is.

    Returns
    -------
    Evidence
        Layout ``counts`` for odds ratios of counts, else ``effects``.

    Raises
    ------
    EvidenceError
        With every fault.
    """
    _need(frame, (study,))
    has = set(frame.columns).issuperset
    prefer_raw = measure is not None or not has(("yi", "vi"))
    if prefer_raw and measure in (None, *COUNT_MEASURES) and has(("ai", "ci")):
        return _metafor_counts(frame, study, measure or "OR")
    if prefer_raw and measure in (None, *MEAN_MEASURES) and has(("m1i", "m2i")):
        return _metafor_raw(
            frame, study, ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"), measure or "MD"
        )
    if prefer_raw and measure in (None, *RATE_MEASURES) and has(("x1i", "x2i")):
        return _metafor_raw(frame, study, ("x1i", "t1i", "x2i", "t2i"), measure or "IRR")
    _need(frame, (study, "yi", "vi"))
    variance = numbers_of(frame["vi"])
    with np.errstate(invalid="ignore"):
        table = pd.DataFrame(
            {study: _names(frame, study), "yi": numbers_of(frame["yi"]), "vi": np.sqrt(variance)}
        )
    return Evidence.from_effects(table, study=study, effect="yi", se="vi", measure=measure)


def _metafor_counts(frame: pd.DataFrame, study: str, measure: str) -> Evidence:
    table = frame.copy()
    for cells, total in ((("ai", "bi"), "n1i"), (("ci", "di"), "n2i")):
        if total not in frame.columns:
            _need(frame, cells)
            table[total] = numbers_of(frame[cells[0]]) + numbers_of(frame[cells[1]])
    counts = Evidence.from_counts(
        table, study=study, events=("ai", "ci"), totals=("n1i", "n2i"), measure="OR"
    )
    if measure == "OR":
        return counts
    reports = effects_of_counts(counts.reports, measure)
    return Evidence.from_effects(reports, study="study", effect="y", se="se", measure=measure)


def _metafor_raw(
    frame: pd.DataFrame, study: str, columns: tuple[str, ...], measure: str
) -> Evidence:
    _need(frame, (study, *columns))
    function = (MEAN_MEASURES | RATE_MEASURES)[measure]
    sizes = function(*(numbers_of(frame[column]) for column in columns))
    return Evidence.from_effects(
        sizes.frame(_names(frame, study)), study="study", effect="y", se="se", measure=measure
    )


def from_mbnmatime(
    frame: pd.DataFrame,
    *,
    outcome: str,
    scale: str,
    reference: str,
    comparators: tuple[str, ...] = (),
    months: float = 1.0,
) -> Evidence:
    """Evidence over time from the arm means of MBNMAtime.

    Parameters
    ----------
    frame : DataFrame
        Columns studyID, time, treatment, y, se, n and, optionally, class; without it each treatment
        is a class of its own.
    outcome : str
        Name of the outcome: ``"pain"``, ``"function"``, ...
    scale : str
        Instrument of all trials with its range and direction: ``"WOMAC 0-10 lower better"``.
    reference, comparators : str, tuple of str
        Class that benefits are measured against, and other control classes.
    months : float
        Months in one unit of ``time``: 12 / 52.18 for weeks.

    Returns
    -------
    Evidence
        Layout ``longitudinal``: rows of the kind mean, on 0-100 with lower better.

    Raises
    ------
    EvidenceError
        With every fault, in the columns of reports.csv.
    """
    _need(frame, ("studyID", "time", "treatment", "y", "se", "n"))
    if not (np.isfinite(months) and months > 0):
        fault = Fault("months", f"{months}", "a number > 0", "Write 1 for months, 12 for years.")
        raise EvidenceError([fault])
    treatment = _names(frame, "treatment")
    class_ = _names(frame, "class") if "class" in frame.columns else treatment
    time = numbers_of(frame["time"]) * months
    reports = pd.DataFrame(
        {
            "trial": _names(frame, "studyID"),
            "arm": treatment,
            "treatment": treatment,
            "class": class_,
            "outcome": outcome,
            "scale": scale,
            # 12 digits: rounding in a conversion does not make two visits of one.
            "months": [float(f"{month:.12g}") for month in time],
            "kind": "mean",
            "n": frame["n"].to_numpy(),
            "mean": frame["y"].to_numpy(),
            "se": frame["se"].to_numpy(),
            "source": _names(frame, "source") if "source" in frame.columns else "MBNMAtime frame",
        }
    )
    names = list(dict.fromkeys([reference, *comparators, *class_]))
    roles = ["reference", *("comparator" for _ in comparators)]
    roles += ["active"] * (len(names) - len(roles))
    classes = pd.DataFrame({"class": names, "role": roles})
    return Evidence.from_frame(reports, classes=classes, outcome=outcome)


def _need(frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    findings = Findings()
    check_columns(frame, columns, findings)
    raise_faults(findings)


def _names(frame: pd.DataFrame, column: str) -> list[str]:
    return [cell_text(name) for name in frame[column]]
