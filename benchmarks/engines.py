"""Engines side by side: effective draws a second from the call, refits, growth, cold commands.

    python benchmarks/engines.py                    rewrites README.md and record.json here
    python benchmarks/engines.py --samplers nutpie  fewer peers

One run, one machine, one after the other; what counts are the ratios. Peers run in processes of
their own (`benchmarks/peers.py`), with the same PyMC model.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import trialpool as tp  # noqa: E402
from benchmarks import records  # noqa: E402
from benchmarks.cases import CASES, bcg, courses, pain  # noqa: E402
from benchmarks.report import write  # noqa: E402
from benchmarks.summaries import disagreement, summarise  # noqa: E402

#: Of every engine the fastest of so many runs, for the machine has other work.
RUNS = 3
#: Growth with the number of trials.
SIZES = (10, 100, 1000)


def best(run: Any, runs: int = RUNS) -> tuple[float, Any]:
    """Seconds of the fastest run, and its result."""
    seconds, found = [], None
    for _ in range(runs):
        start = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - start)
    return min(seconds), found


def process(*words: str) -> tuple[float, str]:
    """Seconds of a whole process and what it printed."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr}")
    return time.perf_counter() - start, done.stdout


def side_by_side(case: str, samplers: list[str]) -> dict[str, Any]:
    """One case: ours by every engine that can, and the peers."""
    model, evidence = CASES[case]()
    ours = {}
    for engine in ("auto", "nuts"):
        seconds, posterior = best(
            lambda e=engine: tp.fit(model, evidence, engine=e, seed=1, progress=False)
        )
        values, ess = summarise(posterior.tree["posterior"].to_dataset())
        ours[engine] = {
            "engine": posterior.meta["engine"], "seconds": seconds, "ess": ess, "summary": values
        }  # fmt: skip
    peers = {}
    for sampler in samplers:
        _, printed = process("benchmarks/peers.py", case, sampler)
        peers[sampler] = json.loads(printed.splitlines()[-1])
        print(f"  ({case}) {sampler}: {peers[sampler]['seconds']:.1f} s", flush=True)
    agreement = {
        f"{own} v {sampler}": disagreement(ours[own]["summary"], peer["summary"])
        for own in ours
        for sampler, peer in peers.items()
    }
    agreement["auto v nuts"] = disagreement(ours["auto"]["summary"], ours["nuts"]["summary"])
    for entry in (*ours.values(), *peers.values()):
        entry.pop("summary")
    return {"ours": ours, "peers": peers, "agreement": agreement}


NEW_PROCESS = """
import sys, time
sys.path.insert(0, ".")
from benchmarks.cases import pain
model, evidence = pain()
start = time.perf_counter()
import trialpool as tp
tp.fit(model, evidence, seed=1, progress=False)
print(time.perf_counter() - start)
"""


def refits() -> dict[str, float]:
    """Refits of the real evidence, one and many, and many of BCG."""
    model, evidence = pain()
    trials = list(evidence.used["trial"].unique())
    one = tp.fit_many(model, evidence.without(trials[0]))
    assert len(one) == 1
    found = {}
    found["(c) without a trial"], _ = best(lambda: tp.fit_many(model, evidence.without(trials[3])))
    wide = model.with_priors(tau=tp.priors.HalfNormal(15))
    found["(c) another prior"], _ = best(lambda: tp.fit_many(wide, evidence))
    many = [evidence.without(trials[i % len(trials)]) for i in range(200)]
    found["(c) 200 refits"], fits = best(lambda: tp.fit_many(model, many), runs=1)
    found["(c) largest R-hat of 200 refits"] = max(d.convergence.rhat for d in fits.drawn)
    model, evidence = bcg()
    rng = np.random.default_rng(1)
    sets = []
    for _ in range(1000):
        frame = evidence.used[["study", "y", "se"]].copy()
        frame["y"] = frame["y"] + rng.normal(0, frame["se"])
        sets.append(tp.Evidence.from_effects(frame, study="study", effect="y", se="se"))
    found["BCG: 1,000 refits"], _ = best(lambda: tp.fit_many(model, sets), runs=1)
    return found


def growth() -> list[dict[str, Any]]:
    """Seconds of a fit by the number of trials."""
    rows = []
    for size in SIZES:
        model, evidence = courses(size)
        seconds, posterior = best(
            lambda m=model, e=evidence: tp.fit(m, e, seed=1, progress=False), runs=1 + (size < 1000)
        )
        _, ess = summarise(posterior.tree["posterior"].to_dataset())
        rows.append(
            {
                "trials": size,
                "reports": len(evidence.used),
                "seconds": seconds,
                "ess": ess,
                "engine": posterior.meta["engine"],
                "reason": posterior.meta["engine_reason"],
                "ok": posterior.meta["diagnostics"]["ok"],
            }
        )
        print(f"  {size} trials: {seconds:.2f} s", flush=True)
    return rows


def commands() -> dict[str, float]:
    """Whole processes, cold: what a user waits for."""
    found = {"import pymc": min(process("-c", "import pymc")[0] for _ in range(RUNS))}
    with tempfile.TemporaryDirectory() as folder:
        words = ("-m", "trialpool", "fit", "data/simulated", "--outcome", "pain", "--quiet")
        words += ("--without-kind", "responders", "-o", str(Path(folder) / "b.nc"))
        found["trialpool fit (b), from command to file"] = min(
            process(*words)[0] for _ in range(RUNS)
        )
    found["(c) new process, from call to draws"] = min(
        float(process("-c", NEW_PROCESS)[1].splitlines()[-1]) for _ in range(RUNS)
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the engines; rewrites the record.")
    known = [s for s in ("pymc", "nutpie", "numpyro") if find_spec(s)]
    parser.add_argument("--samplers", default=",".join(known))
    parser.add_argument("--cases", default="a,b,c,d")
    parser.add_argument("--parts", default="commands,refits,growth,cases", help="what to measure")
    given = parser.parse_args()
    samplers = [s for s in given.samplers.split(",") if s]
    parts = {
        "commands": commands,
        "refits": refits,
        "growth": growth,
        "cases": lambda: {c: side_by_side(c, samplers) for c in given.cases.split(",") if c},
    }
    record = records.read("record")
    for part in given.parts.split(","):
        record[part] = parts[part]()
        print(f"{part}: done", flush=True)
        records.save("record", record)
    write()


if __name__ == "__main__":
    main()
