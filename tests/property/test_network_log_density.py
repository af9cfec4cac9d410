"""Laws of the network model, held at random points or against closed forms; nothing is sampled."""

import numpy as np
import pandas as pd
import pytensor
import pytest
from scipy import stats

import trialpool as tp
from tests.gaussian import GivenNormal
from tests.graphs import same_density
from tests.helpers import QUICK, LogDensity
from trialpool.synthesis.network import positions
from trialpool.synthesis.priors import Fixed, Flat, HalfNormal, Normal, Uniform
from trialpool.synthesis.treatment_network import build_treatment_network

RTOL = 1e-9
STUDIES = {"s1": "ABC", "s2": "AB", "s3": "BCD", "s4": "CD", "s5": "AD", "s6": "ABCD"}
RNG = np.random.default_rng(31)
ARMS = pd.DataFrame(
    [
        {"study": study, "trt": arm, "r": int(RNG.integers(1, 30)), "n": 60,
         "y": float(RNG.normal()), "se": float(RNG.uniform(0.1, 0.5))}
        for study, arms in STUDIES.items()
        for arm in arms
    ]
)  # fmt: skip
MODEL = tp.Model(priors={"tau": HalfNormal(0.5), "baseline": Flat(), "effect": Flat()})


def counts(frame, reference="A"):
    return tp.Evidence.from_network(
        frame, study="study", treatment="trt", events="r", total="n", reference=reference
    )


def carried(point, one, other, rename=lambda name: name):
    """The same expected numbers as a point of another model of the same studies."""
    a, b = (build_treatment_network(evidence, horizon=60) for evidence in (one, other))
    tau = np.exp(point["tau_log__"])
    delta = a.of_treatment @ point["treatment_effect"] + tau * (a.deviation @ point["study_z"])
    eta = point["baseline"][a.study] + delta - delta[a.base]
    there = positions([_renamed(label, rename) for label in a.arms], b.arms)
    eta_there = np.empty_like(eta)
    eta_there[there] = eta
    first = [int(np.argmax(b.study == s)) for s in range(len(b.studies))]
    d = dict(zip([rename(t) for t in a.treatments], point["treatment_effect"], strict=True))
    d[rename(one.reference)] = 0.0
    effect = np.array([d[name] - d[other.reference] for name in b.treatments])
    fixed = b.of_treatment @ effect
    deviation = (eta_there - eta_there[b.base] - fixed + fixed[b.base]) / tau
    z, *_ = np.linalg.lstsq(b.deviation, deviation)
    return point | {"treatment_effect": effect, "baseline": eta_there[first], "study_z": z}


def _renamed(label, rename):
    study, arm = label.split(" | ")
    return f"{study} | {rename(arm)}"


def same_posterior(one, other, rename=lambda name: name):
    x, y = (LogDensity(MODEL.build(evidence)) for evidence in (one, other))
    rng = np.random.default_rng(2)
    for point in (x.point(rng) for _ in range(3)):
        moved = carried(point, one, other, rename)
        # The prior of deviations too: their correlation of 1/2 knows no base arm.
        np.testing.assert_allclose(y(moved), x(point), rtol=RTOL)


@pytest.mark.parametrize("reference", ["B", "D"])
def test_the_reference_treatment_changes_nothing_but_what_effects_are_measured_against(reference):
    same_posterior(counts(ARMS), counts(ARMS, reference))


def test_names_of_treatments_change_nothing_but_names():
    names = {"A": "zeta", "B": "mu", "C": "alpha", "D": "kappa"}
    renamed = counts(ARMS.assign(trt=ARMS["trt"].map(names)), "zeta")
    same_posterior(counts(ARMS), renamed, names.get)


@pytest.mark.parametrize("seed", [1, 2])
def test_order_of_rows_does_not_matter(seed):
    shuffled = counts(ARMS.sample(frac=1, random_state=seed))
    same_posterior(counts(ARMS), shuffled)
    assert shuffled.data_hash == counts(ARMS).data_hash
    default = counts(ARMS.sample(frac=1, random_state=seed), None)
    assert default.reference == counts(ARMS, None).reference


def log_lik(model, point):
    (value,) = model.replace_rvs_by_values([model["log_lik"]])
    call = pytensor.function(model.value_vars, value, mode=QUICK, on_unused_input="ignore")
    return dict(zip(model.coords["study"], call(**point), strict=True))


def test_a_study_left_out_leaves_the_others_as_they_were():
    whole = counts(ARMS)
    left = whole.without("s3")
    assert left.data_hash == counts(ARMS[ARMS["study"] != "s3"]).data_hash
    one, other = MODEL.build(whole), MODEL.build(left)
    point = LogDensity(one).point(np.random.default_rng(4))
    inside = [not label.startswith("s3") for label in one.coords["contrast"]]
    kept = [name != "s3" for name in one.coords["study"]]
    fewer = point | {"study_z": point["study_z"][inside], "baseline": point["baseline"][kept]}
    before, after = log_lik(one, point), log_lik(other, fewer)
    assert set(before) - set(after) == {"s3"}
    for name, value in after.items():
        assert value == pytest.approx(before[name], rel=RTOL)


def test_weight_zero_is_leaving_out_and_log_lik_adds_up():
    density = LogDensity(MODEL.build(counts(ARMS)))
    point = density.point(np.random.default_rng(5))
    assert sum(log_lik(density.model, point).values()) == pytest.approx(density(point)[0], rel=RTOL)


# ------------------------------------------------------------------- normal numbers, closed forms


def means(reference="A"):
    return tp.Evidence.from_network(
        ARMS, study="study", treatment="trt", mean="y", se="se", reference=reference
    )


def as_contrasts():
    """The same numbers against the last arm of each study, as multinma has them."""
    rows = []
    for study, group in ARMS.groupby("study"):
        base = group.iloc[-1]
        rows.append({"study": study, "trt": base["trt"], "y": np.nan, "se": base["se"]})
        rows += [
            {"study": study, "trt": row.trt, "y": row.y - base["y"],
             "se": np.hypot(row.se, base["se"])}
            for row in group.iloc[:-1].itertuples()
        ]  # fmt: skip
    return pd.DataFrame(rows)


def from_contrasts(frame, treatment="trt"):
    return tp.Evidence.from_contrasts(
        frame, study="study", treatment=treatment, effect="y", se="se", reference="A"
    )


def as_pairs():
    rows = []
    for study, group in ARMS.groupby("study"):
        arms = list(group.itertuples())
        rows += [
            {"study": study, "t1": a.trt, "t2": b.trt, "y": a.y - b.y, "se": np.hypot(a.se, b.se)}
            for i, a in enumerate(arms)
            for b in arms[:i]
        ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def layouts():
    half = ARMS["study"].isin(["s1", "s2", "s3"])
    contrast = from_contrasts(as_contrasts())
    return {
        "arms": means(),
        "contrasts": contrast,
        "pairs": from_contrasts(as_pairs(), ("t1", "t2")),
        "mixed": tp.Evidence.combine(
            means().without(*ARMS.loc[~half, "study"].unique()),
            contrast.without("s1", "s2", "s3"),
            reference="A",
        ),
    }


def least_squares(tau, prior_sd):
    """Generalised least squares of the contrasts against the first arm, and their evidence."""
    y, X, blocks = [], [], []
    for _, group in ARMS.groupby("study"):
        base, others = group.iloc[0], group.iloc[1:]
        y += list(others["y"] - base["y"])
        for arm in others["trt"]:
            X.append([(arm == t) - (base["trt"] == t) for t in "BCD"])
        k = len(others)
        shared = base["se"] ** 2 + tau**2 / 2
        blocks.append(shared + np.diag(others["se"] ** 2 + tau**2 / 2))
        assert blocks[-1].shape == (k, k)
    size = len(y)
    S, at = np.zeros((size, size)), 0
    for block in blocks:
        S[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    y, X, W = np.array(y), np.array(X, float), np.linalg.inv(S)
    cov = np.linalg.inv(X.T @ W @ X + np.eye(3) / prior_sd**2)
    evidence = stats.multivariate_normal(np.zeros(size), S + prior_sd**2 * X @ X.T).logpdf(y)
    return cov @ X.T @ W @ y, cov, evidence


@pytest.mark.parametrize("tau", [0.0, 0.3, 2.0])
@pytest.mark.parametrize("layout", ["arms", "contrasts", "pairs", "mixed"])
def test_normal_networks_are_generalised_least_squares(layouts, layout, tau):
    """Flat baselines integrate to contrasts, whichever way the numbers are printed."""
    pooling = {"trial": "partial" if tau else "complete"}
    priors = {"effect": Normal(0, 3), "baseline": Flat(), "tau": Fixed(tau)}
    model = tp.Model(pooling=pooling, priors=priors).build(layouts[layout])
    given = GivenNormal(model)
    found, place = given(), given.place["treatment_effect"]
    mean, cov, evidence = least_squares(tau, 3)
    np.testing.assert_allclose(found.mean[place], mean, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found.cov[place, place], cov, rtol=1e-6, atol=1e-9)
    assert found.evidence == pytest.approx(evidence, abs=1e-6)


# ------------------------------------------------------------------------------------- over time

MONTHS = (1.0, 3.0, 6.0, 12.0)


def over_time(rho, seed=3, sd=0.4):
    """Means of arms over months on a log-linear course, errors of an arm correlated by rho."""
    rng = np.random.default_rng(seed)
    effect = {"A": 0.0, "B": -1.0, "C": -2.0, "D": 0.5}
    rows = []
    for study, arms in STUDIES.items():
        control = rng.normal(size=len(MONTHS))
        for arm in arms:
            shared, own = rng.normal(), rng.normal(size=len(MONTHS))
            error = sd * (np.sqrt(rho) * shared + np.sqrt(1 - rho) * own)
            g = np.log1p(MONTHS) / np.log(13)
            rows += [
                {"study": study, "trt": arm, "month": m, "y": float(y), "se": sd}
                for m, y in zip(MONTHS, control + effect[arm] * g + error, strict=True)
            ]
    return pd.DataFrame(rows)


def course(frame):
    return tp.Evidence.from_network(
        frame, study="study", treatment="trt", mean="y", se="se", months="month", reference="A"
    )


@pytest.mark.parametrize("control", ["free", "course"])
def test_visits_of_an_arm_are_one_joint_normal(control):
    evidence = course(over_time(0.5).drop(index=[1, 7, 8]))
    priors = {"baseline": Normal(0, 5), "tau": HalfNormal(1)}
    model = tp.Model(time_course="emax", control=control, priors=priors).build(evidence)
    density = LogDensity(model)
    network = build_treatment_network(evidence, horizon=60)
    rows = network.means
    rng = np.random.default_rng(6)
    for point in (density.point(rng) for _ in range(2)):
        tau, onset = np.exp(point["tau_log__"]), np.exp(point["onset_log__"])
        rho = 0.95 / (1 + np.exp(-point["rho_interval__"]))
        of_arm = network.of_treatment @ point["treatment_effect"]
        of_arm = of_arm + tau * (network.deviation @ point["study_z"])
        g = rows.column("months") / (onset + rows.column("months"))
        delta = of_arm - of_arm[network.base]
        start = (
            point["baseline"][network.visit]
            if control == "free"
            else point["baseline"][rows.study] * g
        )
        theta, se = start + delta[rows.arm] * g, rows.column("se")
        expected = 0.0
        for arm in np.unique(rows.arm):
            at = rows.arm == arm
            correlation = rho + (1 - rho) * np.eye(at.sum())
            cov = np.outer(se[at], se[at]) * correlation
            expected += stats.multivariate_normal(theta[at], cov).logpdf(rows.column("y")[at])
        assert density(point)[0] == pytest.approx(expected, rel=RTOL)
        (value,) = model.replace_rvs_by_values([model["relative_effect"]])
        call = pytensor.function(model.value_vars, value, mode=QUICK, on_unused_input="ignore")
        months = np.array(model.coords["months"])
        np.testing.assert_allclose(
            call(**point), np.outer(point["treatment_effect"], months / (onset + months))
        )


@pytest.mark.parametrize("truth", [0.2, 0.7])
def test_the_correlation_of_visits_is_learnt_from_the_data(truth):
    """A peer leaves it out of the likelihood, so that its posterior is its prior; ours moves."""
    model = tp.Model(
        time_course="loglinear",
        pooling={"trial": "complete"},
        priors={"rho": Uniform(0, 0.95), "baseline": Normal(0, 5)},
    ).build(course(over_time(truth)))
    grid = np.linspace(-7, 5, 25)
    mixture = GivenNormal(model, ["rho_interval__"]).over(rho_interval__=grid)
    rho = 0.95 / (1 + np.exp(-mixture.nodes["rho_interval__"]))
    mean = mixture.weight @ rho
    sd = np.sqrt(mixture.weight @ rho**2 - mean**2)
    assert sd < 0.5 * 0.95 / np.sqrt(12)  # that of the prior
    assert abs(mean - truth) < 3 * sd
    assert (mean < 0.4) == (truth < 0.4)


# ----------------------------------------------------------------------------------------- graphs


@pytest.mark.parametrize("layout", ["arms", "contrasts", "pairs", "mixed"])
def test_graph_of_a_normal_network_is_the_pymc_model(layouts, layout):
    same_density(tp.Model().graph(layouts[layout]), tp.Model().build(layouts[layout]))


def test_graph_of_counts_and_rates_is_the_pymc_model():
    rates = tp.Evidence.from_network(
        ARMS, study="study", treatment="trt", events="r", person_time="n", reference="A"
    )
    for evidence in (counts(ARMS), rates):
        same_density(MODEL.graph(evidence), MODEL.build(evidence), gradient=True)


@pytest.mark.parametrize("control", ["free", "course"])
def test_graph_of_a_network_over_time_is_the_pymc_model(control):
    evidence = course(over_time(0.5).drop(index=[1, 7, 8]))
    model = tp.Model(time_course="emax", control=control)
    same_density(model.graph(evidence), model.build(evidence), gradient=True)
