"""How long an answer takes: a whole process beside `import pymc`, and a question in a session.

    python benchmarks/questions.py   fits the real pain evidence, and rewrites questions.md here

A process is timed in turn with `import pymc`, so that both meet the same machine.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

import trialpool as tp  # noqa: E402
from trialpool.draws import Draws  # noqa: E402
from trialpool.errors import QuestionError  # noqa: E402
from trialpool.questions import ask  # noqa: E402

#: Pairs of processes, and questions of each form.
PAIRS, REPEATS = 9, 20
COLD = "probability PRP beats MSC at 24 months"
QUESTIONS = [
    COLD,
    "P(PRP > MSC + 10 @ 24)",
    "PRP is equivalent to MSC within the MCID at 12 months",
    "MPC works at every visit up to 36 months",
    "PRP beats MSC between 12 and 36 months",
    "how much of MPC's benefit is left at 36 months",
    "which class is best at 12 months",
    "PRP beats MSC at 24 months in a new trial of 200 patients",
    "share of future PRP trials with benefit over the MCID at 12 months",
    "PRP works or MSC works and MPC works at 12 months",
    "MPC beats PRP at 36 months given that it beats PRP at 12 months",
    "PRP beets MSC at 24 months",
]


def cold(path: Path) -> dict[str, tuple[float, float]]:
    """Median wall and processor seconds of whole processes, in turn."""
    words = {
        "import pymc": ["-c", "import pymc"],
        "trialpool ask": ["-m", "trialpool.cli", "ask", str(path), COLD],
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in words}
    for _ in range(PAIRS):
        for name, own in words.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            start = time.perf_counter()
            subprocess.run([sys.executable, *own], check=True, capture_output=True, env=os.environ)
            wall = time.perf_counter() - start
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            found[name].append((wall, spent))
    return {
        name: (statistics.median(w for w, _ in runs), statistics.median(c for _, c in runs))
        for name, runs in found.items()
    }


def warm(draws: Any) -> list[tuple[str, float, float]]:
    """Median and largest milliseconds of each question in one session, the first left out."""
    rows = []
    for question in QUESTIONS:
        seconds = []
        for _ in range(REPEATS + 1):
            start = time.perf_counter()
            # One is not understood: finding what is near takes time too.
            with suppress(QuestionError):
                ask(draws, question)
            seconds.append(time.perf_counter() - start)
        rows.append((question, 1e3 * statistics.median(seconds[1:]), 1e3 * max(seconds[1:])))
    return rows


def main() -> None:
    """Fit, time, write."""
    evidence = tp.read_evidence(ROOT / "data" / "clbp", outcome="pain")
    posterior = tp.fit(tp.Model(), evidence, seed=1, progress=False)
    with tempfile.TemporaryDirectory() as folder:
        path = posterior.save(Path(folder) / "pain.nc")
        processes = cold(path)
        rows = warm(Draws.from_file(path))
    pymc, own = processes["import pymc"], processes["trialpool ask"]
    lines = [
        "# Questions",
        "",
        "Written by `python benchmarks/questions.py`.",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: python {platform.python_version()}, machine "
        f"{platform.machine()}, {os.cpu_count()} cores, shared.",
        "",
        "## A whole process",
        "",
        f"Medians of {PAIRS} runs in turn, of the fit of the real pain evidence (4 x 1000 draws).",
        "",
        "| process | wall seconds | processor seconds |",
        "| --- | --- | --- |",
        *(f"| `{name}` | {w:.2f} | {c:.2f} |" for name, (w, c) in processes.items()),
        f"| ratio | {own[0] / pymc[0]:.2f} | {own[1] / pymc[1]:.2f} |",
        "",
        "## A question in a session",
        "",
        f"{REPEATS} times each, from a file, parser and arrays kept.",
        "",
        "| question | median ms | largest ms |",
        "| --- | --- | --- |",
        *(f"| {question} | {m:.1f} | {x:.1f} |" for question, m, x in rows),
        "",
    ]
    (HERE / "questions.md").write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
