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
    measured = ", ".join(map(" ".join, record["versions"].items()))
    sections = [
        f"Measured on {record['date']}: {measured}.",
        _rates(record["cases"]),
        _agreement(record["cases"]),
        _refits(record["refits"]),
        _growth(record["growth"]),
        _commands(record["commands"]),
    ]
    return "\n\n".join(sections)


def _rates(cases: dict[str, Any]) -> str:
    rows = []
    for case, found in cases.items():
        entries = {
            f"trialpool {name}" + (f" ({own['engine']})" if name == "auto" else ""): own
            for name, own in found["ours"].items()
        } | found["peers"]
        best = max((e["ess"] / e["seconds"] for e in found["peers"].values()), default=None)
        for label, entry in entries.items():
            rate = entry["ess"] / entry["seconds"]
            ratio = "" if best is None else f"{rate / best:.1f}"
            seconds, ess = f"{entry['seconds']:.2f}", f"{entry['ess']:.0f}"
            rows.append([NAMES[case], label, seconds, ess, f"{rate:.0f}", ratio])
    return section(
        "Effective draws a second, from the call to the draws",
        "4 chains of 1,000 draws; the least bulk ESS of all reported quantities over seconds, and "
        "its ratio to the best peer. Peers compile within the call, as a first call does; caches "
        "of compiled code were warm for all.",
        ["case", "sampler", "seconds", "least ESS", "ESS a second", "ratio"],
        rows,
    )


def _agreement(cases: dict[str, Any]) -> str:
    rows = [
        [
            NAMES[case],
            pair,
            *(f"{gap[k]:.1f}" for k in ("mean", "sd", "2.5 %", "97.5 %")),
            f"{gap['over']} of {gap['compared']}",
        ]
        for case, found in cases.items()
        for pair, gap in found["agreement"].items()
    ]
    return section(
        "Agreement",
        "Largest difference over all reported quantities, in Monte Carlo standard errors, and how "
        "many of all comparisons are over 4.",
        ["case", "pair", "mean", "SD", "2.5 %", "97.5 %", "over 4"],
        rows,
    )


def _refits(refits: dict[str, float]) -> str:
    rows = [[name, f"{value:.2f}"] for name, value in refits.items()]
    text = "`tp.fit_many`: 4 chains of 300 + 250 iterations each."
    return section("Refits", text, ["what", "seconds"], rows)


def _growth(growth: list[dict[str, Any]]) -> str:
    rows = [
        [
            f"{row['trials']:,}",
            f"{row['reports']:,}",
            f"{row['seconds']:.2f}",
            f"{row['ess']:.0f}",
            row["engine"],
            "yes" if row["ok"] else "no",
        ]
        for row in growth
    ]
    return section(
        "Growth",
        "(e): simulated means over months with printed errors, E_max courses, two arms and four "
        "visits a trial.",
        ["trials", "reports", "seconds", "least ESS", "engine", "converged"],
        rows,
    )


def _commands(commands: dict[str, float]) -> str:
    base = commands["import pymc"]
    rows = [[name, f"{v:.2f}", f"{v / base:.2f}"] for name, v in commands.items()]
    return section(
        "Whole processes, cold",
        "Wall time, and as a multiple of `python -c 'import pymc'` in the same run.",
        ["what", "seconds", "multiple"],
        rows,
    )


def section(title: str, text: str, head: list[str], rows: list[list[str]]) -> str:
    """A heading, a paragraph and a table."""
    return f"## {title}\n\n{text}\n\n{table(head, rows)}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
