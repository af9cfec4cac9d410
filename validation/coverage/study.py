"""Does a 90 % interval hold the truth in 90 of 100 simulated reviews? README.md says how and why.

    python validation/coverage/study.py --seeds 60      rewrites record.json and record.md

A run that was stopped goes on where it was: finished seeds are kept under results/coverage, by the
behaviour of the model that made them.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr

from trialpool import Evidence, Model, read_evidence
from trialpool.engines import Draw, check_convergence
from trialpool.engines.nuts import sample

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # as a script it finds its own folder only
    sys.path.insert(0, str(ROOT))

from validation.behaviour import behaviour  # noqa: E402
from validation.records import conclude, provenance, write_text  # noqa: E402

HERE = Path(__file__).resolve().parent
PARTS = ROOT / "results" / "coverage"
OUTCOME = "pain"
LEVEL = 0.90
#: Wider than chance (60 intervals a quantity, not independent) and narrower than a wrong model.
THRESHOLDS = (0.80, 0.97)
#: Class effects and half-lives are judged together over the seeds 1 to TOGETHER, and each for
#: itself over all seeds, at least EACH: 60 correlated intervals are too few to judge one alone.
TOGETHER, EACH = 20, 60
CLASSES = ("PRP", "MPC", "MSC")
#: The quantities that the thresholds are about; the others are recorded to find out what is wrong.
HELD = ("class_effect", "half_life")
SCALARS = ("effect", "class_sd", "treatment_sd", "tau", "drift", "onset", "rho")
MONTHS = (6, 12, 24, 36)
HOW = Draw(draws=500, tune=500, chains=4, target_accept=0.98)


def simulator() -> ModuleType:
    """The module data/simulated/simulate.py, which is a script and in no package."""
    name = "simulated_trials"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "data/simulated/simulate.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@dataclass(frozen=True)
class Quantity:
    """One number of the model: its true value and its draws."""

    name: str
    label: str
    truth: float
    draws: np.ndarray

    def row(self) -> dict[str, Any]:
        low, high = np.quantile(self.draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return {
            "quantity": self.name,
            "label": self.label,
            "truth": self.truth,
            "mean": float(self.draws.mean()),
            "sd": float(self.draws.std()),
            "low": float(low),
            "high": float(high),
            "inside": bool(low <= self.truth <= high),
            "rank": float((self.draws < self.truth).mean()),
        }


def true_value(truth: dict[str, Any], name: str, **at: Any) -> float:
    """One true value, by labels: ``true_value(truth["pain"], "half_life", **{"class": "PRP"})``."""
    found = truth["values"][name]
    place = tuple(truth["coords"][dim].index(at[dim]) for dim in found["dims"])
    return float(np.asarray(found["values"])[place])


def quantities(posterior: xr.Dataset, truth: dict[str, Any]) -> Iterator[Quantity]:
    """Every quantity that is looked at, with its truth."""

    def one(name: str, label: str, at: dict[str, Any]) -> Quantity:
        draws = posterior[name].sel(at) if at else posterior[name]
        return Quantity(name, label, true_value(truth, name, **at), draws.values.ravel())

    for name in HELD:
        for class_ in CLASSES:
            yield one(name, class_, {"class": class_})
    for class_ in CLASSES:
        for month in MONTHS:
            yield one("benefit", f"{class_} at {month}", {"class": class_, "months": float(month)})
    for name in SCALARS:
        yield one(name, "", {})


def evidence_of(simulated: Any, outcome: str = OUTCOME) -> Evidence:
    """The tables, read as a user's folder would be."""
    with tempfile.TemporaryDirectory() as folder:
        simulator().write(simulated, Path(folder))
        return read_evidence(folder, outcome=outcome)


def behaviour_now() -> dict[str, Any]:
    """What the study speaks about, with the present code; see `validation.behaviour`."""
    seeds = ((1, "pain"), (2, "function"))
    reviews = {f"seed {k}, {o}": evidence_of(simulator().simulate(k), o) for k, o in seeds}
    return {**behaviour(reviews), "sampler": {"data": repr(HOW), "log_density": []}}


def fit_seed(seed: int, how: Draw = HOW) -> dict[str, Any]:
    """Simulate, fit and compare one seed."""
    simulated = simulator().simulate(seed)
    graph = Model().graph(evidence_of(simulated))
    start = time.perf_counter()
    tree = sample(graph, replace(how, seed=seed))
    seconds = time.perf_counter() - start
    found = check_convergence(tree)
    rows = [q.row() for q in quantities(tree["posterior"].to_dataset(), simulated.truth[OUTCOME])]
    return {
        "seed": seed,
        "divergences": found.divergences,
        "rhat": round(found.rhat, 4),
        "ess": round(min(found.ess_bulk, found.ess_tail)),
        "redraws": simulated.truth[OUTCOME]["attempts"] - 1,
        "seconds": round(seconds, 1),
        "quantities": rows,
    }


def share_inside(results: Sequence[dict[str, Any]], names: Sequence[str]) -> float:
    """Share of intervals that hold the truth."""
    inside = [q["inside"] for r in results for q in r["quantities"] if q["quantity"] in names]
    return float(np.mean(inside))


def summarise(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Coverage, mean z-score and rank histogram of each quantity."""
    table = []
    names = dict.fromkeys((q["quantity"], q["label"]) for q in results[0]["quantities"])
    for name, label in [*((name, "all") for name in (*HELD, "benefit")), *names]:
        rows = [
            q
            for r in results
            for q in r["quantities"]
            if q["quantity"] == name and label in ("all", q["label"])
        ]
        z = [(q["truth"] - q["mean"]) / q["sd"] for q in rows]
        ranks = np.histogram([q["rank"] for q in rows], bins=5, range=(0, 1))[0]
        table.append(
            {
                "quantity": name,
                "label": label,
                "intervals": len(rows),
                "coverage": float(np.mean([q["inside"] for q in rows])),
                "coverage_of_50_percent": float(np.mean([0.25 <= q["rank"] <= 0.75 for q in rows])),
                "mean_z": float(np.mean(z)),
                "sd_z": float(np.std(z)),
                "ranks_in_fifths": ranks.tolist(),
            }
        )
    first = results[:TOGETHER]
    coverage = {name: share_inside(results, [name]) for name in HELD}
    together = share_inside(first, HELD)
    held = [together, *coverage.values()]
    return {
        "coverage": {**coverage, "both": share_inside(results, HELD)},
        "first_seeds": {**{name: share_inside(first, [name]) for name in HELD}, "both": together},
        "passed": len(results) >= EACH
        and all(THRESHOLDS[0] <= share <= THRESHOLDS[1] for share in held),
        "divergences": sum(r["divergences"] for r in results),
        "worst_rhat": max(r["rhat"] for r in results),
        "least_ess": min(r["ess"] for r in results),
        "table": table,
    }


def run(seeds: int) -> list[dict[str, Any]]:
    """Results of seeds 1, 2, ...; those on disk are not run again."""
    now = json.dumps(behaviour_now(), sort_keys=True)
    parts = PARTS / hashlib.sha256(now.encode()).hexdigest()[:16]
    results = []
    for seed in range(1, seeds + 1):
        path = parts / f"seed-{seed:03d}.json"
        if not path.exists():
            start = time.perf_counter()
            result = fit_seed(seed)
            write_text(path, json.dumps(result))
            print(
                f"seed {seed}: {time.perf_counter() - start:.1f} s, of which sampling "
                f"{result['seconds']} s; {result['divergences']} divergences, "
                f"R-hat {result['rhat']}",
                flush=True,
            )
        results.append(json.loads(path.read_text(encoding="utf-8")))
    return results


def as_markdown(record: dict[str, Any]) -> str:
    """The record as a page."""
    summary, (low, high) = record["summary"], record["thresholds"]
    lines = [
        "# Coverage of 90 % intervals on simulated reviews",
        "",
        f"Made by `{record['command']}` on {record['date']}; seeds 1 to {record['seeds']}, "
        f"{record['chains']} chains of {record['tune']} + {record['draws']} draws. "
        f"{'Passed' if summary['passed'] else 'FAILED'}: class effects and half-lives "
        f"must be covered between {low:.0%} and {high:.0%}: together in seeds 1 to {TOGETHER}, and "
        "each for itself in all seeds.",
        "",
        f"- class effects: **{summary['coverage']['class_effect']:.1%}**",
        f"- half-lives: **{summary['coverage']['half_life']:.1%}**",
        f"- both together: **{summary['coverage']['both']:.1%}**",
        f"- seeds 1 to {TOGETHER}: "
        + ", ".join(f"{name} {share:.1%}" for name, share in summary["first_seeds"].items()),
        f"- divergences: {summary['divergences']}; worst R-hat {summary['worst_rhat']:.3f}; least "
        f"effective sample size {summary['least_ess']}; {record['seconds_per_seed']:.1f} s of "
        "sampling a seed",
        "",
        "Mean and SD of z = (truth - posterior mean) / posterior SD; ranks of the truth among the "
        "draws, counted in fifths (even where the model is calibrated).",
        "",
        "| quantity | intervals | 90 % holds | 50 % holds | mean z | SD of z | ranks in fifths |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in summary["table"]:
        label = f"{row['quantity']} {row['label']}".strip()
        ranks = " ".join(str(count) for count in row["ranks_in_fifths"])
        lines.append(
            f"| {label} | {row['intervals']} | {row['coverage']:.0%} "
            f"| {row['coverage_of_50_percent']:.0%} | {row['mean_z']:+.2f} "
            f"| {row['sd_z']:.2f} | {ranks} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Coverage study; rewrites its record.")
    parser.add_argument("--seeds", type=int, default=EACH, help="number of simulated reviews")
    seeds = parser.parse_args().seeds
    before = behaviour_now()
    results = run(seeds)
    record = {
        "what": "coverage of central 90 % intervals on simulated reviews; see README.md",
        **provenance(f"python validation/coverage/study.py --seeds {seeds}", before),
        "outcome": OUTCOME,
        "level": LEVEL,
        "thresholds": list(THRESHOLDS),
        "seeds": seeds,
        "judged_together": TOGETHER,
        "judged_each": EACH,
        "draws": HOW.draws,
        "tune": HOW.tune,
        "chains": HOW.chains,
        "seconds_per_seed": float(np.mean([r["seconds"] for r in results])),
        "summary": summarise(results),
        "results": results,
    }
    return conclude(HERE, record, as_markdown(record), behaviour_now())


if __name__ == "__main__":
    sys.exit(main())
