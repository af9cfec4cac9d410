"""The network model: its variables, roles and pooling; one small fit from end to end."""

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from tests.helpers import LogDensity
from trialpool.errors import ModelError
from trialpool.synthesis.priors import DuMouchel, Flat, HalfNormal, LogNormal, Normal

ARMS = pd.DataFrame(
    {
        "s": ["a", "a", "a", "b", "b", "c", "c"],
        "t": ["P", "X1", "X2", "P", "X1", "X2", "Y"],
        "r": [1, 4, 0, 3, 5, 2, 6],
        "n": [20, 21, 19, 30, 31, 25, 26],
        "time": [10.0, 11.0, 9.0, 15.0, 14.0, 12.0, 13.0],
        "y": [1.0, 2.0, 3.0, 1.5, 2.5, 2.0, 3.5],
        "se": [0.4, 0.5, 0.5, 0.3, 0.4, 0.4, 0.4],
        "dose": [1, 1, 1, 2, 2, 3, 3],
    }
)
CLASSES = {"P": "placebo", "X1": "X", "X2": "X", "Y": "Y"}


def network(**how):
    numbers = how or {"events": "r", "total": "n"}
    return tp.Evidence.from_network(ARMS, study="s", treatment="t", reference="P", **numbers)


def free(model, evidence):
    return {rv.name for rv in model.build(evidence).free_RVs}


def test_each_treatment_has_a_prior_to_itself_without_classes():
    names = {"treatment_effect", "tau", "baseline", "study_z", "new_study_z"}
    assert free(tp.Model(), network()) == names
    common = tp.Model(pooling={"trial": "complete"})
    assert free(common, network()) == {"treatment_effect", "baseline"}


def test_classes_pool_their_treatments():
    evidence = network(events="r", total="n", class_of=CLASSES)
    model = tp.Model().build(evidence)
    assert list(model.coords["class"]) == ["X", "Y"]
    assert {"class_effect", "treatment_sd", "treatment_z"} <= {rv.name for rv in model.free_RVs}
    one = free(tp.Model(pooling={"treatment": "complete"}), evidence)
    assert "class_effect" in one and "treatment_sd" not in one
    assert "class_effect" not in free(tp.Model(pooling={"treatment": "none"}), evidence)


def test_default_priors_have_the_scale_of_the_measure():
    assert tp.Model().priors_for(network())["tau"] == LogNormal(-1.28, 0.87)
    means = tp.Model().priors_for(network(mean="y", se="se"))
    typical = float(np.sqrt(1 / np.mean(1 / (2 * ARMS["se"] ** 2))))
    assert means["tau"] == DuMouchel(typical)
    assert means["effect"] == Normal(0, 25 * typical)
    assert means["baseline"] == Flat()
    for row in tp.Model().describe_priors(network(events="r", person_time="time")):
        assert row["unit"] and row["source"]


def test_slopes_move_all_treatments_but_the_reference():
    evidence = network(events="r", total="n", covariates=["dose"])
    density = LogDensity(tp.Model(covariates=["dose"]).build(evidence))
    point = density.point(np.random.default_rng(1))
    # In study a all arms but the reference move, in b one: a shift of d does the same at one dose.
    flat = LogDensity(tp.Model().build(evidence))
    at = np.array([1, 2, 3])
    x = (at - at.mean()) / at.std()
    moved = ARMS.assign(x=np.repeat(x, [3, 2, 2]))
    assert density(point | {"slope_per_sd": np.zeros(1)})[0] == pytest.approx(
        flat({k: v for k, v in point.items() if k != "slope_per_sd"})[0]
    )
    # Study c compares two treatments that both move: only a and b see the slope.
    assert moved["x"].nunique() == 3
    assert density(point)[0] != density(point | {"slope_per_sd": point["slope_per_sd"] + 1})[0]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"heterogeneity": "class"}, "heterogeneity: got class"),
        ({"small_study": "pet"}, "small_study: got 'pet'"),
        ({"pooling": {"trial": "none"}}, "pooling of trials: got none"),
        ({"pooling": {"class": "none"}}, "pooling of classes: got none"),
        ({"pooling": {"treatment": "partial"}}, "give class_of when the evidence is read"),
        ({"priors": {"half_lief": HalfNormal(1)}}, "half_life"),
    ],
)
def test_choices_without_a_meaning_are_refused(how, says):
    with pytest.raises(ModelError, match=says):
        tp.Model(**how).priors_for(network())


def test_control_is_a_choice_of_the_model():
    with pytest.raises(ModelError, match="control: got 'fixed'"):
        tp.Model(control="fixed")
    assert "control='course'" in repr(tp.Model(control="course"))


def timed(class_of=None):
    rows = [
        {"s": s, "t": t, "month": m, "y": y + m / 10, "se": 0.3}
        for s, t, y in (("a", "P", 0), ("a", "X1", 1), ("b", "P", 0), ("b", "X2", 2))
        for m in (1.0, 6.0, 12.0)
    ]
    return tp.Evidence.from_network(
        pd.DataFrame(rows), study="s", treatment="t", mean="y", se="se", months="month",
        reference="P", class_of=class_of,
    )  # fmt: skip


def test_numbers_of_the_course_are_by_treatment_or_by_class():
    for evidence, dim in ((timed(), "treatment"), (timed(CLASSES), "class")):
        model = tp.Model().build(evidence)
        assert model.named_vars_to_dims["half_life"] == (dim,)
        one = tp.Model(pooling={"time": "complete"}).build(evidence)
        assert "half_life_sd" not in one.named_vars
    assert "rho" in tp.Model().priors_for(timed())
    assert model.named_vars_to_dims["baseline"] == ("visit",)
    course = tp.Model(control="course").build(timed())
    assert course.named_vars_to_dims["baseline"] == ("study",)


def test_a_fit_from_end_to_end(tmp_path):
    posterior = tp.fit(
        tp.Model(time_course="loglinear", priors={"tau": HalfNormal(0.5)}), timed(),
        draws=100, tune=200, chains=2, progress=False,
    )  # fmt: skip
    meta = posterior.meta
    assert (meta["layout"], meta["reference"], meta["unit"]) == ("network", "P", "MD")
    assert meta["time_course"] == "loglinear"
    assert {"effect", "tau", "rho", "baseline"} <= {row["role"] for row in meta["priors"]}
    drawn = posterior.tree["posterior"]
    assert drawn["relative_effect"].dims == ("chain", "draw", "treatment", "months")
    assert list(drawn["predicted_effect"]["treatment"].values) == ["X1", "X2"]
    assert drawn["log_lik"].dims == ("chain", "draw", "study")
    quantities = {row["quantity"] for row in posterior.summary()}
    assert {"treatment_effect[X1]", "treatment_effect[X2]", "tau"} <= quantities
    assert tp.load(posterior.save(tmp_path / "network.nc")).meta == meta
