"""The same PyMC model by other samplers, in a process of their own: time from call to draws.

python benchmarks/peers.py CASE SAMPLER     one line of JSON
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.cases import CASES
from benchmarks.summaries import summarise

#: As a user would call them, with the acceptance rate that models of few trials need.
TARGET = 0.9


def sample(
    sampler: str, model: Any, *, draws: int = 1000, target: float = TARGET, seed: int = 1
) -> Any:
    """The tree of draws of 4 chains."""
    import pymc as pm

    how = {"draws": draws, "tune": 1000, "chains": 4, "target_accept": target}
    if sampler == "nutpie":
        import nutpie

        compiled = nutpie.compile_pymc_model(model)
        return nutpie.sample(compiled, **how, seed=seed, progress_bar=False, save_warmup=False)
    with model:
        return pm.sample(
            **how,
            nuts_sampler="pymc" if sampler == "pymc" else sampler,
            random_seed=seed,
            progressbar=False,
            cores=2,
            compute_convergence_checks=False,
        )


def main() -> None:
    case, sampler = sys.argv[1:3]
    model, evidence = CASES[case]()
    built = model.build(evidence)
    start = time.perf_counter()
    posterior = sample(sampler, built)["posterior"].to_dataset()
    seconds = time.perf_counter() - start
    summary, ess = summarise(posterior)
    found = {"case": case, "sampler": sampler, "seconds": seconds, "ess": ess}
    print(json.dumps({**found, "summary": summary}))


if __name__ == "__main__":
    main()
