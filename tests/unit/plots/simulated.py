"""Simulated trials of every kind of report, with names made to trip up a renderer."""

import json

import numpy as np
import xarray as xr

from tests.helpers import evidence_of, recorded, row
from trialpool.engines import Draw
from trialpool.synthesis import Model

#: Of the first trials; the others are plain. The second would be set as a formula.
HOSTILE = (
    "<script>alert(1)</script>",
    "$x_1$ & $y^2$",
    "模拟试验" * 12,
    "Simulated trial with a name that goes on far longer than any column of a page is wide",
    r"it's \back\slash %s {0} &amp;",
)
MONTHS = np.array([0.0, 1.0, 3.0, 6.0, 12.0, 24.0, 36.0, 60.0])
KINDS = 8


def named(trials):
    return [*HOSTILE, *(f"simulated_{i:02d}" for i in range(len(HOSTILE), trials))][:trials]


def rows_of(trials, seed=1):
    """Rows of reports.csv: an active arm and a comparator, the kinds by turns."""
    rng = np.random.default_rng(seed)
    rows = []
    for i, trial in enumerate(named(trials)):
        arm = ("prp", "msc", "mpc")[i % 3]
        other = "steroid" if i % 5 == 4 else "saline"
        n = int(rng.integers(15, 60))
        better = rng.normal(10, 6)
        last = {"prp": 12, "msc": 24, "mpc": 36}[arm]
        rows += _rows(trial, arm, other, last, n, better, i % KINDS, rng)
    return rows


def _rows(trial, arm, other, last, n, better, kind, rng):
    own, theirs = 42 - better, 42 + rng.normal(0, 3)
    both = [(arm, own), (other, theirs)]
    if kind == 0:
        visits = (3, last)
        return [
            row(trial, a, "mean", m, n=n, mean=f"{y:.1f}", sd=21) for a, y in both for m in visits
        ]
    if kind == 1:
        return [row(trial, a, "mean", last, n=n, mean=f"{y:.1f}", se=4) for a, y in both]
    if kind == 2:
        return [row(trial, a, "change", last, n=n, mean=f"{y - 60:.1f}", sd=24) for a, y in both]
    if kind == 3:
        quartiles = [
            {"q1": f"{y - 14:.0f}", "median": f"{y:.0f}", "q3": f"{y + 17:.0f}"} for _, y in both
        ]
        return [
            row(trial, a, "median", last, n=n, **q)
            for (a, _), q in zip(both, quartiles, strict=True)
        ]
    if kind == 4:
        return [
            row(trial, a, "percent_change", last, n=n, mean=f"{100 * (y - 60) / 60:.0f}", sd=38)
            for a, y in both
        ]
    if kind == 5:
        counts = [int(n * (0.55 if a == arm else 0.35)) for a, _ in both]
        return [
            row(trial, a, "responders", last, n=n, events=k, threshold=">=50%")
            for (a, _), k in zip(both, counts, strict=True)
        ]
    versus = {"versus": other, "versus_n": n, "n": n}
    if kind == 6:
        return [row(trial, arm, "difference", last, mean=f"{own - theirs:.1f}", se=5, **versus)]
    return [row(trial, arm, "p_value", last, p="<0.05", favours=arm, **versus)]


def simulated_evidence(path, trials, seed=1):
    return evidence_of(path, rows_of(trials, seed))


def simulated_pain(path, trials, *, draws=120, seed=1):
    """A posterior with the record of a real fit and made-up draws, in a moment."""
    evidence = simulated_evidence(path, trials, seed)
    rng = np.random.default_rng(seed)
    arms = [f"{t} | {a}" for t, a in zip(evidence.arms["trial"], evidence.arms["arm"], strict=True)]
    classes = [c for c in dict.fromkeys(evidence.arms["class_"]) if c != "placebo"]
    size = (2, draws)
    shape = np.where(MONTHS > 0, 0.5 ** (MONTHS / 40), 0.0)
    middle = rng.uniform(4, 12, len(classes))
    benefit = rng.normal(middle, 4, (*size, len(classes)))[..., None] * shape
    of_arm = rng.normal(9, 5, (*size, len(arms)))[..., None] * shape
    of_arm[:, :, [a.endswith("| saline") for a in arms]] = 0
    positive = {
        name: (("chain", "draw"), np.abs(rng.normal(centre, centre / 5, size)))
        for name, centre in (("tau", 4), ("treatment_sd", 3), ("spread", 22), ("class_sd", 5))
    }
    posterior = xr.Dataset(
        {
            **positive,
            "rho": (("chain", "draw"), rng.uniform(0.2, 0.6, size)),
            "benefit": (("chain", "draw", "class", "months"), benefit),
            "trial_benefit": (("chain", "draw", "trial_arm", "months"), of_arm),
        },
        coords={"class": classes, "months": MONTHS, "trial_arm": arms},
    )
    stats = xr.Dataset({"diverging": (("chain", "draw"), np.zeros(size, bool))})
    tree = xr.DataTree.from_dict({"/posterior": posterior, "/sample_stats": stats})
    how = Draw(draws=size[1], chains=size[0])
    return recorded(tree, Model(), evidence, how, engine="nuts")


def without_numbers(posterior):
    """As a file of an earlier version: a record without the printed numbers."""
    tree = posterior.tree.copy(deep=True)
    meta = json.loads(tree.attrs["trialpool"])
    for report in meta["reports"]:
        for name in ("y", "se", "sd", "q1", "q3", "count", "exposure", "versus_class"):
            report.pop(name, None)
    tree.attrs["trialpool"] = json.dumps(meta)
    return type(posterior)(tree)
