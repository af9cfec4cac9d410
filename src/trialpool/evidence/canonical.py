"""Evidence as text that does not depend on the order of rows and columns, and its hash."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pandas as pd

from trialpool.evidence.kinds import READ

if TYPE_CHECKING:
    from trialpool.evidence.table import Evidence

#: Columns of reports that a model can read; the others document a number or its place.
_READ = (
    "trial", "arm", "treatment", "class_", "outcome", "scale", "months", "kind", "versus", "n",
    *READ,
)  # fmt: skip
#: Columns of trials that document and cannot change a fit.
_TRIAL_DOCUMENTATION = ("note", "source", "doi", "registry")


def content_hash(evidence: Evidence) -> str:
    """SHA-256 of what a model can read: trials and entering rows, whatever their order."""
    used = evidence.used
    # Plain layouts keep only what a model can read; in reports.csv there are the user's own.
    if evidence.layout not in ("effects", "counts", "network"):
        used = used[[name for name in _READ if name in used]]
    named = set(used["trial" if "trial" in used else "study"])
    trials = evidence.trials[evidence.trials["trial"].isin(named)]
    trials = trials.drop(columns=[name for name in _TRIAL_DOCUMENTATION if name in trials])
    parts: dict[str, object] = {
        "layout": evidence.layout,
        "outcome": evidence.outcome,
        "measure": evidence.measure,
        "reference": evidence.reference or evidence.classes.reference,
        "arms": canonical(evidence.arms),
        "trials": canonical(trials),
        "reports": canonical(used),
    }
    if evidence.covariance is not None:
        # A covariance belongs to two studies, in whatever order they stand.
        names = sorted(used["study"])
        parts["covariance"] = evidence.covariance.loc[names, names].to_numpy().tolist()
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def canonical(frame: pd.DataFrame) -> list[list[str]]:
    """Rows as text in an order that does not depend on that of the rows or columns of ``frame``."""
    columns = sorted(str(column) for column in frame.columns)
    rows = zip(*(frame[column].tolist() for column in columns), strict=True)
    return [columns, *sorted([_text(value) for value in row] for row in rows)]


def _text(value: object) -> str:
    if isinstance(value, int | float):
        return repr(float(value) + 0.0)  # -0.0 and 0.0 are the same number
    return str(value)
