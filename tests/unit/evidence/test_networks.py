"""Networks of treatments: what is read, what is refused, and how parts become one network."""

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from trialpool.errors import EvidenceError
from trialpool.evidence import summarise

ARMS = pd.DataFrame(
    {
        "s": ["a", "a", "a", "b", "b", "c", "c"],
        "t": ["P", "X", "Y", "P", "X", "X", "Y"],
        "r": [1, 4, 0, 3, 5, 2, 6],
        "n": [20, 21, 19, 30, 31, 25, 26],
        "y": [1.0, 2.0, 3.0, 1.5, 2.5, 2.0, 3.5],
        "sd": [2.0, 2.0, 2.5, 2.0, 2.0, 2.0, 2.0],
        "se": [0.4, 0.5, 0.5, 0.3, 0.4, 0.4, 0.4],
        "time": [10.0, 11.0, 9.0, 15.0, 14.0, 12.0, 13.0],
        "dose": [1, 1, 1, 2, 2, 3, 3],
    }
)
COUNTS = {"study": "s", "treatment": "t", "events": "r", "total": "n"}


def faults_of(call):
    with pytest.raises(EvidenceError) as caught:
        call()
    return str(caught.value)


def test_counts_of_arms():
    evidence = tp.Evidence.from_network(ARMS, **COUNTS, covariates=["dose"])
    assert (evidence.layout, evidence.measure, evidence.reference) == ("network", "OR", "X")
    assert repr(evidence) == (
        "Evidence('effect', network of 3 studies and 3 treatments, reference 'X')"
    )
    assert evidence.used["events"].tolist() == ARMS["r"].tolist()
    assert evidence.trials.to_dict("list") == {"trial": ["a", "b", "c"], "dose": [1, 2, 3]}
    assert summarise(evidence).to_dict()["classes"] == {}


def test_other_numbers():
    rates = tp.Evidence.from_network(
        ARMS, study="s", treatment="t", events="r", person_time="time", reference="P"
    )
    assert (rates.measure, set(rates.used["kind"])) == ("IRR", {"rate"})
    means = tp.Evidence.from_network(ARMS, study="s", treatment="t", mean="y", sd="sd", n="n")
    np.testing.assert_allclose(means.used["se"], ARMS["sd"] / np.sqrt(ARMS["n"]))
    assert means.measure == "MD"


def test_reference_is_the_treatment_of_most_studies_then_of_most_comparisons_then_the_first_name():
    assert tp.Evidence.from_network(ARMS, **COUNTS).reference == "X"
    two = ARMS[ARMS["s"] != "b"]
    assert tp.Evidence.from_network(two, **COUNTS).reference == "X"
    assert tp.Evidence.from_network(ARMS[ARMS["s"] == "b"], **COUNTS).reference == "P"


def test_every_fault_at_once():
    bad = ARMS.assign(r=[1, 40, 0, -1, 5, 2, 6], n=[20, 21, 0, 30, 31, 25, 26])
    bad = pd.concat([bad, bad.iloc[[0]], bad.iloc[[0]].assign(s="lone")])
    text = faults_of(lambda: tp.Evidence.from_network(bad, **COUNTS, reference="x"))
    for part in (
        "1 of 9 arms that is not: b P (-1)",
        "1 of 9 arms that is not: a X (40)",
        "a Y (0)",
        "more than one row for a P",
        "one arm in lone",
        "reference: got 'x'",
        "Did you mean 'X'?",
    ):
        assert part in text


def test_islands_are_named():
    apart = pd.concat([ARMS, ARMS.iloc[:2].assign(s="d", t=["U", "V"])])
    text = faults_of(lambda: tp.Evidence.from_network(apart, **COUNTS))
    assert "no path of studies from X to U, V; expected a connected network" in text
    chain = pd.concat([ARMS, ARMS.iloc[:2].assign(s="d", t=["Y", "V"])])
    evidence = tp.Evidence.from_network(chain, **COUNTS, reference="X")
    assert "no path of studies from X to V, Y" in faults_of(lambda: evidence.without("a", "b", "c"))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"events": "r"}, "one of events and total"),
        ({"events": "r", "total": "n", "mean": "y", "se": "se"}, "one of events and total"),
        ({"events": "r", "total": "n", "months": "time"}, "expected months of means"),
        ({"events": "r", "total": "n", "measure": "RR"}, "'OR', which counts have"),
        ({"mean": "y", "se": "nose"}, "nose"),
        ({"events": "r", "total": "n", "covariates": ["sd"]}, "more than one value within a"),
        ({"events": "r", "total": "n", "class_of": {"P": "p"}}, "nothing for X, Y"),
        ({"events": "r", "total": "n", "class_of": "s"}, "one class a treatment"),
    ],
)
def test_what_does_not_fit_is_refused(how, says):
    assert says in faults_of(
        lambda: tp.Evidence.from_network(ARMS, study="s", treatment="t", **how)
    )


CONTRASTS = pd.DataFrame(
    {
        "s": ["a", "a", "a", "b", "b"],
        "t": ["P", "X", "Y", "X", "Y"],
        "d": [None, 0.5, 0.9, None, 0.3],
        "se": [0.2, 0.3, 0.35, None, 0.4],
    }
)
HOW = {"study": "s", "treatment": "t", "effect": "d", "se": "se"}


def test_contrasts_against_a_baseline_arm():
    evidence = tp.Evidence.from_contrasts(CONTRASTS, **HOW, measure="OR")
    assert evidence.used["kind"].tolist() == ["base", "contrast", "contrast", "base", "contrast"]
    # X and Y are in two studies and compared with two others.
    assert (evidence.reference, evidence.measure) == ("X", "OR")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"d": [0.1, 0.5, 0.9, None, 0.3]}, "study a: got 0 rows without an effect"),
        ({"se": [None, 0.3, 0.35, None, 0.4]}, "the standard error of the baseline arm"),
        ({"se": [0.5, 0.3, 0.35, None, 0.4]}, "at most 0.5, that of the baseline arm"),
        ({"se": [0.2, 0.3, 0.0, None, 0.4]}, "effect 0.9, se 0.0"),
    ],
)
def test_faulty_contrasts_are_refused(change, says):
    frame = CONTRASTS.assign(**change)
    assert says in faults_of(lambda: tp.Evidence.from_contrasts(frame, **HOW))


PAIRS = pd.DataFrame(
    {
        "s": ["a", "a", "a", "b"],
        "t1": ["X", "Y", "Y", "X"],
        "t2": ["P", "P", "X", "P"],
        "d": [0.5, 0.9, 0.4, 0.3],
        "se": [0.3, 0.35, 0.36, 0.4],
    }
)


def test_pairs_say_what_the_baseline_arm_shares():
    evidence = tp.Evidence.from_contrasts(PAIRS, **HOW | {"treatment": ("t1", "t2")})
    rows = evidence.used.set_index(["study", "treatment"])
    assert rows.loc[("a", "P"), "se"] ** 2 == pytest.approx((0.3**2 + 0.35**2 - 0.36**2) / 2)
    assert rows.loc[("a", "Y"), "y"] == pytest.approx(0.9)
    assert np.isnan(rows.loc[("b", "P"), "se"])


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (PAIRS.drop(index=2), "2 rows for 3 treatments"),
        (PAIRS.assign(d=[0.5, 0.9, 1.4, 0.3]), "contrasts of one study that add up"),
        (PAIRS.assign(se=[0.1, 0.1, 0.9, 0.4]), "no independent arms have"),
        (PAIRS.assign(t2=["P", "P", "X", "X"]), "X against itself"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(frame, says):
    text = faults_of(lambda: tp.Evidence.from_contrasts(frame, **HOW | {"treatment": ("t1", "t2")}))
    assert says in text


def test_combining():
    arms = tp.Evidence.from_network(ARMS, **COUNTS)
    other = tp.Evidence.from_contrasts(CONTRASTS.replace({"a": "x", "b": "y"}), **HOW)
    both = tp.Evidence.combine(arms, other, reference="P")
    assert (len(both.used), both.measure, both.reference) == (12, "OR", "P")
    assert "a, b, c in more than one" in faults_of(lambda: tp.Evidence.combine(arms, arms))
    means = tp.Evidence.from_network(
        ARMS.assign(s=ARMS["s"] + "2"), study="s", treatment="t", mean="y", se="se"
    )
    assert "the measures MD and OR" in faults_of(lambda: tp.Evidence.combine(arms, means))
    effects = tp.Evidence.from_effects(
        pd.DataFrame({"s": ["q"], "y": [1.0], "se": [1.0]}), study="s", effect="y", se="se"
    )
    assert "effects" in faults_of(lambda: tp.Evidence.combine(arms, effects))


def test_the_hash_is_that_of_the_numbers():
    evidence = tp.Evidence.from_network(ARMS, **COUNTS)
    assert tp.Evidence.from_network(ARMS.iloc[::-1], **COUNTS).data_hash == evidence.data_hash
    changed = ARMS.assign(r=[1, 4, 0, 3, 5, 2, 7])
    assert tp.Evidence.from_network(changed, **COUNTS).data_hash != evidence.data_hash
    assert tp.Evidence.from_network(ARMS, **COUNTS, reference="P").data_hash != evidence.data_hash
