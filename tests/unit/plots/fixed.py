"""Posteriors of fixed draws, quantiles of normals in a fixed order: the same on every machine."""

import json

import numpy as np
import xarray as xr
from scipy.special import ndtri

from trialpool.posterior import Posterior

CLASSES = ["PRP", "MSC", "MPC", "steroid"]
ACTIVE = CLASSES[:3]
MONTHS = np.array([0.0, 1.0, 3.0, 6.0, 12.0, 18.0, 24.0, 36.0, 48.0, 60.0])
LAST = {"placebo": 36.0, "PRP": 12.0, "MSC": 24.0, "MPC": 36.0, "steroid": 6.0}
MEAN = {"PRP": 14.0, "MSC": 6.0, "MPC": 10.0, "steroid": -4.0}
DRAWS = 200
SIZE = (2, DRAWS // 2)


def normal(mean, sd, turn):
    """Draws with that mean and SD; another ``turn`` puts them in another order."""
    # No power of 73 has a factor in common with 200, so every quantile comes once.
    order = (pow(73, turn + 1, DRAWS) * np.arange(DRAWS) + 31 * turn) % DRAWS
    return (mean + sd * ndtri((order + 0.5) / DRAWS)).reshape(SIZE)


def report(trial, arm, cls, months, kind, **cells):
    empty = {name: None for name in ("n", "versus_n", "y", "se", "sd", "q1", "q3", "count")}
    named = {"trial": trial, "arm": arm, "class_": cls, "months": float(months), "kind": kind}
    return {
        **empty, **named, "threshold": "", "versus": "", "unit": "points", "exposure": None,
        "versus_class": None, "directed": True, "z_low": None, "z_high": None, "why": "", **cells,
    }  # fmt: skip


#: One trial a kind; the first number of each is known to the tests.
REPORTS = [
    report("Mean 2001", "prp", "PRP", 12, "mean", n=25, y=40.0, sd=20.0),
    report("Mean 2001", "saline", "placebo", 12, "mean", n=25, y=52.0, sd=20.0),
    report("Change 2002", "msc", "MSC", 24, "change", n=16, y=-30.0, se=5.0),
    report("Change 2002", "saline", "placebo", 24, "change", n=16, y=-22.0),
    report("Median 2003", "mpc", "MPC", 36, "median", n=30, y=35.0, sd=22.0, q1=21.0, q3=50.0),
    report("Median 2003", "steroid", "steroid", 36, "median", n=30, y=45.0, q1=30.0, q3=61.0),
    report("Share 2004", "prp", "PRP", 6, "responders", n=40, count=24.0, threshold=">=50%"),
    report("Share 2004", "saline", "placebo", 6, "responders", n=40, count=14.0, threshold=">=50%"),
    report("Share 2004", "prp", "PRP", 6, "responders", n=40, count=30.0, threshold=">=30%"),
    report("Percent 2005", "mpc", "MPC", 12, "percent_change", n=20, y=-45.0, se=8.0,
           unit="percent"),
    report("Difference 2006", "msc", "MSC", 12, "difference", y=-7.0, se=3.0, versus="saline",
           versus_class="placebo"),
    report("Test 2007", "prp", "PRP", 3, "p_value", n=20, versus="lidocaine", versus_n=20,
           versus_class="steroid",
           why="p < 0.05 against lidocaine in favour of prp: standardised difference below -0.6"),
]  # fmt: skip
ARMS = list(
    dict.fromkeys(
        f"{r['trial']} | {name}" for r in REPORTS for name in (r["arm"], r["versus"]) if name
    )
)


def meta(**changes):
    return {
        "outcome": "pain",
        "unit": "points of 100",
        "layout": "longitudinal",
        "reference": "placebo",
        "active": ACTIVE,
        "comparators": ["steroid"],
        "mcid": 15.0,
        "horizon": 60.0,
        "evidence": {
            "classes": {
                name: {"trials": 2, "patients": 40 + 10 * i, "last_months": last}
                for i, (name, last) in enumerate(LAST.items())
            },
            "direct": {
                "PRP|placebo": 2,
                "MSC|placebo": 2,
                "MPC|placebo": 1,
                "MPC|steroid": 1,
                "PRP|steroid": 1,
            },
        },
        "reports": REPORTS,
        "priors": [
            {"role": "tau", "prior": "HalfNormal(sd=5)", "unit": "points of 100",
             "meaning": "heterogeneity of the trials", "source": "made up"},
            {"role": "effect", "prior": "Normal(mean=0, sd=15)", "unit": "points of 100",
             "meaning": "mean benefit", "source": "made up"},
        ],
        "diagnostics": {"ok": True, "messages": []},
        **changes,
    }  # fmt: skip


def posterior_of(variables, coords, recorded, **data):
    held = {name: (("chain", "draw", *dims), values) for name, (dims, values) in variables.items()}
    groups = {"/posterior": xr.Dataset(held, coords=coords)}
    groups |= {f"/{group}": xr.Dataset(content) for group, content in data.items()}
    tree = xr.DataTree.from_dict(groups)
    tree.attrs["trialpool"] = json.dumps(recorded)
    return Posterior(tree)


def shape():
    return np.where(MONTHS > 0, 0.5 ** (MONTHS / 36), 0.0)


def courses(mean, sd, turn):
    return normal(mean, sd, turn)[..., None] * shape()


def pain(**changes):
    """Four classes over time, a trial of each kind of report."""
    benefit = np.stack([courses(MEAN[c], 5.0, i) for i, c in enumerate(CLASSES)], axis=2)
    arms = np.stack(
        [
            courses(0.0 if a.endswith("saline") else 8.0, 0.0 if a.endswith("saline") else 4.0, i)
            for i, a in enumerate(ARMS)
        ],
        axis=2,
    )
    variables = {
        "benefit": (("class", "months"), benefit),
        "trial_benefit": (("trial_arm", "months"), arms),
        "effect": ((), normal(9, 3, 5)),
        "tau": ((), np.abs(normal(3, 1, 6))),
        "treatment_sd": ((), np.abs(normal(2, 0.5, 7))),
    }
    coords = {"class": CLASSES, "months": MONTHS, "trial_arm": ARMS}
    return posterior_of(variables, coords, meta(**changes))


def safety():
    """Two classes of a rare event."""
    arms = ["A | saline", "A | prp", "B | saline", "B | msc"]
    counts = {"A | saline": 1.0, "A | prp": 3.0, "B | saline": 0.0, "B | msc": 0.0}
    classes = {"prp": "PRP", "msc": "MSC", "saline": "placebo"}
    reports = []
    for name in arms:
        trial, arm = name.split(" | ")
        cells = {"n": 50, "count": counts[name]}
        reports.append(report(trial, arm, classes[arm], 12, "events", **cells))
    variables = {
        "log_odds_ratio": (("class",), np.stack([normal(0.3, 0.6, 0), normal(-0.2, 0.8, 1)], -1)),
        "arm_effect": (
            ("trial_arm",),
            np.stack([normal(0, 0.1, 2), normal(0.4, 0.6, 3), normal(0, 0.1, 4),
                      normal(-0.1, 0.7, 5)], -1),
        ),
        "tau": ((), np.abs(normal(0.3, 0.1, 6))),
    }  # fmt: skip
    recorded = meta(
        outcome="sae", layout="events", unit="log odds ratio", mcid=None, reports=reports,
        priors=[{"role": "treatment_sd", "prior": "Fixed(0.2)", "unit": "", "meaning": "",
                 "source": ""}],
    )  # fmt: skip
    coords = {"class": ["PRP", "MSC"], "trial_arm": arms}
    return posterior_of(variables, coords, recorded)


STUDIES = ["A 1999", "B 2003", "C 2010", "<script>", "$e$ 2020", "F 2022"]
Y = np.array([0.42, 0.10, 0.55, -0.20, 0.31, 0.80])
SE = np.array([0.12, 0.20, 0.31, 0.25, 0.16, 0.44])


def effects(*, bias=False, model="Model()"):
    """Six plain estimates."""
    variables = {
        "effect": ((), normal(0.3, 0.1, 0)),
        "tau": ((), np.abs(normal(0.2, 0.05, 1))),
        "study_effect": (("study",), np.stack([normal(0.7 * y + 0.1, 0.12, i)
                                                for i, y in enumerate(Y)], -1)),
        "predicted_effect": ((), normal(0.3, 0.25, 9)),
    }  # fmt: skip
    if bias:
        variables["bias"] = ((), normal(0.8, 0.4, 3))
    recorded = meta(
        outcome="effect", layout="effects", unit="SMD", reference="", active=[], comparators=[],
        mcid=None, reports=[], evidence={"classes": {}, "direct": {}}, model=model,
    )  # fmt: skip
    return posterior_of(
        variables,
        {"study": STUDIES},
        recorded,
        observed_data={"y": ("study", Y), "study": STUDIES},
        constant_data={"se": ("study", SE), "study": STUDIES},
    )


def averaged():
    """An average of three time courses."""
    rows = [
        {"name": "linear", "weight": 0.5, "weight_sd": 0.2, "difference": 0.0,
         "difference_se": 0.0},
        {"name": "waning", "weight": 0.3, "weight_sd": 0.15, "difference": -0.6,
         "difference_se": 0.5},
        {"name": "constant", "weight": 0.2, "weight_sd": 0.1, "difference": -1.9,
         "difference_se": 1.6},
    ]  # fmt: skip
    return pain(average={"weights": rows, "by": "Bayesian stacking, trials left out"})


QUESTION = "probability PRP beats MSC at 24 months"


def swept(others=4):
    """What ``trialpool sweep --json`` prints, of so many other analyses and one without answer."""
    base = {
        "question": QUESTION, "subject": "", "probability": 0.81, "mcse": 0.005, "median": 7.3,
        "lower": -12.0, "upper": 30.3, "unit": "points of 100",
    }  # fmt: skip
    rows = []
    for i in range(others):
        shift = -((-1) ** i) * 0.2 / (i + 1)
        rows.append(
            {
                "question": QUESTION, "subject": "", "group": "trial",
                "variant": f"without Trial_{i}", "detail": "", "probability": 0.81 + shift,
                "mcse": 0.012, "median": 7.3 + 20 * shift, "lower": -15.0, "upper": 28.0 + i,
                "shift": shift, "shift_mcse": 0.013, "effect_shift": 20 * shift, "why": "",
            }
        )  # fmt: skip
    rows.append(
        {"question": QUESTION, "subject": "", "group": "prior", "variant": "prior of rho",
         "detail": "", "shift": None, "shift_mcse": None, "effect_shift": None, "why": "no prior"}
    )  # fmt: skip
    return {"draws": 1600, "base": [base], "variants": rows}
