"""Frames of one outcome from its rows and readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from trialpool.evidence.classes import Classes
from trialpool.evidence.files import Tables
from trialpool.evidence.kinds import READ, Contribution
from trialpool.evidence.kinds.base import NAN
from trialpool.evidence.rules import Reading
from trialpool.evidence.schema import REPORTS, Row


@dataclass(frozen=True)
class OutcomeTables:
    """Frames of one outcome; columns as in ``Evidence``."""

    name: str
    layout: str
    trials: pd.DataFrame
    reports: pd.DataFrame
    versus_arms: pd.DataFrame


def frames_by_outcome(
    rows: Sequence[Row], readings: Sequence[Reading], tables: Tables, classes: Classes
) -> tuple[OutcomeTables, ...]:
    """Frames of each outcome of the folder, in the order in which the file names them."""
    by_line = {reading.row.line: reading for reading in readings}
    header = tables.reports.header if tables.reports else ()
    entries: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        entries.setdefault(row.outcome, []).append(
            _entry(row, by_line.get(row.line), classes, header)
        )
    outcomes = []
    for name, group in entries.items():
        reports = pd.DataFrame(group)
        kinds = {reading.row.kind for reading in readings if reading.row.outcome == name}
        layout = "events" if (kinds or set(reports["kind"])) == {"events"} else "longitudinal"
        named = set(reports["trial"])
        trials = pd.DataFrame(
            [
                trial
                for trial in (tables.trials.rows if tables.trials else ())
                if trial["trial"] in named
            ],
            columns=list(tables.trials.header if tables.trials else ()),
            dtype="str",
        )
        outcomes.append(OutcomeTables(name, layout, trials, reports, _versus_arms(readings, name)))
    return tuple(outcomes)


def _entry(
    row: Row, reading: Reading | None, classes: Classes, header: Sequence[str]
) -> dict[str, object]:
    if reading is not None:
        row = reading.row  # its n may be that of other rows (versus.py)
        part, class_ = reading.part, reading.class_
    else:
        why = (
            f"use = no: {row['reason']}"
            if row["use"].lower() == "no"
            else "not verified: never used"
        )
        part, class_ = Contribution(why, enters=False), classes.find(row["class"]) or row["class"]
    entry: dict[str, object] = {
        "row": row.line,
        "trial": row["trial"],
        "arm": row["arm"],
        "treatment": row["treatment"],
        "class_": class_,
        "outcome": row.outcome,
        "scale": row["scale"],
        "months": row.number["months"],
        "kind": row.kind,
        "threshold": row["threshold"],
        "versus": row["versus"],
        "n": row.number["n"],
        "source": row["source"],
        "note": row["note"],
        "enters": part.enters,
        "why": part.why,
        **_quartiles(row),
        **{name: getattr(part, name) for name in READ},
    }
    # Columns of no meaning here are kept as text; those that were read above are not repeated.
    spare = [name for name in header if name not in entry and name not in REPORTS.known]
    return {**entry, **{name: row[name] for name in spare}}


def _quartiles(row: Row) -> dict[str, float]:
    """Printed quartiles of a median in points; a model reads of them only the SD."""
    q1 = q3 = NAN
    if row.kind == "median" and row.scale is not None and row.has("q1", "q3"):
        # Where high scores are good, the upper quartile has the fewer points.
        q1, q3 = sorted(row.scale.points(row.number[name]) for name in ("q1", "q3"))
    return {"q1": q1, "q3": q3}


def _versus_arms(readings: Sequence[Reading], outcome: str) -> pd.DataFrame:
    arms = {
        (reading.row["trial"], reading.row["versus"]): reading.versus
        for reading in readings
        if reading.row.outcome == outcome and reading.versus is not None and reading.part.enters
    }
    return pd.DataFrame(
        [(*key, *value) for key, value in sorted(arms.items())],
        columns=["trial", "arm", "treatment", "class_"],
        dtype="str",
    )
