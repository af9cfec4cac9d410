"""Models that are wrong on purpose: the calibration must reject each of them.

A sound model is simulated, and what is fitted has one mistake that people make.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from trialpool import Evidence, Model
from trialpool.engines import Draw, draw
from trialpool.graph import Graph
from trialpool.synthesis.priors import Normal
from validation.calibration.case import Case, Replicate, Rng, drawn, printed
from validation.calibration.plain import log_normal_case
from validation.calibration.uniformity import rank_of

HOW = Draw(draws=50, tune=100, chains=4)
KEPT = 99


@dataclass(frozen=True)
class WithoutJacobian:
    """A model of a positive ``tau`` sampled on the log scale, its Jacobian forgotten."""

    model: Model

    def graph(self, evidence: Evidence) -> Graph:
        graph = self.model.graph(evidence)
        tau = next(free for free in graph.free if free.name == "tau")
        # log p(log tau) = log p(tau) + log tau, and the last term is what is left out.
        graph.terms.append(-tau.point)
        return graph


def sound(model: Any, evidence: Evidence) -> tuple[Any, Evidence]:
    """Nothing is wrong."""
    return model, evidence


def dropped_jacobian(model: Model, evidence: Evidence) -> tuple[Any, Evidence]:
    """The density of ``tau`` taken for that of its logarithm."""
    return WithoutJacobian(model), evidence


def se_as_variance(model: Model, evidence: Evidence) -> tuple[Any, Evidence]:
    """Standard errors taken for variances."""
    return model, printed(evidence, se=np.sqrt(evidence.reports["se"]))


def independent_arms(model: Model, evidence: Evidence) -> tuple[Any, Evidence]:
    """Each contrast a trial of its own, as if it had its own control arm."""
    rows = evidence.reports
    pairs = []
    for study, own in rows.groupby("study"):
        base = own[own["kind"] == "base"]
        for name, contrast in own[own["kind"] == "contrast"].groupby("treatment"):
            pairs.append(pd.concat([base, contrast]).assign(study=f"{study} {name}"))
    reports = pd.concat(pairs, ignore_index=True)
    trials = pd.DataFrame({"trial": list(dict.fromkeys(reports["study"]))})
    return model, Evidence(
        evidence.layout, evidence.outcome, trials, reports, evidence.classes,
        measure=evidence.measure, reference=evidence.reference,
    )  # fmt: skip


def shared_control_case() -> Case:
    """Four trials, each of three treatments against one control arm; no heterogeneity."""
    studies, others, se = ["s1", "s2", "s3", "s4"], ["B", "C", "D"], 0.3
    frame = pd.DataFrame(
        [(s, t, np.nan if t == "A" else 0.0, se if t == "A" else se * np.sqrt(2))
         for s in studies for t in ["A", *others]],
        columns=["study", "arm", "diff", "se"],
    )  # fmt: skip
    design = Evidence.from_contrasts(
        frame, study="study", treatment="arm", effect="diff", se="se", reference="A"
    )

    def simulate(design: Evidence, rng: Rng) -> Replicate:
        d = rng.normal(size=3)
        errors = rng.normal(0, se, (len(studies), 4))
        y = np.column_stack([np.full(len(studies), np.nan), d + errors[:, 1:] - errors[:, :1]])
        truth = {f"treatment_effect[{t}]": v for t, v in zip(others, d, strict=True)}
        return Replicate(printed(design, y=y.ravel()), truth | {"treatment_effect[mean]": d.mean()})

    model = Model(pooling={"trial": "complete"}, priors={"effect": Normal(0, 1)})
    return Case("shared control", model, design, partial(simulate, design))


#: Mistake -> the sound case, and what is fitted in its place.
WRONG: dict[str, tuple[Callable[[], Case], Callable[[Any, Evidence], tuple[Any, Evidence]]]] = {
    "dropped Jacobian": (log_normal_case, dropped_jacobian),
    "SE taken for a variance": (log_normal_case, se_as_variance),
    "arms of one trial taken as independent": (shared_control_case, independent_arms),
}


def ranks_of(case: Case, spoil: Callable[..., Any], replications: int) -> dict[str, np.ndarray]:
    """Ranks of the truths, (replication,), by quantity; ``log_lik`` is left out.

    The likelihood of a spoilt model is another function than that of the truth.
    """
    found: dict[str, list[int]] = {}
    for k in range(replications):
        rng = np.random.default_rng([7, k])
        given = case.simulate(rng)
        model, evidence = spoil(case.model, given.evidence)
        how = Draw(draws=HOW.draws, tune=HOW.tune, chains=HOW.chains, seed=k + 1)
        tree = draw(model, evidence, "auto", how, lambda sentence: None).tree
        posterior = tree["posterior"].to_dataset()
        for name, value in given.truth.items():
            if name != "log_lik":
                draws = drawn(posterior, name)
                places = np.linspace(0, len(draws) - 1, KEPT).astype(int)
                found.setdefault(name, []).append(rank_of(value, draws[places], rng))
    return {name: np.array(ranks) for name, ranks in found.items()}
