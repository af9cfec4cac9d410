"""Posteriors for tests of the page: short fits of invented trials, some with hostile names."""

from pathlib import Path

import trialpool as tp
from tests.helpers import row, write_folder

#: Names that break a page which does not escape them.
HOSTILE_TRIAL = "<script>alert(1)</script>"
HOSTILE_CLASS = "</script><img src=x onerror=alert(2)>"
HOSTILE_SOURCE = 'javascript:alert(3) "><b>bold</b> https://example.org/a?b=1&c="2'

#: Two classes over time, seen to 12 and 24 months, and adverse events of the same trials.
PAIN = [
    row("Ada_2020", "prp", "mean", 0, n=30, mean=60, sd=20),
    row("Ada_2020", "saline", "mean", 0, n=30, mean=62, sd=22),
    row("Ada_2020", "prp", "mean", 12, n=28, mean=38, sd=21, source="doi:10.1000/ada, Table 2"),
    row("Ada_2020", "saline", "mean", 12, n=29, mean=51, sd=22),
    row("Bea_2021", "msc", "change", 24, n=20, mean=-14, sd=22),
    row("Bea_2021", "saline", "change", 24, n=19, mean=-15, sd=24),
    row("Cid_2022", "prp", "responders", 6, n=45, events=21, threshold=">=50%"),
    row("Cid_2022", "saline", "responders", 6, n=44, events=13, threshold=">=50%"),
]
EVENTS = [
    row("Ada_2020", "prp", "events", 12, n=30, events=1, outcome="sae", scale="count"),
    row("Ada_2020", "saline", "events", 12, n=30, events=0, outcome="sae", scale="count"),
    row("Bea_2021", "msc", "events", 12, n=20, events=2, outcome="sae", scale="count"),
    row("Bea_2021", "saline", "events", 12, n=19, events=1, outcome="sae", scale="count"),
]
TRIALS = """trial,year,blinding,risk_of_bias
Ada_2020,2020,double-blind,low
Bea_2021,2021,,
Cid_2022,,open,<b>high</b>
"""
#: Quick, and enough for a page.
HOW = {"draws": 500, "tune": 300, "chains": 4, "seed": 3, "progress": False}


def write_posteriors(folder: Path) -> dict[str, Path]:
    """Pain by two time courses, and adverse events, each in its file."""
    trials = write_folder(folder / "trials", [*PAIN, *EVENTS])
    (trials / "trials.csv").write_text(TRIALS, encoding="utf-8")
    found = {}
    for name, outcome, course in (
        ("pain", "pain", "waning"),
        ("pain-constant", "pain", "constant"),
        ("safety", "sae", "waning"),
    ):
        evidence = tp.read_evidence(trials, outcome=outcome)
        fitted = tp.fit(tp.Model(time_course=course), evidence, **HOW)
        found[name] = fitted.save(folder / f"{name}.nc")
    return found


def hostile(folder: Path) -> Path:
    """A posterior whose trial, class and source are written to break out of the page."""
    rows = []
    for one in PAIN:
        changed = dict(one)
        if one["trial"] == "Ada_2020":
            changed |= {"trial": HOSTILE_TRIAL, "source": HOSTILE_SOURCE}
        if one["class"] == "MSC":
            changed["class"] = HOSTILE_CLASS
        rows.append(changed)
    trials = write_folder(folder / "hostile", rows)
    (trials / "classes.csv").write_text(
        f'class,role\nplacebo,reference\nPRP,active\n"{HOSTILE_CLASS}",active\n', encoding="utf-8"
    )
    evidence = tp.read_evidence(trials, outcome="pain")
    return tp.fit(tp.Model(time_course="constant"), evidence, **HOW).save(folder / "hostile.nc")
