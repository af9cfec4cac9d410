"""Posteriors in memory, shaped as `fit` writes them: pain over time, adverse events, and both."""

import numpy as np
import pytest

from trialpool.draws import Draws

MONTHS = [0.0, 1.0, 3.0, 6.0, 12.0, 18.0, 24.0, 36.0, 48.0, 60.0]
CLASSES = ["MPC", "MSC", "PRP", "disc progenitor", "hyaluronate", "usual care"]
LAST = [36, 24, 12, 24, 12, 24]


def make_meta(**changes):
    last = dict(zip([*CLASSES, "placebo"], [*LAST, 36], strict=True))
    meta = {
        "outcome": "pain",
        "unit": "points of 100",
        "layout": "longitudinal",
        "reference": "placebo",
        "level": 0.95,
        "engine": "nuts",
        "mcid": 5.0,
        "synonyms": {"saline": "placebo", "bone marrow concentrate": "BMAC", "stem cells": "MSC"},
        "comparators": ["hyaluronate", "usual care"],
        "evidence": {
            "classes": {
                c: {"trials": 2, "patients": 100, "last_months": m} for c, m in last.items()
            },
            "direct": {"MPC|placebo": 2, "MSC|placebo": 1, "MSC|PRP": 0},
        },
        "diagnostics": {"ok": True, "messages": []},
        "horizon": 60.0,
    }
    return {**meta, **changes}


def make_pain(**changes):
    rng = np.random.default_rng(1)
    size = (4, 250, len(CLASSES))
    start = rng.normal([12, 8, 6, 10, 2, 0], 6, size=size)
    half_life = rng.lognormal(3.5, 0.5, size=size)
    benefit = start[..., None] * 0.5 ** (np.array(MONTHS) / half_life[..., None])
    benefit[..., 0] = 0
    share = np.broadcast_to(0.5 ** (np.array(MONTHS) / half_life[..., None]), benefit.shape)
    arrays = {
        "benefit": benefit,
        "half_life": half_life,
        "course_share": share,
        "tau": np.abs(rng.normal(4, 1, size=size[:2])),
        "treatment_sd": np.abs(rng.normal(3, 1, size=size[:2])),
        "spread": rng.normal(22, 1, size=size[:2]),
        "rho": rng.uniform(0.3, 0.6, size=size[:2]),
    }
    coords = {"class": CLASSES, "months": MONTHS}
    return Draws.from_arrays(arrays, coords=coords, meta=make_meta(**changes))


@pytest.fixture(scope="session")
def pain():
    return make_pain()


@pytest.fixture(scope="session")
def pain_with():
    return make_pain


@pytest.fixture(scope="session")
def sds():
    """The same numbers as ``pain``, said to be in SDs of the patients."""
    return make_pain(unit="SDs of the patients", mcid=0.6, mcid_source="given by the user")


def make_sae(scale="odds"):
    rng = np.random.default_rng(2)
    values = rng.normal([-0.5, 0.0, 0.5, 0.2, 0.0, 0.0], 0.4, size=(4, 250, len(CLASSES)))
    return Draws.from_arrays(
        {f"log_{scale}_ratio": values, "tau": np.abs(rng.normal(0.3, 0.1, size=(4, 250)))},
        coords={"class": CLASSES},
        meta=make_meta(layout="events", outcome="sae", unit=f"log {scale} ratio"),
    )


@pytest.fixture(scope="session")
def sae():
    return make_sae()


@pytest.fixture(scope="session")
def sae_of():
    return make_sae


def join(**posteriors):
    """One posterior of several outcomes, laid out as a joint fit writes it."""
    arrays, coords, records = {}, {}, {}
    for outcome, draws in posteriors.items():
        arrays |= {f"{outcome}::{name}": draws.chains(name) for name in draws.names}
        held = [dim for dim in ("class", "months") if draws.has_coord(dim)]
        coords |= {f"{outcome}::{dim}": draws.coord(dim) for dim in held}
        records[outcome] = {**draws.meta, "outcome": outcome, "engine": "of the record"}
    size = len(posteriors)
    arrays["outcome_correlation"] = np.broadcast_to(np.eye(size), (4, 250, size, size))
    coords |= {dim: list(posteriors) for dim in ("outcome", "outcome_bis")}
    meta = {
        "layout": "joint",
        "outcome": ", ".join(posteriors),
        "outcomes": list(posteriors),
        "records": records,
        "engine": "nuts",
        "seed": 1,
        "diagnostics": {"ok": True, "messages": []},
    }
    return Draws.from_arrays(arrays, coords=coords, meta=meta)


def make_joint():
    """Pain, function that follows it, and adverse events that come with benefit in pain."""
    pain, sae = make_pain(), make_sae()
    noise = np.random.default_rng(3).normal(0, 1, size=(4, 250, 1, 1))
    function = {n: pain.chains(n) for n in pain.names}
    function["benefit"] = 0.8 * pain.chains("benefit") + noise
    ratios = sae.chains("log_odds_ratio") + 0.05 * (pain.chains("benefit")[..., 4] - 5)
    return join(
        pain=pain,
        function=Draws.from_arrays(
            function,
            coords={"class": CLASSES, "months": MONTHS},
            meta=make_meta(outcome="function", mcid=10.0),
        ),
        sae=Draws.from_arrays(
            {"log_odds_ratio": ratios, "tau": sae.chains("tau")},
            coords={"class": CLASSES},
            meta=sae.meta,
        ),
    )


@pytest.fixture(scope="session")
def joint():
    return make_joint()


def make_net(**changes):
    """A network of treatments at one time, log odds ratios against P."""
    rng = np.random.default_rng(4)
    effects = rng.normal([-0.5, 0.0, 0.4], 0.5, size=(4, 250, 3))
    arms = [("s1", "A"), ("s1", "P"), ("s2", "B"), ("s2", "P"), ("s3", "A"), ("s3", "B")]
    meta = {
        "layout": "network",
        "outcome": "effect",
        "unit": "OR",
        "reference": "P",
        "active": [],
        "comparators": [],
        "engine": "nuts",
        "diagnostics": {"ok": True, "messages": []},
        "reports": [
            {"study": s, "treatment": t, "n": 50.0, "months": None} for s, t in [*arms, ("s4", "C")]
        ],
    }
    return Draws.from_arrays(
        {
            "treatment_effect": effects,
            "tau": np.abs(rng.normal(0.3, 0.1, size=(4, 250))),
        },
        coords={"treatment": ["A", "B", "C"]},
        meta={**meta, **changes},
    )


@pytest.fixture(scope="session")
def net():
    return make_net()


def make_courses():
    """A network of treatments over time."""
    rng = np.random.default_rng(5)
    effects = rng.normal([-0.5, 0.0], 0.5, size=(4, 250, 2))
    months = np.array([0.0, 6.0, 12.0, 24.0])
    share = 1 - 0.5 ** (months / rng.lognormal(1, 0.2, size=(4, 250, 2, 1)))
    flat = make_net()
    rows = [{**row, "months": 12.0} for row in flat.meta["reports"]]
    return Draws.from_arrays(
        {
            "treatment_effect": effects,
            "relative_effect": effects[..., None] * share,
            "tau": flat.chains("tau"),
        },
        coords={"treatment": ["A", "B"], "months": months},
        meta={**flat.meta, "unit": "MD", "horizon": 60.0, "reports": rows},
    )


@pytest.fixture(scope="session")
def courses():
    return make_courses()
