"""Are the posteriors calibrated? Ranks of true values among their draws. README.md says how.

    python validation/calibration/study.py               rewrites record.json, record.md, ecdf.png
    python validation/calibration/study.py --only NAME   models whose name begins so; no record

A run that was stopped goes on where it was: finished replications are kept under
results/calibration, by the behaviour of the model that made them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import sys
import time
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # as a script it finds its own folder only
    sys.path.insert(0, str(ROOT))

from trialpool.engines import Draw, draw  # noqa: E402
from validation.calibration import longitudinal, network, plain, predictive  # noqa: E402
from validation.calibration.case import Case, drawn  # noqa: E402
from validation.calibration.density import log_densities_of_graph  # noqa: E402
from validation.calibration.plain_nuts import PYMC_CASES, PYMC_REPLICATIONS, by_pymc  # noqa: E402
from validation.calibration.report import as_markdown, draw_figure  # noqa: E402
from validation.calibration.uniformity import chi_square_p, ecdf_p, holm, rank_of  # noqa: E402
from validation.records import conclude, provenance, write_text  # noqa: E402

HERE = Path(__file__).resolve().parent
PARTS = ROOT / "results" / "calibration"
SEED = 1
#: How each fit is sampled, and how many draws are kept, so far apart that they are nearly
#: independent.
HOW = Draw(draws=100, tune=400, chains=4, target_accept=0.95)
KEPT = 99
#: Chi-square p-values after Holm's correction over all quantities of all models.
THRESHOLD = 0.01
#: Replications that are kept together.
BLOCK = 50


def cases() -> list[Case]:
    """Every model of the study."""
    return [*plain.cases(), *network.cases(), *longitudinal.cases(), *predictive.cases()]


def rng_of(name: str, k: int) -> np.random.Generator:
    """Random numbers of replication ``k`` of a model."""
    return np.random.default_rng([SEED, zlib.crc32(name.encode()), k])


def replicate(case: Case, k: int) -> dict[str, Any]:
    """Ranks of the truths of one replication, through the engine that ``tp.fit`` takes."""
    rng = rng_of(case.name, k)
    given = case.simulate(rng)
    how = replace(HOW, draws=case.draws, seed=int(rng.integers(2**31)))
    found = draw(case.model, given.evidence, "auto", how, lambda sentence: None)
    posterior = found.tree["posterior"].to_dataset()
    return {"engine": found.engine} | {
        "ranks": {q: _rank(v, drawn(posterior, q), rng) for q, v in given.truth.items()}
    }


def _rank(truth: float, draws: np.ndarray, rng: np.random.Generator) -> int:
    """Rank among `KEPT` draws, evenly spaced."""
    return rank_of(truth, draws[np.linspace(0, len(draws) - 1, KEPT).astype(int)], rng)


def behaviour_now() -> dict[str, Any]:
    """What the study speaks about: the log density of every model, and data that were simulated.

    As `validation.behaviour`, of the graph, which tests hold equal to the PyMC model.
    """
    found: dict[str, Any] = {}
    for case in cases():
        numpy = case.source == "NumPy"
        evidence = case.simulate(rng_of(case.name, 0)).evidence if numpy else case.evidence
        values = log_densities_of_graph(case.model.graph(evidence))
        parts = evidence.values() if isinstance(evidence, dict) else [evidence]
        found[case.name] = {
            "data": " ".join(part.data_hash for part in parts), "log_density": values,
        }  # fmt: skip
    how = f"{HOW!r}, {KEPT} draws kept, seed {SEED}"
    return {**found, "sampler": {"data": how, "log_density": []}}


def _block(task: tuple[str, str, int, int]) -> None:
    """Replications ``first`` to ``last`` of a model, kept on disk."""
    engine, name, first, last = task
    case = next(case for case in cases() if case.name == name)
    start = time.process_time()
    if engine == "auto":
        rows = [replicate(case, k) for k in range(first, last)]
    else:
        rows = by_pymc(case, range(first, last), rng_of, _rank)
    seconds = (time.process_time() - start) / (last - first)
    write_text(_path(engine, name, first), json.dumps({"rows": rows, "seconds": seconds}))
    print(f"{engine}: {name}, {first} to {last - 1}: {seconds:.2f} s each", flush=True)


def _path(engine: str, name: str, first: int) -> Path:
    key = hashlib.sha256(json.dumps(behaviour_of(name), sort_keys=True).encode()).hexdigest()[:16]
    place = name.replace(" ", "-").replace(",", "")
    return PARTS / f"{engine}-{place}-{key}" / f"{first:04d}.json"


_BEHAVIOUR: dict[str, Any] = {}


def behaviour_of(name: str) -> Any:
    """Behaviour of one model and of the sampler, computed once a process."""
    if not _BEHAVIOUR:
        _BEHAVIOUR.update(behaviour_now())
    return [_BEHAVIOUR[name], _BEHAVIOUR["sampler"]]


def _tasks(engine: str, case: Case, size: int) -> list[tuple[str, str, int, int]]:
    """Blocks of replications."""
    firsts = range(0, size, BLOCK)
    return [(engine, case.name, first, min(first + BLOCK, size)) for first in firsts]


def run(chosen: Sequence[tuple[str, Case, int]], workers: int) -> list[dict[str, Any]]:
    """Results of each (engine, model, replications); blocks on disk are not run again."""
    tasks = [task for one in chosen for task in _tasks(*one)]
    left = [task for task in tasks if not _path(*task[:3]).exists()]
    if workers > 1 and left:
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            for _ in pool.imap_unordered(_block, left):
                pass
    else:
        for task in left:
            _block(task)
    results = []
    for engine, case, size in chosen:
        places = [_path(*task[:3]) for task in _tasks(engine, case, size)]
        blocks = [json.loads(place.read_text(encoding="utf-8")) for place in places]
        rows = [row for block in blocks for row in block["rows"]]
        results.append(summary_of(engine, case, rows, [b["seconds"] for b in blocks]))
    return results


def summary_of(
    engine: str, case: Case, rows: Sequence[dict[str, Any]], seconds: Sequence[float]
) -> dict[str, Any]:
    """Ranks of every quantity of a model, and how even they are."""
    quantities = []
    for name in rows[0]["ranks"]:
        ranks = np.array([row["ranks"][name] for row in rows])
        quantities.append(
            {
                "quantity": name,
                "chi_square_p": chi_square_p(ranks, KEPT + 1),
                "ecdf_p": ecdf_p(ranks, KEPT + 1),
                "mean_rank": float(ranks.mean() / KEPT),
                "ranks_in_tenths": np.histogram(ranks, 10, (-0.5, KEPT + 0.5))[0].tolist(),
                "ranks": np.bincount(ranks, minlength=KEPT + 1).tolist(),
            }
        )
    engines = [row["engine"] for row in rows]
    return {
        "model": case.name,
        "source": case.source,
        "asked": engine,
        "replications": len(rows),
        "engines": {name: engines.count(name) for name in dict.fromkeys(engines)},
        "seconds_each": round(float(np.mean(seconds)), 3),
        "quantities": quantities,
    }


def judge(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Holm's correction over all quantities, in place, and the verdict."""
    rows = [row for result in results for row in result["quantities"]]
    for test in ("chi_square", "ecdf"):
        adjusted = holm([row[f"{test}_p"] for row in rows])
        for row, p in zip(rows, adjusted, strict=True):
            row[f"{test}_p_adjusted"] = float(p)
    least = {
        test: min(row[f"{test}_p_adjusted"] for row in rows) for test in ("chi_square", "ecdf")
    }
    return {
        "models": len(results),
        "quantities": len(rows),
        "least_adjusted_p": least,
        "share_below_0.05": {
            test: float(np.mean([row[f"{test}_p"] < 0.05 for row in rows])) for test in least
        },
        "passed": all(p > THRESHOLD for p in least.values()),
    }


def chosen_cases(only: str = "") -> list[tuple[str, Case, int]]:
    """What is run: engine asked for, model, replications."""
    every = cases()
    found = [("auto", case, case.replications) for case in every]
    found += [("pymc", case, PYMC_REPLICATIONS) for case in every if case.name in PYMC_CASES]
    return [task for task in found if task[1].name.startswith(only)]


def main() -> int:
    parser = argparse.ArgumentParser(description="Simulation-based calibration of every model.")
    parser.add_argument("--only", default="", help="models whose name begins so; writes no record")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    before = behaviour_now()
    results = run(chosen_cases(given.only), given.workers)
    record = {
        "what": "ranks of true values among draws from their posteriors; see README.md",
        **provenance("python validation/calibration/study.py", before),
        "seed": SEED,
        "threshold": THRESHOLD,
        "draws": KEPT,
        "summary": judge(results),
        "results": results,
    }
    if given.only:
        print(as_markdown(record))
        return 0 if record["summary"]["passed"] else 1
    draw_figure(record, HERE / "ecdf.png")
    return conclude(HERE, record, as_markdown(record), behaviour_now())


if __name__ == "__main__":
    sys.exit(main())
