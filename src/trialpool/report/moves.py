"""Sensitivity: the same questions put to the other posteriors, to sweeps and to scaled priors."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from trialpool.checks.power_scaling import THRESHOLD, TRIALS, power_scaling
from trialpool.engines import LOG_PRIOR
from trialpool.errors import PosteriorFileError
from trialpool.plots import plot_sweep
from trialpool.questions.answer import probability_text
from trialpool.report.asked import Said, answers_of
from trialpool.report.figures import Shown, as_image
from trialpool.report.sources import PLAIN, Entry, Group

#: A sweep has some sixty rows: those that move the probability by less are counted, not shown.
LEAST = 0.03
#: Bars of a tornado at most, so that it fits a page.
_BARS = 15


@dataclass(frozen=True)
class Row:
    """One answer under another analysis.

    Attributes
    ----------
    label, what : str
        Which analysis, and how it differs from the first.
    probability, shift, difference : str
        As printed; empty where there is no answer.
    """

    label: str
    what: str
    probability: str
    shift: str
    difference: str


@dataclass(frozen=True)
class Table:
    """One question under several analyses.

    Attributes
    ----------
    claim : str
    rows : tuple of Row
        The first is the analysis of the page.
    rest : tuple of str
        What is said of those not shown.
    tornado : Shown or None
        The figure of a sweep.
    """

    claim: str
    rows: tuple[Row, ...]
    rest: tuple[str, ...] = ()
    tornado: Shown | None = None


@dataclass(frozen=True)
class Span:
    """The probability of a claim on the page, and its lowest and highest in other fits."""

    claim: str
    shown: str
    lowest: str
    highest: str


@dataclass(frozen=True)
class Beside:
    """An outcome in its other posteriors.

    Attributes
    ----------
    tables : tuple of Table
        The answers to what was asked, and the leading one; empty where there are no others.
    spans : tuple of Span
        The other answers, only how far they range.
    """

    tables: tuple[Table, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class PriorScaling:
    """How far answers rest on each prior.

    Attributes
    ----------
    file : str
        The posterior that was weighted.
    text : str
    rows : tuple of mapping
        The most sensitive, as `power_scaling` gives them.
    """

    file: str
    text: str
    rows: tuple[Mapping[str, str], ...]


def beside(group: Group, given: Sequence[Said], said: Sequence[Said], lead: Said | None) -> Beside:
    """The answers of an outcome beside those of its other posteriors.

    Those ``given`` and the leading one are shown in each, the others by how far they range.
    """
    if group.main.layout in PLAIN or not group.others:
        return Beside((), ())
    # A file answers each question once, and every class of it.
    asked = list(dict.fromkeys(one.question for one in [*given, *said]))
    other = {e: {(s.question, s.claim): s for s in answers_of(e, asked)} for e in group.others}
    whole = {one.claim: one for one in [*given, lead or next(iter(said), None)] if one is not None}
    return Beside(
        tuple(_table(group, one, other) for one in whole.values()),
        tuple(_span(group, one, other) for one in said if one.claim not in whole),
    )


def _table(group: Group, one: Said, other: Mapping[Entry, Mapping[tuple[str, str], Said]]) -> Table:
    """One answer in every posterior."""
    rows = [Row(group.main.name, "this page", one.shown, "", one.difference)]
    for entry, found in other.items():
        here, what = found.get((one.question, one.claim)), differs(entry, group.main)
        if here is None:
            rows.append(Row(entry.name, what, "", "", "no answer"))
            continue
        moved = f"{here.probability - one.probability:+z.3f}"
        rows.append(Row(entry.name, what, here.shown, moved, here.difference))
    return Table(one.claim, tuple(rows))


def _span(group: Group, one: Said, other: Mapping[Entry, Mapping[tuple[str, str], Said]]) -> Span:
    """The lowest and the highest probability of one answer."""
    found = {entry: answers.get((one.question, one.claim)) for entry, answers in other.items()}
    known = {entry: here for entry, here in found.items() if here is not None}
    if not known:
        return Span(one.claim, one.shown, "no answer", "no answer")
    ends = [pick(known.items(), key=lambda pair: pair[1].probability) for pick in (min, max)]
    lowest, highest = (f"{here.shown}, {differs(e, group.main)} ({e.name})" for e, here in ends)
    return Span(one.claim, one.shown, lowest, highest)


def differs(entry: Entry, main: Entry) -> str:
    """How an analysis differs from another, in a few words, as far as the records say."""
    own, other = entry.draws.meta, main.draws.meta
    told = []
    if own.get("time_course") != other.get("time_course"):
        told.append(f"time course {own.get('time_course')}")
    left = [k for k in own.get("without_kinds", ()) if k not in other.get("without_kinds", ())]
    if left:
        told.append(f"without {', '.join(left)} reports")
    elif own.get("data_hash") != other.get("data_hash"):
        told.append("other data")
    if entry.source.joint and not main.source.joint:
        outcomes = ", ".join(entry.source.draws.outcomes)
        told.append(f"fitted together with the other outcomes ({outcomes})")
    if own.get("mcid") != other.get("mcid") and own.get("mcid") is not None:
        told.append(f"MCID {own['mcid']:g}")
    if not told and own.get("model") != other.get("model"):
        told.append("another model")
    if not told and own.get("seed") != other.get("seed"):
        told.append("another seed")
    if not entry.draws.meta.get("diagnostics", {}).get("ok", True):
        told.append("FAILED ITS CHECKS")
    return "; ".join(told) or "the same model and data"


def prior_scaling(group: Group, said: Sequence[Said]) -> PriorScaling | None:
    """Power-scaling of the priors, of the main posterior or the first other that allows it."""
    asked = list(dict.fromkeys(one.question for one in said))
    if not asked or group.main.layout in PLAIN:
        return None
    same = [e for e in group.others if e.draws.meta.get("data_hash") == _hash(group.main)]
    # The other posterior of the shape that weighs most says most of an average.
    for entry in [group.main, *sorted(same, key=lambda e: -_weight(group.main, e))]:
        if entry.source.joint or LOG_PRIOR not in entry.source.posterior.tree.children:
            continue
        found = power_scaling(entry.posterior, asked)
        rows = [row for row in found.table if row["what"] != TRIALS]
        rows.sort(key=lambda row: -_number(row["sensitivity"]))
        shown = [row for row in rows if _number(row["sensitivity"]) > THRESHOLD]
        return PriorScaling(entry.name, found.text, tuple(_scaled(row) for row in shown[:12]))
    return None


def _hash(entry: Entry) -> Any:
    return entry.draws.meta.get("data_hash")


def _weight(main: Entry, entry: Entry) -> float:
    """Weight of an entry's time course in an average; 0 where there is none."""
    weights = main.draws.meta.get("average", {}).get("weights", [])
    own = entry.draws.meta.get("time_course")
    return next((float(w["weight"]) for w in weights if w["time_course"] == own), 0.0)


def _number(value: float) -> float:
    return -1.0 if math.isnan(value) else value


def _scaled(row: Mapping[str, Any]) -> dict[str, str]:
    def shown(value: float) -> str:
        return "not known" if math.isnan(value) else probability_text(value)

    return {
        "question": str(row["question"]).removeprefix("probability "),
        "what": str(row["what"]),
        "sensitivity": "not known"
        if math.isnan(row["sensitivity"])
        else f"{row['sensitivity']:.2f}",
        "probability": probability_text(row["probability"]),
        "half": shown(row["at power 1/2"]),
        "double": shown(row["at power 2"]),
        "says": str(row["says"]),
    }


def read_sweeps(paths: Sequence[str | PathLike[str]]) -> list[Table]:
    """Tables of the answers that `trialpool sweep --json` gave.

    Raises
    ------
    PosteriorFileError
        If a file is missing or not such an output.
    """
    return [table for path in paths for table in _sweep(Path(path))]


def _sweep(path: Path) -> list[Table]:
    expected = "expected what trialpool sweep DIR QUESTION --json prints. Save that again"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PosteriorFileError(f"{path}: got no such file; {expected}") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as fault:
        raise PosteriorFileError(
            f"{path}: got a file that is no JSON ({fault}); {expected}"
        ) from None
    try:
        return [_swept(path.name, base, found) for base in found["base"]]
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise PosteriorFileError(
            f"{path}: got JSON of another kind ({type(fault).__name__}: {fault}); {expected}"
        ) from None


def _swept(file: str, base: Mapping[str, Any], found: Mapping[str, Any]) -> Table:
    key = (base["question"], base["subject"])
    own = [v for v in found["variants"] if (v["question"], v["subject"]) == key]
    known = [v for v in own if v["shift"] is not None]
    moved = [v for v in known if abs(v["shift"]) >= LEAST]
    moved.sort(key=lambda v: -abs(v["shift"]))
    rows = [Row("first analysis", f"of {file}", _share(base), "", _spread(base))]
    rows += [
        Row(str(v["variant"]), str(v["group"]), _share(v), f"{v['shift']:+z.3f}", _spread(v))
        for v in moved
    ]
    rest = []
    if len(known) > len(moved):
        count = len(known) - len(moved)
        rest.append(f"{count} other analyses move the probability by less than {LEAST:g}")
    rest += [f"{v['variant']}: {v['why']}" for v in own if v["why"]]
    claim = str(base["question"]).removeprefix("probability ")
    return Table(claim, tuple(rows), tuple(rest), _tornado(claim, base, found) if known else None)


def _tornado(claim: str, base: Mapping[str, Any], found: Mapping[str, Any]) -> Shown:
    figure = plot_sweep({**found, "base": [base]}, most=_BARS)
    words = (
        f"Of each analysis the probability of {claim}, as a bar from the first analysis, and the "
        "difference behind it. The table below has the numbers."
    )
    return Shown("sweep", "what moves the answer", "sensitivity", words, as_image(figure))


def _share(told: Mapping[str, Any]) -> str:
    return f"{probability_text(float(told['probability']))} ± {float(told['mcse']):.3f}"


def _spread(told: Mapping[str, Any]) -> str:
    median, lower, upper = (float(told[name]) for name in ("median", "lower", "upper"))
    return f"{median:.3g} ({lower:.3g} to {upper:.3g})"
