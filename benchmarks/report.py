"""The records of the benchmarks as a page.

python benchmarks/report.py     rewrites README.md from the records, measuring nothing
"""

from __future__ import annotations

import sys
from math import erfc, sqrt
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import records
from benchmarks.summaries import AGREE, STATISTICS

NAMES = {
    "a": "(a) BCG, 13 effects",
    "b": "(b) simulated review, Gaussian rows",
    "c": "(c) real pain evidence",
    "d": "(d) network of 50 studies",
}


MARK = "<!-- The rest is written by `python benchmarks/report.py`. -->"


#: Columns of `_gap`.
HEAD = ("mean", "SD", "2.5 %", "97.5 %", "over 4")


def write() -> None:
    """Write the tables of ``README.md``; what stands above `MARK` stays."""
    page = records.HERE / "README.md"
    head = page.read_text().split(MARK)[0].rstrip()
    tables = [_engines(records.read("record")), _references(records.read("references"))]
    page.write_text("\n\n".join([head, MARK, *filter(None, tables)]) + "\n")


def _measured(record: dict[str, Any]) -> str:
    return f"Measured on {record['date']}: {', '.join(map(' '.join, record['versions'].items()))}."


def _engines(record: dict[str, Any]) -> str:
    sections = [
        _measured(record),
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
            *_gap(gap),
        ]
        for case, found in cases.items()
        for pair, gap in found["agreement"].items()
    ]
    return section(
        "Agreement",
        "Largest difference over all reported quantities, in Monte Carlo standard errors, and how "
        "many of all comparisons are over 4.",
        ["case", "pair", *HEAD],
        rows,
    )


def _gap(gap: dict[str, Any]) -> list[str]:
    return [*(f"{gap[k]:.1f}" for k in STATISTICS), f"{gap['over']} of {gap['compared']}"]


def _references(record: dict[str, Any]) -> str:
    if not record:
        return ""
    pairs = [
        (problem, f"auto ({own['engine']})" if name == "auto" else name, own, found)
        for problem, found in record["problems"].items()
        for name, own in found["ours"].items()
    ]
    rows = [
        [
            problem,
            engine,
            *_gap(own["gap"]),
            f"{min(own['ess'], found['pymc']['ess']):.0f}",
            f"{own['divergences']}, {found['pymc']['divergences']}",
        ]
        for problem, engine, own, found in pairs
    ]
    compared = sum(own["gap"]["compared"] for _, _, own, _ in pairs)
    over = sum(own["gap"]["over"] for _, _, own, _ in pairs)
    text = (
        f"{_measured(record)}\n\n"
        "The problems of `tests/reference/problems.py` by the engine that `auto` chose and, where "
        "that is another, by the fast NUTS, each against `pymc.sample` with PyMC's own NUTS on "
        "`model.build(evidence)`: the largest difference over all reported quantities, in Monte "
        "Carlo standard errors. ESS: the least bulk ESS of both sides; divergences: ours, PyMC's. "
        f"Over {AGREE:g}: {over} of {compared:,} comparisons; were they independent and their "
        f"errors known, chance would give {compared * erfc(AGREE / sqrt(2)):.1f}."
    )
    alone = [f"{', '.join(own['alone'])} ({p}, {e})" for p, e, own, _ in pairs if own["alone"]]
    if alone:
        text += f" Reported by PyMC or by ours only, and not compared: {'; '.join(alone)}."
    head = ["problem", "engine", *HEAD, "ESS", "divergences"]
    return section("Reference problems", text, head, rows) + _again(pairs)


def _again(pairs: list[tuple[str, str, dict[str, Any], dict[str, Any]]]) -> str:
    def listed(gap: dict[str, Any]) -> str:
        return "; ".join(f"{name}: {value:.2f}" for name, value in gap["which"].items()) or "none"

    rows = [
        [
            problem,
            engine,
            listed(own["gap"]),
            f"{own['again']['draws']:,}, {found['pymc_again']['draws']:,}",
            listed(own["again"]["gap"]),
            f"{max(own['again']['gap'][name] for name in STATISTICS):.1f}",
        ]
        for problem, engine, own, found in pairs
        if "again" in own
    ]
    if not rows:
        return ""
    head = [
        "problem",
        "engine",
        "over 4",
        "draws a chain, again",
        "over 4, again",
        "largest, again",
    ]
    return f"\n\nWith other seeds and more draws of both:\n\n{table(head, rows)}"


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


if __name__ == "__main__":
    write()
