"""Frames with one row an arm: the two arms that a pairwise analysis compares, side by side.

A new kind of arm-level number needs its columns in ``arms_table``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from trialpool.errors import EvidenceError, Fault
from trialpool.evidence import effects
from trialpool.evidence.cells import cell_text
from trialpool.evidence.effect_sizes import COUNT_MEASURES, MEAN_MEASURES
from trialpool.evidence.effects import check_columns, raise_faults, report
from trialpool.evidence.files import Findings, nearest

#: Layout, reports and measure of ``Evidence``.
type Plain = tuple[Literal["effects", "counts"], pd.DataFrame, str]


def arms_table(
    frame: pd.DataFrame,
    *,
    study: str,
    treatment: str,
    control: str,
    treated: str | None,
    means: tuple[str | None, str | None, str | None],
    counts: tuple[str | None, str | None],
    measure: str | None,
) -> Plain:
    """Layout, reports and measure of a frame with one row an arm.

    Parameters
    ----------
    frame : DataFrame
        One row an arm.
    study, treatment : str
        Columns with the names of the study and of the arm's treatment.
    control, treated : str
        The treatments compared; see ``choose_pair``.
    means, counts : tuple of str or None
        Columns mean, sd, n; or events, total.
    measure : str or None
        Of means, ``"MD"`` unless named; of counts, ``"OR"``.

    Returns
    -------
    tuple
        Layout ``counts`` for odds ratios of counts, else ``effects``.

    Raises
    ------
    EvidenceError
        With every fault.
    """
    named = [bool(any(means)), bool(any(counts))]
    chosen: Sequence[str | None] = means if named[0] else counts
    if sum(named) != 1 or not all(chosen):
        words = ("mean", "sd", "n", "events", "total")
        got = ", ".join(w for w, c in zip(words, (*means, *counts), strict=True) if c) or "none"
        expected = "the columns mean, sd and n, or events and total"
        raise EvidenceError([Fault("columns", got, expected, "Name the columns of one kind.")])
    columns = [column for column in chosen if column is not None]
    measure = measure or ("MD" if named[0] else "OR")
    known = MEAN_MEASURES if named[0] else COUNT_MEASURES
    if measure not in known:
        raise EvidenceError([_unknown(measure, known)])
    findings = Findings()
    check_columns(frame, (study, treatment, *columns), findings)
    raise_faults(findings)
    wide, names = _side_by_side(frame, study, treatment, columns, control, treated)
    pairs = [f"{column} of {name}" for name in names for column in columns]
    if named[0]:
        return "effects", _effects_of_means(wide, pairs, measure), measure
    table = effects.counts_table(
        wide, study="study", events=(pairs[0], pairs[2]), totals=(pairs[1], pairs[3]), measure="OR"
    )
    if measure == "OR":
        return "counts", table, measure
    return "effects", effects_of_counts(table, measure), measure


def effects_of_counts(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Columns study, y, se of a table as ``counts_table`` makes it."""
    columns = ("events_t", "n_t", "events_c", "n_c")
    sizes = COUNT_MEASURES[measure](*(table[column].to_numpy(dtype=float) for column in columns))
    return sizes.frame(table["study"])


def _effects_of_means(wide: pd.DataFrame, pairs: Sequence[str], measure: str) -> pd.DataFrame:
    names = list(wide["study"])
    findings = Findings()
    tests: tuple[tuple[str, Callable[[np.ndarray], np.ndarray]], ...] = (
        ("means must be finite", np.isfinite),
        ("SDs must be > 0", lambda x: x > 0),
        ("patients must be > 1", lambda x: x > 1),
    )
    values = []
    for i, pair in enumerate(pairs):
        rule, test = tests[i % 3]
        number = effects.numbers_of(wide[pair])
        values.append(number)
        good = np.isfinite(number) & test(number)
        report(names, wide[pair], good, f"frame, column {pair}", rule, "Correct it.", findings)
    raise_faults(findings)
    return MEAN_MEASURES[measure](*values).frame(names)


def _side_by_side(
    frame: pd.DataFrame,
    study: str,
    treatment: str,
    columns: Sequence[str],
    control: str,
    treated: str | None,
) -> tuple[pd.DataFrame, tuple[str, str]]:
    """One row a study with both arms, and the names of the two treatments."""
    arms: dict[str, dict[str, int]] = {}
    faults = []
    for i, (name, arm) in enumerate(zip(frame[study], frame[treatment], strict=True)):
        label, drug = cell_text(name), cell_text(arm)
        if not label or not drug:
            where = f"frame, column {study if not label else treatment}"
            faults.append(Fault(where, f"nothing in row {i + 1}", "a name", "Write it."))
        elif drug in arms.setdefault(label, {}):
            got = f"two arms {drug!r} in {label}"
            remedy = "Combine them first: trialpool.evidence.effect_sizes.combine_groups for means."
            faults.append(Fault(f"frame, column {treatment}", got, "one arm a treatment", remedy))
        else:
            arms[label][drug] = i
    if faults:
        raise EvidenceError(faults)
    treated, studies = choose_pair(
        {label: list(group) for label, group in arms.items()}, control, treated
    )
    entries = [
        {"study": label}
        | {
            f"{column} of {name}": frame[column].iloc[arms[label][name]]
            for name in (treated, control)
            for column in columns
        }
        for label in studies
    ]
    return pd.DataFrame(entries), (treated, control)


def choose_pair(
    arms: dict[str, list[str]], control: str, treated: str | None
) -> tuple[str, list[str]]:
    """The treatment compared with ``control``, and the studies that have both.

    Parameters
    ----------
    arms : dict
        Study -> its treatments.
    control : str
        Name of one of them.
    treated : str or None
        The other. None where all studies compare the same two; if it is named, studies without both
        are left out.

    Returns
    -------
    tuple of str and list of str

    Raises
    ------
    EvidenceError
        If a name is unknown, or it is not clear which two are compared.
    """
    known = list(dict.fromkeys(name for group in arms.values() for name in group))
    for label, name in (("control", control), ("treated", treated)):
        if name is not None and name not in known:
            hint = nearest(name, known, 0.5)
            remedy = f"Did you mean {hint!r}?" if hint else "Name a treatment of the frame."
            raise EvidenceError(
                [Fault(label, repr(name), f"one of {', '.join(known) or 'none'}", remedy)]
            )
    others = [name for name in known if name != control]
    if treated is None:
        if len(others) != 1:
            got = f"{len(others)} treatments besides {control!r} ({', '.join(others) or 'none'})"
            remedy = "Name the one to compare: treated='...'."
            raise EvidenceError([Fault("treated", got, "one where none is named", remedy)])
        treated = others[0]
        single = [label for label, group in arms.items() if len(group) < 2]
        if single:
            remedy = f"Remove these studies, or name treated={treated!r} to leave them out."
            got = f"one arm in {', '.join(single)}"
            raise EvidenceError([Fault("frame", got, "two arms a study", remedy)])
    studies = [label for label, group in arms.items() if {control, treated} <= set(group)]
    if not studies or treated == control:
        got = f"no study that compares {treated!r} with {control!r}"
        raise EvidenceError([Fault("treated", got, "at least one", "Name two that are compared.")])
    return treated, studies


def _unknown(measure: str, known: Mapping[str, object]) -> Fault:
    hint = nearest(measure, list(known), 0.5)
    remedy = f"Did you mean {hint!r}?" if hint else "Name one of them."
    return Fault("measure", repr(measure), f"one of {', '.join(known)}", remedy)
