"""What is lost where SDs are not printed? The same simulated reviews with SDs masked.

    python validation/spread/study.py --seeds 20      rewrites record.json and record.md

Each review is fitted as printed, with the SD of every second number removed, and with no SD at all.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # as a script it finds its own folder only
    sys.path.insert(0, str(ROOT))

from trialpool import Evidence, Model  # noqa: E402
from trialpool.engines import Draw, check_convergence  # noqa: E402
from trialpool.engines.nuts import sample  # noqa: E402
from validation.behaviour import behaviour  # noqa: E402
from validation.coverage.study import (  # noqa: E402
    CLASSES,
    MONTHS,
    evidence_of,
    simulator,
    true_value,
)
from validation.records import conclude, provenance  # noqa: E402

HERE = Path(__file__).resolve().parent
OUTCOMES = ("pain", "function")
MASKS = ("as printed", "every second SD removed", "no SD")
LEVEL = 0.90
#: Share of intervals that must hold the truth, as in validation/coverage; share of the full data's
#: interval that may lie outside, on average. The ends of an interval have a Monte Carlo error of
#: 2 % of its width.
LEAST_COVERED, MOST_OUTSIDE = 0.80, 0.05
HOW = Draw(draws=1000, tune=500, chains=2, target_accept=0.98)


def masked(evidence: Evidence, mask: str) -> Evidence:
    """The evidence without the SD (and the SE of one arm, which is the same) of some rows."""
    reports = evidence.reports.copy()
    printed = reports["kind"].isin(["mean", "change"]) & reports["sd"].notna()
    chosen = printed & (printed.cumsum() % 2 == 0) if mask == MASKS[1] else printed
    if mask == MASKS[0]:
        return evidence
    reports.loc[chosen, ["sd", "se"]] = np.nan
    return replace(evidence, reports=reports)


def behaviour_now() -> dict[str, Any]:
    """What the study speaks about, with the present code; see `validation.behaviour`."""
    evidence = evidence_of(simulator().simulate(1), "pain")
    reviews = {f"seed 1, pain, {mask}": masked(evidence, mask) for mask in MASKS}
    return {**behaviour(reviews), "sampler": {"data": repr(HOW), "log_density": []}}


def fit_one(
    evidence: Evidence, truth: dict[str, Any], seed: int
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Intervals of the benefits of one review, and the diagnostics."""
    tree = sample(Model().graph(evidence), replace(HOW, seed=seed))
    posterior, found = tree["posterior"], check_convergence(tree)
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    rows = []
    for class_ in CLASSES:
        for month in MONTHS:
            at = {"class": class_, "months": float(month)}
            low, high = np.quantile(posterior["benefit"].sel(at).values, tails)
            value = true_value(truth, "benefit", **at)
            rows.append({**at, "truth": value, "low": float(low), "high": float(high)})
    return rows, {"divergences": found.divergences, "rhat": round(found.rhat, 4)}


def run(seeds: int) -> list[dict[str, Any]]:
    """One entry an outcome, mask and seed; seed 1 is the review that the repository ships."""
    results = []
    for outcome in OUTCOMES:
        for mask in MASKS:
            for seed in range(1, seeds + 1):
                simulated = simulator().simulate(seed)
                evidence = masked(evidence_of(simulated, outcome), mask)
                rows, found = fit_one(evidence, simulated.truth[outcome], seed)
                results.append(
                    {"outcome": outcome, "mask": mask, "seed": seed, **found, "rows": rows}
                )
            print(f"{outcome}, {mask}: {seeds} seeds", flush=True)
    return results


def summarise(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage, width against the full data, and how far intervals of the full data stick out."""
    table = []
    for outcome in OUTCOMES:
        found = {
            mask: {r["seed"]: r for r in results if (r["outcome"], r["mask"]) == (outcome, mask)}
            for mask in MASKS
        }
        full = found[MASKS[0]]
        for mask, own in found.items():
            rows = [q for r in own.values() for q in r["rows"]]
            pairs = [p for s in own for p in zip(own[s]["rows"], full[s]["rows"], strict=True)]
            # How much of the full data's interval lies outside, as a share of its width.
            outside = np.array(
                [
                    (max(m["low"] - f["low"], 0) + max(f["high"] - m["high"], 0)) / _width(f)
                    for m, f in pairs
                ]
            )
            shipped = outside[: len(own[1]["rows"])]
            table.append(
                {
                    "outcome": outcome,
                    "mask": mask,
                    "coverage": float(np.mean([q["low"] <= q["truth"] <= q["high"] for q in rows])),
                    "width": float(np.median([_width(m) / _width(f) for m, f in pairs])),
                    "outside": float(outside.mean()),
                    "most_outside": float(outside.max()),
                    "shipped_most_outside": float(shipped.max()),
                    "divergences": sum(r["divergences"] for r in own.values()),
                }
            )
    return {
        "table": table,
        "passed": all(
            row["coverage"] >= LEAST_COVERED and row["outside"] <= MOST_OUTSIDE for row in table
        ),
    }


def _width(row: dict[str, Any]) -> float:
    return float(row["high"] - row["low"])


def as_markdown(record: dict[str, Any]) -> str:
    """The record as a page."""
    lines = [
        "# Simulated reviews with SDs masked",
        "",
        f"Made by `{record['command']}` on {record['date']}: 90 % intervals of the benefit of "
        f"{', '.join(CLASSES)} at {', '.join(map(str, MONTHS))} months, seeds 1 to "
        f"{record['seeds']}. {'Passed' if record['summary']['passed'] else 'FAILED'}.",
        "",
        "Width: median ratio to the interval of the full data. Outside: the share of the full "
        "data's interval that lies outside the masked one's, on average and at most.",
        "",
        "| outcome | SDs | holds the truth | width | outside | at most | at most, shipped review |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in record["summary"]["table"]:
        lines.append(
            f"| {row['outcome']} | {row['mask']} | {row['coverage']:.1%} | {row['width']:.3f} "
            f"| {row['outside']:.1%} | {row['most_outside']:.1%} "
            f"| {row['shipped_most_outside']:.1%} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Masked SDs; rewrites its record.")
    parser.add_argument("--seeds", type=int, default=20, help="number of simulated reviews")
    seeds = parser.parse_args().seeds
    before = behaviour_now()
    results = run(seeds)
    record = {
        "what": "intervals of simulated reviews with SDs masked; see study.py",
        **provenance(f"python validation/spread/study.py --seeds {seeds}", before),
        "level": LEVEL,
        "thresholds": [LEAST_COVERED, MOST_OUTSIDE],
        "seeds": seeds,
        "summary": summarise(results),
        "results": results,
    }
    return conclude(HERE, record, as_markdown(record), behaviour_now())


if __name__ == "__main__":
    sys.exit(main())
