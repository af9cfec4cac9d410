"""Answers under other analyses, against what is known of them in closed form."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import trialpool as tp
from tests.helpers import MIXED, evidence_of, row
from trialpool.errors import ModelError, QuestionError
from trialpool.sensitivity import Variant, variants
from trialpool.sensitivity.variants import leave_kind_out

Y, SE, TAU = np.array([0.9, 0.2, 0.4]), np.array([0.3, 0.2, 0.25]), 0.1


@pytest.fixture(scope="module")
def plain():
    frame = pd.DataFrame({"s": list("abc"), "y": Y, "se": SE})
    return tp.Evidence.from_effects(frame, study="s", effect="y", se="se")


@pytest.fixture(scope="module")
def model():
    return tp.Model(priors={"effect": tp.priors.Normal(0, 1), "tau": tp.priors.Fixed(TAU)})


def pooled(keep, prior_sd=1.0):
    """Mean and SD of the pooled mean where tau is known."""
    weight = 1 / (SE[keep] ** 2 + TAU**2)
    precision = weight.sum() + prior_sd**-2
    return (weight * Y[keep]).sum() / precision, precision**-0.5


@pytest.fixture(scope="module")
def swept(plain, model):
    return tp.sweep(model, plain, groups=["prior", "trial"], draws=2000, seed=1)


def test_plain_estimates_move_as_the_closed_form_says(swept):
    every = slice(None)
    expected = {
        "prior of effect, spread x 0.5": pooled(every, 0.5),
        "prior of effect, spread x 2": pooled(every, 2.0),
        "without a": pooled([1, 2]),
        "without b": pooled([0, 2]),
        "without c": pooled([0, 1]),
    }
    base = pooled(every)
    assert {m.variant.label for m in swept.moved} == set(expected)
    for moved in swept.moved:
        mean, sd = expected[moved.variant.label]
        error = 1.3 * sd / np.sqrt(swept.draws)  # of a median
        assert abs(moved.told.median - mean) < 5 * error
        p = stats.norm.sf(0, mean, sd)
        assert abs(moved.told.probability - p) < 5 * moved.told.mcse + 1e-3
        assert moved.effect_shift == pytest.approx(mean - base[0], abs=5 * 1.5 * error)
        assert moved.why == ""


def test_those_that_move_farthest_come_first(swept):
    shifts = [abs(moved.shift) for moved in swept.moved]
    assert shifts == sorted(shifts, reverse=True)
    assert swept.moved[0].variant.label == "without a"
    frame = swept.to_frame()
    assert list(frame["variant"]) == [moved.variant.label for moved in swept.moved]
    assert frame["shift"].iloc[0] == pytest.approx(swept.moved[0].shift)
    assert "without a" in str(swept)


def test_the_same_seed_gives_the_same_sweep(plain, model):
    one, other = (tp.sweep(model, plain, groups=["trial"], seed=3).to_dict() for _ in "ab")
    assert one == other


def test_what_cannot_be_done_says_why(tmp_path):
    evidence = evidence_of(tmp_path, MIXED)
    found = {v.label: v for v in variants(tp.Model(), evidence)}
    assert "Uniform(low=0, high=1.9) is no prior" in found["prior of rho, spread x 2"].impossible
    groups = [v.group for v in found.values()]
    roles = set(tp.Model().priors_for(evidence)) - {"step"}  # no trial has a second threshold
    assert groups.count("prior") == 2 * len(roles)
    assert groups.count("trial") == 5
    assert groups.count("kind") == 4
    assert groups.count("time course") == 8
    with pytest.raises(ModelError, match="expected some of prior, trial"):
        variants(tp.Model(), evidence, groups=["nothing"])


def test_a_kind_left_out_takes_trials_that_compare_nothing_with_it(tmp_path):
    rows = [
        row("A", "prp", "mean", 6, mean=40, sd=20, n=30),
        row("A", "saline", "mean", 6, mean=50, sd=20, n=30),
        row("B", "prp", "mean", 6, mean=41, sd=20, n=30),
        row("B", "prp", "difference", 12, mean=-7, se=5, versus="saline"),
    ]  # fmt: skip
    evidence = evidence_of(tmp_path, rows)
    without = leave_kind_out(evidence, "difference")
    reread = tp.read_evidence(tmp_path, outcome="pain", without_kinds=["difference"])
    assert set(without.used["trial"]) == set(reread.used["trial"]) == {"A"}
    assert without.data_hash == reread.data_hash
    assert set(evidence.used["trial"]) == {"A", "B"}  # nothing is changed in place


def test_a_class_that_is_gone_has_no_answer(tmp_path):
    rows = [
        row(trial, arm, "mean", months, mean=mean, sd=20, n=40)
        for trial, arms in (("A", ("prp", "saline")), ("B", ("msc", "saline")))
        for arm, mean in zip(arms, (42, 50), strict=True)
        for months in (6, 12)
    ]
    evidence = evidence_of(tmp_path, rows)
    model = tp.Model(time_course="constant")
    also = [Variant("mine", "no wander", model.with_priors(drift=tp.priors.Fixed(0)), evidence)]
    told = []
    found = tp.sweep(
        model, evidence, "PRP beats MSC at 12 months", groups=["trial"], also=also,
        draws=50, tune=100, chains=2, say=told.append,
    )  # fmt: skip
    by = {moved.variant.label: moved for moved in found.moved}
    assert by["no wander"].told is not None
    assert by["without A"].told is None and "PRP" in by["without A"].why
    assert found.moved[-1].told is None
    assert np.isnan(by["without A"].shift)
    assert len(told) == 4
    assert [row["shift"] for row in found.to_dict()["variants"]].count(None) == 2


def test_questions_are_for_classes(plain, model):
    with pytest.raises(QuestionError, match="no classes to ask about"):
        tp.sweep(model, plain, "PRP beats MSC at 12 months", groups=["trial"])
