"""Does a 90 % interval past the last visit hold the truth? README.md says how.

    python validation/extrapolation/study.py     rewrites record.json and record.md

Reviews are simulated whose last visit is month 24; month 36 is foretold. A run that was stopped
goes on where it was: finished sets are kept under results/extrapolation.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # as a script it finds its own folder only
    sys.path.insert(0, str(ROOT))

from trialpool import Model  # noqa: E402
from trialpool.averaging import SHAPES, fit_shapes  # noqa: E402
from validation.calibration.case import drawn  # noqa: E402
from validation.calibration.density import log_densities_of_graph  # noqa: E402
from validation.calibration.longitudinal import SALINE, Design, arms_of, simulate  # noqa: E402
from validation.records import conclude, provenance, write_text  # noqa: E402

HERE = Path(__file__).resolve().parent
PARTS = ROOT / "results" / "extrapolation"
SEED = 1
LEVEL = 0.90
#: Of the average, in the cells that are judged.
THRESHOLDS = (0.85, 0.95)
#: True shapes of each cell; sets take them in turn.
CELLS = {
    "a shape that is averaged over": SHAPES,
    "another shape": ("emax", "loglinear", "itp", "spline"),
    "sudden loss": ("sudden",),
}
#: A loss between the last visit and the month asked for is not to be foretold: shown, not judged.
JUDGED = ("a shape that is averaged over", "another shape")
SETS = 90
DRAWS = 250
CLASSES = ("PRP", "MSC")
MONTHS = (12, 36)
#: Changes at two visits without SDs: a trial then has few numbers of its own to integrate out, and
#: leaving trials out, which is nearly all of the time, takes seconds instead of a minute.
DESIGN = Design(
    arms_of({
        "A": [(*SALINE, 30), ("PRP", "PRP", "PRP", 30)],
        "B": [(*SALINE, 40), ("PRP", "PRP", "PRP", 40)],
        "C": [(*SALINE, 25), ("PRP", "PRP", "PRP", 25)],
        "D": [(*SALINE, 30), ("MSC", "MSC", "MSC", 30)],
        "E": [(*SALINE, 35), ("MSC", "MSC", "MSC", 35)],
        "F": [("MSC", "MSC", "MSC", 30), ("PRP", "PRP", "PRP", 30)],
    }),
    scores=(
        ("A", "change", (3, 12), False), ("B", "change", (12, 24), False),
        ("C", "change", (6, 24), False), ("D", "change", (6, 12), False),
        ("E", "change", (3, 24), False), ("F", "change", (12, 24), False),
    ),
)  # fmt: skip


def shape_of(cell: str, k: int) -> str:
    """True shape of set ``k`` of a cell."""
    shapes = CELLS[cell]
    return shapes[k % len(shapes)]


def fit_set(cell: str, k: int) -> dict[str, Any]:
    """Simulate one review, average over shapes, and look at the intervals."""
    rng = np.random.default_rng([SEED, zlib.crc32(cell.encode()), k])
    shape = shape_of(cell, k)
    given = simulate(rng, DESIGN, DESIGN.evidence(), shape)
    start = time.process_time()
    found = fit_shapes(Model(), given.evidence, seed=int(rng.integers(2**31)), draws=DRAWS)
    seconds = time.process_time() - start
    rows = []
    for name, posterior in {**found.posteriors, "average": found.posterior}.items():
        draws = posterior.tree["posterior"].to_dataset()
        for class_ in CLASSES:
            for month in MONTHS:
                label = f"benefit[{class_}, {month}]"
                values = drawn(draws, label)
                low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
                rows.append(
                    {"fitted": name, "class": class_, "months": month,
                     "truth": given.truth[label], "low": float(low), "high": float(high)}
                )  # fmt: skip
    return {"cell": cell, "set": k, "shape": shape, "weights": found.weights,
            "seconds": round(seconds, 1), "rows": rows}  # fmt: skip


def behaviour_now() -> dict[str, Any]:
    """What the study speaks about: simulated reviews, and the log density of every shape."""
    found: dict[str, Any] = {}
    for cell in CELLS:
        rng = np.random.default_rng([SEED, zlib.crc32(cell.encode()), 0])
        evidence = simulate(rng, DESIGN, DESIGN.evidence(), shape_of(cell, 0)).evidence
        for shape in SHAPES:
            graph = Model(time_course=shape).graph(evidence)
            found[f"{cell}, {shape}"] = {
                "data": evidence.data_hash, "log_density": log_densities_of_graph(graph),
            }  # fmt: skip
    how = f"{DRAWS} draws, seed {SEED}, {LEVEL:g}"
    return {**found, "sampler": {"data": how, "log_density": []}}


def _folder() -> Path:
    key = hashlib.sha256(json.dumps(behaviour_now(), sort_keys=True).encode()).hexdigest()[:16]
    return PARTS / key


def _one(task: tuple[str, int, str]) -> None:
    cell, k, place = task
    result = fit_set(cell, k)
    write_text(Path(place), json.dumps(result))
    print(f"{cell}, {k}: {result['seconds']} s", flush=True)


def run(sets: int, workers: int) -> list[dict[str, Any]]:
    """Results of the first sets of each cell; those on disk are not run again."""
    folder = _folder()
    # Set by set, so that a run that is stopped has as many of each cell.
    tasks = [
        (cell, k, str(folder / f"{cell.replace(' ', '-')}-{k:03d}.json"))
        for k in range(sets)
        for cell in CELLS
        if cell in JUDGED or k < sets // 3
    ]
    left = [task for task in tasks if not Path(task[2]).exists()]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for _ in pool.imap(_one, left):
            pass
    return [json.loads(Path(place).read_text(encoding="utf-8")) for *_, place in tasks]


def summarise(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage and width by cell, what was fitted, and month; its error counts sets, not rows."""
    table = []
    for cell in CELLS:
        for fitted in ("average", *SHAPES):
            for month in MONTHS:
                inside, widths = [], []
                for result in results:
                    rows = [
                        r for r in result["rows"]
                        if (result["cell"], r["fitted"], r["months"]) == (cell, fitted, month)
                    ]  # fmt: skip
                    if rows:
                        inside.append([r["low"] <= r["truth"] <= r["high"] for r in rows])
                        widths += [r["high"] - r["low"] for r in rows]
                by_set = np.mean(inside, axis=1)
                table.append(
                    {
                        "cell": cell,
                        "fitted": fitted,
                        "months": month,
                        "intervals": int(np.size(inside)),
                        "coverage": float(by_set.mean()),
                        "error": float(by_set.std(ddof=1) / np.sqrt(len(by_set))),
                        "width": float(np.median(widths)),
                    }
                )
    judged = [
        row for row in table
        if row["cell"] in JUDGED and row["fitted"] == "average" and row["months"] == 36
    ]  # fmt: skip
    low, high = THRESHOLDS
    return {
        "table": table,
        "passed": len(judged) == len(JUDGED)
        and all(low <= row["coverage"] <= high for row in judged),
    }


def as_markdown(record: dict[str, Any]) -> str:
    """The record as a page."""
    low, high = record["thresholds"]
    lines = [
        "# Coverage past the last visit",
        "",
        f"Made by `{record['command']}` on {record['date']}: {record['sets']} reviews a cell, a "
        "third of that for the sudden loss; last "
        f"visit at month 24; 90 % intervals of the benefit of {' and '.join(CLASSES)} at month 36, "
        "which is foretold, and at month 12, which is seen. "
        f"{'Passed' if record['summary']['passed'] else 'FAILED'}: the average over shapes must "
        f"hold the truth in {low:.0%} to {high:.0%} at month 36, whether the true shape is among "
        "those averaged or another. The error is the standard error over reviews.",
        "",
        "| true shape | fitted | month 36 holds | error | width | month 12 holds | width |",
        "|---|---|---|---|---|---|---|",
    ]
    table = {(r["cell"], r["fitted"], r["months"]): r for r in record["summary"]["table"]}
    for cell in CELLS:
        for fitted in ("average", *SHAPES):
            late, seen = table[cell, fitted, 36], table[cell, fitted, 12]
            name = f"**{fitted}**" if fitted == "average" else fitted
            lines.append(
                f"| {cell} | {name} | {late['coverage']:.1%} | {late['error']:.1%} "
                f"| {late['width']:.1f} | {seen['coverage']:.1%} | {seen['width']:.1f} |"
            )
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Coverage past the last visit; writes its record.")
    parser.add_argument("--sets", type=int, default=SETS, help="simulated reviews of each cell")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    before = behaviour_now()
    results = run(given.sets, given.workers)
    record = {
        "what": "coverage of 90 % intervals past the last visit; see README.md",
        **provenance(f"python validation/extrapolation/study.py --sets {given.sets}", before),
        "level": LEVEL,
        "thresholds": list(THRESHOLDS),
        "sets": given.sets,
        "judged": list(JUDGED),
        "summary": summarise(results),
        "results": results,
    }
    return conclude(HERE, record, as_markdown(record), behaviour_now())


if __name__ == "__main__":
    sys.exit(main())
