"""Which engine samples: the fastest one that is exact for the model."""

from __future__ import annotations

from typing import Any

from trialpool.engines.collapsed import refusal
from trialpool.errors import EngineError

ENGINES = ("auto", "nuts", "collapsed")


def choose(engine: str, model: Any = None, evidence: Any = None) -> str:
    """The engine that will sample, ``"nuts"`` or ``"collapsed"``.

    Parameters
    ----------
    engine : str
        One of `ENGINES`.
    model : Model or Joint, optional
    evidence : Evidence or mapping, optional
        Without these, of a model that only NUTS can sample.

    Raises
    ------
    EngineError
        For an unknown engine, or one that cannot sample this model.
    """
    if engine not in ENGINES:
        raise EngineError(f"engine: got '{engine}'; expected one of {', '.join(ENGINES)}")
    if engine == "nuts":
        return engine
    why_not = refusal(model, evidence)
    if engine == "collapsed" and why_not:
        raise EngineError(
            f"engine: got 'collapsed' for {why_not}; expected plain estimates with independent "
            "errors. Use --engine nuts, or auto (which takes the fastest that is exact)"
        )
    return "nuts" if why_not else "collapsed"
