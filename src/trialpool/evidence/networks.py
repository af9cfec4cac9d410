"""Networks of treatments from frames with one row an arm, or an arm and month.

``reports`` of the layout ``network`` has one row a number, whatever the frame looked like: study,
treatment, class_ (empty where classes are not given), months (nan where the frame has none),
``kind``, and what it says:

| kind | numbers |
|---|---|
| ``counts`` | events, n |
| ``rate`` | events, person_time |
| ``mean`` | y, se, n where it is known |
| ``contrast`` | y and se against the study's ``base`` row (``contrasts.py``) |
| ``base`` | se of that arm, nan where it is not needed |

A new kind of number needs a row here, its checks in ``_NUMBERS``, and its likelihood in
``trialpool.synthesis.network_likelihood``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from trialpool.evidence.cells import cell_text
from trialpool.evidence.connectivity import islands
from trialpool.evidence.effects import check_columns, numbers_of, raise_faults, report
from trialpool.evidence.files import Findings, nearest

if TYPE_CHECKING:
    from trialpool.evidence.table import Evidence

type Values = np.ndarray
#: Rule, test and remedy for the numbers of a column.
type Check = tuple[str, Callable[[Values], Values], str]

_POSITIVE: Check = ("must be finite and > 0", lambda x: np.isfinite(x) & (x > 0), "Correct it.")
_FINITE: Check = ("must be finite", np.isfinite, "Remove the arms without a number.")
_WHOLE_COUNT: Check = (
    "must be whole and >= 0",
    lambda x: np.isfinite(x) & (x >= 0) & (x == np.round(x)),
    "Write counts without a continuity correction: zero cells need none.",
)
_PATIENTS: Check = (
    "must be whole and > 0",
    lambda x: np.isfinite(x) & (x > 0) & (x == np.round(x)),
    "Leave out arms without patients.",
)
#: Arguments that belong together -> kind, and the column of ``reports`` and check of each.
_NUMBERS: dict[tuple[str, ...], tuple[str, dict[str, tuple[str, Check]]]] = {
    ("events", "total"): (
        "counts",
        {"events": ("events", _WHOLE_COUNT), "total": ("n", _PATIENTS)},
    ),
    ("events", "person_time"): (
        "rate",
        {"events": ("events", _WHOLE_COUNT), "person_time": ("person_time", _POSITIVE)},
    ),
    ("mean", "se"): ("mean", {"mean": ("y", _FINITE), "se": ("se", _POSITIVE)}),
    ("mean", "sd", "n"): (
        "mean",
        {"mean": ("y", _FINITE), "sd": ("sd", _POSITIVE), "n": ("n", _PATIENTS)},
    ),
    ("mean", "se", "n"): (
        "mean",
        {"mean": ("y", _FINITE), "se": ("se", _POSITIVE), "n": ("n", _PATIENTS)},
    ),
}
#: What the model of each kind compares arms by.
MEASURES = {"counts": "OR", "rate": "IRR", "mean": "MD"}
COLUMNS = (
    "study", "treatment", "class_", "months", "kind", "y", "se", "events", "n", "person_time",
)  # fmt: skip
_MONTHS: Check = (
    "must be finite and >= 0",
    lambda x: np.isfinite(x) & (x >= 0),
    "Write the time of the visit.",
)


@dataclass(frozen=True)
class NetworkTables:
    """Tables of a network; columns as in ``Evidence``."""

    reports: pd.DataFrame
    trials: pd.DataFrame
    reference: str
    measure: str | None


def arm_level(
    frame: pd.DataFrame,
    *,
    study: str,
    treatment: str,
    numbers: Mapping[str, str | None],
    reference: str | None = None,
    months: str | None = None,
    class_of: str | Mapping[str, str] | None = None,
    measure: str | None = None,
    covariates: Sequence[str] = (),
) -> NetworkTables:
    """Tables of a frame with one row an arm, or one an arm and month.

    Parameters
    ----------
    numbers : mapping of str to str or None
        Columns by argument of ``Evidence.from_network``: events, total, person_time, mean, se, sd,
        n.
    study, treatment, reference, months, class_of, measure, covariates
        As in ``Evidence.from_network``.

    Raises
    ------
    EvidenceError
        With every fault.
    """
    findings = Findings()
    given = {name: column for name, column in numbers.items() if column is not None}
    chosen = next((rule for names, rule in _NUMBERS.items() if set(names) == set(given)), None)
    if chosen is None:
        findings.fault(
            "columns",
            ", ".join(given) or "none",
            "one of " + "; ".join(" and ".join(names) for names in _NUMBERS),
            "Name the columns of one kind of number.",
        )
        raise_faults(findings)
        raise AssertionError  # raise_faults does
    kind, columns = chosen
    if measure not in (None, MEASURES[kind]):
        findings.fault(
            "measure", repr(measure), f"{MEASURES[kind]!r}, which {kind} have", "Leave it out."
        )
    if months is not None and kind != "mean":
        findings.fault(
            "months", f"{months!r} with {kind}", "months of means", "Keep the last count of an arm."
        )
    classes = [class_of] if isinstance(class_of, str) else []
    named = [study, treatment, *given.values(), *([months] if months else []), *classes]
    check_columns(frame, [*named, *covariates], findings)
    raise_faults(findings)

    reports = _named_rows(frame, study, treatment, findings)
    reports["kind"] = kind
    labels = [f"{s} {t}" for s, t in zip(reports["study"], reports["treatment"], strict=True)]
    if months is not None:
        reports["months"] = _column(frame, months, _MONTHS, labels, findings)
        labels = [
            f"{label} at {month:g}" for label, month in zip(labels, reports["months"], strict=True)
        ]
    for argument, (name, check) in columns.items():
        reports[name] = _column(frame, given[argument], check, labels, findings)
    if kind == "counts":
        report(
            labels,
            frame[given["events"]],
            ~(reports["events"].to_numpy() > reports["n"].to_numpy()),
            f"frame, column {given['events']}",
            f"events must be at most {given['total']}",
            "Correct events or totals.",
            findings,
            unit="arms",
        )
    if "sd" in columns:
        reports["se"] = reports.pop("sd") / np.sqrt(reports["n"])
    reports["class_"] = read_classes(frame, reports["treatment"], class_of, findings)
    return network_tables(
        reports, read_trials(frame, reports, covariates, findings), reference,
        measure or MEASURES[kind], findings,
    )  # fmt: skip


def network_tables(
    reports: pd.DataFrame,
    trials: pd.DataFrame,
    reference: str | None,
    measure: str | None,
    findings: Findings,
) -> NetworkTables:
    """Rows of any kind as one network, once it is one.

    Parameters
    ----------
    reports : DataFrame
        Columns of `COLUMNS`, as far as the rows need them.
    trials : DataFrame
        One row a study.
    reference : str or None
        Treatment that the others are compared with; see `choose_reference`.
    measure : str or None
    findings : Findings
        Faults found so far; more are added.

    Raises
    ------
    EvidenceError
        With every fault of the findings: arms given twice, studies of one arm, an unknown
        reference, treatments that no path of studies connects with it.
    """
    keys = reports[["study", "treatment"]].assign(months=reports.get("months", np.nan))
    twice = keys[keys.duplicated()].drop_duplicates()
    if len(twice):
        arms = ", ".join(f"{row.study} {row.treatment}" for row in twice.itertuples())
        findings.fault(
            "frame", f"more than one row for {arms}", "one row an arm (and month)",
            "Combine them first: trialpool.evidence.effect_sizes.combine_groups for means.",
        )  # fmt: skip
    arms_of = treatments_of(reports)
    if single := [name for name, arms in arms_of.items() if len(arms) < 2]:
        findings.fault(
            "frame", f"one arm in {', '.join(single)}", "two or more arms a study",
            "Leave these studies out: one arm compares nothing.",
        )  # fmt: skip
    known = sorted({name for arms in arms_of.values() for name in arms})
    if reference is not None and reference not in known:
        hint = nearest(reference, known, 0.5)
        findings.fault(
            "reference", repr(reference), f"one of {', '.join(known)}",
            f"Did you mean {hint!r}?" if hint else "Name a treatment of the frame.",
        )  # fmt: skip
    raise_faults(findings)
    reference = reference or choose_reference(arms_of)
    refuse_islands(arms_of, reference, findings)
    raise_faults(findings)
    return NetworkTables(
        reports.reindex(columns=list(COLUMNS)).astype({"study": "str", "treatment": "str"}),
        trials,
        reference,
        measure,
    )


def joined(networks: Sequence[Evidence], reference: str | None) -> NetworkTables:
    """Tables of several networks as one; see ``Evidence.combine``.

    Raises
    ------
    EvidenceError
        If one is no network, a study is in several, or measures or classes differ.
    """
    findings = Findings()
    if other := [part.layout for part in networks if part.layout != "network"] or not networks:
        findings.fault(
            "networks", f"{other or 'none'}", "evidence of the layout network",
            "Read each part with Evidence.from_network or Evidence.from_contrasts.",
        )  # fmt: skip
        raise_faults(findings)
    named = [name for part in networks for name in part.reports["study"].unique()]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        findings.fault(
            "networks", f"{', '.join(twice)} in more than one", "each study in one part",
            "Leave it out of the others: evidence.without(...).",
        )  # fmt: skip
    measures = sorted({part.measure for part in networks if part.measure is not None})
    if len(measures) > 1:
        findings.fault(
            "networks", f"the measures {' and '.join(measures)}", "one measure",
            "Bring all studies to one scale.",
        )  # fmt: skip
    reports = pd.concat([part.reports.dropna(axis=1, how="all") for part in networks])
    classes = reports[["treatment", "class_"]].drop_duplicates()
    if differing := sorted(set(classes.loc[classes["treatment"].duplicated(), "treatment"])):
        findings.fault(
            "networks", f"several classes of {', '.join(differing)}", "one class a treatment",
            "Give class_of in all parts or in none.",
        )  # fmt: skip
    parts = [part.trials[part.trials["trial"].isin(part.reports["study"])] for part in networks]
    trials = pd.concat(parts, ignore_index=True)
    return network_tables(
        reports.reset_index(drop=True), trials, reference, next(iter(measures), None), findings
    )


def treatments_of(reports: pd.DataFrame) -> dict[str, list[str]]:
    """Study -> its treatments."""
    pairs = reports[["study", "treatment"]].drop_duplicates()
    return {str(s): list(group["treatment"]) for s, group in pairs.groupby("study", sort=False)}


def choose_reference(arms_of: Mapping[str, Sequence[str]]) -> str:
    """The treatment of most studies; of several, that compared with most others, then by name."""
    met: dict[str, list[set[str]]] = {}
    for arms in arms_of.values():
        for name in arms:
            met.setdefault(name, []).append(set(arms))
    return min(met, key=lambda name: (-len(met[name]), -len(set().union(*met[name])), name))


def refuse_islands(
    arms_of: Mapping[str, Sequence[str]], reference: str, findings: Findings
) -> None:
    """A fault that names the treatments without a path of studies to the reference."""
    if apart := islands(arms_of.values(), reference):
        groups = "; ".join(", ".join(group) for group in apart)
        findings.fault(
            "network", f"no path of studies from {reference} to {groups}", "a connected network",
            "Add a study that connects them, leave them out, or analyse each part alone.",
        )  # fmt: skip


def refuse_left_apart(reports: pd.DataFrame, reference: str) -> None:
    """Raise ``EvidenceError`` if the studies left do not hang together through the reference."""
    findings = Findings()
    refuse_islands(treatments_of(reports), reference, findings)
    raise_faults(findings)


def _named_rows(
    frame: pd.DataFrame, study: str, treatment: str, findings: Findings
) -> pd.DataFrame:
    """Columns study and treatment as clean text; a fault for rows without."""
    table = pd.DataFrame(
        {
            name: [cell_text(value) for value in frame[column]]
            for name, column in (("study", study), ("treatment", treatment))
        }
    )
    for name, column in (("study", study), ("treatment", treatment)):
        if (blank := table.index[table[name] == ""]).size:
            rows = ", ".join(str(i + 1) for i in blank)
            findings.fault(
                f"frame, column {column}", f"no name in rows {rows}", f"the {name} of each row",
                "Write it.",
            )  # fmt: skip
    return table


def _column(
    frame: pd.DataFrame, column: str, check: Check, labels: Sequence[str], findings: Findings
) -> Values:
    """The numbers of a column; a fault that names the arms whose number is not good."""
    rule, test, remedy = check
    values = numbers_of(frame[column])
    with np.errstate(invalid="ignore"):
        good = test(values)
    report(
        labels, frame[column], good, f"frame, column {column}", f"{column} {rule}", remedy,
        findings, unit="arms",
    )  # fmt: skip
    return values


def read_classes(
    frame: pd.DataFrame,
    treatments: pd.Series,
    class_of: str | Mapping[str, str] | None,
    findings: Findings,
) -> list[str]:
    """The class of each row, ``""`` where classes are not given; one class a treatment."""
    if class_of is None:
        return [""] * len(treatments)
    if isinstance(class_of, str):
        found = [cell_text(value) for value in frame[class_of]]
        where = f"frame, column {class_of}"
    else:
        found = [cell_text(class_of.get(name, "")) for name in treatments]
        where = "class_of"
    pairs = sorted(set(zip(treatments, found, strict=True)))
    if blank := [name for name, class_ in pairs if name and not class_]:
        findings.fault(where, f"nothing for {', '.join(blank)}", "a class a treatment", "Write it.")
    for name, group in groupby(pairs, key=lambda pair: pair[0]):
        if len(listed := [class_ for _, class_ in group]) > 1:
            findings.fault(
                where, f"{' and '.join(listed)} for {name}", "one class a treatment", "Correct it."
            )
    return found


def read_trials(
    frame: pd.DataFrame, reports: pd.DataFrame, covariates: Sequence[str], findings: Findings
) -> pd.DataFrame:
    """One row a study: ``trial`` and its covariates, which are the same in all rows of a study."""
    table = pd.DataFrame({"trial": reports["study"]})
    for name in covariates:
        table[name] = frame[name].to_numpy()
    rows = table.drop_duplicates()
    if varying := sorted(set(rows.loc[rows["trial"].duplicated(), "trial"])):
        findings.fault(
            f"frame, columns {', '.join(covariates)}",
            f"more than one value within {', '.join(varying)}",
            "covariates of studies, the same in all arms",
            "Correct them, or give the mean over the study's patients.",
        )
    return rows.drop_duplicates("trial").reset_index(drop=True)
