"""Posteriors in memory, small enough to compute every answer from the draws by hand."""

import numpy as np
import pytest

from trialpool.draws import Draws

MONTHS = [0.0, 6.0, 12.0, 24.0, 36.0, 60.0]
CLASSES = ["PRP", "MSC", "MPC", "hyaluronate"]
LAST = {"PRP": 12, "MSC": 24, "MPC": 36, "hyaluronate": 12, "placebo": 36}
SIZE = (4, 200)


def make_meta(**changes):
    names = [*CLASSES, "placebo"]
    return {
        "outcome": "pain",
        "layout": "longitudinal",
        "unit": "points of 100",
        "reference": "placebo",
        "active": ["PRP", "MSC", "MPC"],
        "comparators": ["hyaluronate"],
        "synonyms": {"platelet-rich plasma": "PRP", "saline": "placebo"},
        "mcid": 10.0,
        "mcid_source": "a source",
        "horizon": 60.0,
        "evidence": {
            "classes": {c: {"trials": 2, "patients": 90, "last_months": LAST[c]} for c in names},
            "direct": {
                "|".join(sorted((a, b))): int("placebo" in (a, b))
                for i, a in enumerate(names)
                for b in names[i + 1 :]
            },
        },
        "diagnostics": {"ok": True, "messages": []},
        **changes,
    }


def make_pain(start=(12, 8, 6, 2), **changes):
    rng = np.random.default_rng(1)
    height = rng.normal(start, 5, size=(*SIZE, len(CLASSES)))
    half_life = rng.lognormal(3.3, 0.4, size=(*SIZE, len(CLASSES)))
    benefit = height[..., None] * 0.5 ** (np.array(MONTHS) / half_life[..., None])
    benefit[..., 0] = 0
    trial_benefit = rng.normal(5, 1, size=(*SIZE, 4, len(MONTHS)))
    trial_benefit[:, :, [0, 2]] = 0  # placebo arms: A | saline, B | sham
    arrays = {
        "benefit": benefit,
        "half_life": half_life,
        "spread": rng.normal(22, 1, size=SIZE),
        "rho": rng.uniform(0.3, 0.6, size=SIZE),
        "baseline": rng.normal(60, 2, size=(*SIZE, 2)),
        "control_change": rng.normal([-15, -25, -10], 2, size=(*SIZE, 3)),
        "trial_benefit": trial_benefit,
    }
    coords = {
        "class": CLASSES,
        "months": MONTHS,
        "visit": ["A | 12", "B | 12", "B | 24"],
        "trial_arm": ["A | saline", "A | prp", "B | sham", "B | msc"],
    }
    return Draws.from_arrays(arrays, coords=coords, meta=make_meta(**changes))


def make_sae():
    values = np.random.default_rng(2).normal([-0.5, 0.0, 0.4, 0.0], 0.4, size=(*SIZE, 4))
    meta = make_meta(layout="events", outcome="sae", unit="log odds ratio", mcid=None)
    return Draws.from_arrays({"log_odds_ratio": values}, coords={"class": CLASSES}, meta=meta)


def make_joint():
    parts = {"pain": make_pain(), "sae": make_sae()}
    arrays, coords = {}, {}
    for outcome, draws in parts.items():
        arrays |= {f"{outcome}::{name}": draws.chains(name) for name in draws.names}
        held = [d for d in ("class", "months", "visit", "trial_arm") if draws.has_coord(d)]
        coords |= {f"{outcome}::{d}": draws.coord(d) for d in held}
    meta = {
        "layout": "joint",
        "outcomes": list(parts),
        "outcome": "pain and sae",
        "records": {name: dict(draws.meta) for name, draws in parts.items()},
        "diagnostics": {"ok": True, "messages": []},
    }
    return Draws.from_arrays(arrays, coords=coords, meta=meta)


def make_network(*, over_time=False, rows=True):
    effect = np.random.default_rng(3).normal([-0.6, -0.2], 0.3, size=(*SIZE, 2))
    arrays, coords = {"treatment_effect": effect}, {"treatment": ["x", "y"]}
    if over_time:
        months = np.array([0.0, 6.0, 12.0, 60.0])
        arrays["relative_effect"] = effect[..., None] * 0.5 ** (months / 24)
        coords["months"] = months
    reports = [
        {"study": s, "treatment": t, "months": m if over_time else None, "kind": "mean", "n": 20}
        for s, t, m in [("A", "p", 12), ("A", "x", 12), ("B", "p", 6), ("B", "y", 6)]
    ]
    meta = {
        "layout": "network",
        "outcome": "effect",
        "unit": "MD" if over_time else "OR",
        "reference": "p",
        "horizon": 60.0,
        "active": [],
        "evidence": {"classes": {}, "direct": {}},
        "reports": reports if rows else [],
        "diagnostics": {"ok": False, "messages": ["the chains disagree"]},
    }
    return Draws.from_arrays(arrays, coords=coords, meta=meta)


@pytest.fixture(scope="session")
def pain():
    return make_pain()


@pytest.fixture(scope="session")
def pain_with():
    return make_pain


@pytest.fixture(scope="session")
def sae():
    return make_sae()


@pytest.fixture(scope="session")
def joint():
    return make_joint()


@pytest.fixture(scope="session")
def network():
    return make_network()


@pytest.fixture(scope="session")
def network_with():
    return make_network
