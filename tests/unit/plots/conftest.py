"""Posteriors made by hand, shaped as `fit` writes them, with as many trials as a test asks for."""

import json

import numpy as np
import pytensor
import pytest
import xarray as xr

import trialpool as tp
from tests.helpers import QUICK, evidence_of, recorded, row
from trialpool.engines import Draw
from trialpool.engines.nuts import _data_groups
from trialpool.posterior import Posterior

MONTHS = np.array([0.0, 1.0, 3.0, 6.0, 12.0, 24.0, 36.0, 60.0])
CLASSES = ["PRP", "MSC", "steroid"]
SCALARS = ("effect", "class_sd", "treatment_sd", "tau", "half_life_typical", "rho", "spread")
DIMS = {"benefit": ("class", "months"), "trial_benefit": ("trial_arm", "months")}


def named(trials):
    """Trial names, the first two made to trip up a renderer."""
    return ["<script>alert(1)</script>", "$x_1$ & $y_2$"][:trials] + [
        f"A_rather_long_trial_name_{i}" for i in range(2, trials)
    ]


def reports_of(trials):
    """Each trial a mean and responders of one arm and of saline; the last only a difference."""
    rows = []
    for i, trial in enumerate(named(trials)):
        cls = CLASSES[i % 3]
        common = {"trial": trial, "versus": "", "n": 20.0 + i}
        if i == trials - 1:
            changes = {"kind": "difference", "threshold": "", "versus": "lidocaine", "months": 6.0}
            rows.append({**common, **changes, "arm": cls, "class_": cls})
            continue
        for arm, class_ in ((cls, cls), ("saline", "placebo")):
            last = {"arm": arm, "class_": class_, "months": 36.0 if cls == "MSC" else 12.0}
            rows.append({**common, **last, "kind": "mean", "threshold": ""})
            rows.append({**common, **last, "kind": "responders", "threshold": ">=50%"})
    return rows


def label(row):
    kind = f"{row['kind']} {row['threshold']}".strip()
    return f"{row['trial']} | {row['arm']} | {row['months']:g} | {kind}"


def meta(rows, **changes):
    last = {"PRP": 12.0, "MSC": 36.0, "steroid": 12.0}
    return {
        "outcome": "pain",
        "unit": "points of 100",
        "layout": "longitudinal",
        "reference": "placebo",
        "active": ["PRP", "MSC"],
        "comparators": ["steroid"],
        "mcid": 15.0,
        "horizon": 60.0,
        "evidence": {
            "classes": {c: {"trials": 2, "patients": 40, "last_months": m} for c, m in last.items()}
        },
        "reports": rows,
        "diagnostics": {"ok": True, "messages": []},
        **changes,
    }


def tree(variables, coords, data, recorded):
    """A DataTree; ``variables`` and ``data`` map a name to its dims and values."""
    posterior = xr.Dataset(
        {name: (("chain", "draw", *dims), values) for name, (dims, values) in variables.items()},
        coords=coords,
    )
    groups = {"/posterior": posterior}
    groups |= {f"/{group}": xr.Dataset(content) for group, content in data.items()}
    made = xr.DataTree.from_dict(groups)
    made.attrs["trialpool"] = json.dumps(recorded)
    return Posterior(made)


def make_pain(trials, **changes):
    rng = np.random.default_rng(trials)
    rows = reports_of(trials)
    arms = list(dict.fromkeys(f"{r['trial']} | {r['arm']}" for r in rows))
    arms += [f"{r['trial']} | {r['versus']}" for r in rows if r["versus"]]
    labels = [label(r) for r in rows]
    counts = np.array([r["kind"] == "responders" for r in rows])
    differences = np.array([r["kind"] == "difference" for r in rows])
    means = ~counts & ~differences

    size = (2, 100)
    shape = 0.5 ** (MONTHS / 30) * (MONTHS > 0)
    by_arm = rng.normal(8, 5, (*size, len(arms), 1)) * shape
    by_arm[:, :, [a.endswith("| saline") for a in arms]] = 0
    variables = {name: ((), np.abs(rng.normal(0.5, 0.1, size))) for name in SCALARS}
    variables |= {
        "benefit": (DIMS["benefit"], rng.normal(8, 5, (*size, len(CLASSES), 1)) * shape),
        "trial_benefit": (DIMS["trial_benefit"], by_arm),
        "fitted": (
            ("report",),
            np.where(counts, 0.4, 50.0) + rng.normal(0, 0.01, (*size, len(rows))),
        ),
        "report_sd": (("report",), np.full((*size, len(rows)), 4.0)),
    }
    ordered = np.array(labels)
    n = np.array([int(r["n"]) for r in rows])
    observed = {
        "mean_y": ("mean_report", np.full(means.sum(), 51.0)),
        "difference_y": ("difference_report", np.full(differences.sum(), 48.0)),
        "responders": ("count_report", np.round(0.4 * n[counts])),
        "mean_report": ordered[means],
        "difference_report": ordered[differences],
        "count_report": ordered[counts],
    }
    constant = {"count_n": ("count_report", n[counts]), "count_report": ordered[counts]}
    coords = {"class": CLASSES, "months": MONTHS, "trial_arm": arms, "report": labels}
    data = {"observed_data": observed, "constant_data": constant}
    return tree(variables, coords, data, meta(rows, **changes))


def make_events():
    """Three arms; the events of the last are far more than the model expects."""
    labels = ["A | PRP | 12 | events", "A | saline | 12 | events", "B | MSC | 12 | events"]
    p = np.broadcast_to([0.01, 0.02, 0.03], (2, 400, 3)).copy()
    data = {"constant_data": {"events": ("report", [0, 1, 9]), "n": ("report", [30, 40, 50])}}
    data["constant_data"]["report"] = labels
    variables = {"fitted": (("report",), p), "report_sd": (("report",), np.sqrt(p * (1 - p) / 40))}
    recorded = meta([], layout="events", outcome="sae", unit="log odds ratio")
    return tree(variables, {"report": labels}, data, recorded)


def make_rates():
    """Patients of a trial and, after it, events in person-months of another: far too many."""
    labels = ["A | PRP | 12 | events", "B | PRP | 24 | events", "B | saline | 24 | events"]
    value = np.broadcast_to([0.02, 0.01, 0.01], (2, 400, 3)).copy()
    constant = {
        "events": ("count_report", [1]),
        "n": ("count_report", [30]),
        "count_report": labels[:1],
        "rate_events": ("rate_report", [2, 40]),
        "person_months": ("rate_report", [250.0, 400.0]),
        "rate_report": labels[1:],
    }
    variables = {"fitted": (("report",), value), "report_sd": (("report",), value / 10)}
    recorded = meta([], layout="events", outcome="sae", unit="log risk ratio")
    return tree(variables, {"report": labels}, {"constant_data": constant}, recorded)


def each_arm(trial, kind, *cells):
    """A row of each arm, with its own cells."""
    arms = zip(("prp", "saline"), cells, strict=True)
    return [row(trial, arm, kind, 6, **own) for arm, own in arms]


def a_test(trial, p, versus="saline", **cells):
    return row(trial, "prp", "p_value", 6, n=40, p=p, versus=versus, versus_n=60, **cells)


#: Trials by what is printed in them; the arms differ by 9 points, 0.45 SDs.
KINDS = [
    *each_arm("mean", "mean", {"n": 40, "mean": 39, "sd": 20}, {"n": 40, "mean": 48}),
    *each_arm("percent", "percent_change", {"n": 40, "mean": -35}, {"n": 40, "mean": -20}),
    *each_arm("median", "median", {"n": 40, "median": 40}, {"n": 40, "median": 47}),
    *each_arm(
        "ladder", "responders", *({"n": 40, "events": k, "threshold": ">=30%"} for k in (28, 22))
    ),
    *each_arm(
        "ladder", "responders", *({"n": 40, "events": k, "threshold": ">=50%"} for k in (18, 14))
    ),
    *each_arm(
        "ladder", "responders", *({"n": 40, "events": k, "threshold": ">=70%"} for k in (6, 4))
    ),
    row("points", "prp", "difference", 6, mean=-7, se=4, n=40, versus="saline", versus_n=60),
    row("SMD", "prp", "difference", 6, mean=-0.5, n=40, versus="saline", versus_n=60, scale="SMD"),
    a_test("exact", "0.03", favours="prp"),
    a_test("no direction", "0.03"),
    a_test("significant", "<0.05", favours="prp"),
    a_test("either way", "<0.05"),
    a_test("not significant", "ns"),
    a_test("wrong way", "<0.001", favours="saline"),
    a_test("two tests", "<0.05", favours="prp"),
    a_test("two tests", "0.03", versus="steroid", favours="prp"),
]
#: What leaves nothing free: 60 points before, 48 after with saline, 39 with prp.
KNOWN = {
    "effect": 9, "tau": 1e-9, "class_sd": 1e-9, "drift": 1e-9, "baseline": 60, "control": -12,
    "spread": 20, "spread_sd": 1e-9, "rho": 0.4, "step": 0.5,
}  # fmt: skip


def make_kinds(path):
    """Every kind of score, read and written down as by `fit`, at known courses."""
    evidence = evidence_of(path, KINDS)
    priors = {role: tp.priors.Fixed(float(value)) for role, value in KNOWN.items()}
    model = tp.Model(time_course="constant", priors=priors)
    built = model.build(evidence)
    names = ("fitted", "report_sd")
    values = pytensor.function([], [built[name] for name in names], mode=QUICK)()
    size = (2, 1000)
    posterior = xr.Dataset(
        {
            name: (("chain", "draw", "report"), np.broadcast_to(value, (*size, len(value))).copy())
            for name, value in zip(names, values, strict=True)
        },
        coords={"report": list(built.coords["report"])},
    )
    stats = xr.Dataset({"diverging": (("chain", "draw"), np.zeros(size, bool))})
    groups = {"/posterior": posterior, "/sample_stats": stats, **_data_groups(built)}
    how = Draw(draws=size[1], chains=size[0])
    made = recorded(xr.DataTree.from_dict(groups), model, evidence, how, engine="nuts")
    return tp.load(made.save(path / "kinds.nc"))


@pytest.fixture(scope="session")
def kinds(tmp_path_factory):
    return make_kinds(tmp_path_factory.mktemp("kinds"))


@pytest.fixture(scope="session")
def pain_of():
    """Makes a posterior of pain with so many trials; other keywords change its record."""
    return make_pain


@pytest.fixture(scope="session")
def events():
    return make_events()


@pytest.fixture(scope="session")
def rates():
    return make_rates()
