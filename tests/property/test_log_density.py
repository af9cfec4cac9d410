"""Laws that a log density must obey exactly, held at random points; nothing is sampled."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytensor
import pytest
from scipy import stats

import trialpool as tp
from tests.helpers import MIXED, QUICK, LogDensity, evidence_of, row, write_folder

RTOL = 1e-9
MODELS = {
    "waning": tp.Model(),
    "constant": tp.Model(time_course="constant", priors={"tau": tp.priors.HalfT(4, 5)}),
}


#: The mixed evidence, read once.
MIXED_EVIDENCE = {}


@pytest.fixture(scope="module", params=MODELS)
def mixed(request, tmp_path_factory):
    """The model, its log density for the mixed evidence, and three random points."""
    model = MODELS[request.param]
    evidence = evidence_of(tmp_path_factory.mktemp("mixed"), MIXED)
    MIXED_EVIDENCE["all"] = evidence
    density = LogDensity(model.build(evidence))
    rng = np.random.default_rng(17)
    return model, density, [density.point(rng) for _ in range(3)]


def same(one, other, points, mirror=lambda point: point):
    assert one.names == other.names
    for point in points:
        assert np.all(np.isfinite(one(point)))
        np.testing.assert_allclose(other(mirror(point)), one(point), rtol=RTOL)


# ------------------------------------------------------------------------------------------- order


@pytest.mark.parametrize("seed", [1, 2])
def test_order_of_rows_and_trials_does_not_matter(mixed, tmp_path, seed):
    model, density, points = mixed
    rng = np.random.default_rng(seed)
    rows = [MIXED[i] for i in rng.permutation(len(MIXED))]
    trials = rng.permutation(["A", "B", "C", "D", "E"]).tolist()
    other = LogDensity(model.build(evidence_of(tmp_path, rows, trials=trials)))
    assert {k: list(v) for k, v in density.model.coords.items() if not k.endswith("report")} == {
        k: list(v) for k, v in other.model.coords.items() if not k.endswith("report")
    }
    # Vectors over reports stand in the order of the file.
    by_label = list(density.model.coords["sd_report"])
    order = [by_label.index(label) for label in other.model.coords["sd_report"]]
    same(density, other, points, lambda p: p | {"visit_sd_z": p["visit_sd_z"][order]})


def test_order_of_studies_does_not_matter():
    frame = pd.DataFrame(
        {"s": list("abcd"), "y": [0.1, -0.4, 0.9, 0.2], "se": [0.1, 0.3, 0.2, 0.5]}
    )
    order = [2, 0, 3, 1]
    one, other = (
        LogDensity(tp.Model().build(tp.Evidence.from_effects(f, study="s", effect="y", se="se")))
        for f in (frame, frame.iloc[order])
    )
    rng = np.random.default_rng(3)
    points = [one.point(rng) for _ in range(3)]
    same(one, other, points, lambda p: p | {"study_z": p["study_z"][order]})


# ------------------------------------------------------------------------------------------- scale


def on_nrs(cells):
    """A row of VAS 0-100 as the same finding on NRS 0-10."""
    tenth = {name: repr(float(cells[name]) / 10) for name in ("mean", "sd", "se") if name in cells}
    if cells.get("threshold", "").endswith("mm"):
        tenth["threshold"] = f">={float(cells['threshold'][2:-2]) / 10:g}"
    return cells | tenth | {"scale": "NRS 0-10"}


def upside_down(cells):
    """A row of VAS 0-100 as the same finding on a scale on which higher is better."""
    turned = {"scale": "SF-36 0-100"}
    if "mean" in cells:
        value = float(cells["mean"])
        turned["mean"] = repr(100 - value if cells["kind"] == "mean" else -value)
    return cells | turned


def test_nrs_0_to_10_is_vas_0_to_100_with_other_units(mixed, tmp_path):
    model, density, points = mixed
    evidence = evidence_of(tmp_path, [on_nrs(cells) for cells in MIXED])
    same(density, LogDensity(model.build(evidence)), points)


def test_higher_is_better_is_lower_is_better_upside_down(tmp_path):
    # Not for percentages of baseline, which have another meaning there.
    rows = [cells for cells in MIXED if cells.get("threshold") != ">=50%"]
    one = LogDensity(tp.Model().build(evidence_of(tmp_path / "lower", rows)))
    turned = evidence_of(tmp_path / "higher", [upside_down(cells) for cells in rows])
    rng = np.random.default_rng(5)
    same(one, LogDensity(tp.Model().build(turned)), [one.point(rng) for _ in range(2)])


# --------------------------------------------------------------------------------------- symmetry


def test_effects_of_the_other_sign_give_the_mirrored_posterior():
    frame = pd.DataFrame({"s": list("abc"), "y": [0.1, -0.4, 0.9], "se": [0.1, 0.3, 0.2]})
    model = tp.Model(priors={"effect": tp.priors.Normal(0, 1), "tau": tp.priors.HalfCauchy(0.5)})
    one, other = (
        LogDensity(model.build(tp.Evidence.from_effects(f, study="s", effect="y", se="se")))
        for f in (frame, frame.assign(y=-frame["y"]))
    )
    rng = np.random.default_rng(7)
    mirrored = ("effect", "study_z", "new_study_z")
    points = [one.point(rng) for _ in range(3)]
    same(one, other, points, lambda p: {k: -v if k in mirrored else v for k, v in p.items()})


def test_counts_with_the_arms_exchanged_give_the_mirrored_posterior():
    frame = pd.DataFrame({"s": ["a", "b"], "t": [0, 5], "n": [20, 31], "c": [3, 4], "m": [22, 30]})
    arms = {"events": ("t", "c"), "totals": ("n", "m")}
    swapped = {"events": ("c", "t"), "totals": ("m", "n")}
    one, other = (
        LogDensity(tp.Model().build(tp.Evidence.from_counts(frame, study="s", **how)))
        for how in (arms, swapped)
    )
    rng = np.random.default_rng(9)
    for point in (one.point(rng) for _ in range(3)):
        theta = point["effect"] + np.exp(point["tau_log__"]) * point["study_z"]
        mirrored = point | {
            "effect": -point["effect"],
            "study_z": -point["study_z"],
            "baseline": point["baseline"] + theta,
        }
        np.testing.assert_allclose(other(mirrored)[0], one(point)[0], rtol=RTOL)


def test_a_difference_printed_the_other_way_round_is_the_same(mixed, tmp_path):
    model, density, points = mixed
    other_way = [
        row("D", "lidocaine", "difference", 6, mean=9, se=4, versus="prp"),
        row("D", "lidocaine", "difference", 12, mean=7, se=5, versus="prp"),
    ]
    rows = [cells for cells in MIXED if cells["trial"] != "D"] + other_way
    other = LogDensity(model.build(evidence_of(tmp_path, rows)))
    same(density, other, points)


TWO_ARMS = [
    row("T", "prp", "mean", 6, n=30, mean=40, sd=21),
    row("T", "saline", "mean", 6, n=31, mean=52, sd=23),
    row("U", "msc", "responders", 12, n=28, events=15, threshold=">=30%"),
    row("U", "saline", "responders", 12, n=27, events=6, threshold=">=30%"),
]
THREE_ARMS = [
    row("T", "prp", "change", 6, n=30, mean=-22, sd=21),
    row("T", "msc", "change", 6, n=29, mean=-30, sd=20),
    row("T", "saline", "change", 6, n=31, mean=-14, sd=23),
]


def exchanged(cells):
    """The same numbers with PRP and MSC as each other's label."""
    arm = {"prp": "msc", "msc": "prp"}.get(cells["arm"], cells["arm"])
    fresh = row(cells["trial"], arm, cells["kind"], 0)
    return cells | {name: fresh[name] for name in ("arm", "treatment", "class")}


@pytest.mark.parametrize("rows", [TWO_ARMS, THREE_ARMS], ids=["two trials", "three arms"])
def test_exchanging_the_labels_of_two_classes_exchanges_their_benefits(tmp_path, rows):
    model = tp.Model()
    one_evidence = evidence_of(tmp_path / "one", rows)
    other_evidence = evidence_of(tmp_path / "other", [exchanged(cells) for cells in rows])
    one, other = (LogDensity(model.build(e)) for e in (one_evidence, other_evidence))
    coords = one.model.coords
    swap = {"PRP": "MSC", "MSC": "PRP", "prp": "msc", "msc": "prp"}

    def label(text):
        return swap.get(text, " ".join(swap.get(word, word) for word in text.split(" ")))

    # Where the values of each label stand after the exchange.
    place = {
        dim: [list(other.model.coords[dim]).index(label(name)) for name in coords[dim]]
        for dim in ("class", "treatment", "trial_arm", "contrast")
    }
    correlation = 0.5 + 0.5 * np.eye(len(coords["contrast"])) if rows is THREE_ARMS else np.eye(2)
    factor = np.linalg.cholesky(correlation)

    def mirror(point):
        moved = dict(point)
        for name in point:
            variable = name.removesuffix("_log__").removesuffix("_interval__")
            for axis, dim in enumerate(one.model.named_vars_to_dims.get(variable, ())):
                if dim == "contrast":
                    deviations = np.empty(len(place[dim]))
                    deviations[place[dim]] = factor @ point[name]
                    moved[name] = np.linalg.solve(factor, deviations)
                elif dim in place:
                    moved[name] = np.take(moved[name], np.argsort(place[dim]), axis=axis)
        return moved

    rng = np.random.default_rng(13)
    same(one, other, [one.point(rng) for _ in range(3)], mirror)


# ---------------------------------------------------------------------- leaving out, and references


def by_trial(density):
    """A function of a point that gives the log likelihood of each trial, by its name."""
    model = density.model
    (graph,) = model.replace_rvs_by_values([model["log_lik"]])
    call = pytensor.function(density.inputs, graph, mode=QUICK, on_unused_input="ignore")
    trials = list(model.coords["trial"])
    return lambda point: dict(
        zip(trials, call(*(point[name] for name in density.names)), strict=True)
    )


def restricted(point, model, smaller):
    """A point of a model as one of a model whose labels are some of its labels."""
    kept = {}
    for name, values in point.items():
        variable = name.removesuffix("_log__").removesuffix("_interval__")
        for axis, dim in enumerate(model.named_vars_to_dims.get(variable, ())):
            labels = list(model.coords[dim])
            places = [labels.index(label) for label in smaller.coords[dim]]
            values = np.take(values, places, axis=axis)
        kept[name] = values
    return kept


@pytest.mark.parametrize("trial", ["A", "C", "E"])
def test_dropping_a_trial_drops_its_terms_and_nothing_else(mixed, trial):
    # With B or D a level or a class would go too.
    model, density, points = mixed
    whole = by_trial(density)
    smaller = LogDensity(model.build(MIXED_EVIDENCE["all"].without(trial)))
    fewer = by_trial(smaller)
    for point in points:
        before, after = whole(point), fewer(restricted(point, density.model, smaller.model))
        assert set(before) - set(after) == {trial}
        for name, value in after.items():
            np.testing.assert_allclose(value, before[name], rtol=RTOL)


def test_a_weight_counts_the_trials_likelihood_that_often(mixed):
    model, density, points = mixed
    weights = {"A": 0.0, "C": 0.25}
    weighted = replace(model, trial_weights=weights).build(MIXED_EVIDENCE["all"])
    plain = by_trial(density)
    (potential,) = weighted.replace_rvs_by_values(weighted.potentials)
    inputs = [weighted.rvs_to_values[rv] for rv in weighted.free_RVs]
    call = pytensor.function(inputs, potential, mode=QUICK, on_unused_input="ignore")
    for point in points:
        lik = plain(point)
        expected = sum((weights[trial] - 1) * lik[trial] for trial in weights)
        found = call(*(point[value.name] for value in inputs))
        np.testing.assert_allclose(found, expected, rtol=RTOL)


def test_another_reference_arm_is_another_way_to_write_the_same(tmp_path):
    # Both arms are active: the order of their names decides which is the reference.
    def rows(prp, msc):
        return TWO_ARMS[2:] + [
            {**row("T", arm, "mean", month, n=30, mean=mean, sd=20), "arm": label}
            for arm, label, mean in (("prp", prp, 40), ("msc", msc, 46))
            for month in (0, 6, 12)
        ]

    model = tp.Model(time_course="constant")
    one = LogDensity(model.build(evidence_of(tmp_path / "one", rows("a", "b"))))
    other = LogDensity(model.build(evidence_of(tmp_path / "other", rows("b", "a"))))
    assert one.model.coords["contrast"] == other.model.coords["contrast"]
    assert one.model.coords["contrast"][0] == "T | b"
    (benefit,) = one.model.replace_rvs_by_values([one.model["trial_benefit"]])
    call = pytensor.function(one.inputs, benefit, mode=QUICK, on_unused_input="ignore")
    months = list(one.model.coords["months"])
    arms = [list(one.model.coords["trial_arm"]).index(f"T | {label}") for label in ("a", "b")]
    at = [months.index(month) for month in (6, 12)]
    rng = np.random.default_rng(23)
    for point in (one.point(rng) for _ in range(3)):
        of_arm = call(*(point[name] for name in one.names))
        gain = of_arm[arms[1], at] - of_arm[arms[0], at]
        turned = dict(point)
        turned["trial_z"] = point["trial_z"] * [-1, 1]
        turned["control_change"] = point["control_change"] - np.append(gain, 0)
        for name, variable in ((n, n.removesuffix("_log__")) for n in point):
            dims = one.model.named_vars_to_dims.get(variable, ())
            for dim in ("trial_arm", "repeated_arm", "sd_report"):
                if dims == (dim,):
                    places = [
                        list(one.model.coords[dim]).index(exchange(label))
                        for label in other.model.coords[dim]
                    ]
                    turned[name] = point[name][places]
        # Only the prior of the control course looks at what the reference arm is.
        assert other(turned)[0] == pytest.approx(one(point)[0], rel=RTOL)


def exchange(label):
    """A label with the arms a and b as each other's."""
    return " | ".join({"a": "b", "b": "a"}.get(word, word) for word in label.split(" | "))


# ------------------------------------------------------------------ plain models as their formulas


def test_plain_meta_analysis_is_the_normal_normal_formula():
    frame = pd.DataFrame({"s": list("abc"), "y": [0.1, -0.4, 0.9], "se": [0.1, 0.3, 0.2]})
    evidence = tp.Evidence.from_effects(frame, study="s", effect="y", se="se")
    model = tp.Model(priors={"effect": tp.priors.Normal(0, 1), "tau": tp.priors.HalfNormal(0.5)})
    density = LogDensity(model.build(evidence))
    rng = np.random.default_rng(1)
    for point in (density.point(rng) for _ in range(5)):
        mu, tau = point["effect"], np.exp(point["tau_log__"])
        likelihood = stats.norm.logpdf(frame["y"], mu, np.hypot(frame["se"], tau)).sum()
        prior = (
            stats.norm.logpdf(mu)
            + stats.halfnorm.logpdf(tau, scale=0.5)
            + np.log(tau)  # the sampler moves on log tau
            + stats.norm.logpdf(point["study_z"]).sum()
            + stats.norm.logpdf(point["new_study_z"])
        )
        np.testing.assert_allclose(density(point), (likelihood, prior), rtol=1e-6)


def test_counts_are_exact_binomials():
    frame = pd.DataFrame({"s": ["a", "b"], "t": [0, 5], "n": [20, 31], "c": [3, 0], "m": [22, 30]})
    evidence = tp.Evidence.from_counts(frame, study="s", events=("t", "c"), totals=("n", "m"))
    model = tp.Model(priors={"tau": tp.priors.HalfNormal(0.5)})
    density = LogDensity(model.build(evidence))
    rng = np.random.default_rng(1)
    for point in (density.point(rng) for _ in range(3)):
        theta = point["effect"] + np.exp(point["tau_log__"]) * point["study_z"]
        control = stats.binom(frame["m"], 1 / (1 + np.exp(-point["baseline"])))
        treated = stats.binom(frame["n"], 1 / (1 + np.exp(-point["baseline"] - theta)))
        expected = control.logpmf(frame["c"]).sum() + treated.logpmf(frame["t"]).sum()
        assert density(point)[0] == pytest.approx(expected, rel=1e-9)


def test_adverse_events_are_exact_binomials_with_indirect_comparison(tmp_path):
    how = {"outcome": "sae", "scale": ""}
    rows = [
        row("A", "prp", "events", 12, n=30, events=1, **how),
        row("A", "saline", "events", 12, n=31, events=0, **how),
        row("B", "msc", "events", 12, n=25, events=4, **how),
        row("B", "prp", "events", 12, n=26, events=2, **how),
    ]
    write_folder(tmp_path, rows)
    model = tp.Model(priors={"tau": tp.priors.HalfNormal(0.5)})
    density = LogDensity(model.build(tp.read_evidence(tmp_path, outcome="sae")))
    rng = np.random.default_rng(1)
    for point in (density.point(rng) for _ in range(3)):
        sd, tau = np.exp(point["class_sd_log__"]), np.exp(point["tau_log__"])
        prp, msc = point["effect"] + sd * point["class_z"]
        deviation = tau * point["trial_z"]
        a, b = point["baseline"]
        # Within trial B the first arm is the reference: msc before prp.
        log_odds = [a + prp + deviation[0], a, b, b + prp + deviation[1] - msc]
        n, events = [30, 31, 25, 26], [1, 0, 4, 2]
        expected = stats.binom.logpmf(events, n, 1 / (1 + np.exp(-np.array(log_odds)))).sum()
        assert density(point)[0] == pytest.approx(expected, rel=1e-9)


def test_sum_of_the_trials_log_likelihood_is_that_of_the_model(mixed):
    _, density, points = mixed
    model = density.model
    (by_trial,) = model.replace_rvs_by_values([model["log_lik"]])
    total = pytensor.function(density.inputs, by_trial.sum(), mode=QUICK, on_unused_input="ignore")
    for point in points:
        likelihood = float(total(*(point[name] for name in density.names)))
        assert likelihood == pytest.approx(density(point)[0], rel=RTOL)
