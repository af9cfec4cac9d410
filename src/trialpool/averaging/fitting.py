"""`fit_models`, `fit_shapes`: fit several models, leave trials out of each, weigh, average."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, fields, replace
from typing import Any

import xarray as xr

from trialpool.averaging.left_out import LeftOut, leave_trials_out
from trialpool.averaging.mixture import LEFT_OUT, average
from trialpool.draws import ATTRIBUTE
from trialpool.engines import Draw, check_engine, draw
from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.graph import UnreadableError
from trialpool.posterior import Posterior
from trialpool.records import mcid_by_outcome, record
from trialpool.synthesis import Model

#: Shapes that differ in what they say of the years after follow-up.
SHAPES = ("constant", "waning", "plateau", "linear", "free")

_Say = Callable[[str], None]


@dataclass(frozen=True)
class Averaged:
    """Several models of the same evidence, how well each foretells unseen trials, their average.

    Attributes
    ----------
    posteriors : dict of str to Posterior
        Each model by itself.
    left_out : dict of str to LeftOut
        Log predictive densities of the trials.
    posterior : Posterior
        The average.
    """

    posteriors: dict[str, Posterior]
    left_out: dict[str, LeftOut]
    posterior: Posterior

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each model."""
        return {entry["name"]: entry["weight"] for entry in self.table}

    @property
    def table(self) -> list[dict[str, Any]]:
        """One row a model: name, weight, its SD over resamples, elpd, and difference to the best.

        ``elpd`` is the log predictive density of all trials, each left out in turn; ``_se`` is from
        the variation between trials, ``_mcse`` from the number of draws.
        """
        found: list[dict[str, Any]] = self.posterior.meta["average"]["weights"]
        return found

    def __str__(self) -> str:
        wide = max(5, *(len(name) for name in self.weights))
        lines = [
            f"weights by {self.posterior.meta['average']['by']}",
            f"{'model':<{wide}}  weight    sd    elpd    se  difference    se  sampled without",
        ]
        for row in sorted(self.table, key=lambda row: -row["weight"]):
            lines.append(
                f"{row['name']:<{wide}}  {row['weight']:>6.2f}  {row['weight_sd']:>4.2f}  "
                f"{row['elpd']:>6.1f}  {row['elpd_se']:>4.1f}  {row['difference']:>10.2f}  "
                f"{row['difference_se']:>4.2f}  {_count(row['trials_refitted'])}"
            )
        return "\n".join(lines)


def fit_shapes(
    model: Model,
    evidence: Evidence,
    shapes: Sequence[str] = SHAPES,
    **how: Any,
) -> Averaged:
    """Fit a model with several time courses, and average over them.

    Parameters
    ----------
    model : Model
        What the shapes have in common; its own time course counts only if it is among them.
    evidence : Evidence
        Of layout ``longitudinal``.
    shapes : sequence of str
        Names of `trialpool.synthesis.time_courses.SHAPES`.
    **how
        ``seed``, ``method``, ``draws``, ``workers`` and the others of `fit_models`.

    Returns
    -------
    Averaged

    Raises
    ------
    ModelError
        If the evidence has no time course, or a shape does not exist.
    """
    if evidence.layout != "longitudinal":
        raise ModelError(
            f"shapes: got evidence of layout '{evidence.layout}'; expected scores over months, "
            "since only they have a time course. Use fit, or fit_models for other choices"
        )
    return fit_models(
        {shape: replace(model, time_course=shape) for shape in shapes}, evidence, **how
    )


def fit_models(
    models: Mapping[str, Model] | Sequence[Model],
    evidence: Evidence,
    *,
    seed: int = 1,
    method: str = "stacking",
    draws: int = 1000,
    tune: int = 500,
    chains: int = 4,
    target_accept: float = 0.9,
    engine: str = "auto",
    mcid: float | None = None,
    workers: int = 1,
    say: _Say | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Averaged:
    """Fit several models to the same evidence, leave each trial out of each, and average.

    Parameters
    ----------
    models : mapping of str to Model, or sequence of Model
        By name; in a sequence, by what differs.
    evidence : Evidence
    seed : int
        The same seed gives the same draws and weights.
    method : {"stacking", "stacking-mode", "pseudo-bma"}
        See `trialpool.averaging.stacking.model_weights`.
    draws, tune, chains, target_accept, mcid
        See `trialpool.fit`.
    engine : str
        See `trialpool.fit`.
    workers : int
        Processes that share the models. More than one needs a script that starts under ``if
        __name__ == "__main__"``.
    say : callable, optional
        Told in a sentence what is being done.
    watch : callable, optional
        Told how many of how many models are done.

    Returns
    -------
    Averaged
        Each posterior has its trials left out in its record, so that `average` can mix them again.

    Raises
    ------
    ModelError, EngineError
        If there are fewer than two models, or one does not fit the evidence.
    """
    given = _named(models)
    check_engine(engine)
    for model in given.values():
        mcid_by_outcome(mcid, model, evidence)
        _readable(model, evidence)
    how = Draw(draws=draws, tune=tune, chains=chains, seed=seed, target_accept=target_accept)
    tasks = [_Task(name, model, evidence, how, engine, mcid) for name, model in given.items()]
    follow = watch or (lambda done, total: None)
    found = _all_done(tasks, workers, say or (lambda sentence: None), follow)
    posteriors = {task.name: Posterior(tree) for task, tree in zip(tasks, found, strict=True)}
    return Averaged(
        posteriors,
        {
            name: LeftOut.from_dict(posterior.meta[LEFT_OUT])
            for name, posterior in posteriors.items()
        },
        average(posteriors, method=method, seed=seed),
    )


@dataclass(frozen=True)
class _Task:
    """One model to fit, as another process can be handed it."""

    name: str
    model: Model
    evidence: Evidence
    how: Draw
    engine: str
    mcid: float | None

    def done(self, say: _Say) -> xr.DataTree:
        """Fit, leave trials out, and write both into the record."""
        drawn = draw(
            self.model,
            self.evidence,
            self.engine,
            self.how,
            lambda sentence: say(f"{self.name}: {sentence}"),
            whole=True,
        )
        tree = drawn.tree
        posterior = record(drawn, self.model, self.evidence, mcid=self.mcid)
        say(f"{self.name}: leaving trials out.")
        left_out = leave_trials_out(
            self.model,
            self.evidence,
            tree["posterior"].to_dataset(),
            seed=self.how.seed,
            target_accept=self.how.target_accept,
            say=lambda sentence: say(f"{self.name}: {sentence}"),
        )
        tree.attrs[ATTRIBUTE] = json.dumps({**posterior.meta, LEFT_OUT: left_out.to_dict()})
        return tree


def _all_done(
    tasks: Sequence[_Task], workers: int, say: _Say, watch: Callable[[int, int], None]
) -> list[xr.DataTree]:
    watch(0, len(tasks))
    if workers <= 1:
        found = []
        for task in tasks:
            found.append(task.done(say))
            watch(len(found), len(tasks))
        return found
    # Fresh processes: compiled code and its threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    say(f"Fitting {', '.join(task.name for task in tasks)}, {workers} at a time.")
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=context) as pool:
        running = {pool.submit(_quietly, task): task.name for task in tasks}
        for done, future in enumerate(as_completed(running), start=1):
            future.result()  # an error ends the others too
            say(f"{running[future]}: done.")
            watch(done, len(tasks))
        return [future.result() for future in running]


def _quietly(task: _Task) -> xr.DataTree:
    return task.done(lambda sentence: None)


def _readable(model: Model, evidence: Evidence) -> None:
    """Refuse a model without a graph before anything is sampled: trials are left out of graphs."""
    try:
        model.graph(evidence)
    except UnreadableError as part:
        raise ModelError(
            f"models: got {part}, which is known to PyMC only; expected priors of "
            "trialpool.priors, because trials are left out without PyMC. Replace it"
        ) from None


def _named(models: Mapping[str, Model] | Sequence[Model]) -> dict[str, Model]:
    """Models by name; without names, by the values of the fields in which they differ."""
    if isinstance(models, Mapping):
        found = dict(models)
    else:
        differ = [
            field.name
            for field in fields(Model)
            if any(getattr(model, field.name) != getattr(models[0], field.name) for model in models)
        ]
        found = {", ".join(str(getattr(model, name)) for name in differ): model for model in models}
    if len(found) < 2 or len(found) < len(models):
        raise ModelError(
            f"models: got {len(models)}, {len(found)} of them different; expected at least 2, all "
            "different"
        )
    return found


def _count(trials: int) -> str:
    return "no trial" if not trials else f"{trials} trial{'s' if trials > 1 else ''}"
