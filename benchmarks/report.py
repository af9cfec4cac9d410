"""The record of the benchmark as a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NAMES = {
    "a": "(a) BCG, 13 effects",
    "b": "(b) simulated review, Gaussian rows",
    "c": "(c) real pain evidence",
    "d": "(d) network of 50 studies",
}


def write(record: dict[str, Any], folder: Path) -> None:
    """Write ``record.json`` and the tables of ``README.md``."""
    (folder / "record.json").write_text(json.dumps(record, indent=1) + "\n")
    page = folder / "README.md"
    text = page.read_text() if page.exists() else ""
    head = text.split(MARK)[0].rstrip()
    page.write_text(f"{head}\n\n{MARK}\n\n{tables(record)}\n")


MARK = "<!-- The rest is written by `python benchmarks/engines.py`. -->"


def tables(record: dict[str, Any]) -> str:
    """Everything measured, as Markdown."""
    parts = [
        f"Measured on {record['date']}: {', '.join(map(' '.join, record['versions'].items()))}."
    ]
    rows = []
    for case, found in record["cases"].items():
        rates = {}
        for name, own in found["ours"].items():
            label = f"trialpool {name}" + (f" ({own['engine']})" if name == "auto" else "")
            rates[label] = own
        rates |= found["peers"]
        peers = [e["ess"] / e["seconds"] for e in found["peers"].values()]
        for label, entry in rates.items():
            rate = entry["ess"] / entry["seconds"]
            ratio = f"{rate / max(peers):.1f}" if peers else ""
            rows.append(
                [NAMES[case], label, f"{entry['seconds']:.2f}", f"{entry['ess']:.0f}",
                 f"{rate:.0f}", ratio]
            )  # fmt: skip
    parts += [
        "## Effective draws a second, from the call to the draws",
        "4 chains of 1,000 draws; the least bulk ESS of all reported quantities over seconds, and its ratio to the best peer. Peers compile in the call, as a first call does; their compilation caches were warm.",
        table(["case", "sampler", "seconds", "least ESS", "ESS a second", "ratio"], rows),
    ]
    rows = [
        [NAMES[case], pair, *(f"{gap[k]:.1f}" for k in ("mean", "sd", "2.5 %", "97.5 %")),
         f"{gap['over']} of {gap['compared']}"]
        for case, found in record["cases"].items()
        for pair, gap in found["agreement"].items()
    ]  # fmt: skip
    parts += [
        "## Agreement",
        "Largest difference over all reported quantities, in Monte Carlo standard errors (of normal draws with the bulk ESS), and how many of all comparisons are over 4.",
        table(["case", "pair", "mean", "SD", "2.5 %", "97.5 %", "over 4"], rows),
    ]
    rows = [[name, f"{value:.2f}"] for name, value in record["refits"].items()]
    parts += [
        "## Refits",
        "`tp.fit_many`: 4 chains of 300 + 250 iterations each.",
        table(["what", "seconds"], rows),
    ]
    rows = [
        [f"{r['trials']:,}", f"{r['reports']:,}", f"{r['seconds']:.2f}", f"{r['ess']:.0f}",
         r["engine"], "yes" if r["ok"] else "no"]
        for r in record["growth"]
    ]  # fmt: skip
    parts += [
        "## Growth: (e) means over months with printed errors, E_max courses",
        table(["trials", "reports", "seconds", "least ESS", "engine", "converged"], rows),
    ]
    base = record["commands"]["import pymc"]
    rows = [[name, f"{v:.2f}", f"{v / base:.2f}"] for name, v in record["commands"].items()]
    parts += ["## Whole processes, cold", table(["what", "seconds", "of `import pymc`"], rows)]
    return "\n\n".join(parts)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
