"""The main figure and the numbers of README.md, from the posterior that `make demo` writes.

Run ``python scripts/readme.py`` after ``models/pain.py``. It writes docs/figures/decay.svg and the
blocks of README.md between ``<!-- made by scripts/readme.py: NAME; data HASH -->`` and ``<!-- end
-->``; what stands around them is written by hand. A test refuses a README of other data.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl

import trialpool as tp
from trialpool.plots import plot_decay

ROOT = Path(__file__).resolve().parents[1]
QUESTION = "probability PRP beats MSC at 24 months"
MONTHS = (12, 24, 36, 60)
BLOCK = re.compile(
    r"<!-- made by scripts/readme[.]py: (?P<name>\w+); data (?P<data>\w*) -->\n"
    r"(?P<text>.*?)<!-- end -->",
    re.DOTALL,
)
#: So much of the hash of the data tells one set from another.
SHOWN = 12


def answer(posterior: tp.Posterior) -> str:
    """The headline, as the command line prints it."""
    told = posterior.ask(QUESTION)
    return f'```\n$ trialpool ask results/pain.nc "{QUESTION}"\n{told}\n```'


def benefit(posterior: tp.Posterior) -> str:
    """Benefit by class and month; in italics past the last visit of the class."""
    table = posterior.decay(months=list(MONTHS))
    evidence = {c: posterior.ask(f"{c} works").evidence[c] for c in dict.fromkeys(_classes(table))}
    lines = [
        f"| class (trials, last visit) | {' | '.join(f'{m} months' for m in MONTHS)} |",
        f"|{'---|' * (len(MONTHS) + 1)}",
    ]
    for cls, stands in evidence.items():
        cells = [_cell(row) for row in table.rows if row.cls == cls]
        seen = f"{cls} ({stands['trials']}, month {stands['last_months']:g})"
        lines.append(f"| {seen} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _classes(table) -> list[str]:
    return [row.cls for row in table.rows]


def _cell(row) -> str:
    b = row.benefit
    text = f"{b.median:.1f} ({b.lower:.1f} to {b.upper:.1f})"
    return f"*{text}*" if row.extrapolated else text


MADE: dict[str, Callable[[tp.Posterior], str]] = {"answer": answer, "benefit": benefit}


def filled(text: str, posterior: tp.Posterior) -> str:
    """A page with its blocks written anew."""
    data = posterior.meta["data_hash"][:SHOWN]

    def block(found: re.Match[str]) -> str:
        name = found["name"]
        head = f"<!-- made by scripts/readme.py: {name}; data {data} -->"
        return f"{head}\n\n{MADE[name](posterior)}\n\n<!-- end -->"

    return BLOCK.sub(block, text)


def draw(posterior: tp.Posterior, path: Path) -> None:
    """Write the figure; the same posterior gives the same file."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    with mpl.rc_context({"svg.hashsalt": "trialpool"}):
        plot_decay(posterior).savefig(partial, format="svg", metadata={"Date": None})
    partial.replace(path)


def main() -> None:
    """Write both, and say what changed."""
    stored = ROOT / "results" / "pain.nc"
    if not stored.exists():
        sys.exit(f"{stored.relative_to(ROOT)}: not there; run: python models/pain.py")
    posterior = tp.load(stored)
    figure, page = ROOT / "docs" / "figures" / "decay.svg", ROOT / "README.md"
    figure.parent.mkdir(parents=True, exist_ok=True)
    draw(posterior, figure)
    before = page.read_text(encoding="utf-8")
    after = filled(before, posterior)
    if after != before:
        page.write_text(after, encoding="utf-8")
    print(f"written: {figure.relative_to(ROOT)}")
    print(f"README.md: {'as it was' if after == before else 'rewritten, see git diff'}")


if __name__ == "__main__":
    main()
