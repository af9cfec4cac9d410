"""How the numbers came about: model, priors in words, versions, and how to make them again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trialpool.errors import ModelError
from trialpool.questions.mcid import GIVEN, mcid_line
from trialpool.report.sources import Entry
from trialpool.synthesis import priors as prior_classes
from trialpool.synthesis.priors import believe, parse_prior
from trialpool.synthesis.time_courses import SHAPES

_CALL = re.compile(r"\b([A-Z]\w*)\(")


@dataclass(frozen=True)
class PriorRow:
    """One prior: role, distribution, unit, meaning, what it believes, source."""

    role: str
    prior: str
    unit: str
    meaning: str
    belief: str
    source: str


@dataclass(frozen=True)
class Method:
    """How one outcome was fitted.

    Attributes
    ----------
    facts : tuple of (str, str)
        Terms and what is said of them.
    priors : tuple of PriorRow
    code : str
        Python that fits it again.
    """

    facts: tuple[tuple[str, str], ...]
    priors: tuple[PriorRow, ...]
    code: str


def method(entry: Entry) -> Method:
    """What the record of a posterior says of how it was made."""
    meta = entry.draws.meta
    mcid = meta.get("mcid")
    given = [*meta.get("priors", ())]
    if entry.source.joint:
        given += [p for p in entry.source.draws.meta.get("priors", ()) if p not in given]
    return Method(
        facts=tuple((term, text) for term, text in _facts(entry) if text),
        priors=tuple(_prior(p, None if mcid is None else float(mcid)) for p in given),
        code=_code(entry),
    )


def _facts(entry: Entry) -> list[tuple[str, str]]:
    meta = entry.draws.meta
    checks = meta.get("diagnostics", {})
    kinds = ", ".join(meta.get("without_kinds", ()))
    versions = ", ".join(f"{k} {v}" for k, v in meta.get("versions", {}).items())
    engine = str(meta.get("engine", ""))
    reason = str(meta.get("engine_reason") or "")
    draws = (
        f"{meta['chains']} chains of {meta['draws']} draws, after {meta['tune']} to tune; seed "
        f"{meta['seed']}"
        if {"chains", "draws", "tune", "seed"} <= set(meta)
        else ""
    )
    return [
        ("File", entry.name),
        ("Model", str(meta.get("model", ""))),
        *_courses(meta),
        ("Smallest change that matters", mcid_line(meta)),
        ("Engine", f"{engine}: {reason}" if reason else engine),
        ("Draws", draws),
        (
            "Convergence",
            f"R-hat at most {checks['rhat']:.3f}, effective draws at least {checks['ess_bulk']:.0f}"
            if checks.get("rhat") and checks.get("ess_bulk")
            else "",
        ),
        ("Evidence", f"folder {meta['evidence_source']}" if meta.get("evidence_source") else ""),
        ("Left out", f"reports of the kinds {kinds}" if kinds else ""),
        ("Hash of the data", str(meta.get("data_hash", ""))),
        ("Versions", versions),
        ("Fitted", str(meta.get("created", ""))),
    ]


def _courses(meta: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Formula and source of each time course, with its weight where they are averaged."""
    average = meta.get("average")
    if not average:
        shape = SHAPES.get(str(meta.get("time_course")))
        return [("Time course", f"{shape.name}: {shape.formula}; {shape.source}")] if shape else []
    told = [
        ("Time courses", f"an average of {len(average['weights'])}, by {average.get('by', '')}")
    ]
    for weight in average["weights"]:
        shape = SHAPES.get(str(weight["time_course"]))
        formula = f": {shape.formula}" if shape else ""
        share = f"{float(weight['weight']):.2f} (give or take {float(weight['weight_sd']):.2f})"
        told.append((f"Weight of {weight['time_course']}", f"{share}{formula}"))
    return told


def _prior(told: Mapping[str, Any], mcid: float | None) -> PriorRow:
    role, text, unit = (str(told.get(key, "")) for key in ("role", "prior", "unit"))
    try:
        belief = believe(role, parse_prior(text), unit, mcid)
        interval = belief.interval()
        words = "; ".join(part for part in (interval and f"median {interval}", str(belief)) if part)
    except ModelError:
        words = ""  # a distribution of PyMC or PreliZ, which the record only names
    return PriorRow(
        role, text, unit, str(told.get("meaning", "")), words, str(told.get("source", ""))
    )


def _code(entry: Entry) -> str:
    """Python that makes the posterior again, as far as its record says how."""
    meta = entry.source.draws.meta
    lines = ["import trialpool as tp", ""]
    if entry.layout in ("longitudinal", "events"):
        lines += _reading(entry)
    else:
        lines.append("evidence = ...  # the evidence as it was given to trialpool")
    how = ", ".join(
        f"{k}={meta[k]!r}" for k in ("seed", "engine", "draws", "tune", "chains") if k in meta
    )
    if entry.draws.meta.get("mcid_source") == GIVEN:
        how += f", mcid={entry.draws.meta['mcid']!r}"
    average = meta.get("average")
    if average:
        first = str(meta["model"]).removeprefix("average of ").split(", Model(")[0]
        shapes = [str(w["time_course"]) for w in average["weights"]]
        # An average names the engine of its parts, which each part chooses for itself.
        how = re.sub(r"engine='\w+', ", "", how)
        lines.append(f"found = tp.fit_shapes({_written(first)}, evidence, {shapes!r}, {how})")
        lines.append("posterior = found.posterior")
    else:
        lines.append(f"posterior = tp.fit({_written(str(meta.get('model', '')))}, evidence, {how})")
    lines.append(f"posterior.save({entry.source.name!r})")
    return "\n".join(lines)


def _reading(entry: Entry) -> list[str]:
    meta = entry.source.draws.meta
    kinds = [str(kind) for kind in meta.get("without_kinds", ())]
    left = f", without_kinds={kinds!r}" if kinds else ""
    folder = str(meta.get("evidence_source", "DIR"))
    if not entry.source.joint:
        return [f"evidence = tp.read_evidence({folder!r}, outcome={entry.outcome!r}{left})"]
    reading = f"tp.read_evidence({folder!r}, outcome=name{left})"
    return [
        f"outcomes = {list(entry.source.draws.outcomes)!r}",
        f"evidence = {{name: {reading} for name in outcomes}}",
    ]


def _written(model: str) -> str:
    """The model as its record writes it, with the names that `import trialpool as tp` gives."""

    def named(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in ("Model", "Joint"):
            return f"tp.{name}("
        return f"tp.priors.{name}(" if hasattr(prior_classes, name) else match.group()

    return _CALL.sub(named, model)
