"""The specification of several outcomes: what it prints, and what it refuses before it runs."""

import re

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from tests.helpers import row, write_folder
from trialpool.draws import OF
from trialpool.errors import ModelError
from trialpool.synthesis.joint import SEPARATOR

PAIN = [
    row("A", "prp", "difference", 6, mean=-9, se=4, versus="saline"),
    row("B", "msc", "difference", 6, mean=-6, se=5, versus="saline"),
]
HARMS = [
    row(trial, arm, "events", 12, n=30, events=events, outcome="sae", scale="")
    for trial, arm, events in (("A", "prp", 1), ("A", "saline", 0))
]
ELSEWHERE = [cells | {"trial": "Z"} for cells in HARMS]
TWO = {"pain": tp.Model(), "sae": tp.Model()}


def read(path, rows, *outcomes):
    write_folder(path, rows)
    return {name: tp.read_evidence(path, outcome=name) for name in outcomes}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    return read(tmp_path_factory.mktemp("two"), PAIN + HARMS, "pain", "sae")


def test_prints_as_it_was_written():
    joint = tp.Joint(TWO, priors={"outcome_correlation": tp.priors.Fixed(0.3)})
    names = {"Joint": tp.Joint, "Model": tp.Model, "Fixed": tp.priors.Fixed}
    assert eval(repr(joint), names) == joint
    assert repr(tp.Joint(TWO)).endswith("'sae': Model(time_course='waning')})")


def test_what_it_is_given_may_change_later_without_it():
    models = dict(TWO)
    joint = tp.Joint(models)
    models.clear()
    assert joint.outcomes == ("pain", "sae")


@pytest.mark.parametrize("models", [{}, {"pain": tp.Model()}, [tp.Model(), tp.Model()]])
def test_one_outcome_is_no_joint_model(models):
    with pytest.raises(ModelError, match=r"Joint: got .*; expected models of two or more outcomes"):
        tp.Joint(models)


@pytest.mark.parametrize("name", ["", "pain/walking", "pain::walking", "pain:"])
def test_names_that_a_file_cannot_hold_are_refused(name):
    with pytest.raises(ModelError, match=re.escape(f"Joint: got outcome '{name}'; expected")):
        tp.Joint({name: tp.Model(), "sae": tp.Model()})


def test_models_are_models():
    with pytest.raises(ModelError, match="Joint: got 'waning' for 'sae'; expected a Model"):
        tp.Joint({"pain": tp.Model(), "sae": "waning"})


@pytest.mark.parametrize(
    ("prior", "models"),
    [
        (tp.priors.Fixed(1), TWO),
        (tp.priors.Fixed(-0.5), TWO | {"function": tp.Model()}),
        (tp.priors.Normal(0, 1), TWO),
    ],
)
def test_a_prior_that_is_none_of_a_correlation_matrix_is_refused(prior, models):
    with pytest.raises(ModelError, match=r"expected LKJ\(eta\), or Fixed\(value\) with -"):
        tp.Joint(models, priors={"outcome_correlation": prior})


def test_other_roles_belong_to_an_outcome():
    with pytest.raises(ModelError, match="got role 'tau'; expected one of outcome_correlation"):
        tp.Joint(TWO, priors={"tau": tp.priors.HalfNormal(1)})


def test_each_outcome_needs_its_own_evidence(evidence):
    joint = tp.Joint(TWO | {"function": tp.Model()})
    with pytest.raises(ModelError, match=r"got pain, sae; expected exactly .*Add function$"):
        tp.fit(joint, evidence)
    with pytest.raises(ModelError, match=r"Add function and leave out harm$"):
        tp.fit(joint, evidence | {"harm": evidence["sae"]})
    with pytest.raises(
        ModelError, match=r"expected a mapping with one entry for each of pain, sae"
    ):
        tp.fit(tp.Joint(TWO), evidence["pain"])


def test_the_same_outcome_twice_is_refused(evidence):
    joint = tp.Joint({"pain": tp.Model(), "function": tp.Model()})
    twice = {"pain": evidence["pain"], "function": evidence["pain"]}
    with pytest.raises(ModelError, match=r"evidence\['function'\]: got evidence of 'pain'; expect"):
        tp.fit(joint, twice)


def test_plain_layouts_have_no_classes_to_share(evidence):
    frame = pd.DataFrame({"s": ["a", "b"], "y": [0.1, 0.2], "se": [0.1, 0.1]})
    plain = tp.Evidence.from_effects(frame, study="s", effect="y", se="se")
    with pytest.raises(ModelError, match=r"evidence\['sae'\]: got layout 'effects'; expected"):
        tp.fit(tp.Joint(TWO), {"pain": evidence["pain"], "sae": plain})


def test_a_model_takes_one_evidence(evidence):
    with pytest.raises(ModelError, match="expected the Evidence of one outcome"):
        tp.fit(tp.Model(), evidence)


def test_outcomes_of_other_trials_are_noted(tmp_path, evidence):
    joint = tp.Joint(TWO)
    assert joint.notes(evidence) == []
    (note,) = joint.notes(read(tmp_path, PAIN + ELSEWHERE, "pain", "sae"))
    assert note.startswith("pain and sae have no trial in common")


@pytest.mark.parametrize(
    ("mcid", "message"),
    [
        ({"sae": 15}, "mcid: got 15 for sae; expected none, because only scores"),
        ({"function": 15}, "mcid: got outcome 'function'; expected one of pain, sae"),
        ({"pain": 0}, "mcid: got 0; expected points of 100"),
        (0, "mcid: got 0; expected points of 100"),
    ],
)
def test_an_mcid_is_of_an_outcome_with_scores(evidence, mcid, message):
    with pytest.raises(ModelError, match=re.escape(message)):
        tp.fit(tp.Joint(TWO), evidence, mcid=mcid)


def test_a_number_is_the_mcid_of_one_outcome(tmp_path):
    function = [cells | {"outcome": "function", "scale": "ODI 0-100"} for cells in PAIN]
    both = read(tmp_path, PAIN + function, "pain", "function")
    joint = tp.Joint({"pain": tp.Model(), "function": tp.Model()})
    with pytest.raises(ModelError, match="mcid: got 15 for pain, function; expected one outcome"):
        tp.fit(joint, both, mcid=15)


def test_variables_and_dims_carry_the_name_of_their_outcome(evidence):
    model = tp.Joint(TWO).build(evidence)
    assert SEPARATOR == OF
    assert model.named_vars_to_dims["pain::benefit"] == ("pain::class", "pain::months")
    assert model.named_vars_to_dims["sae::events"] == ("sae::report",)
    assert model.named_vars_to_dims["outcome_correlation"] == ("outcome", "outcome_bis")
    assert list(model.coords["pain::class"]) == ["PRP", "MSC"]
    assert list(model.coords["sae::class"]) == ["PRP"]
    single = TWO["pain"].build(evidence["pain"])
    mine = {name.removeprefix("pain::") for name in model.named_vars if name.startswith("pain::")}
    assert mine - {"effect_z"} == set(single.named_vars)
    lengths = {name: int(model.dim_lengths[name].eval()) for name in model.coords}
    assert lengths == {name: len(labels) for name, labels in model.coords.items()}


def test_a_fixed_correlation_is_in_the_posterior_all_the_same(evidence):
    joint = tp.Joint(TWO, priors={"outcome_correlation": tp.priors.Fixed(0.4)})
    matrix = joint.build(evidence)["outcome_correlation"].eval()
    np.testing.assert_array_equal(matrix, [[1, 0.4], [0.4, 1]])
