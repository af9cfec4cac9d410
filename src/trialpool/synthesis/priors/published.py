"""Published predictive distributions of heterogeneity, as priors for tau.

The tables are data: ``tables/*.csv``, each with its source on top. A new table is a file there, its
`Table` and a function that turns a row into a prior.
"""

from __future__ import annotations

import csv
import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

from trialpool.errors import ModelError
from trialpool.synthesis.priors.distributions import LogNormal, LogT

#: Columns that say what a row is about; the others hold its numbers.
_ABOUT = ("area", "outcome", "comparison")
#: Rhodes et al. 2015 found t with five degrees of freedom to fit log(tau**2).
_RHODES_NU = 5


@dataclass(frozen=True)
class Table:
    """One publication's table: a row for each outcome, comparison and perhaps area.

    Attributes
    ----------
    name : str
        Of the function that reads it, and of its file.
    citation : str
    unit : str
        Of the tau that the priors are about.
    """

    name: str
    citation: str
    unit: str

    @cached_property
    def rows(self) -> tuple[Mapping[str, str], ...]:
        """Rows as printed, with the comparison as one text: ``pharmacological v ...``."""
        file = resources.files("trialpool.synthesis.priors") / "tables" / f"{self.name}.csv"
        lines = file.read_text(encoding="utf-8").splitlines()
        return tuple(csv.DictReader(line for line in lines if not line.startswith("#")))

    def row(self, **wanted: str) -> Mapping[str, str]:
        """The row with these cells, each given in full or by an unambiguous part.

        Raises
        ------
        ModelError
            For a part of no value, or of several, that go with the cells before it.
        """
        rows: Sequence[Mapping[str, str]] = self.rows
        for column, text in wanted.items():
            value = self._named(column, str(text), _values(rows, column))
            rows = [row for row in rows if row[column] == value]
        (row,) = rows
        return row

    def _named(self, column: str, text: str, choices: Sequence[str]) -> str:
        found = _matches(column, text, choices)
        if len(found) == 1:
            return found[0]
        if found:
            raise ModelError(
                f"{self.name}: got {column} '{text}', which may be {_listed(found)}. Name one"
            )
        near = difflib.get_close_matches(text.lower(), choices, n=1, cutoff=0.5)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise ModelError(f"{self.name}: got {column} '{text}'; expected {_listed(choices)}{hint}")


TURNER = Table(
    "turner",
    "Turner et al. 2012, Int J Epidemiol 41:818 (doi:10.1093/ije/dys041)",
    "log odds ratio",
)
RHODES = Table(
    "rhodes",
    "Rhodes et al. 2015, J Clin Epidemiol 68:52 (doi:10.1016/j.jclinepi.2014.08.012)",
    "SDs of the patients",
)
TABLES = {table.name: table for table in (TURNER, RHODES)}


def turner(outcome: str = "any", comparison: str = "any") -> LogNormal:
    """Heterogeneity of a binary outcome, as a prior for tau on the log odds ratio scale.

    The predictive distribution is log-normal for ``tau**2``; this is the same statement about tau
    (Turner et al. 2012, doi:10.1093/ije/dys041).

    Parameters
    ----------
    outcome : str
        Type of outcome as in the table, or an unambiguous part of it: ``"pain"``,
        ``"adverse events"``. ``"any"`` is the general distribution, which has no comparisons.
    comparison : str
        ``"pharmacological v placebo / control"``; parts such as ``"non-pharmacological v placebo"``
        will do, in either order.

    Returns
    -------
    LogNormal

    Raises
    ------
    ModelError
        If the table has no such row; the message lists what it has.

    Examples
    --------
    >>> turner()
    LogNormal(mean=-1.28, sd=0.87)
    >>> turner("pain", "non-pharmacological v placebo")
    LogNormal(mean=-1.025, sd=0.855)
    """
    row = TURNER.row(outcome=outcome, comparison=comparison)
    source = f"{TURNER.citation}: {row['outcome']} outcome"
    if row["comparison"] != "any":
        source = f"{TURNER.citation}: {row['outcome']}, {row['comparison']}"
    return LogNormal(float(row["mu"]) / 2, float(row["sigma"]) / 2, source=source)


def rhodes(outcome: str, comparison: str, area: str = "other", sd: float | None = None) -> LogT:
    """Heterogeneity of a continuous outcome, as a prior for tau in SDs of the patients.

    The predictive distribution is log Student-t for ``tau**2`` of standardised mean differences;
    this is the same statement about tau (Rhodes et al. 2015, doi:10.1016/j.jclinepi.2014.08.012).

    Parameters
    ----------
    outcome : str
        Type of outcome as in the table, or an unambiguous part of it, such as ``"pain"``.
    comparison : str
        As in `turner`.
    area : str
        Medical area: ``"other"``, ``"respiratory"`` or ``"cancer"``.
    sd : float, optional
        SD of the patients in the unit of the model, which multiplies tau: ``sd=25`` for points of a
        visual analogue scale of 0-100. None leaves tau in SDs.

    Returns
    -------
    LogT

    Raises
    ------
    ModelError
        If the table has no such row, or ``sd`` is not above zero.

    Examples
    --------
    >>> rhodes("pain", "non-pharmacological v placebo")
    LogT(nu=5, mean=-1.51, scale=1.135)
    """
    row = RHODES.row(area=area, outcome=outcome, comparison=comparison)
    location, scale = float(row["location"]) / 2, float(row["scale"]) / 2
    source = f"{RHODES.citation}: {row['outcome']}, {row['comparison']}, area {row['area']}"
    if sd is not None:
        if not (math.isfinite(sd) and sd > 0):
            raise ModelError(f"rhodes: got sd {sd!r}; expected an SD of the patients, above 0")
        location, source = location + math.log(sd), f"{source}; times an SD of {sd:g}"
    return LogT(_RHODES_NU, location, scale, source=source)


def published_priors(name: str) -> list[tuple[dict[str, str], LogNormal | LogT]]:
    """Every row of a table, by what it is about, with its prior for tau.

    Parameters
    ----------
    name : {"turner", "rhodes"}

    Raises
    ------
    ModelError
        For another name.
    """
    if name not in TABLES:
        raise ModelError(f"tables: got '{name}'; expected one of {', '.join(TABLES)}")
    makers: dict[str, Callable[..., LogNormal | LogT]] = {"turner": turner, "rhodes": rhodes}
    about = [
        {column: cell for column, cell in row.items() if column in _ABOUT}
        for row in TABLES[name].rows
    ]
    return [(cells, makers[name](**cells)) for cells in about]


def _values(rows: Sequence[Mapping[str, str]], column: str) -> list[str]:
    return list(dict.fromkeys(row[column] for row in rows))


def _listed(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _matches(column: str, text: str, choices: Sequence[str]) -> list[str]:
    """The choice that the text names, or all that it may mean."""
    if column != "comparison":
        return _parts(text, choices)
    sides = list(dict.fromkeys(side for choice in choices for side in _sides(choice)))
    given = [_parts(side, sides) for side in _sides(text)]
    return [
        choice
        for choice in choices
        if any(
            len(order) == len(given) and all(map(list.__contains__, given, order))
            for order in (_sides(choice), _sides(choice)[::-1])
        )
    ]


def _sides(comparison: str) -> list[str]:
    """``["pharmacological", "placebo / control"]``, whichever way "versus" is written."""
    return re.split(r"\s+(?:v|vs|versus)\b\.?\s*", comparison.strip(), flags=re.IGNORECASE)


def _parts(text: str, choices: Sequence[str]) -> list[str]:
    """The choice that is the text, or else all of which it is a part."""
    letters = {choice: _letters(choice) for choice in choices}
    wanted = _letters(text)
    equal = [choice for choice in choices if letters[choice] == wanted]
    return equal or [choice for choice in choices if wanted and wanted in letters[choice]]


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())
