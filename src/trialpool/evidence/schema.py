"""Columns of the three files and the domain of each number.

A new column needs a line in ``REPORTS`` or ``TRIALS``; a new number also one in ``NUMBERS`` and
``_DOMAIN``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import pandera.pandas as pa

from trialpool.errors import Fault
from trialpool.evidence.files import Columns, Findings, TextTable
from trialpool.evidence.scales import Scale, parse_scale

TRIALS = Columns(
    required=("trial",),
    optional=(
        "year", "doi", "registry", "population", "route", "blinding", "risk_of_bias", "note",
        "eligible", "n_randomised", "source",
    ),
)  # fmt: skip
REPORTS = Columns(
    required=(
        "trial", "arm", "treatment", "class", "outcome", "scale", "months", "kind", "n", "source",
    ),
    optional=(
        "mean", "sd", "se", "lower", "upper", "level", "q1", "median", "q3", "min", "max", "events",
        "percent", "person_months", "threshold", "versus", "versus_treatment", "versus_class",
        "versus_n", "p", "favours", "verified", "note", "use", "reason",
    ),
)  # fmt: skip
CLASSES = Columns(required=("class", "role"), optional=("synonyms", "note"))

NUMBERS = (
    "months", "n", "mean", "sd", "se", "lower", "upper", "level", "q1", "median", "q3", "min",
    "max", "events", "percent", "person_months", "versus_n",
)  # fmt: skip

#: Outcomes whose misspelling would otherwise start an outcome of its own.
OUTCOMES = ("pain", "function", "sae", "ae")

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")


@dataclass(frozen=True)
class Row:
    """One row of reports.csv: its text, its numbers and its line in the file.

    A number is nan where the cell is empty or has a fault; ``broken`` says that a cell has. An
    empty ``versus_n`` is read from the other arm's rows (``versus.with_versus_n``).
    """

    line: int
    text: Mapping[str, str]
    number: Mapping[str, float]
    scale: Scale | None
    broken: bool = False

    def __getitem__(self, column: str) -> str:
        return self.text.get(column, "")

    def has(self, *columns: str) -> bool:
        """Whether all these numbers are printed."""
        return all(math.isfinite(self.number[column]) for column in columns)

    def where(self, column: str) -> str:
        """Place of a cell: ``reports.csv row 12, sd``."""
        return f"reports.csv row {self.line}, {column}"

    def fault(self, column: str, expected: str, remedy: str, got: str | None = None) -> Fault:
        """A fault of a cell of this row; ``got`` is the cell's text unless given."""
        return Fault(
            self.where(column),
            got or (repr(self[column]) if self[column] else "nothing"),
            expected,
            remedy,
        )

    @property
    def live(self) -> bool:
        """Whether the row is meant for a fit: not ``use = no`` and not ``verified = no``."""
        return self["use"].lower() != "no" and self["verified"].lower() != "no"

    @property
    def outcome(self) -> str:
        """Outcome in lower case."""
        return self["outcome"].lower()

    @property
    def kind(self) -> str:
        """Kind in lower case."""
        return self["kind"].lower()

    @property
    def arm_key(self) -> tuple[str, str]:
        """Trial and arm."""
        return self["trial"], self["arm"]


def read_rows(table: TextTable, findings: Findings) -> list[Row]:
    """Rows with their numbers; text that is no number is a fault, in rows that are not used too."""
    rows = []
    for line, text in zip(table.lines, table.rows, strict=True):
        number, broken = {}, False
        for column in NUMBERS:
            value = _to_number(text.get(column, ""), percent=column in ("percent", "level"))
            if value is None:
                broken = True
                findings.fault(
                    f"reports.csv row {line}, {column}",
                    repr(text[column]),
                    "a number or an empty cell",
                    "Write the number alone, or leave the cell empty and put words into note.",
                )
            number[column] = math.nan if value is None else value
        rows.append(Row(line, text, number, parse_scale(text["scale"]), broken))
    return rows


def _to_number(text: str, *, percent: bool) -> float | None:
    """The number in a cell, nan for an empty one, None for anything else."""
    text = text.replace("\N{MINUS SIGN}", "-")
    if not text:
        return math.nan
    if percent:
        text = text.removesuffix("%").rstrip()
    if _NUMBER.fullmatch(text) is None or not math.isfinite(float(text)):
        return None
    return float(text)


def _number(*checks: pa.Check) -> pa.Column:
    return pa.Column(float, list(checks), nullable=True)


def _whole(values: pd.Series) -> pd.Series:
    return values == values.round()


_MONTHS = "months since injection, 0 = baseline"
_PATIENTS = "a whole number of patients > 0"
#: More than any trial; a slip beyond it would have us count for minutes.
_MOST = 1_000_000
_TOO_MANY = f"at most {_MOST:,} patients"
_EVENTS = "a whole count >= 0"
_LEVEL = "a level in percent below 100, such as 95"
# The text of a check is what its fault says was expected.
_COUNT_OF_PATIENTS = (
    pa.Check.gt(0, error=_PATIENTS),
    pa.Check(_whole, error=_PATIENTS),
    pa.Check.le(_MOST, error=_TOO_MANY),
)
_DOMAIN = pa.DataFrameSchema(
    {
        "months": _number(pa.Check.in_range(0, 1200, error=_MONTHS)),
        "n": _number(*_COUNT_OF_PATIENTS),
        "sd": _number(pa.Check.gt(0, error="an SD > 0")),
        "se": _number(pa.Check.gt(0, error="a standard error > 0")),
        "level": _number(pa.Check.gt(1, error=_LEVEL), pa.Check.lt(100, error=_LEVEL)),
        "events": _number(pa.Check.ge(0, error=_EVENTS), pa.Check(_whole, error=_EVENTS)),
        "percent": _number(pa.Check.in_range(0, 100, error="a percentage from 0 to 100")),
        "person_months": _number(pa.Check.gt(0, error="person-months > 0")),
        "versus_n": _number(*_COUNT_OF_PATIENTS),
    }
)
_REMEDY = {
    "months": "Correct the visit.",
    "n": "Write the number of patients behind the value.",
    "sd": "Correct the SD, or leave it empty if it is not printed: it is estimated then.",
    "se": "Correct it, or leave it empty and give sd, or lower and upper.",
    "level": "Write 95 for a 95 % interval.",
    "events": "Write the number of patients with the event.",
    "percent": "Write 43 for 43 %.",
    "person_months": "Write the months of follow-up of all patients of the arm together.",
    "versus_n": "Write the number of patients of the arm in versus.",
}


def check_domain(rows: Sequence[Row], findings: Findings) -> list[Row]:
    """The rows to use, without the numbers whose sign or range is wrong: those are faults."""
    if not rows:
        return []
    lines = pd.Index([row.line for row in rows], name="line")
    frame = pd.DataFrame([row.number for row in rows], index=lines).astype(float)
    by_line = {row.line: row for row in rows}
    try:
        _DOMAIN.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        cells = zip(cases["index"], cases["column"], cases["check"], strict=True)
        # One fault a cell: -0.5 patients fails both checks of n.
        for line, column, expected in dict.fromkeys((int(i), str(c), str(e)) for i, c, e in cells):
            row = by_line[line]
            findings.faults.append(row.fault(column, expected, _REMEDY[column]))
            by_line[line] = replace(row, number={**row.number, column: math.nan}, broken=True)
    return list(by_line.values())


def check_needed_columns(
    table: TextTable,
    rows: Sequence[Row],
    needs: Mapping[str, Sequence[Sequence[str]]],
    findings: Findings,
) -> bool:
    """Whether the file has the columns that its kinds need.

    ``needs`` maps a kind to groups of columns; of each group one column must be there.
    """
    fine = True
    for kind, groups in needs.items():
        lines = [row.line for row in rows if row.kind == kind]
        for group in groups:
            if lines and not any(column in table.header for column in group):
                fine = False
                findings.fault(
                    f"{table.name}, column {' or '.join(group)}",
                    "no such column",
                    f"it for the rows of kind {kind} ({_listed(lines)})",
                    f"Add the column {group[0]!r}.",
                )
    return fine


def _listed(lines: Sequence[int], most: int = 5) -> str:
    text = ", ".join(str(line) for line in lines[:most])
    rest = len(lines) - most
    return f"rows {text}" + (f" and {rest} more" if rest > 0 else "")
