"""What no path of trials connects is refused by name, not answered from the prior."""

from itertools import combinations

import numpy as np
import pytest

from tests.unit.questions.conftest import CLASSES, make_meta, make_pain
from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions import ask, decay


def evidence(*pairs, classes=(*CLASSES, "placebo")):
    """What a posterior records when only these pairs of classes meet in trials."""
    met = {"|".join(sorted(pair)) for pair in pairs}
    keys = ["|".join(sorted(pair)) for pair in combinations(classes, 2)]
    return {
        "classes": {c: {"trials": 1, "patients": 50, "last_months": 36} for c in classes},
        "direct": {key: int(key in met) for key in keys},
    }


#: PRP, MSC and hyaluronate reach placebo; MPC and usual care only each other.
TWO_ISLANDS = evidence(
    ("PRP", "placebo"), ("MSC", "hyaluronate"), ("hyaluronate", "placebo"), ("MPC", "usual care")
)
NO_PLACEBO = evidence(("PRP", "hyaluronate"), classes=("PRP", "hyaluronate"))


def events(known):
    held = [cls for cls in CLASSES if cls in known["classes"]]
    values = np.random.default_rng(2).normal(0, 0.4, size=(4, 250, len(held)))
    meta = make_meta(layout="events", outcome="sae", unit="log odds ratio", evidence=known)
    return Draws.from_arrays({"log_odds_ratio": values}, coords={"class": held}, meta=meta)


@pytest.fixture(scope="module")
def sae():
    return events(TWO_ISLANDS)


@pytest.mark.parametrize(
    ("question", "pair"),
    [
        ("PRP is safer than MPC", ("PRP", "MPC")),
        ("probability MPC beats PRP", ("MPC", "PRP")),
        ("MPC beats placebo", ("MPC", "placebo")),
        ("MPC raises serious adverse events", ("MPC", "placebo")),
        ("MPC is safe", ("MPC", "placebo")),
        ("disc progenitor is safe", ("disc progenitor", "placebo")),
    ],
)
def test_a_comparison_without_a_path_is_refused_by_name(sae, question, pair):
    with pytest.raises(QuestionError) as refused:
        ask(sae, question)
    said = str(refused.value)
    assert said.startswith(f"{pair[0]} and {pair[1]} are not connected: no path of trials")


def test_the_refusal_says_what_is_connected(sae):
    with pytest.raises(QuestionError) as refused:
        ask(sae, "PRP is safer than MPC")
    said = str(refused.value)
    assert "with PRP: MSC, hyaluronate, placebo; with MPC: usual care" in said
    with pytest.raises(QuestionError, match="with disc progenitor: nothing"):
        ask(sae, "disc progenitor beats PRP")


@pytest.mark.parametrize(
    "question", ["PRP is safer than MSC", "PRP is safe", "MPC is safer than usual care"]
)
def test_a_path_through_others_is_enough(sae, question):
    (answer,) = ask(sae, question)
    assert not any("left out" in note for note in answer.notes)


def test_a_ranking_leaves_unconnected_classes_out_and_says_so(sae):
    answers = ask(sae, "which is safest")
    assert [answer.subject for answer in answers] == ["MSC", "PRP"]
    for answer in answers:
        assert "MPC" not in answer.interpretation
        assert answer.notes[-1].endswith("connects it with placebo: MPC, disc progenitor")
    (named,) = ask(sae, "PRP is safest")
    assert named.probability == answers[1].probability
    assert "connects it with PRP: MPC, disc progenitor" in named.notes[-1]


def test_a_class_alone_on_its_island_is_not_ranked(sae):
    with pytest.raises(QuestionError, match="MPC is connected with no other active class"):
        ask(sae, "MPC is safest")


def test_a_reference_without_a_trial_is_compared_with_nothing():
    draws = events(NO_PLACEBO)
    (answer,) = ask(draws, "PRP is safer than hyaluronate")
    assert answer.direct_trials == 1
    with pytest.raises(QuestionError, match="PRP and placebo are not connected"):
        ask(draws, "PRP raises serious adverse events")


def test_a_time_course_is_held_to_the_same_rule():
    pain = make_pain(evidence=TWO_ISLANDS)
    with pytest.raises(QuestionError, match="MPC and placebo are not connected"):
        ask(pain, "MPC works at 12 months")
    with pytest.raises(QuestionError, match="MPC and PRP are not connected"):
        ask(pain, "MPC beats PRP at 12 months")
    assert [a.subject for a in ask(pain, "does the effect last past two years")] == ["MSC", "PRP"]
    assert [a.subject for a in ask(pain, "which is best at 12 months")] == ["MSC", "PRP"]
    table = decay(pain)
    assert [c.cls for c in table.classes] == ["MSC", "PRP"]
    assert "MPC, disc progenitor" in str(table)


def test_nothing_to_show_is_refused():
    pain = make_pain(evidence=evidence(("MPC", "usual care")))
    with pytest.raises(QuestionError, match="MPC and placebo are not connected"):
        decay(pain)


def test_what_a_posterior_does_not_record_is_not_held_against_it(pain_with):
    silent = pain_with(evidence={"classes": {}, "direct": {}})
    assert ask(silent, "MPC beats PRP at 12 months")
