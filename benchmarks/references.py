"""The fast engines beside plain PyMC on the reference problems of tests/reference.

    python benchmarks/references.py                         rewrites references.json, README.md
    python benchmarks/references.py --problems "NAME;NAME"  these; the others stay as recorded

Each is sampled with more draws until no quantity has fewer than `ENOUGH` effective ones. Where a
difference is beyond `AGREE` errors, both are sampled again with other seeds and more draws: chance
does not come twice. Needs ../shared/reference beside the checkout.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import trialpool as tp
from benchmarks import records
from benchmarks.peers import sample
from benchmarks.report import write
from benchmarks.summaries import Summary, disagreement, summarise
from tests.reference.problems import Reference, problems

#: Effective draws (bulk) that every quantity should have.
ENOUGH = 1000
#: Draws of a chain and acceptance rate, tried in turn.
OURS = ((2500, 0.95), (5000, 0.98), (20000, 0.99))
PYMC = ((2500, 0.95), (5000, 0.98), (10000, 0.995))
#: Times as many draws where a difference is looked at again.
AGAIN = 4


def fitted(problem: Any, engine: str, seed: int, times: int = 1) -> tuple[dict, Summary]:
    """What one of our engines did, and the statistics of every quantity."""
    for draws, target in OURS:
        posterior = tp.fit(
            *problem, engine=engine, seed=seed, draws=times * draws, tune=1000,
            target_accept=target, progress=False,
        )  # fmt: skip
        found, ess = summarise(posterior.tree["posterior"].to_dataset())
        divergences = posterior.meta["diagnostics"]["divergences"]
        if ess >= ENOUGH and not divergences:
            break
    how = {"engine": posterior.meta["engine"], "draws": times * draws, "ess": ess}
    return how | {"divergences": divergences}, found


def sampled(problem: Any, seed: int, times: int = 1) -> tuple[dict, Summary]:
    """The same by `pymc.sample` with PyMC's own NUTS."""
    model, evidence = problem
    built = model.build(evidence)
    for draws, target in PYMC:
        tree = sample("pymc", built, draws=times * draws, target=target, seed=seed)
        found, ess = summarise(tree["posterior"].to_dataset())
        divergences = int(tree["sample_stats"]["diverging"].sum())
        if ess >= ENOUGH and not divergences:
            break
    how = {"draws": times * draws, "target_accept": target, "ess": ess}
    return how | {"divergences": divergences}, found


def compared(problem: Any) -> dict[str, Any]:
    """One problem: our engines, PyMC, and their differences."""
    start = time.perf_counter()
    by, theirs = sampled(problem, seed=2)
    ours = {"auto": fitted(problem, "auto", seed=1)}
    if ours["auto"][0]["engine"] != "nuts":
        ours["nuts"] = fitted(problem, "nuts", seed=1)
    found: dict[str, Any] = {"pymc": by, "ours": {}}
    for name, (how, summary) in ours.items():
        alone = sorted(set(summary) ^ set(theirs))
        found["ours"][name] = {**how, "gap": disagreement(summary, theirs), "alone": alone}
    off = [name for name, entry in found["ours"].items() if entry["gap"]["over"]]
    if off:
        found["pymc_again"], theirs = sampled(problem, seed=12, times=AGAIN)
        for name in off:
            how, summary = fitted(problem, name, seed=11, times=AGAIN)
            found["ours"][name]["again"] = {**how, "gap": disagreement(summary, theirs)}
    return found | {"seconds": time.perf_counter() - start}


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the engines on the reference problems.")
    parser.add_argument("--problems", default="", help="names, separated by semicolons; else all")
    given = parser.parse_args()
    known = problems(Reference())
    wanted = [name for name in given.problems.split(";") if name] or list(known)
    record = records.read("references")
    stored = record.get("problems", {})
    for name in wanted:
        stored[name] = compared(known[name])
        over = {n: entry["gap"]["over"] for n, entry in stored[name]["ours"].items()}
        print(f"{name}: {stored[name]['seconds']:.0f} s, over {over}", flush=True)
        record["problems"] = {name: stored[name] for name in known if name in stored}
        records.save("references", record)
    write()


if __name__ == "__main__":
    main()
