"""What is written down beside the draws: what was fitted, to what, how, and whether it converged.

A posterior of several outcomes has one record an outcome, as if it had been fitted alone, and one
of how they were sampled together.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import pandas as pd
import xarray as xr

from trialpool.checks.sampling import for_the_record
from trialpool.draws import ATTRIBUTE, FORMAT, JOINT, PRIOR
from trialpool.engines import LOG_PRIOR, Drawn, before_data, log_prior
from trialpool.errors import ModelError
from trialpool.evidence import Evidence, summarise
from trialpool.posterior import Posterior, part_of
from trialpool.questions.mcid import GIVEN, mcid_fault
from trialpool.questions.units import POINTS, SDS
from trialpool.synthesis import Joint, Model
from trialpool.synthesis.priors import Fixed

_RECORDED = ("trialpool", "pymc", "pytensor", "nutpie", "arviz", "numpy", "xarray", "pandas")
#: What a row of the evidence says, in points: a figure draws it beside what the model makes of it.
_PRINTED = ("y", "se", "sd", "q1", "q3", "count", "exposure")
_UNITS = {"longitudinal": POINTS, "counts": "log odds ratio"}
#: Variables of the posterior whose name is not that of their prior's role.
_VARIABLE = {
    "half_life": "half_life_typical",
    "control": "control_change",
    "effect": "treatment_effect",  # of a network without classes
}


def record(
    drawn: Drawn,
    model: Model | Joint,
    evidence: Any,
    *,
    mcid: float | Mapping[str, float] | None = None,
) -> Posterior:
    """Write down in the tree what the draws are, where they came from and whether to trust them.

    Parameters
    ----------
    drawn : Drawn
        As the engine left it; its tree gets the attribute, and draws from the priors of what
        questions read.
    model : Model or Joint
    evidence : Evidence, or mapping of str to Evidence
        As `trialpool.fit` takes it.
    mcid : float, optional
        See `trialpool.fit`.
    """
    tree, given = drawn.tree, mcid_by_outcome(mcid, model, evidence)
    if isinstance(model, Joint):
        what = _joint(tree, model, evidence, given)
    else:
        what = _single(tree, model, evidence, given.get(evidence.outcome))
    tree.attrs[ATTRIBUTE] = json.dumps({**what, **_sampling(drawn)})
    if drawn.graph is not None:
        prior = before_data(drawn.graph, seed=drawn.how.seed)
        if prior is not None:
            tree[PRIOR] = xr.DataTree(prior)
        densities = log_prior(drawn.graph, tree["posterior"].to_dataset())
        if densities.data_vars:
            tree[LOG_PRIOR] = xr.DataTree(densities)
    return with_checks(Posterior(tree))


def with_checks(posterior: Posterior) -> Posterior:
    """The posterior with its checks in the record; a failed one is repeated with every answer."""
    checks = for_the_record(posterior)
    diagnostics = dict(posterior.meta["diagnostics"])
    # Chains and divergences speak in the diagnostics already.
    failed = [
        f"{check.name}: {check.text}"
        for check in checks
        if check.passed is False and check.name in ("energy", "importance weights")
    ]
    diagnostics["messages"] = [*diagnostics["messages"], *failed]
    diagnostics["ok"] = diagnostics["ok"] and not failed
    told = [{"name": c.name, "passed": c.passed, "text": c.text} for c in checks]
    tree = posterior.tree
    meta = {**posterior.meta, "diagnostics": diagnostics, "checks": told}
    tree.attrs[ATTRIBUTE] = json.dumps(meta)
    return Posterior(tree)


def _single(
    tree: xr.DataTree, model: Model, evidence: Evidence, mcid: float | None
) -> dict[str, Any]:
    """What was fitted to what: one outcome."""
    used = evidence.used
    shown = [
        "trial",
        "arm",
        "class_",
        "months",
        "kind",
        "threshold",
        "versus",
        "n",
        "versus_n",
        "unit",
        *_PRINTED,
        "z_low",
        "z_high",
        "directed",
        "source",
        "why",
    ]
    if evidence.layout == "longitudinal":
        used = _with_versus_class(evidence, used)
        shown.append("versus_class")
    if evidence.layout == "network":
        shown = ["study", "treatment", *shown]
    return {
        "outcome": evidence.outcome,
        "layout": evidence.layout,
        "unit": _unit(model, evidence),
        "reference": evidence.reference or evidence.classes.reference,
        "active": list(evidence.classes.active),
        "comparators": list(evidence.classes.comparators),
        "synonyms": dict(evidence.classes.synonyms),
        "horizon": model.horizon,
        "model": repr(model),
        "time_course": model.time_course if _over_time(evidence) else None,
        "priors": [
            prior
            for prior in model.describe_priors(evidence)
            if {prior["role"], _VARIABLE.get(prior["role"])} & set(tree["posterior"].data_vars)
            or isinstance(model.priors.get(prior["role"]), Fixed)
        ],
        "evidence": summarise(evidence).to_dict(),
        "evidence_source": evidence.source,
        "without_kinds": list(evidence.without_kinds),
        "data_hash": evidence.data_hash,
        "reports": json.loads(used[[c for c in shown if c in used]].to_json(orient="records")),
        **_mcid(tree, model, evidence, mcid),
    }


def _with_versus_class(evidence: Evidence, used: pd.DataFrame) -> pd.DataFrame:
    """Rows with the class of the arm in ``versus``; none where there is no such arm."""
    arms = evidence.arms
    class_of = dict(zip(zip(arms["trial"], arms["arm"], strict=True), arms["class_"], strict=True))
    keys = zip(used["trial"], used["versus"], strict=True)
    return used.assign(versus_class=pd.Series([class_of.get(key) for key in keys], dtype=object))


def _over_time(evidence: Evidence) -> bool:
    if evidence.layout == "network":
        return bool(evidence.used["months"].notna().any())
    return evidence.layout == "longitudinal"


def _joint(
    tree: xr.DataTree, joint: Joint, evidence: Mapping[str, Evidence], mcid: Mapping[str, float]
) -> dict[str, Any]:
    """What was fitted to what: several outcomes, each with its own record."""
    records = {
        name: _single(part_of(tree, name), model, evidence[name], mcid.get(name))
        for name, model in joint.models.items()
    }
    hashes = "".join(records[name]["data_hash"] for name in sorted(records))
    sources = dict.fromkeys(record["evidence_source"] for record in records.values())
    kinds = dict.fromkeys(kind for record in records.values() for kind in record["without_kinds"])
    return {
        "outcome": " and ".join(joint.outcomes),
        "outcomes": list(joint.outcomes),
        "layout": JOINT,
        "unit": None,
        "model": repr(joint),
        "priors": joint.describe_priors(),
        "records": records,
        "notes": joint.notes(evidence),
        "evidence_source": ", ".join(sources),
        "without_kinds": list(kinds),
        "data_hash": sha256(hashes.encode()).hexdigest(),
    }


def _sampling(drawn: Drawn) -> dict[str, Any]:
    """How the draws came about, and whether they can be trusted."""
    how = drawn.how
    weights = drawn.tree["sample_stats"].attrs
    return {
        "format": FORMAT,
        "level": 0.95,
        "engine": drawn.engine,
        "engine_reason": drawn.why,
        "seed": how.seed,
        "draws": how.draws,
        "tune": how.tune,
        "chains": how.chains,
        "target_accept": how.target_accept,
        "thin": how.thin,
        "log_evidence": weights.get("log_evidence"),
        "diagnostics": drawn.convergence.to_dict(),
        "versions": {
            **_versions(),
            "python": platform.python_version(),
        },
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


@cache
def _versions() -> dict[str, str]:
    return {name: version(name) for name in _RECORDED}


def _unit(model: Model, evidence: Evidence) -> str:
    if (scale := model.event_scale(evidence)) is not None:
        return f"log {scale} ratio"
    if model.is_standardised(evidence):
        return SDS
    return _UNITS.get(evidence.layout, evidence.measure or "as given")


def mcid_by_outcome(
    mcid: float | Mapping[str, float] | None, model: Model | Joint, evidence: Any
) -> dict[str, float]:
    """The minimal important changes given, by outcome.

    Raises
    ------
    ModelError
        For one of an outcome that has none or is not in the model, one of a size that cannot be, or
        a number where several outcomes have scores.
    """
    if mcid is None:
        return {}
    joint = isinstance(model, Joint)
    models = model.models if isinstance(model, Joint) else {evidence.outcome: model}
    of = evidence if joint else {evidence.outcome: evidence}
    if isinstance(mcid, Mapping):
        given = dict(mcid)
    else:
        scores = [name for name in models if of[name].layout == "longitudinal"]
        if joint and len(scores) != 1:
            raise ModelError(
                f"mcid: got {mcid:g} for {', '.join(scores) or 'no scores'}; expected one outcome "
                "that it is of. Give a mapping, such as {'pain': 15}, or leave it out"
            )
        given = {(scores if joint else list(models))[0]: mcid}
    for name, value in given.items():
        if name not in models:
            raise ModelError(
                f"mcid: got outcome '{name}'; expected one of {', '.join(models)}. Leave it out"
            )
        if of[name].layout != "longitudinal":
            raise ModelError(
                f"mcid: got {value:g} for {name}; expected none, because only scores of "
                "0-100 have a minimal important change. Leave it out"
            )
        if fault := mcid_fault(value, _unit(models[name], of[name])):
            raise ModelError(fault)
    return given


def _mcid(
    tree: xr.DataTree, model: Model, evidence: Evidence, given: float | None
) -> dict[str, Any]:
    """Value and source of the minimal important change in the unit of benefits, for the record."""
    if given is not None:
        return {"mcid": float(given), "mcid_source": GIVEN}
    known = evidence.mcid()
    if known is None:
        return {"mcid": None, "mcid_source": None}
    value, source = known.value, f"{known.source}; {known.note}"
    if model.is_standardised(evidence):
        prior = model.priors_for(evidence)["spread"]
        drawn = tree["posterior"]
        # Of a fixed value there are no draws.
        spread = prior.value if isinstance(prior, Fixed) else float(drawn["spread"].mean())
        source = f"{value:g} points over the typical SD of {spread:.1f}; {source}"
        value = round(value / spread, 3)
    return {"mcid": value, "mcid_source": source}
