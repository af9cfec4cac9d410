"""One small valid folder that the tests mutate."""

import csv
from pathlib import Path

import pytest

HEADER = [
    "trial",
    "arm",
    "treatment",
    "class",
    "outcome",
    "scale",
    "months",
    "kind",
    "n",
    "mean",
    "sd",
    "se",
    "lower",
    "upper",
    "level",
    "q1",
    "median",
    "q3",
    "min",
    "max",
    "events",
    "percent",
    "threshold",
    "versus",
    "versus_treatment",
    "versus_class",
    "versus_n",
    "p",
    "favours",
    "source",
    "verified",
    "note",
    "use",
    "reason",
]

# Rows 2-15 of reports.csv: every kind that enters, on pain and function, and adverse events.
ROWS = [
    dict(trial="A", arm="prp", kind="mean", months="0", n="30", mean="60", sd="20"),
    dict(trial="A", arm="saline", kind="mean", months="0", n="30", mean="62", sd="20"),
    dict(trial="A", arm="prp", kind="mean", months="6", n="28", mean="40", se="4"),
    dict(trial="A", arm="saline", kind="mean", months="6", n="29", mean="50"),
    dict(trial="B", arm="msc", kind="change", months="12", n="20", mean="-2.5", sd="2"),
    dict(trial="B", arm="saline", kind="change", months="12", n="20", mean="-1.5", sd="2"),
    dict(trial="C", arm="prp", kind="responders", n="45", percent="40", threshold=">=50%"),
    dict(trial="C", arm="steroid", kind="responders", n="44", events="11", threshold=">=50%"),
    dict(trial="D", arm="prp", kind="difference", mean="-9", lower="-17.5", upper="-1", level="95"),
    dict(trial="E", arm="msc", kind="responders", n="10", events="6"),
    dict(trial="E", arm="saline", kind="responders", n="11", events="4"),
    dict(trial="A", arm="prp", kind="events", outcome="sae", months="6", n="30", events="1"),
    dict(trial="A", arm="saline", kind="events", outcome="sae", months="6", n="30", events="0"),
    dict(trial="A", arm="prp", kind="mean", outcome="function", months="6", n="28", mean="35"),
    dict(trial="A", arm="saline", kind="mean", outcome="function", months="6", n="29", mean="41"),
]
ARMS = {"prp": "PRP", "msc": "MSC", "saline": "placebo", "steroid": "steroid"}
SCALES = {"B": "NRS 0-10"}


def full(row):
    """A row with every column, from the few that matter."""
    filled = dict.fromkeys(HEADER, "")
    outcome = row.get("outcome", "pain")
    scale = {"pain": SCALES.get(row["trial"], "VAS 0-100"), "function": "ODI 0-100", "sae": ""}
    filled |= {
        "treatment": f"{row['arm']} injection",
        "class": ARMS.get(row["arm"], ""),
        "outcome": outcome,
        "scale": scale[outcome],
        "months": "6",
        "source": "doi:10.1/x",
        "verified": "yes",
        "use": "yes",
    }
    if row["kind"] == "difference":
        filled |= {"versus": "lidocaine", "versus_class": "local anaesthetic"}
    return filled | row


class Folder:
    """A folder of evidence; change ``rows``, ``trials`` or ``header`` and call ``write``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header = list(HEADER)
        self.rows = [full(row) for row in ROWS]
        self.trials = [{"trial": name, "year": "2020"} for name in "ABCDE"]
        self.classes: str | None = None

    def set(self, row: int, **cells: str) -> "Folder":
        """Change cells of a row, numbered as its line in the file."""
        self.rows[row - 2] |= {name.rstrip("_"): value for name, value in cells.items()}
        return self

    def add(self, **cells: str) -> "Folder":
        self.rows.append(full(cells))
        return self

    def drop(self, *columns: str) -> "Folder":
        self.header = [column for column in self.header if column not in columns]
        return self

    def write(self) -> Path:
        of_trials = list(dict.fromkeys(name for trial in self.trials for name in trial))
        for name, header, rows in (
            ("trials.csv", of_trials, self.trials),
            ("reports.csv", self.header, self.rows),
        ):
            with open(self.path / name, "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, header, extrasaction="ignore", lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        if self.classes is not None:
            (self.path / "classes.csv").write_text(self.classes, encoding="utf-8")
        return self.path


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)
