"""`fit`: from a specification and evidence to a posterior with its record."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from trialpool.engines import Draw, Watch, check_engine, draw
from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.posterior import Posterior
from trialpool.records import mcid_by_outcome, record
from trialpool.synthesis import Joint, Model


def fit(
    model: Model | Joint,
    evidence: Evidence | Mapping[str, Evidence],
    *,
    seed: int = 1,
    engine: str = "auto",
    draws: int = 1000,
    tune: int = 500,
    chains: int = 4,
    target_accept: float = 0.9,
    mcid: float | Mapping[str, float] | None = None,
    progress: bool | Watch | None = None,
    say: Callable[[str], None] | None = None,
) -> Posterior:
    """Sample the posterior of a model given evidence.

    Parameters
    ----------
    model : Model or Joint
    evidence : Evidence, or mapping of str to Evidence
        Of a `Model`; of a `Joint` a mapping with the evidence of each of its outcomes.
    seed : int
        The same seed gives the same draws.
    engine : {"auto", "nuts", "collapsed"}
        ``auto`` takes the fastest engine that is exact for the model: ``collapsed`` where all but a
        few hyper-parameters can be integrated out, ``nuts`` for all else.
    draws, tune, chains : int
        Kept and warm-up iterations of each chain, and the number of chains.
    target_accept : float
        Acceptance rate that NUTS aims at. Where the chains do not agree it samples once more, with
        smaller steps.
    mcid : float, optional
        Minimal important change in points of 100 (in SDs on the standardised scale), for questions
        that speak of it; by default that of the evidence's most common instrument
        (``evidence.mcid()``). The draws do not depend on it. Of a `Joint` a mapping by outcome, or
        a number where one outcome has scores.
    progress : bool or callable, optional
        Show a progress bar; by default when the standard error stream is a terminal. A function of
        two whole numbers is told how many iterations of how many are done.
    say : callable, optional
        Told in a sentence what is being done.

    Returns
    -------
    Posterior

    Raises
    ------
    ModelError, EngineError
        If the model does not fit the evidence, or the engine the model.
    """
    given = _matching(model, evidence)
    check_engine(engine)
    mcid_by_outcome(mcid, model, given)
    how = Draw(
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        target_accept=target_accept,
        progress=sys.stderr.isatty() if progress is None else progress,
    )
    tell = say or (lambda sentence: None)
    if isinstance(model, Joint):
        for note in model.notes(given):
            tell(f"Note: {note}.")
    drawn = draw(model, given, engine, how, tell)
    return record(drawn, model, given, mcid=mcid)


def _matching(model: Model | Joint, evidence: Any) -> Any:
    """The evidence, where it is of the kind that the model reads."""
    if isinstance(model, Joint):
        model.check(evidence)
    elif not isinstance(evidence, Evidence):
        raise ModelError(
            f"evidence: got {evidence!r}; expected the Evidence of one outcome. Several outcomes "
            "are a Joint of models: tp.Joint({'pain': Model(), 'sae': Model()})"
        )
    return evidence
