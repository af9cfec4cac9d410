"""Tables of the plain layouts: one estimate a study, or one 2 x 2 table a study.

A new plain layout needs a function that returns its reports table and raises ``EvidenceError`` with
all faults.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from trialpool.errors import EvidenceError
from trialpool.evidence.cells import cell_text
from trialpool.evidence.dependence import Dependence, check_clusters, covariance_of_errors
from trialpool.evidence.files import Findings, nearest

_ZERO_CELLS = "Zero cells: keep the counts and use Evidence.from_counts, which needs no correction."


def effects_table(
    frame: pd.DataFrame,
    *,
    study: str,
    effect: str,
    se: str,
    dependence: Dependence | None = None,
    covariates: Sequence[str] = (),
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Reports in the order of ``frame``, and the covariance of their errors if they have any.

    Columns of the reports: study, y, se, cluster where there are clusters, covariates. Raises
    ``EvidenceError`` with all faults.
    """
    findings = Findings()
    _check_list(covariates, findings)
    dependence = dependence or Dependence()
    by = [] if dependence.cluster is None else [dependence.cluster]
    names, (y, error) = _columns(frame, study, (effect, se), findings, (*by, *covariates))
    report(
        names,
        frame[effect],
        np.isfinite(y),
        f"frame, column {effect}",
        "effect must be finite",
        "Remove the studies without an estimate.",
        findings,
    )
    report(
        names,
        frame[se],
        np.isfinite(error) & (error > 0),
        f"frame, column {se}",
        "se must be finite and > 0",
        _ZERO_CELLS,
        findings,
    )
    table = {"study": names, "y": y, "se": error}
    clusters = None
    if dependence.cluster is not None:
        clusters = [cell_text(name) for name in frame[dependence.cluster]]
        check_clusters(dependence.cluster, clusters, findings)
        table["cluster"] = clusters
    raise_faults(findings)
    covariance = covariance_of_errors(dependence, names, clusters, error, findings)
    reports = _with_covariates(pd.DataFrame(table), frame, covariates, findings)
    raise_faults(findings)
    return reports, covariance


def counts_table(
    frame: pd.DataFrame,
    *,
    study: str,
    events: tuple[str, str],
    totals: tuple[str, str],
    measure: str,
    covariates: Sequence[str] = (),
) -> pd.DataFrame:
    """Columns study, events_t, n_t, events_c, n_c, covariates, in the order of ``frame``.

    Raises ``EvidenceError`` with all faults.
    """
    findings = Findings()
    if measure != "OR":
        findings.fault(
            "measure",
            repr(measure),
            "'OR', the measure of the binomial model",
            "Write measure='OR'.",
        )
    for label, pair in (("events", events), ("totals", totals)):
        if isinstance(pair, str) or len(pair) != 2:
            findings.fault(
                label,
                repr(pair),
                "two columns: treated arm, control arm",
                f"Write {label}=('t', 'c').",
            )
    _check_list(covariates, findings)
    raise_faults(findings)
    columns = (events[0], totals[0], events[1], totals[1])
    names, values = _columns(frame, study, columns, findings, covariates)
    for i in (0, 2):
        x, n = values[i], values[i + 1]
        with np.errstate(invalid="ignore"):
            report(
                names,
                frame[columns[i + 1]],
                np.isfinite(n) & (n > 0) & (n == np.round(n)),
                f"frame, column {columns[i + 1]}",
                "totals must be whole and > 0",
                "Correct the totals.",
                findings,
            )
            report(
                names,
                frame[columns[i]],
                np.isfinite(x) & (x >= 0) & (x == np.round(x)),
                f"frame, column {columns[i]}",
                "events must be whole and >= 0",
                "Write counts without a continuity correction: zero cells need none.",
                findings,
            )
            report(
                names,
                frame[columns[i]],
                ~(x > n),
                f"frame, column {columns[i]}",
                f"events must be at most {columns[i + 1]}",
                "Correct events or totals.",
                findings,
            )
    table = pd.DataFrame(
        dict(zip(("study", "events_t", "n_t", "events_c", "n_c"), (names, *values), strict=True))
    )
    table = _with_covariates(table, frame, covariates, findings)
    raise_faults(findings)
    return table


def trials_of(reports: pd.DataFrame) -> pd.DataFrame:
    """One row a study with the column trial."""
    return pd.DataFrame({"trial": reports["study"]})


def check_columns(frame: pd.DataFrame, columns: Sequence[str], findings: Findings) -> None:
    """A frame is one, has rows, and has each column that is named once; raises if it is none."""
    if not isinstance(frame, pd.DataFrame):
        got = f"a {type(frame).__name__}"
        findings.fault("frame", got, "a pandas DataFrame", "Give the table as one.")
        raise_faults(findings)
    # A column named 0 is not the column "0".
    present = [column for column in frame.columns if isinstance(column, str)]
    for column in dict.fromkeys(columns):
        if present.count(column) != 1:
            hint = nearest(column, present, 0.5)
            remedy = (
                f"Did you mean {hint!r}?"
                if hint and hint != column
                else "Name columns of the frame."
            )
            got = "it twice" if column in present else "no such column"
            findings.fault(
                f"frame, column {column}", got, f"one of {', '.join(present) or 'none'}", remedy
            )
    if not findings.faults and frame.empty:
        findings.fault("frame", "no rows", "one row a study", "Give at least one study.")


def _check_list(covariates: Sequence[str], findings: Findings) -> None:
    if isinstance(covariates, str):
        got, remedy = repr(covariates), f"Write covariates=[{covariates!r}]."
        findings.fault("covariates", got, "a list of columns", remedy)
        raise_faults(findings)


def _with_covariates(
    table: pd.DataFrame, frame: pd.DataFrame, covariates: Sequence[str], findings: Findings
) -> pd.DataFrame:
    """The table with columns of the frame beside it, as they stand."""
    for name in covariates:
        if name in table:
            findings.fault(
                f"frame, column {name}",
                "a covariate of this name",
                f"another name than {', '.join(table.columns)}, which the table of reports uses",
                "Rename the column.",
            )
    return table.assign(**{name: frame[name].to_numpy() for name in covariates})


def _columns(
    frame: pd.DataFrame,
    study: str,
    columns: Sequence[str],
    findings: Findings,
    others: Sequence[str] = (),
) -> tuple[list[str], list[np.ndarray]]:
    """Names of the studies and the columns as float64, nan where the cell is no number.

    ``others`` are columns that must be there and are read elsewhere.
    """
    check_columns(frame, (study, *columns, *others), findings)
    raise_faults(findings)
    names = [cell_text(name) for name in frame[study]]
    if blank := [str(i + 1) for i, name in enumerate(names) if not name]:
        findings.fault(
            f"frame, column {study}",
            f"no name in rows {', '.join(blank)}",
            "a name a study",
            "Write it.",
        )
    if twice := [name for name in dict.fromkeys(names) if name and names.count(name) > 1]:
        findings.fault(
            f"frame, column {study}",
            f"{', '.join(twice)} more than once",
            "each study once",
            "Give the rows different names, or combine the arms of one study. For several "
            "estimates of one study name each, and give the studies as cluster.",
        )
    return names, [numbers_of(frame[column]) for column in columns]


def numbers_of(column: pd.Series) -> np.ndarray:
    """The column as float64, nan where the cell is no number."""
    if column.dtype.kind in "iuf":
        return column.to_numpy(dtype=float, na_value=np.nan)
    return np.array([_number(cell_text(value)) for value in column], dtype=float)


def _number(text: str) -> float:
    # Python reads 1_000 and digits of other scripts; a table that holds them has another fault.
    if not text.isascii() or "_" in text:
        return np.nan
    try:
        return float(text)
    except ValueError:
        return np.nan


def report(
    names: Sequence[str],
    printed: pd.Series,
    good: np.ndarray,
    where: str,
    rule: str,
    remedy: str,
    findings: Findings,
    *,
    unit: str = "studies",
) -> None:
    """A fault that names the studies whose number is not good, with the number as printed."""
    if good.all():
        return
    bad = [
        f"{name} ({value if isinstance(value, float | str) else cell_text(value) or 'nothing'})"
        for name, value, fine in zip(names, printed, good, strict=True)
        if not fine
    ]
    verb = "is" if len(bad) == 1 else "are"
    findings.fault(
        where, f"{len(bad)} of {len(names)} {unit} that {verb} not: {', '.join(bad)}", rule, remedy
    )


def raise_faults(findings: Findings) -> None:
    """Raise ``EvidenceError`` if there are faults."""
    if findings.faults:
        raise EvidenceError(findings.faults)
