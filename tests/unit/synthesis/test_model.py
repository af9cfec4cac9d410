"""The frozen specification: printing, refusals, the record of its priors, what it builds."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from tests.helpers import evidence_of, row, write_folder
from trialpool.errors import ModelError
from trialpool.synthesis.priors import DuMouchel
from trialpool.synthesis.roles import FAMILIES
from trialpool.synthesis.time_courses import SHAPES


@pytest.fixture(scope="module")
def effects():
    frame = pd.DataFrame({"s": list("abc"), "y": [0.1, 0.4, -0.2], "se": [0.1, 0.2, 0.4]})
    return {
        measure: tp.Evidence.from_effects(frame, study="s", effect="y", se="se", measure=measure)
        for measure in (None, "OR", "MD")
    }


@pytest.fixture(scope="module")
def counts():
    frame = pd.DataFrame({"s": ["a", "b"], "e": [0, 2], "n": [20, 30], "f": [3, 4], "m": [20, 31]})
    return tp.Evidence.from_counts(frame, study="s", events=("e", "f"), totals=("n", "m"))


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    rows = [
        row("A", "prp", "events", 12, outcome="sae", scale="", n=30, events=1),
        row("A", "saline", "events", 12, outcome="sae", scale="", n=30, events=0),
        row("B", "msc", "events", 12, outcome="sae", scale="", n=25, events=2),
        row("B", "saline", "events", 12, outcome="sae", scale="", n=25, events=1),
    ]
    path = tmp_path_factory.mktemp("sae")
    write_folder(path, rows)
    return tp.read_evidence(path, outcome="sae")


def test_prints_as_written():
    assert repr(tp.Model()) == "Model(time_course='waning')"
    model = tp.Model(
        time_course="constant", priors={"tau": tp.priors.HalfNormal(0.5)}, horizon=36.0
    )
    assert repr(model) == (
        "Model(time_course='constant', priors={'tau': HalfNormal(sd=0.5)}, horizon=36.0)"
    )
    names = {"Model": tp.Model, "HalfNormal": tp.priors.HalfNormal}
    assert eval(repr(model), names) == model


def test_is_frozen_and_keeps_its_own_priors():
    given = {"tau": tp.priors.HalfNormal(0.5)}
    model = tp.Model(priors=given)
    given["tau"] = tp.priors.HalfNormal(9)
    assert model.priors["tau"] == tp.priors.HalfNormal(0.5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.horizon = 12.0
    other = model.with_priors(effect=tp.priors.Flat())
    assert set(other.priors) == {"tau", "effect"} and set(model.priors) == {"tau"}


@pytest.mark.parametrize("horizon", [0, -1, float("nan"), float("inf")])
def test_horizon_is_a_number_of_months(horizon):
    with pytest.raises(ModelError, match=r"horizon: got .*; expected a number of months > 0"):
        tp.Model(horizon=horizon)


def test_unknown_time_course_is_refused_when_written():
    with pytest.raises(ModelError, match="time_course"):
        tp.Model(time_course="linaer")


def test_unknown_role_is_refused_for_the_evidence(effects):
    with pytest.raises(ModelError, match="did you mean 'effect'"):
        tp.Model(priors={"efect": tp.priors.Flat()}).build(effects[None])


#: Of other shapes than waning, of options that are off; no trial here prints person-months.
NOT_USED = {
    "longitudinal": {
        name
        for shape in SHAPES.values()
        for name in shape.roles
        if name not in SHAPES["waning"].roles
    }
    | {"tau_sd", "slope"},
    "events": {"rate", "tau_sd", "slope"},
    "effects": {"tau_cluster", "slope", "bias", "publication"},
    "counts": {"slope"},
}


def test_every_prior_of_each_layout_is_described(mixed, effects, counts, events):
    model = tp.Model()
    for evidence in (mixed, effects[None], counts, events):
        described = model.describe_priors(evidence)
        roles = set(FAMILIES[evidence.layout]) - NOT_USED[evidence.layout]
        assert {d["role"] for d in described} == roles
        for entry in described:
            assert list(entry) == ["role", "prior", "unit", "meaning", "source"]
            assert all(entry[key] for key in ("role", "prior", "meaning", "source"))
            assert entry["prior"] == repr(model.priors_for(evidence)[entry["role"]])


def test_a_replaced_prior_is_said_to_be_the_users(mixed):
    model = tp.Model(priors={"tau": tp.priors.HalfNormal(1)})
    source = {d["role"]: d["source"] for d in model.describe_priors(mixed)}
    assert source["tau"] == "given by the user"
    assert source["effect"] != "given by the user"


def test_the_source_of_a_default_that_depends_on_the_data_is_not_the_user(effects):
    for evidence in effects.values():
        source = {d["role"]: d["source"] for d in tp.Model().describe_priors(evidence)}
        assert source["tau"] != "given by the user"


def test_constant_course_has_no_half_lives(mixed):
    roles = {d["role"] for d in tp.Model(time_course="constant").describe_priors(mixed)}
    own = {"half_life", "half_life_sd", "onset"}
    assert roles == set(FAMILIES["longitudinal"]) - NOT_USED["longitudinal"] - own


def test_default_heterogeneity_of_plain_effects_knows_their_scale(effects):
    assert tp.Model().priors_for(effects["OR"])["tau"] == tp.priors.HalfNormal(0.5)
    typical = np.sqrt(3 / (1 / 0.01 + 1 / 0.04 + 1 / 0.16))
    for measure in (None, "MD"):
        prior = tp.Model().priors_for(effects[measure])["tau"]
        assert isinstance(prior, DuMouchel) and prior.scale == pytest.approx(typical)
    given = tp.Model(priors={"tau": tp.priors.HalfCauchy(2)})
    assert given.priors_for(effects["OR"])["tau"] == tp.priors.HalfCauchy(2)


def test_longitudinal_model_has_the_published_variables_and_dims(mixed):
    model = tp.Model().build(mixed)
    dims = model.named_vars_to_dims
    assert dims["benefit"] == ("class", "months")
    assert dims["trial_benefit"] == ("trial_arm", "months")
    assert dims["half_life"] == ("class",)
    assert dims["log_lik"] == ("trial",)
    assert dims["fitted"] == dims["report_sd"] == ("report",)
    assert {"tau", "class_sd", "rho", "spread"} <= set(model.named_vars)
    assert list(model.coords["class"]) == ["PRP", "MSC", "steroid", "local anaesthetic"]
    assert max(model.coords["months"]) == 60


def test_plain_models_have_the_published_variables(effects, counts):
    for evidence in (effects[None], counts):
        model = tp.Model().build(evidence)
        assert {"effect", "tau", "study_effect", "predicted_effect"} <= set(model.named_vars)
        assert model.named_vars_to_dims["study_effect"] == ("study",)


def test_safety_model_has_the_published_variables(events):
    model = tp.Model().build(events)
    assert model.named_vars_to_dims["log_odds_ratio"] == ("class",)
    assert list(model.coords["class"]) == ["PRP", "MSC"]


def test_levels_that_the_evidence_lacks_are_not_in_the_model(tmp_path):
    one_drug = [
        row(trial, arm, "mean", 6, n=30, mean=mean, sd=20)
        for trial in ("A", "B")
        for arm, mean in (("prp", 40), ("saline", 50))
    ]
    names = set(tp.Model().build(evidence_of(tmp_path / "one", one_drug)).named_vars)
    assert not names & {"class_sd", "treatment_sd"}
    two_doses = [
        *one_drug,
        *(row("C", a, "mean", 6, n=30, mean=45, sd=20) for a in ("msc", "msc high", "saline")),
    ]
    names = set(tp.Model().build(evidence_of(tmp_path / "two", two_doses)).named_vars)
    assert {"class_sd", "treatment_sd"} <= names
