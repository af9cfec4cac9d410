"""Members of plain meta-analysis as their formulas; nothing is sampled."""

import numpy as np
import pandas as pd
import pytensor
import pytest
from scipy import stats

import trialpool as tp
from tests.helpers import QUICK, LogDensity

RTOL = 1e-8
CLUSTERS = list("aaabbcccd")
ROWS = len(CLUSTERS)
PRIORS = {
    "effect": tp.priors.Normal(0, 1),
    "tau": tp.priors.HalfNormal(0.5),
    "tau_cluster": tp.priors.HalfNormal(0.5),
    "slope": tp.priors.Normal(0, 1),
    "bias": tp.priors.Normal(0, 2),
}


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(11)
    return pd.DataFrame(
        {
            "s": [f"row {i}" for i in range(ROWS)],
            "c": CLUSTERS,
            "y": rng.normal(0.3, 0.6, ROWS),
            "se": rng.uniform(0.1, 0.6, ROWS),
            "dose": rng.normal(5, 2, ROWS),
        }
    )


def effects(frame, **how):
    return tp.Evidence.from_effects(frame, study="s", effect="y", se="se", **how)


def errors_of_patients_seen_again(frame):
    """Covariances within and across the clusters' names: rows 0 and 1, rows 2, 4 and 7."""
    correlation = np.eye(ROWS)
    correlation[0, 1] = correlation[1, 0] = 0.7
    for i, j, r in ((2, 4, 0.5), (2, 7, -0.2), (4, 7, 0.3)):
        correlation[i, j] = correlation[j, i] = r
    return correlation * np.outer(frame["se"], frame["se"])


def same_cluster(frame):
    label = frame["c"].to_numpy()
    return (label[:, None] == label).astype(float)


#: Name -> what the evidence says of dependence, model, and the covariance of the errors.
MEMBERS = {
    "three levels": ({"cluster": "c"}, {}, lambda f: np.diag(f["se"] ** 2)),
    "three levels, correlated errors, slope, PET": (
        {"cluster": "c", "correlation": 0.6, "covariates": ["dose"]},
        {"covariates": ["dose"], "small_study": "pet"},
        lambda f: np.outer(f["se"], f["se"]) * (0.6 * same_cluster(f) + 0.4 * np.eye(ROWS)),
    ),
    "correlated errors, PEESE": (
        {"covariance": errors_of_patients_seen_again},
        {"small_study": "peese"},
        errors_of_patients_seen_again,
    ),
    "common effect, correlated errors": (
        {"cluster": "c", "correlation": -0.2},
        {"pooling": {"trial": "complete"}},
        lambda f: np.outer(f["se"], f["se"]) * (-0.2 * same_cluster(f) + 1.2 * np.eye(ROWS)),
    ),
    "own effects, correlated errors": (
        {"covariance": errors_of_patients_seen_again},
        {"pooling": {"trial": "none"}},
        errors_of_patients_seen_again,
    ),
    "slope, PET": (
        {"covariates": ["dose"]},
        {"covariates": ["dose"], "small_study": "pet"},
        lambda f: np.diag(f["se"] ** 2),
    ),
}


@pytest.fixture(scope="module", params=MEMBERS)
def member(request, frame):
    """The built model, its frame, and mean and covariance of the estimates at a point."""
    how, options, errors = MEMBERS[request.param]
    how = {name: value(frame) if callable(value) else value for name, value in how.items()}
    density = LogDensity(tp.Model(priors=PRIORS, **options).build(effects(frame, **how)))
    errors = errors(frame)

    def moments(point):
        theta = point.get("study_effect", point.get("effect")) * np.ones(ROWS)
        if "slope_per_sd" in point:
            theta = theta + point["slope_per_sd"] * stats.zscore(frame["dose"].to_numpy())
        power = 1 if options.get("small_study") == "pet" else 2
        mean = theta + point.get("bias", 0.0) * frame["se"].to_numpy() ** power
        own, common = (
            np.exp(2 * point.get(f"{name}_log__", -np.inf)) for name in ("tau", "tau_cluster")
        )
        return theta, mean, own * np.eye(ROWS) + common * same_cluster(frame), errors

    rng = np.random.default_rng(2)
    return density, frame, moments, [density.point(rng) for _ in range(3)]


def at(density, name, points):
    """A deterministic of the model at points."""
    (value,) = density.model.replace_rvs_by_values([density.model[name]])
    call = pytensor.function(density.inputs, value, mode=QUICK, on_unused_input="ignore")
    return [call(*(point[name] for name in density.names)) for point in points]


def test_likelihood_is_the_multivariate_normal(member):
    density, frame, moments, points = member
    for point in points:
        _, mean, effects_covariance, errors = moments(point)
        expected = stats.multivariate_normal.logpdf(frame["y"], mean, effects_covariance + errors)
        assert density(point)[0] == pytest.approx(expected, rel=RTOL)


def test_units_add_up_to_the_likelihood(member):
    density, _, _, points = member
    for point, by_unit in zip(points, at(density, "log_lik", points), strict=True):
        assert by_unit.sum() == pytest.approx(density(point)[0], rel=RTOL)


def test_study_effects_are_drawn_from_their_conditional(member):
    density, frame, moments, points = member
    if "study_z" not in density.names:  # nothing is drawn
        theta, *_ = moments(points[0])
        np.testing.assert_allclose(at(density, "study_effect", points[:1])[0], theta)
        return
    random = [name for name in density.names if name in ("study_z", "cluster_z")]
    point = points[0]
    theta, mean, prior, errors = moments(point)
    gain = prior @ np.linalg.inv(prior + errors)
    centre = point | {name: np.zeros_like(point[name]) for name in random}
    moved = []
    for name in random:
        for i in range(len(point[name])):
            unit = np.zeros_like(point[name])
            unit[i] = 1.0
            moved.append(centre | {name: unit})
    conditional_mean, *others = at(density, "study_effect", [centre, *moved])
    np.testing.assert_allclose(conditional_mean, theta + gain @ (frame["y"] - mean), rtol=1e-7)
    loadings = (np.array(others) - conditional_mean).T
    np.testing.assert_allclose(loadings @ loadings.T, prior - gain @ prior, rtol=1e-7, atol=1e-12)


def test_a_cluster_says_as_much_as_its_marginal(frame):
    how = {"cluster": "c", "correlation": 0.3}
    density = LogDensity(tp.Model(priors=PRIORS).build(effects(frame, **how)))
    point = density.point(np.random.default_rng(4))
    own, common = np.exp(2 * point["tau_log__"]), np.exp(2 * point["tau_cluster_log__"])
    (by_cluster,) = at(density, "log_lik", [point])
    for cluster, value in zip(density.model.coords["cluster"], by_cluster, strict=True):
        rows = frame[frame["c"] == cluster]
        k = len(rows)
        errors = np.outer(rows["se"], rows["se"]) * (0.3 + 0.7 * np.eye(k))
        total = errors + own * np.eye(k) + common
        expected = stats.multivariate_normal.logpdf(rows["y"], np.full(k, point["effect"]), total)
        assert value == pytest.approx(expected, rel=RTOL)


def test_order_of_rows_does_not_matter(frame):
    order = np.random.default_rng(5).permutation(ROWS)
    shuffled = frame.iloc[order]
    one = effects(frame, covariance=errors_of_patients_seen_again(frame))
    matrix = errors_of_patients_seen_again(frame)[np.ix_(order, order)]
    other = effects(shuffled, covariance=matrix)
    labelled = effects(shuffled, covariance=one.covariance)
    assert one.data_hash == other.data_hash == labelled.data_hash
    densities = [LogDensity(tp.Model(priors=PRIORS).build(e)) for e in (one, other, labelled)]
    point = densities[0].point(np.random.default_rng(6))
    for density in densities[1:]:
        assert density(point)[0] == pytest.approx(densities[0](point)[0], rel=RTOL)


def test_slope_is_per_unit_and_the_effect_at_the_mean_of_the_covariate(frame):
    evidence = effects(frame.assign(dose=10 * frame["dose"] + 3), covariates=["dose"])
    model = tp.Model(priors=PRIORS, covariates=["dose"])
    density = LogDensity(model.build(evidence))
    usual = LogDensity(model.build(effects(frame, covariates=["dose"])))
    point = density.point(np.random.default_rng(7))
    assert density(point) == pytest.approx(usual(point), rel=RTOL)
    (slope,), (usual_slope,) = at(density, "slope", [point]), at(usual, "slope", [point])
    assert 10 * slope == pytest.approx(usual_slope)
    assert slope == pytest.approx(point["slope_per_sd"] / evidence.used["dose"].std(ddof=0))


def test_counts_with_a_covariate_common_and_own_effects():
    frame = pd.DataFrame(
        {"s": list("abc"), "t": [0, 5, 3], "n": [20, 31, 25], "c": [3, 4, 9], "m": [22, 30, 24]}
    ).assign(year=[1990, 1994, 2004])
    evidence = tp.Evidence.from_counts(
        frame, study="s", events=("t", "c"), totals=("n", "m"), covariates=["year"]
    )
    year = stats.zscore(frame["year"].to_numpy(float))
    for options in (
        {"covariates": ["year"]},
        {"covariates": ["year"], "pooling": {"trial": "complete"}},
        {"pooling": {"trial": "none"}},
    ):
        density = LogDensity(tp.Model(**options).build(evidence))
        point = density.point(np.random.default_rng(8))
        theta = point.get("study_effect", point.get("effect"))
        theta = theta + year * point.get("slope_per_sd", 0.0)
        if "study_z" in point:
            theta = theta + np.exp(point["tau_log__"]) * point["study_z"]
        control = stats.binom(frame["m"], 1 / (1 + np.exp(-point["baseline"])))
        treated = stats.binom(frame["n"], 1 / (1 + np.exp(-point["baseline"] - theta)))
        expected = control.logpmf(frame["c"]).sum() + treated.logpmf(frame["t"]).sum()
        assert density(point)[0] == pytest.approx(expected, rel=RTOL)


# ---------------------------------------------------------------------------------------- selection


@pytest.mark.parametrize("choice", ["selection(positive)", "selection(negative, 0.01, 0.2)"])
def test_density_of_a_published_estimate_integrates_to_one(choice):
    # Estimates of one standard error at the nodes of a quadrature between the steps, in one model.
    steps = 0.3 * stats.norm.isf([0.99, 0.975, 0.8, 0.2, 0.025, 0.01])
    ends = np.concatenate([[-9.0], steps, [9.0]])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    half = np.diff(ends)[:, None] / 2
    y = ((ends[:-1] + ends[1:])[:, None] / 2 + half * nodes).ravel()
    frame = pd.DataFrame({"s": [f"{i}" for i in range(len(y))], "y": y, "se": 0.3})
    density = LogDensity(tp.Model(small_study=choice, priors=PRIORS).build(effects(frame)))
    rng = np.random.default_rng(9)
    for by_study in at(density, "log_lik", [density.point(rng) for _ in range(3)]):
        assert np.exp(by_study) @ (half * weights).ravel() == pytest.approx(1, abs=1e-6)


def test_selection_is_the_weighted_normal():
    frame = pd.DataFrame(
        {"s": list("abcd"), "y": [0.9, 0.2, -0.4, 0.5], "se": [0.3, 0.3, 0.2, 0.28]}
    )
    model = tp.Model(small_study="selection(positive, 0.025, 0.5)", priors=PRIORS)
    density = LogDensity(model.build(effects(frame)))
    point = density.point(np.random.default_rng(10))
    relative = 1 / (1 + np.exp(-point["publication_relative_interval__"]))
    omega = np.array([1.0, *np.cumprod(relative)])
    sd = np.hypot(frame["se"], np.exp(point["tau_log__"]))
    p = stats.norm.sf(frame["y"] / frame["se"])
    interval = np.searchsorted([0.025, 0.5], p)
    assert set(interval) == {0, 1, 2}
    ends = np.array([np.inf, stats.norm.isf(0.025), 0.0, -np.inf])
    below = stats.norm.cdf(np.outer(frame["se"], ends), point["effect"], sd.to_numpy()[:, None])
    share = below[:, :-1] - below[:, 1:]
    expected = stats.norm.logpdf(frame["y"], point["effect"], sd) + np.log(
        omega[interval] / (share @ omega)
    )
    assert density(point)[0] == pytest.approx(expected.sum(), rel=RTOL)
    np.testing.assert_allclose(at(density, "log_lik", [point])[0], expected, rtol=RTOL)
    np.testing.assert_allclose(at(density, "publication", [point])[0], omega[1:])


def test_without_a_preference_nothing_is_selected(frame):
    all_published = tp.Model(
        small_study="selection", priors=PRIORS | {"publication": tp.priors.Fixed(1.0)}
    )
    one, other = (
        LogDensity(model.build(effects(frame)))
        for model in (all_published, tp.Model(priors=PRIORS))
    )
    point = one.point(np.random.default_rng(12))
    assert one(point) == pytest.approx(other(point), rel=RTOL)
    np.testing.assert_allclose(
        at(one, "study_effect", [point])[0], at(other, "study_effect", [point])[0]
    )


def test_the_other_sign_is_selected_the_other_way(frame):
    one, mirrored = (
        LogDensity(
            tp.Model(small_study=choice, priors=PRIORS).build(
                effects(frame.assign(y=sign * frame["y"]))
            )
        )
        for choice, sign in (("selection(positive)", 1), ("selection(negative)", -1))
    )
    point = one.point(np.random.default_rng(13))
    other = {
        name: -value if name in ("effect", "study_z", "new_study_z") else value
        for name, value in point.items()
    }
    assert mirrored(other) == pytest.approx(one(point), rel=RTOL)


def test_without_a_direction_that_of_the_mean_is_favoured(frame):
    for sign, direction in ((1, "positive"), (-1, "negative")):
        evidence = effects(frame.assign(y=sign * np.abs(frame["y"])))
        one, named = (
            LogDensity(tp.Model(small_study=choice, priors=PRIORS).build(evidence))
            for choice in ("selection", f"selection({direction})")
        )
        point = one.point(np.random.default_rng(14))
        assert named(point) == pytest.approx(one(point), rel=RTOL)
        described = tp.Model(small_study="selection").describe_priors(evidence)
        (entry,) = [d for d in described if d["role"] == "publication"]
        assert f"in favour of {direction} effects (the sign of" in entry["meaning"]
