"""Which engine samples: the fastest one that is exact for the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import xarray as xr

from trialpool.engines.annealed import count_unsigned, easy_graph
from trialpool.engines.collapsed import collapse, sample_collapsed
from trialpool.engines.convergence import ENOUGH, Convergence, check_convergence
from trialpool.engines.draw import Draw
from trialpool.engines.importance import DistrustError
from trialpool.engines.quadrature import refusal, sample_quadrature
from trialpool.errors import EngineError
from trialpool.graph import Graph, UnreadableError

ENGINES = ("auto", "nuts", "collapsed")


@dataclass(frozen=True)
class Drawn:
    """Draws, and how they came about.

    Attributes
    ----------
    tree : xr.DataTree
    how : Draw
        As it was at last.
    engine : {"nuts", "collapsed"}
    why : str
        Why this engine.
    convergence : Convergence
    graph : Graph or None
        The model, where the engine read it as a graph.
    """

    tree: xr.DataTree
    how: Draw
    engine: str
    why: str
    convergence: Convergence
    graph: Graph | None = field(default=None, repr=False)


def check_engine(engine: str) -> None:
    """Refuse an engine that does not exist.

    Raises
    ------
    EngineError
    """
    if engine not in ENGINES:
        raise EngineError(f"engine: got '{engine}'; expected one of {', '.join(ENGINES)}")


def draw(
    model: Any,
    evidence: Any,
    engine: str,
    how: Draw,
    tell: Callable[[str], None],
    *,
    whole: bool = False,
) -> Drawn:
    """Draw from the posterior of a model given evidence.

    Parameters
    ----------
    model : Model or Joint
    evidence : Evidence or mapping
    engine : str
        One of `ENGINES`; ``auto`` takes ``collapsed`` where it is exact and its check passes.
    how : Draw
    tell : callable
        Told in a sentence what is being done, and why.
    whole : bool
        Whether every free variable of the graph has to be among the draws; the grid of plain
        estimates does without some.

    Raises
    ------
    EngineError
        If the engine does not exist, or cannot sample this model.
    """
    check_engine(engine)
    if engine != "nuts" and not whole and refusal(model, evidence) is None:
        why = "all but the heterogeneity has a closed form, and that is integrated on a grid"
        tell(f"Drawing {how.chains} x {how.draws} independent draws: {why}.")
        tree = sample_quadrature(model, evidence, how)
        return Drawn(tree, how, "collapsed", why, check_convergence(tree))
    try:
        graph = model.graph(evidence)
    except UnreadableError as part:
        if engine == "collapsed":
            raise _cannot(str(part)) from None
        why = f"{part} is known to PyMC only"
        from trialpool.engines.nuts import compile_and_sample

        tell(f"Compiling the model, a minute or two: {why}.")
        tree = compile_and_sample(model.build(evidence), how)
        return Drawn(tree, how, "nuts", why, check_convergence(tree))
    unsigned = count_unsigned(evidence)
    if unsigned:
        text = "test that does" if unsigned == 1 else "tests that do"
        why = f"{unsigned} {text} not say which arm did better"
    elif engine == "nuts":
        why = "asked for"
    else:
        drawn = _collapsed(graph, how, tell)
        if isinstance(drawn, Drawn):
            return drawn
        why = drawn
    if engine == "collapsed":
        raise _cannot(why)
    from trialpool.engines.nuts import sample_until_sound  # it takes a while to load

    tell(f"Sampling {how.chains} chains of {how.tune} + {how.draws} iterations (NUTS: {why}).")
    tree, how, convergence = sample_until_sound(graph, how, tell, easy_graph(model, evidence))
    return Drawn(tree, how, "nuts", why, convergence, graph)


def _collapsed(graph: Graph, how: Draw, tell: Callable[[str], None]) -> Drawn | str:
    """Draws with all that is normal integrated out, or why there are none."""
    found = collapse(graph)
    if isinstance(found, str):
        return found
    integrated, left = len(found.form.outer.location), len(found.form.hyper)
    told = f"{integrated} numbers are integrated out, {left} are left"
    tell(f"Drawing {how.chains} x {how.draws}: {told}.")
    try:
        tree = sample_collapsed(found, how)
    except DistrustError as distrust:
        reason = str(distrust)
    else:
        convergence = check_convergence(tree)
        if convergence.ok or how.draws < ENOUGH:
            return Drawn(tree, how, "collapsed", told, convergence, graph)
        reason = convergence.messages[0].split(";")[0]
    return f"collapsed draws failed their check: {reason}"


def _cannot(why: str) -> EngineError:
    return EngineError(
        f"engine: got 'collapsed' for a model with {why}; expected few hyper-parameters. Use "
        "--engine nuts, or auto (which takes the fastest that is exact)"
    )
