"""Laws of the log density of several outcomes, and its exact posterior where all is normal."""

import itertools

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import stats

import trialpool as tp
from tests.helpers import MIXED, QUICK, LogDensity, row, write_folder
from trialpool import graph as g
from trialpool.synthesis.correlated import CorrelatedNormals

RTOL = 1e-9
HARMS = [
    row(trial, arm, "events", 12, n=30, events=events, outcome="sae", scale="")
    for trial, arm, events in (
        ("A", "prp", 2), ("A", "saline", 1), ("B", "msc", 3), ("B", "msc high", 4),
        ("B", "saline", 0), ("F", "mpc", 2), ("F", "saline", 2),
    )
]  # fmt: skip
BOTH = MIXED + HARMS


def evidence_of(path, rows, *outcomes):
    write_folder(path, rows)
    return {name: tp.read_evidence(path, outcome=name) for name in outcomes}


def fixed(value):
    return {"outcome_correlation": tp.priors.Fixed(value)}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    return evidence_of(tmp_path_factory.mktemp("both"), BOTH, "pain", "sae")


# --------------------------------------------------------------------------------- whole models


def test_without_correlation_it_is_the_sum_of_the_models(both):
    models = {"pain": tp.Model(), "sae": tp.Model(events="risk")}
    joint = LogDensity(tp.Joint(models, fixed(0)).build(both))
    alone = {name: LogDensity(model.build(both[name])) for name, model in models.items()}
    mean = {name: models[name].priors_for(both[name])["effect"] for name in models}
    rng = np.random.default_rng(11)
    for point in (joint.point(rng) for _ in range(3)):
        expected = np.zeros(2)
        for name, density in alone.items():
            own = {k.removeprefix(f"{name}::"): v for k, v in point.items() if k.startswith(name)}
            own["effect"] = mean[name].mean + mean[name].sd * own.pop("effect_z")
            # The density of the mean is that of its standardised value, over the SD.
            expected += np.add(density(own), (0, np.log(mean[name].sd)))
        np.testing.assert_allclose(joint(point), expected, rtol=RTOL)


def test_order_of_the_outcomes_does_not_matter(both):
    models = {"pain": tp.Model(), "sae": tp.Model()}
    one = LogDensity(tp.Joint(models).build(both))
    other = LogDensity(tp.Joint(dict(reversed(models.items()))).build(both))
    assert sorted(one.names) == sorted(other.names)
    # Innovations change with the order, the normals that they make do not.
    partial = next(name for name in one.names if name.startswith("outcome_correlation"))
    labels = one.model.coords
    of_dim = {"class_z": "class", "trial_z": "contrast", "effect_z": None}

    def turned(point):
        r = 2 / (1 + np.exp(-point[partial][0])) - 1
        s = np.sqrt(1 - r**2)
        moved = dict(point)
        for name, dim in of_dim.items():
            u, v = np.atleast_1d(point[f"pain::{name}"]), np.atleast_1d(point[f"sae::{name}"])
            mine, theirs = ((labels[f"{o}::{dim}"] if dim else [""]) for o in models)
            shared = [(mine.index(x), theirs.index(x)) for x in theirs if x in mine]
            assert shared
            to_u, to_v = u.copy(), v.copy()
            for i, j in shared:
                z = r * u[i] + s * v[j]
                to_u[i], to_v[j] = (u[i] - r * z) / s, z
            for outcome, values in (("pain", to_u), ("sae", to_v)):
                key = f"{outcome}::{name}"
                moved[key] = values.reshape(np.shape(point[key]))
        return moved

    rng = np.random.default_rng(12)
    for point in (one.point(rng) for _ in range(3)):
        np.testing.assert_allclose(other(turned(point)), one(point), rtol=RTOL)


# ------------------------------------------------------------------------------ correlated normals

LABELS = [["a", "b", "c", "d"], ["c", "a", "e"], ["e", "d", "c"]]
R = np.array([[1, 0.7, -0.4], [0.7, 1, 0.1], [-0.4, 0.1, 1]])


def test_normals_of_a_label_have_the_correlation_and_others_none():
    z = []
    with pm.Model() as model:
        normals = CorrelatedNormals(pt.as_tensor(R))
        for k, names in enumerate(LABELS):
            with g.part(f"outcome {k}", coords={"class": names}):
                z.append(normals.add(k, {"class": names}, "z", "class"))
    free = model.free_RVs
    make = pytensor.function(free, pt.concatenate(z), mode=QUICK, on_unused_input="ignore")
    sizes = [len(names) for names in LABELS]
    ends = np.cumsum(sizes)[:-1]
    # Linear in the innovations: its matrix, column by column.
    factor = np.column_stack([make(*np.split(unit, ends)) for unit in np.eye(sum(sizes))])
    place = [(k, label) for k, names in enumerate(LABELS) for label in names]
    covariance = np.array(
        [[R[k, j] if one == other else 0 for j, other in place] for k, one in place]
    )
    np.testing.assert_allclose(factor @ factor.T, covariance, atol=1e-12)

    innovations = np.random.default_rng(2).normal(size=sum(sizes))
    ours = stats.norm.logpdf(innovations).sum() - np.linalg.slogdet(factor)[1]
    theirs = stats.multivariate_normal(cov=covariance).logpdf(factor @ innovations)
    assert ours == pytest.approx(theirs, rel=RTOL)


def test_a_contrast_with_another_reference_arm_is_another_contrast(tmp_path):
    """Both outcomes see PRP in trial T, one against saline, the other against steroid."""
    rows = [
        row("T", "prp", "difference", 6, mean=-9, se=4, versus="saline"),
        row("T", "prp", "events", 6, n=20, events=3, outcome="sae", scale=""),
        row("T", "steroid", "events", 6, n=20, events=1, outcome="sae", scale=""),
    ]
    model = tp.Joint(
        {"pain": tp.Model(time_course="constant"), "sae": tp.Model()}, priors=fixed(0.9)
    ).build(evidence_of(tmp_path, rows, "pain", "sae"))
    effects = [model["pain::arm_effect"], model["sae::arm_effect"]]
    deviations = [model["pain::trial_z"], model["sae::trial_z"]]
    assert deviations[0] not in pytensor.graph.traversal.ancestors([effects[1]])
    assert deviations[1] in pytensor.graph.traversal.ancestors([effects[1]])


@pytest.mark.parametrize(("size", "eta"), [(2, 1.0), (2, 2.0), (3, 2.0), (4, 1.5)])
def test_lkj_is_a_power_of_the_determinant(size, eta):
    with pm.Model(coords={"k": range(size), "k_bis": range(size)}) as model:
        matrix = tp.priors.LKJ(eta).register("R", dims="k")
    (partial,) = model.free_RVs
    x = pt.vector("x")
    (of_x,) = pytensor.graph.replace.clone_replace([matrix], {partial: x})
    pairs = [(i, j) for i in range(size) for j in range(i)]
    jacobian = pt.stack([pytensor.grad(of_x[pair], x) for pair in pairs])
    density = pm.logp(partial, x).sum() - pt.log(pt.abs(pt.linalg.det(jacobian)))
    call = pytensor.function([x], [density, pt.linalg.det(of_x), of_x[1, 0]], mode=QUICK)
    rng = np.random.default_rng(4)
    found = [call(rng.uniform(0.2, 0.8, len(pairs))) for _ in range(4)]
    constants = [float(log_p - (eta - 1) * np.log(det)) for log_p, det, _ in found]
    np.testing.assert_allclose(constants, constants[0], rtol=1e-6)
    if size == 2:
        for log_p, _, r in found:
            assert tp.priors.LKJ(eta).logpdf(r) == pytest.approx(float(log_p), rel=1e-6)


# ------------------------------------------------------------ the whole posterior, where known

CLASS_SD, TAU, MEAN = 8.0, 4.0, tp.priors.Normal(5.0, 10.0)
#: Outcome, trial, arm, printed difference (negative: less pain) and its SE. Of MSC, function is
#: known from one small trial.
GAUSSIAN = [
    ("pain", "A", "prp", -9, 3), ("pain", "B", "msc", -20, 2), ("pain", "C", "msc", -18, 2),
    ("pain", "D", "mpc", 1, 3), ("function", "A", "prp", -7, 3), ("function", "D", "mpc", 2, 4),
    ("function", "E", "msc", -4, 12),
]  # fmt: skip


def normal_model():
    """With known scales and a constant course everything is linear and normal."""
    known = {"class_sd": CLASS_SD, "tau": TAU, "drift": 0, "spread": 20, "spread_sd": 0.1}
    known |= {"rho": 0.5}
    priors = {role: tp.priors.Fixed(value) for role, value in known.items()} | {"effect": MEAN}
    return tp.Model(time_course="constant", priors=priors)


def exact(model, outcomes):
    """Mean and covariance of the class effects, by Newton's one step on the quadratic density."""
    density = LogDensity(model)
    values = [model.rvs_to_values[rv] for rv in model.free_RVs]
    gradient = pytensor.function(
        values, pt.concatenate([g.ravel() for g in pytensor.grad(model.logp(), values)]), mode=QUICK
    )
    names = [f"{o}class_effect" for o in outcomes]
    effects = pytensor.function(
        values,
        pt.concatenate(model.replace_rvs_by_values([model[name] for name in names])),
        mode=QUICK,
        on_unused_input="ignore",
    )
    start = density.model.initial_point()
    sizes = [np.size(start[name]) for name in density.names]

    def at(call, flat):
        parts = np.split(flat, np.cumsum(sizes)[:-1])
        return call(
            *(p.reshape(np.shape(start[n])) for p, n in zip(parts, density.names, strict=True))
        )

    zero = np.zeros(sum(sizes))
    slope, level = at(gradient, zero), at(effects, zero)
    hessian = np.column_stack([at(gradient, unit) - slope for unit in np.eye(len(zero))])
    jacobian = np.column_stack([at(effects, unit) - level for unit in np.eye(len(zero))])
    mode = np.linalg.solve(-hessian, slope)
    np.testing.assert_allclose(at(gradient, mode), 0, atol=1e-8)
    return level + jacobian @ mode, jacobian @ np.linalg.solve(-hessian, jacobian.T)


def by_conditioning(r, classes):
    """The same from the formulas of the model page: condition one normal vector on the numbers."""
    correlation = {(o, p): 1.0 if o == p else r for o in classes for p in classes}
    of_arm = {"prp": "PRP", "msc": "MSC", "mpc": "MPC"}
    effects = [(o, c) for o, names in classes.items() for c in names]
    rows = [(o, t, of_arm[arm], -y, se) for o, t, arm, y, se in GAUSSIAN if o in classes]

    def prior(one, other):
        (o, c), (p, d) = one, other
        return correlation[o, p] * (MEAN.sd**2 + CLASS_SD**2 * (c == d))

    of_effects = np.array([[prior(a, b) for b in effects] for a in effects])
    across = np.array([[prior(a, (o, c)) for o, _, c, _, _ in rows] for a in effects])
    total = np.array(
        [
            [
                prior((o, c), (p, d))
                + correlation[o, p] * TAU**2 * (t == u)
                + se**2 * ((o, t) == (p, u))
                for p, u, d, _, _ in rows
            ]
            for o, t, c, _, se in rows
        ]
    )
    y = np.array([benefit for _, _, _, benefit, _ in rows])
    gain = across @ np.linalg.inv(total)
    return MEAN.mean + gain @ (y - MEAN.mean), of_effects - gain @ across.T


def test_the_posterior_of_normal_outcomes_is_exact_and_borrows(tmp_path):
    rows = [
        row(t, arm, "difference", 6, mean=y, se=se, versus="saline", outcome=o, scale="NRS 0-100")
        for o, t, arm, y, se in GAUSSIAN
    ]
    evidence = evidence_of(tmp_path, rows, "pain", "function")
    models = {"pain": normal_model(), "function": normal_model()}
    classes = {name: ["PRP", "MSC", "MPC"] for name in models}
    sd = {}
    for r in (-0.5, 0.0, 0.9):
        model = tp.Joint(models, fixed(r)).build(evidence)
        mean, covariance = exact(model, ["pain::", "function::"])
        for ours, theirs in zip((mean, covariance), by_conditioning(r, classes), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)
        sd[r] = dict(
            zip(
                itertools.product(models, classes["pain"]),
                np.sqrt(np.diag(covariance)),
                strict=True,
            )
        )
    alone = models["function"].build(evidence["function"])
    mean, covariance = exact(alone, [""])
    for ours, theirs in zip(
        (mean, covariance), by_conditioning(0, {"function": classes["function"]}), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-7)
    # What function says little of, pain says: the interval of MSC is less than 0.7 times as wide.
    assert sd[0.0]["function", "MSC"] == pytest.approx(np.sqrt(covariance[1, 1]))
    assert sd[0.9]["function", "MSC"] < 0.7 * sd[0.0]["function", "MSC"]
