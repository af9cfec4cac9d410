"""A network of treatments answers the same questions as classes do."""

import numpy as np
import pytest

from trialpool.errors import QuestionError
from trialpool.questions import ask
from trialpool.questions.suggest import example_questions


def one(draws, question):
    (answer,) = ask(draws, question)
    return answer


def effects(net):
    values = net.array("treatment_effect")
    return {**dict(zip("ABC", values.T, strict=True)), "P": np.zeros(len(values))}


LOWER = [
    ("A beats B", lambda e: e["A"] < e["B"]),
    ("A works", lambda e: e["A"] < 0),
    ("A works by 20 %", lambda e: e["A"] < np.log(0.8)),
    ("A beats B by 0.2", lambda e: e["A"] - e["B"] < -0.2),
    ("A harms", lambda e: e["A"] > 0),
    ("A harms by 50 %", lambda e: e["A"] > np.log(1.5)),
    ("A is non-inferior to B within 20 %", lambda e: e["A"] - e["B"] < np.log(1.2)),
    ("A is best", lambda e: e["A"] < np.min([e["B"], e["C"], e["P"]], axis=0)),
    ("P is worst", lambda e: np.max([e["A"], e["B"], e["C"]], axis=0) < 0),
    ("A is in the top 2", lambda e: sum(e[c] < e["A"] for c in "BCP") <= 1),
]


@pytest.mark.parametrize(("question", "oracle"), LOWER, ids=[q for q, _ in LOWER])
def test_lower_is_better_where_it_is_said(net, question, oracle):
    answer = one(net, f"{question}, where lower is better")
    assert answer.probability == pytest.approx(np.mean(oracle(effects(net))))
    assert "lower is better" in answer.interpretation
    assert answer.difference.unit == "log odds ratio" and answer.months is None
    assert answer.notes[0].startswith("odds ratio ")


def test_higher_is_better_where_it_is_said(net):
    e = effects(net)
    assert one(net, "A beats B, where higher is better").probability == np.mean(e["A"] > e["B"])
    assert one(net, "P is best, higher is better").probability == np.mean(
        np.max([e["A"], e["B"], e["C"]], axis=0) < 0
    )


@pytest.mark.parametrize("question", ["A beats B", "A works", "A is best", "which is worst"])
def test_which_way_is_better_is_never_guessed(net, question):
    with pytest.raises(QuestionError, match="Add 'where lower is better'"):
        ask(net, question)


def test_sizes_need_no_direction(net):
    e = effects(net)
    for question, hits in (
        ("P(A > B)", e["A"] > e["B"]),
        ("P(A < B - 0.2)", e["A"] < e["B"] - 0.2),
        ("the effect of A is at least 0.1", e["A"] > 0.1),
        ("the effect of A is at most 0.1", e["A"] <= 0.1),
        ("A is equivalent to B within 20 %", np.abs(e["A"] - e["B"]) < np.log(1.2)),
    ):
        assert one(net, question).probability == pytest.approx(np.mean(hits)), question


def test_every_treatment_is_ranked_the_reference_with_them(net):
    answers = ask(net, "which is best, where lower is better")
    assert [a.subject for a in answers] == ["A", "B", "C", "P"]
    assert sum(a.probability for a in answers) == pytest.approx(1)


def test_evidence_is_that_of_the_studies(net):
    answer = one(net, "P(A > B)")
    assert answer.evidence["A"] == {"trials": 2, "patients": 100.0, "last_months": None}
    assert answer.direct_trials == 1
    assert one(net, "P(A > C)").direct_trials == 0


def test_a_month_and_points_are_refused(net):
    with pytest.raises(QuestionError, match="no time course"):
        ask(net, "P(A > B) at 12 months")
    with pytest.raises(QuestionError, match="log odds ratio"):
        ask(net, "P(A > B + 5 points)")


def test_over_time_a_month_is_read(courses):
    at = courses.array("relative_effect")
    answer = one(courses, "P(A > B @ 12)")
    assert answer.probability == np.mean(at[:, 0, 2] > at[:, 1, 2]) and not answer.extrapolated
    assert one(courses, "A beats B at 24 months, lower is better").extrapolated
    between = one(courses, "P(A > B) at 9 months").difference.mean
    assert between == pytest.approx(np.mean((at[:, 0] - at[:, 1])[:, 1:3]))


def test_a_new_trial_adds_the_heterogeneity(net, courses):
    answer = one(net, "A beats B in a new trial, where lower is better")
    rng = np.random.default_rng(1)
    e = net.chains("treatment_effect")
    drawn = (e[..., 0] - e[..., 1]) + net.chains("tau") * rng.normal(size=(300, 4, 250))
    assert answer.probability == pytest.approx(np.mean(drawn < 0), abs=0.005)
    with pytest.raises(QuestionError, match="no SD of the patients"):
        ask(net, "A beats B in a new trial of 100 patients, where lower is better")
    assert one(courses, "A works at 12 months in a new trial, lower is better").probability < 1


def test_every_example_is_answered(net, courses):
    for draws in (net, courses):
        for question in example_questions(draws):
            assert ask(draws, question), question
