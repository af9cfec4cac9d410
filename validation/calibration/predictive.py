"""Models whose data the PyMC model draws itself: responders, tests, medians, percentages.

The fast engines read another writing of the same builder, the graph, so a fault of the machine, of
the engine or of a Jacobian is seen; a fault of the builder is not. Rows that are read given other
rows (a printed baseline mean, differences with a common arm, further thresholds) cannot be drawn
that way: `longitudinal.py` draws the first two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from trialpool import Evidence, Joint, Model
from trialpool.engines.tree import posterior_tree
from trialpool.synthesis.design import build_design
from trialpool.synthesis.joint import SEPARATOR
from validation.calibration.case import PREDICTIVE, Case, Replicate, Rng, Values, drawn, printed

#: |z| from which a test is printed with its p-value; below, as "not significant".
SIGNIFICANT = 1.959963984540054
#: Replications where NUTS samples for a second or two; others have a thousand.
SLOW = 300


@dataclass(frozen=True, eq=False)
class Predictive:
    """Draws data for a model from the PyMC model, and the truth of some quantities."""

    model: Model | Joint
    evidence: Any
    quantities: tuple[str, ...]

    @cached_property
    def _compiled(self) -> tuple[list[str], Any, list[Any]]:
        import pymc as pm
        from pytensor.compile.mode import Mode
        from pytensor.tensor.random.type import RandomType

        built = self.model.build(self.evidence)
        wanted = [*built.free_RVs, *built.observed_RVs]
        # Python instead of numba, whose compilation takes longer than some hundred draws.
        call = pm.compile([], wanted, mode=Mode(linker="py", optimizer=None), random_seed=0)
        rngs = [v for v in call.get_shared() if isinstance(v.type, RandomType)]
        return [rv.name for rv in wanted], call, rngs

    def __call__(self, rng: Rng) -> Replicate:
        from pymc.pytensorf import reseed_rngs

        names, call, rngs = self._compiled
        reseed_rngs(rngs, int(rng.integers(2**31)))
        found = dict(zip(names, call(), strict=True))
        evidence = self._evidence(found)
        graph = self.model.graph(evidence)
        point = np.zeros(graph.size)
        for free in graph.free:
            point[free.place] = np.ravel(free.unconstrained(found[free.name]))
        at = posterior_tree(graph, point[None], 1, {})["posterior"].to_dataset()
        return Replicate(evidence, {name: float(drawn(at, name)[0]) for name in self.quantities})

    def _evidence(self, found: dict[str, Any]) -> Any:
        """What is printed, of one outcome or of several."""
        if isinstance(self.model, Model):
            return as_printed(self.evidence, self.model.horizon, found)
        return {
            name: as_printed(
                of_one,
                self.model.models[name].horizon,
                {key.removeprefix(f"{name}{SEPARATOR}"): value for key, value in found.items()},
            )
            for name, of_one in self.evidence.items()
        }


def as_printed(evidence: Evidence, horizon: float, found: dict[str, Any]) -> Evidence:
    """The evidence with drawn numbers in the place of the printed ones."""
    reports = evidence.reports
    columns = {
        name: reports[name].to_numpy(float).copy()
        for name in ("y", "sd", "se", "count", "z_low", "z_high")
    }
    if evidence.layout == "events":
        timed = reports["exposure"].notna().to_numpy()
        for rows, name in ((~timed, "event_reports"), (timed, "rate_reports")):
            if rows.any():
                columns["count"][rows] = found[name]
        return printed(evidence, count=columns["count"])
    design = build_design(evidence, horizon=horizon)
    if design.further.row.size or (design.means.kt[design.repeated[design.means.arm]] == 0).any():
        raise ValueError(f"design: got rows that are read given others; see {__name__}")
    if design.means.row.size:
        columns["y"][design.means.row] = found["mean_reports"]
    if "sd_reports" in found:
        rows = design.means.row[np.isfinite(design.means.sd)]
        columns["sd"][rows] = np.exp(found["sd_reports"])
    if design.counts.row.size:
        columns["count"][design.counts.row] = found["count_reports"]
    if design.p_values.row.size:
        low, high = _as_printed(found["p_reports"], design.p_values.directed)
        columns["z_low"][design.p_values.row] = low
        columns["z_high"][design.p_values.row] = high
    return printed(evidence, **columns)


def _as_printed(z: Values, directed: Any) -> tuple[Values, Values]:
    """The interval that a test prints; without its sign where no direction is named."""
    z = np.where(directed, z, np.abs(z))
    exact = np.abs(z) > SIGNIFICANT
    low = np.where(exact, z, np.where(directed, -SIGNIFICANT, 0.0))
    return low, np.where(exact, z, SIGNIFICANT)


def _read(rows: Sequence[dict[str, Any]], trials: pd.DataFrame | None = None) -> Evidence:
    frame = pd.DataFrame(rows, dtype=object).fillna("")
    return Evidence.from_frame(frame, trials=trials, outcome=rows[0]["outcome"])


def _joint() -> Case:
    """Pain and events of the same trials, whose effects correlate."""
    outcomes = {
        "pain": _rows("pain", (3, 24), kind="mean", mean=40, sd=25),
        "sae": _rows("sae", (12,), kind="events", events=2),
    }
    evidence = {name: _read(rows) for name, rows in outcomes.items()}
    model = Joint({name: Model() for name in outcomes})
    names = ("outcome_correlation_partial[mean]",
             *(f"pain::{q}" for q in COURSE), *(f"sae::{q}" for q in EVENTS))  # fmt: skip
    draw = Predictive(model, evidence, names)
    return Case("joint, pain and events", model, evidence, draw, PREDICTIVE, SLOW, 300)


def _case(name: str, model: Model, rows: Sequence[dict[str, Any]], quantities: Sequence[str],
          replications: int = 1000, draws: int = 300, trials: pd.DataFrame | None = None,
          ) -> Case:  # fmt: skip
    evidence = _read(rows, trials)
    draw = Predictive(model, evidence, tuple(quantities))
    return Case(name, model, evidence, draw, PREDICTIVE, replications, draws)


ARMS = {
    "A": [("placebo", "saline", "placebo", 30), ("MSC", "MSC", "MSC", 30),
          ("PRP", "PRP", "PRP", 25)],
    "B": [("placebo", "saline", "placebo", 25), ("PRP", "PRP", "PRP", 25)],
    "C": [("placebo", "saline", "placebo", 40), ("MSC", "MSC", "MSC", 40)],
}  # fmt: skip


def _rows(outcome: str, months: Sequence[float], **cells: Any) -> list[dict[str, Any]]:
    """The same cells for each arm of each trial at each month."""
    return [
        {"trial": trial, "arm": arm, "treatment": treatment, "class": class_, "n": n,
         "outcome": outcome, "scale": "VAS 0-100" if outcome == "pain" else "", "months": month,
         "source": "simulated", "verified": "yes", **cells}
        for trial, arms in ARMS.items() for arm, treatment, class_, n in arms for month in months
    ]  # fmt: skip


def _tests(months: Sequence[float]) -> list[dict[str, Any]]:
    """Tests of each arm against placebo; of every second one the arm favoured is not named.

    A placeholder with both p and an arm would be read as a difference, which is not drawn here.
    """
    rows = []
    for i, row in enumerate(_rows("pain", months, kind="p_value", p="ns", versus="placebo")):
        if row["arm"] != "placebo":
            size = ARMS[row["trial"]][0][3]
            rows.append(row | {"versus_n": size, "versus_class": "placebo",
                               "versus_treatment": "saline", "scale": "",
                               "p": "0.01" if i % 2 else "ns"})  # fmt: skip
    return rows


COURSE = ("effect", "tau", "class_effect[PRP]", "benefit[PRP, 12]", "benefit[MSC, 24]",
          "half_life[MSC]", "rho", "spread", "log_lik")  # fmt: skip
EVENTS = ("effect", "class_sd", "tau", "class_effect[PRP]", "log_lik")


def cases() -> list[Case]:
    """Models that are drawn by their PyMC model."""
    responders = _rows("pain", (6, 24), kind="responders", events=5, threshold=">=50%")
    events = _rows("sae", (12,), kind="events", events=2)
    timed = [row | {"person_months": 12 * row["n"]} for row in events]
    mean = _rows("pain", (3, 24), kind="mean", mean=40, sd=25)
    median = _rows("pain", (6, 24), kind="median", median=40, q1=20, q3=60)
    percent = _rows("pain", (6, 24), kind="percent_change", mean=-30)
    once = _rows("pain", (12,), kind="responders", events=5, threshold=">=20mm")
    by_class = [q for q in COURSE if q != "tau"] + ["tau[PRP]", "tau_typical"]
    seen_once = [q for q in COURSE if q not in ("rho", "spread")]
    return [
        _case("review, medians", Model(), median, COURSE, draws=100),
        _case("review, percentages of change", Model(), percent, COURSE, SLOW),
        _case("review, standardised", Model(scale="standardised"), mean, COURSE, draws=100),
        _case("review, covariate", Model(covariates=("dose",)), mean, (*COURSE, "slope[dose]"),
              trials=pd.DataFrame({"trial": list(ARMS), "dose": [1.0, 2.0, 4.0]}), draws=100),
        _case("review, common effect", Model(pooling={"trial": "complete"}), mean,
              [q for q in COURSE if q != "tau"], draws=100),
        _case("review, nothing pooled",
              Model(pooling=dict.fromkeys(("class", "treatment", "trial", "time"), "none")), mean,
              [q for q in COURSE if q != "tau"], draws=100),
        _case("review, heterogeneity by class", Model(heterogeneity="class"), mean, by_class,
              draws=100),
        _case("review, responders", Model(), responders, COURSE, SLOW),
        _case("review, responders at one visit", Model(), once, seen_once, SLOW),
        _case("review, p-values", Model(), _tests((6, 24)), COURSE, draws=200),
        _case("events, odds", Model(), events, [*EVENTS, "log_odds_ratio[MSC]"]),
        _case("events, risk", Model(events="risk"), events, [*EVENTS, "log_risk_ratio[MSC]"]),
        _case("events, rates", Model(), timed, [*EVENTS, "log_rate_ratio[MSC]"]),
        _joint(),
    ]  # fmt: skip
