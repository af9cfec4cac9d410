"""`fit`: from a specification and evidence to a posterior with its record."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import xarray as xr

from trialpool.draws import ATTRIBUTE, FORMAT
from trialpool.engines import Draw, check_convergence, choose, compile_model, sample
from trialpool.errors import ModelError
from trialpool.evidence import Evidence, summarise
from trialpool.posterior import Posterior
from trialpool.questions.mcid import GIVEN, mcid_fault
from trialpool.questions.units import POINTS, SDS
from trialpool.synthesis import Model
from trialpool.synthesis.priors import Fixed

_RECORDED = ("trialpool", "pymc", "pytensor", "nutpie", "arviz", "numpy", "xarray", "pandas")
_UNITS = {"longitudinal": POINTS, "counts": "log odds ratio"}
#: Variables of the posterior whose name is not that of their prior's role.
_VARIABLE = {"half_life": "half_life_typical", "control": "control_change"}


def fit(
    model: Model,
    evidence: Evidence,
    *,
    seed: int = 1,
    engine: str = "auto",
    draws: int = 1000,
    tune: int = 1000,
    chains: int = 4,
    target_accept: float = 0.98,
    mcid: float | None = None,
    progress: bool | None = None,
    say: Callable[[str], None] | None = None,
) -> Posterior:
    """Sample the posterior of a model given evidence.

    Parameters
    ----------
    model : Model
    evidence : Evidence
    seed : int
        The same seed gives the same draws.
    engine : {"auto", "nuts", "collapsed"}
        ``auto`` takes the fastest engine that is exact for the model.
    draws, tune, chains : int
        Kept and warm-up iterations of each chain, and the number of chains.
    target_accept : float
        Acceptance rate that NUTS aims at.
    mcid : float, optional
        Minimal important change in points of 100 (in SDs on the standardised scale), for questions
        that speak of it; by default that of the evidence's most common instrument
        (``evidence.mcid()``). The draws do not depend on it.
    progress : bool, optional
        Show a progress bar; by default when the standard error stream is a terminal.
    say : callable, optional
        Told in a sentence what is being done, such as compiling.

    Returns
    -------
    Posterior

    Raises
    ------
    ModelError, EngineError
        If the model does not fit the evidence, or the engine the model.
    """
    chosen = choose(engine)
    _check_mcid(mcid, model, evidence)
    how = Draw(
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        target_accept=target_accept,
        progress=sys.stderr.isatty() if progress is None else progress,
    )
    tell = say or (lambda sentence: None)
    pymc_model = model.build(evidence)
    tell("Compiling the model: a minute or two the first time, half of it later.")
    compiled = compile_model(pymc_model)
    tell(f"Sampling {chains} chains of {tune} + {draws} iterations.")
    tree = sample(compiled, how)
    return record(tree, model, evidence, how, engine=chosen, mcid=mcid)


def record(
    tree: xr.DataTree,
    model: Model,
    evidence: Evidence,
    how: Draw,
    *,
    engine: str,
    mcid: float | None = None,
) -> Posterior:
    """Check the draws and write down in the tree what they are and where they came from."""
    change = _mcid(tree, model, evidence, mcid)
    meta = {**_meta(tree, model, evidence, how, engine), **change}
    tree.attrs[ATTRIBUTE] = json.dumps(meta)
    return Posterior(tree)


def _meta(
    tree: xr.DataTree, model: Model, evidence: Evidence, how: Draw, engine: str
) -> dict[str, Any]:
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
        "z_low",
        "z_high",
        "directed",
        "source",
        "why",
    ]
    return {
        "format": FORMAT,
        "outcome": evidence.outcome,
        "layout": evidence.layout,
        "unit": _unit(model, evidence),
        "reference": evidence.classes.reference,
        "active": list(evidence.classes.active),
        "comparators": list(evidence.classes.comparators),
        "synonyms": dict(evidence.classes.synonyms),
        "level": 0.95,
        "horizon": model.horizon,
        "model": repr(model),
        "time_course": model.time_course if evidence.layout == "longitudinal" else None,
        "priors": [
            prior
            for prior in model.describe_priors(evidence)
            if _VARIABLE.get(prior["role"], prior["role"]) in tree["posterior"]
            or isinstance(model.priors.get(prior["role"]), Fixed)
        ],
        "engine": engine,
        "seed": how.seed,
        "draws": how.draws,
        "tune": how.tune,
        "chains": how.chains,
        "target_accept": how.target_accept,
        "evidence": summarise(evidence).to_dict(),
        "evidence_source": evidence.source,
        "without_kinds": list(evidence.without_kinds),
        "data_hash": evidence.data_hash,
        "reports": json.loads(used[[c for c in shown if c in used]].to_json(orient="records")),
        "diagnostics": check_convergence(tree).to_dict(),
        "versions": {
            **{name: version(name) for name in _RECORDED},
            "python": platform.python_version(),
        },
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _unit(model: Model, evidence: Evidence) -> str:
    if (scale := model.event_scale(evidence)) is not None:
        return f"log {scale} ratio"
    if model.is_standardised(evidence):
        return SDS
    return _UNITS.get(evidence.layout, evidence.measure or "as given")


def _check_mcid(mcid: float | None, model: Model, evidence: Evidence) -> None:
    if mcid is None:
        return
    if evidence.layout != "longitudinal":
        raise ModelError(
            f"mcid: got {mcid:g} for {evidence.outcome}; expected none, because only scores of "
            "0-100 have a minimal important change. Leave it out"
        )
    if fault := mcid_fault(mcid, _unit(model, evidence)):
        raise ModelError(fault)


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
