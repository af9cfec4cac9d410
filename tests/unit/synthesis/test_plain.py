"""Choices of plain meta-analysis: small-study members, defaults, variables, refusals."""

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from tests.helpers import evidence_of, row
from trialpool.errors import ModelError
from trialpool.synthesis.priors import DuMouchel
from trialpool.synthesis.small_study import SmallStudy

FRAME = pd.DataFrame(
    {
        "s": list("abcde"),
        "lab": list("xxyyz"),
        "y": [0.1, 0.4, -0.2, 0.5, 0.3],
        "se": [0.1, 0.2, 0.4, 0.2, 0.3],
        "dose": [1.0, 2.0, 3.0, 5.0, 4.0],
        "design": ["rct", "rct", "cohort", "rct", "cohort"],
    }
)
COVARIATES = ["dose", "design"]


def effects(**how):
    how = {"covariates": COVARIATES} | how
    return tp.Evidence.from_effects(FRAME, study="s", effect="y", se="se", **how)


def counts():
    frame = pd.DataFrame({"s": ["a", "b"], "e": [0, 2], "n": [20, 30], "f": [3, 4], "m": [20, 31]})
    return tp.Evidence.from_counts(frame, study="s", events=("e", "f"), totals=("n", "m"))


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("none", SmallStudy()),
        ("peese", SmallStudy("peese")),
        ("selection", SmallStudy("selection", None, (0.025,))),
        ("selection(negative)", SmallStudy("selection", "negative", (0.025,))),
        ("selection(0.025, 0.5)", SmallStudy("selection", None, (0.025, 0.5))),
        ("selection(positive, 0.05)", SmallStudy("selection", "positive", (0.05,))),
    ],
)
def test_small_study_is_read(text, choice):
    assert SmallStudy.from_text(text) == choice
    assert tp.Model(small_study=text).small_study == text


@pytest.mark.parametrize(
    "text",
    ["egger", "pet(positive)", "selection(", "selection(up)", "selection()", "selection(0.5,0.1)",
     "selection(0)", "selection(1.0)", None],
)  # fmt: skip
def test_other_small_study_is_refused_when_written(text):
    with pytest.raises(ModelError, match="small_study: got"):
        tp.Model(small_study=text)


def test_intervals_are_labelled():
    assert SmallStudy("selection", None, (0.025, 0.5)).intervals == [
        "0.025 < p <= 0.5",
        "0.5 < p <= 1",
    ]


def test_defaults_follow_the_scale():
    def priors(measure, **how):
        return tp.Model(**how).priors_for(effects(measure=measure, cluster="lab"))

    ratio = priors("OR", covariates=["dose"])
    assert ratio["tau"] == ratio["tau_cluster"] == tp.priors.HalfNormal(0.5)
    assert ratio["slope"] == tp.priors.Normal(0, 1)
    points = priors("MD", covariates=["dose"])
    assert isinstance(points["tau_cluster"], DuMouchel)
    assert points["slope"].sd == pytest.approx(2.5 * FRAME["y"].std(ddof=0), abs=1e-6)
    assert priors("MD", small_study="pet")["bias"] == tp.priors.Normal(0, 2)
    assert priors("MD", small_study="peese")["bias"].sd == pytest.approx(2 / 0.4)


def test_members_have_the_published_variables():
    def dims(model, evidence):
        built = model.build(evidence)
        return set(built.named_vars), built.named_vars_to_dims

    names, by = dims(tp.Model(covariates=COVARIATES), effects(cluster="lab"))
    assert {"effect", "tau", "tau_cluster", "predicted_effect"} <= names
    assert by["slope"] == ("covariate",) and by["study_effect"] == ("study",)
    assert by["cluster_effect"] == by["log_lik"] == ("cluster",)
    names, by = dims(tp.Model(small_study="selection"), effects())
    assert by["publication"] == ("p_interval",) and by["log_lik"] == ("study",)
    names, _ = dims(tp.Model(pooling={"trial": "complete"}), effects())
    assert {"effect", "study_effect", "predicted_effect"} <= names and "tau" not in names
    for evidence in (effects(), counts()):
        names, _ = dims(tp.Model(pooling={"trial": "none"}), evidence)
        assert {"effect", "study_effect"} <= names and "predicted_effect" not in names
    matrix = np.diag(FRAME["se"] ** 2)
    matrix[1, 3] = matrix[3, 1] = 0.01
    built = tp.Model().build(effects(covariance=matrix))
    assert list(built.coords["block"]) == ["a", "b + d", "c", "e"]
    # A covariance of zeros is none.
    assert "block" not in tp.Model().build(effects(covariance=np.diag(FRAME["se"] ** 2))).coords


def test_a_category_has_a_slope_a_level():
    built = tp.Model(covariates=COVARIATES).build(effects())
    assert list(built.coords["covariate"]) == ["dose", "design=cohort"]


def test_weights_are_by_cluster_where_there_are_clusters():
    built = tp.Model(trial_weights={"y": 0.5}).build(effects(cluster="lab"))
    assert built["trial_weight"].get_value().tolist() == [1, 0.5, 1]


@pytest.mark.parametrize(
    ("model", "evidence", "words"),
    [
        ({"small_study": "selection"}, lambda: effects(cluster="lab"), "selection for studies"),
        ({"small_study": "pet"}, counts, "'pet' for evidence of layout 'counts'"),
        ({"small_study": "pet", "pooling": {"trial": "none"}}, effects, "fits each study exactly"),
        ({"covariates": ["dose"], "pooling": {"trial": "none"}}, effects, "covariates: got"),
        ({"covariates": ["year"]}, effects, "expected columns that the evidence has kept: dose"),
        ({"covariates": ["year"]}, counts, r"from_counts\(\.\.\., covariates"),
        ({"priors": {"publication": tp.priors.Flat()}}, effects, "'publication'; expected Uniform"),
        ({"priors": {"publication": tp.priors.Fixed(0)}}, effects, "within 0 and 1"),
        ({"priors": {"tau_cluster": tp.priors.Normal(0, 1)}}, effects, "cannot be negative"),
    ],
)
def test_what_does_not_fit_is_refused(model, evidence, words):
    with pytest.raises(ModelError, match=words):
        tp.Model(**model).build(evidence())


def test_other_layouts_have_no_small_study_members(tmp_path):
    rows = [row("A", arm, "mean", 6, n=30, mean=40, sd=20) for arm in ("prp", "saline")]
    with pytest.raises(ModelError, match="of layout 'longitudinal'; expected estimates"):
        tp.Model(small_study="peese").build(evidence_of(tmp_path, rows))
