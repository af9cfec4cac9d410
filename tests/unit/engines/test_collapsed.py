"""Models of few hyper-parameters: what is integrated out, the integral, the draws, the check."""

import arviz as az
import numpy as np
import pandas as pd
import pytest
from arviz_stats.base import array_stats
from scipy import stats

import trialpool as tp
from tests.helpers import MIXED, evidence_of, row, write_folder
from trialpool.engines import machine, values_of
from trialpool.engines.collapsed import Collapsed, collapse
from trialpool.engines.importance import DistrustError, importance_sample, independence_chain
from trialpool.engines.pareto import pareto_k
from trialpool.errors import EngineError
from trialpool.graph.gaussian import nested_form
from trialpool.graph.program import read_program

#: Differences against saline at several months: their errors are printed, so no spread is needed.
DIFFERENCES = [
    row(f"T{i}", arm, "difference", month, mean=-6 - i % 3, se=4 + i % 2, n=30, versus="saline",
        versus_n=30)
    for i in range(9)
    for arm in (("prp",), ("msc",), ("prp", "msc"))[i % 3]
    for month in ((3, 6, 12), (6,), (6, 24))[i % 3]
]  # fmt: skip

#: Means with their SDs, which say how wide the patients are and how exact the means.
MEANS = [
    row(t, arm, "mean", month, n=30 + i, mean=60 - month - 4 * (arm == "prp"), sd=20 + i % 3)
    for i, t in enumerate("ABCD")
    for arm in ("prp", "saline")
    for month in (0, 3, 12)
]


@pytest.fixture(scope="module")
def differences(tmp_path_factory):
    return evidence_of(tmp_path_factory.mktemp("differences"), DIFFERENCES)


def clusters():
    frame = pd.DataFrame(
        {
            "s": range(8),
            "y": np.random.default_rng(12).normal(0.3, 0.4, 8),
            "se": 0.2,
            "c": list("aabbbcdd"),
        }
    )
    return tp.Evidence.from_effects(frame, study="s", effect="y", se="se", cluster="c")


def network(studies=6, arms=3, treatments=5):
    rng = np.random.default_rng(studies)
    rows = [
        {"study": f"s{i}", "trt": "ABCDEFGH"[t], "y": rng.normal(-0.2 * t, 0.3), "se": 0.25}
        for i in range(studies)
        for t in np.sort(rng.choice(treatments, arms, replace=False))
    ]
    return tp.Evidence.from_network(
        pd.DataFrame(rows), study="study", treatment="trt", mean="y", se="se", reference="A"
    )


def names_of(graph, places):
    return {f.name for f in graph.free if np.isin(np.arange(graph.size)[f.place], places).any()}


# ---------------------------------------------------------------------------- what is integrated


def test_locations_are_found_and_scales_and_courses_are_not(differences):
    graph = tp.Model().graph(differences)
    form = nested_form(graph)
    location = form.outer.location
    assert names_of(graph, location) >= {"effect", "class_z", "trial_z", "drift_z"}
    assert names_of(graph, form.hyper) >= {"tau", "class_sd", "half_life_typical", "onset", "drift"}
    assert not form.inner.location.size
    assert not set(location) & set(form.hyper)
    assert len(location) + len(form.hyper) + len(form.idle) == graph.size


def test_of_a_product_of_two_candidates_one_stays(differences):
    # The spline's shares are normal too, and multiply the effects.
    graph = tp.Model(time_course="spline").graph(differences)
    form = nested_form(graph)
    assert "effect" in names_of(graph, form.outer.location)
    assert "share_1_typical" in names_of(graph, form.hyper)


def test_sds_of_arms_are_normal_given_the_printed_ones_and_also_scales(tmp_path):
    graph = tp.Model().graph(evidence_of(tmp_path, MEANS))
    form = nested_form(graph)
    assert names_of(graph, form.inner.location) == {"spread_z", "visit_sd_z"}
    assert names_of(graph, form.hyper) >= {"spread", "spread_sd", "rho", "tau"}


def test_counts_have_no_locations(tmp_path):
    graph = tp.Model().graph(evidence_of(tmp_path, MIXED))
    assert not nested_form(graph).outer.location.size
    assert "numbers that cannot be integrated out" in collapse(graph)


# ---------------------------------------------------------------------------------- the integral


def points_of(found, u, z):
    """Elements of the graph that are drawn, in the order of the numbers they are made of."""
    form = found.form
    order = np.concatenate([form.hyper, form.inner.location, form.outer.location])
    values, points = found._marginals(u, z)
    return values, points[:, order], points


@pytest.mark.parametrize("kind", ["differences", "network", "many trials", "printed SDs"])
def test_the_integral_and_the_draws_are_the_joint_density(differences, tmp_path, kind):
    """A change of variables: marginal times normal density is the joint density and Jacobian."""
    given = {"differences": differences, "network": network()}.get(kind) or network(60, 4, 8)
    if kind == "printed SDs":
        given = evidence_of(tmp_path, MEANS)
    own = kind in ("differences", "printed SDs")
    graph = tp.Model(priors={} if own else {"effect": tp.priors.Normal(0, 3)}).graph(given)
    found = collapse(graph)
    assert isinstance(found, Collapsed)
    rng = np.random.default_rng(3)
    hyper, inner, outer = (
        len(places)
        for places in (found.form.hyper, found.form.inner.location, found.form.outer.location)
    )
    joint = read_program(graph.size, terms=graph.terms)
    for _ in range(2):
        w = rng.normal(0, 0.4, hyper + inner + outer)
        moves = 1e-5 * np.vstack([np.zeros(w.size), np.eye(w.size), -np.eye(w.size)])
        u, z = np.split(w + moves, [hyper + inner], axis=1)
        values, drawn, points = points_of(found, u, z)
        slopes = (drawn[1 : w.size + 1] - drawn[w.size + 1 :]) / 2e-5
        _, jacobian = np.linalg.slogdet(slopes)
        priors = values_of(graph, [free.log_prior for free in graph.free], points[:1])
        idle = np.concatenate([np.ravel(p) for p in priors])[found.form.idle].sum()
        expected = machine.log_density(joint, points[0])[0] - idle + jacobian
        assert values[0] + stats.norm.logpdf(z[0]).sum() == pytest.approx(expected, rel=1e-6)


# -------------------------------------------------------------------------- agreement with NUTS


def both(model, given, **how):
    found = {}
    for engine in ("collapsed", "nuts"):
        posterior = tp.fit(model, given, engine=engine, seed=4, draws=1500, progress=False, **how)
        assert posterior.meta["engine"] == engine
        assert posterior.meta["diagnostics"]["ok"], posterior.meta["diagnostics"]["messages"]
        found[engine] = posterior
    return found["collapsed"], found["nuts"]


def agree(one, other, k=4.5):
    a, b = (p.tree["posterior"].to_dataset() for p in (one, other))
    assert set(a) == set(b)
    for name in a:
        assert a[name].dims == b[name].dims
        x, y = (d[name].values.reshape(*d[name].shape[:2], -1) for d in (a, b))
        for i in range(x.shape[-1]):
            u, v = x[..., i], y[..., i]
            if v.std() < 1e-9:
                np.testing.assert_allclose(u.mean(), v.mean(), atol=1e-9)
                continue
            for p, q in ((u, v), ((u - v.mean()) ** 2, (v - v.mean()) ** 2)):
                error = np.hypot(*(s.std() / np.sqrt(float(az.ess(s))) for s in (p, q)))
                assert abs(p.mean() - q.mean()) < k * error, f"{name} {i}"


@pytest.mark.parametrize("kind", ["three levels", "network", "selection", "printed SDs"])
def test_draws_are_those_of_nuts(kind, tmp_path):
    narrow = tp.Model(priors={"tau": tp.priors.HalfNormal(0.5)})
    model, given = {
        "three levels": (narrow, clusters()),
        "network": (tp.Model(), network()),
        "selection": (tp.Model(small_study="selection"), plain()),
        "printed SDs": (tp.Model(time_course="constant"), evidence_of(tmp_path, MEANS)),
    }[kind]
    careful = {"target_accept": 0.98, "tune": 1000} if kind == "printed SDs" else {}
    agree(*both(model, given, **careful))


def plain(y=(0.1, 0.6, 0.2, -0.3, 0.4), se=(0.2, 0.3, 0.2, 0.4, 0.1)):
    frame = pd.DataFrame({"s": range(len(y)), "y": y, "se": se})
    return tp.Evidence.from_effects(frame, study="s", effect="y", se="se")


def test_courses_from_printed_differences(differences):
    careful = {"target_accept": 0.995, "tune": 1500}
    agree(*both(tp.Model(time_course="constant"), differences, **careful))


# ------------------------------------------------------------------------------------- hard cases


def test_two_trials_and_a_flat_mean():
    model = tp.Model(priors={"effect": tp.priors.Flat()}, small_study="none")
    frame = pd.DataFrame({"s": ["a", "b"], "y": [0.1, 0.9], "se": 0.2})
    errors = pd.DataFrame([[0.04, 0.01], [0.01, 0.04]], ["a", "b"], ["a", "b"])
    given = tp.Evidence.from_effects(frame, study="s", effect="y", se="se", covariance=errors)
    posterior = tp.fit(model, given, seed=1, progress=False)
    assert posterior.meta["engine"] in ("collapsed", "nuts") and posterior.meta["engine_reason"]
    agree(posterior, tp.fit(model, given, seed=2, engine="nuts", progress=False))


def test_no_heterogeneity_at_all():
    given = clusters()
    frame = given.used.assign(y=0.3)
    same = tp.Evidence.from_effects(
        frame[["study", "y", "se", "cluster"]], study="study", effect="y", se="se",
        cluster="cluster",
    )  # fmt: skip
    agree(*both(tp.Model(priors={"tau": tp.priors.HalfNormal(0.5)}), same))


def test_all_events_zero(tmp_path):
    rows = [
        row(t, a, "events", 12, outcome="sae", scale="", events=0, n=30)
        for t in "AB"
        for a in ("prp", "saline")
    ]
    given = tp.read_evidence(write_folder(tmp_path, rows), outcome="sae")
    posterior = tp.fit(tp.Model(), given, seed=1, progress=False)
    assert posterior.meta["diagnostics"]["ok"]
    agree(posterior, tp.fit(tp.Model(), given, seed=2, engine="nuts", progress=False))


def test_what_cannot_be_collapsed_goes_to_nuts_and_says_why(tmp_path):
    given = evidence_of(tmp_path, MIXED)
    said = []
    posterior = tp.fit(tp.Model(), given, draws=20, tune=50, chains=2, say=said.append)
    assert posterior.meta["engine"] == "nuts"
    assert "numbers that cannot be integrated out" in posterior.meta["engine_reason"]
    assert posterior.meta["engine_reason"] in said[-1]
    with pytest.raises(EngineError, match=r"got 'collapsed' for a model with .*integrated out"):
        tp.fit(tp.Model(), given, engine="collapsed")


def test_draws_that_fail_their_check_are_not_returned(monkeypatch):
    import trialpool.engines.importance as importance

    monkeypatch.setattr(importance, "LARGEST_K", -5.0)
    posterior = tp.fit(tp.Model(), network(), seed=1, draws=200, progress=False)
    assert posterior.meta["engine"] == "nuts"
    assert (
        "collapsed draws failed their check: importance weights"
        in (posterior.meta["engine_reason"])
    )
    with pytest.raises(EngineError, match="failed their check"):
        tp.fit(tp.Model(), network(), engine="collapsed", draws=200)


def test_the_same_seed_gives_the_same_draws():
    one, again, other = (
        tp.fit(tp.Model(), network(), seed=s, draws=50).tree["posterior"] for s in (5, 5, 6)
    )
    assert one.equals(again) and not one.equals(other)


def test_evidence_is_the_integral_of_the_posterior():
    # Normal data, known heterogeneity: the evidence is a normal density.
    priors = {"effect": tp.priors.Normal(0, 1), "tau": tp.priors.Fixed(0.3)}
    y, se, c = np.array([0.1, 0.6, 0.2]), np.array([0.2, 0.3, 0.2]), np.array(list("uuv"))
    frame = pd.DataFrame({"s": list("abc"), "y": y, "se": se, "c": c})
    given = tp.Evidence.from_effects(frame, study="s", effect="y", se="se", cluster="c")
    priors["tau_cluster"] = tp.priors.Fixed(0.2)
    posterior = tp.fit(tp.Model(priors=priors), given, seed=1)
    together = c[:, None] == c
    covariance = np.diag(se**2 + 0.3**2) + 0.2**2 * together + np.ones((3, 3))
    expected = stats.multivariate_normal(np.zeros(3), covariance).logpdf(y)
    assert posterior.meta["log_evidence"] == pytest.approx(expected, abs=0.02)


# ---------------------------------------------------------------------------- importance sampling


def normal(points):
    return -0.5 * (points**2).sum(axis=1)


def test_weighted_draws_have_the_moments_and_the_constant():
    scale = np.array([1.0, 3.0, 0.2])
    mean = np.array([2.0, -4.0, 0.1])
    found = importance_sample(
        lambda p: normal((p - mean) / scale), np.zeros(3), 8000, np.random.default_rng(1)
    )
    constant = 1.5 * np.log(2 * np.pi) + np.log(scale).sum()
    assert found.log_constant == pytest.approx(constant, abs=0.03)
    draws = found.points[independence_chain(found, 4, 1000, np.random.default_rng(2))]
    assert draws.shape == (4, 1000, 3)
    np.testing.assert_allclose((draws.mean(axis=(0, 1)) - mean) / scale, 0, atol=0.08)
    np.testing.assert_allclose(draws.std(axis=(0, 1)) / scale, 1, atol=0.06)


def test_two_far_modes_are_not_trusted_or_both_are_found():
    def density(p):
        return np.logaddexp(normal(p - 6), normal(p + 6))

    try:
        found = importance_sample(density, np.zeros(2), 8000, np.random.default_rng(3))
    except DistrustError:
        return
    weight = np.exp(found.log_weight - found.log_weight.max())
    left = weight[found.points[:, 0] < 0].sum() / weight.sum()
    assert left == pytest.approx(0.5, abs=0.05)


def test_a_density_that_is_nowhere_is_not_trusted():
    nowhere = lambda p: np.full(len(p), -np.inf)  # noqa: E731
    with pytest.raises(DistrustError, match="no draw"):
        importance_sample(nowhere, np.zeros(2), 100, np.random.default_rng(3))


def test_a_funnel_is_not_trusted_or_has_its_moments():
    def funnel(p):
        return (
            -0.5 * (p[:, 0] / 3) ** 2
            - 0.5 * (p[:, 1:] ** 2).sum(axis=1) * np.exp(-p[:, 0])
            - 0.5 * 4 * p[:, 0]
        )

    try:
        found = importance_sample(funnel, np.zeros(5), 8000, np.random.default_rng(3))
    except DistrustError:
        return
    weight = np.exp(found.log_weight - found.log_weight.max())
    assert weight @ found.points[:, 0] / weight.sum() == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("heavy", [0.2, 0.6, 1.0, 2.0])
def test_pareto_k_is_arviz_s(heavy):
    log_weight = np.random.default_rng(5).exponential(size=3000) * heavy
    assert pareto_k(log_weight) == pytest.approx(
        float(array_stats.psislw(-log_weight)[1]), abs=5e-3
    )


def test_pareto_k_of_weights_that_underflow_is_a_number_without_a_warning():
    # One weight is nearly all, as of a first proposal far from its target.
    assert pareto_k(100 * np.random.default_rng(1).normal(size=20_000)) > 0.7
