"""Fitting again: the model is read from the record, and another seed agrees."""

import json

import pandas as pd
import pytest

import trialpool as tp
from trialpool.draws import ATTRIBUTE
from trialpool.errors import PosteriorFileError
from trialpool.posterior import Posterior
from trialpool.sensitivity import recorded_model, refit_checks

MODELS = [
    tp.Model(),
    tp.Model(time_course="constant", priors={"tau": tp.priors.HalfNormal(0.5)}),
    tp.Model(
        pooling={"trial": "complete"},
        covariates=["dose"],
        trial_weights={"high": 0.5},
        priors={"effect": tp.priors.Flat(), "rho": tp.priors.Fixed(0.5)},
        horizon=48.0,
    ),
]


@pytest.fixture(scope="module")
def evidence():
    frame = pd.DataFrame({"s": list("abcde"), "y": [0.1, 0.5, 0.2, 0.3, -0.1], "se": 0.2})
    return tp.Evidence.from_effects(frame, study="s", effect="y", se="se")


@pytest.fixture(scope="module")
def posterior(evidence):
    return tp.fit(MODELS[1], evidence, seed=1, progress=False)


def recorded_as(posterior, **changes):
    tree = posterior.tree.copy()
    tree.attrs[ATTRIBUTE] = json.dumps({**posterior.meta, **changes})
    return Posterior(tree)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_model_is_read_back_from_its_record(posterior, model):
    assert recorded_model(recorded_as(posterior, model=repr(model))) == model


@pytest.mark.parametrize(
    "text",
    [
        "average of Model(), Model()",
        "Model(priors={'tau': PreliZ Gamma(2, 1)})",
        "Model(priors={'tau': __import__('os')})",
        "open('x')",
        "Model(time_course=open('x'))",
    ],
)
def test_what_is_no_single_model_is_refused(posterior, text):
    with pytest.raises(PosteriorFileError, match="expected one Model"):
        recorded_model(recorded_as(posterior, model=text))


def test_another_seed_agrees_and_a_moved_posterior_does_not(posterior, evidence):
    (found,) = refit_checks(posterior, evidence)
    assert found.name == "seeds agree" and found.passed is True, found.text
    moved = posterior.tree.copy()
    group = moved["posterior"].to_dataset()
    moved["posterior"] = group.assign(effect=group["effect"] + 0.02)
    (found,) = refit_checks(Posterior(moved), evidence)
    assert found.passed is False
    assert found.table[0]["quantity"] == "effect"


def test_other_evidence_is_refused(posterior):
    frame = pd.DataFrame({"s": list("ab"), "y": [0.1, 0.5], "se": 0.2})
    other = tp.Evidence.from_effects(frame, study="s", effect="y", se="se")
    with pytest.raises(PosteriorFileError, match="data hash"):
        refit_checks(posterior, other)
