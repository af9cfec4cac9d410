"""Posteriors in points and in SDs of the patients: a number is never taken for the other unit."""

import pytest

from trialpool.errors import QuestionError
from trialpool.questions import ask, beside, decay, with_mcid
from trialpool.questions.suggest import example_questions

NAMES = ("points.nc", "sds.nc")


@pytest.mark.parametrize(
    "amount", ["0.2", "0.2 SDs", "0.2 SD", "0.2 standard deviations", "at least 0.2SDs"]
)
def test_sds_are_understood_by_a_posterior_in_sds(sds, amount):
    (answer,) = ask(sds, f"PRP beats MSC by {amount} at 24 months")
    assert answer.margin == 0.2 and "> 0.2 SDs of the patients at" in answer.interpretation


@pytest.mark.parametrize("amount", ["10", "10 points", "10 points of 100"])
def test_points_are_understood_by_a_posterior_in_points(pain, amount):
    (answer,) = ask(pain, f"PRP beats MSC by {amount} at 24 months")
    assert answer.margin == 10 and "> 10 points of 100 at" in answer.interpretation


@pytest.mark.parametrize(
    "question",
    [
        "PRP beats MSC by {} at 24 months",
        "PRP is at least {} worse than MSC at 24 months",
        "MPC works by {} at 24 months",
        "does MPC still work by {} at 24 months",
        "MPC has a benefit of at least {} at 12 months",
    ],
)
def test_a_margin_in_the_other_unit_is_refused(pain, sds, question):
    with pytest.raises(
        QuestionError,
        match=r"got 10 points, expected SDs of the patients.* 'by 0\.3 SDs', or .*--scale natural",
    ):
        ask(sds, question.format("10 points"))
    with pytest.raises(
        QuestionError,
        match=r"got 0\.3 SDs, expected points of 100.* 'by 10', or .*--scale standardised",
    ):
        ask(pain, question.format("0.3 SDs"))


def test_suggestions_are_of_a_size_that_can_be(pain, sds):
    assert "probability MPC beats MSC by 10 at 24 months" in example_questions(pain)
    assert "probability MPC beats MSC by 0.3 SDs at 24 months" in example_questions(sds)
    for question in example_questions(sds):
        assert ask(sds, question)


def test_without_an_mcid_the_remedy_is_in_the_unit(pain_with):
    silent = pain_with(unit="SDs of the patients", mcid=None)
    with pytest.raises(QuestionError, match=r"as a number: 'by 0\.3 SDs'"):
        ask(silent, "PRP beats MSC by the MCID at 24 months")


@pytest.mark.parametrize("size", [15, 3, 0, -0.2, float("nan")])
def test_an_mcid_in_points_is_refused_by_a_posterior_in_sds(sds, size):
    for refused in (lambda: with_mcid(sds, size), lambda: decay(sds, mcid=size)):
        with pytest.raises(
            QuestionError, match=r"mcid: got .*; expected SDs of the patients, .* less than 3\."
        ):
            refused()


def test_an_mcid_in_sds_is_taken(pain, sds):
    (answer,) = ask(with_mcid(sds, 2.9), "MPC works by the MCID at 12 months")
    assert answer.margin == 2.9
    assert "MCID 2.9 SDs of the patients: given by the user" in answer.notes
    assert with_mcid(pain, 15).meta["mcid"] == 15


def test_the_decay_table_has_two_decimals_of_sds(pain, sds):
    benefit = decay(sds).rows[0].benefit
    line = f"{benefit.median:.2f}", f"{benefit.lower:.2f} to {benefit.upper:.2f}"
    assert all(part in str(decay(sds)).splitlines()[1] for part in line)
    assert f" {benefit.median:.1f} " in str(decay(pain)).splitlines()[1]


@pytest.mark.parametrize("amount", ["10", "10 points", "0.3 SDs"])
def test_a_number_is_not_put_to_two_units(pain, sds, amount):
    question = f"PRP beats MSC by {amount} at 12 months"
    with pytest.raises(
        QuestionError, match=r"margin: .* in points in points\.nc and in SDs in sds\.nc\. Leave"
    ):
        beside(pain, sds, ["PRP beats MSC at 12 months", question], names=NAMES)


def test_an_mcid_is_not_put_to_two_units(pain, sds):
    question = "PRP beats MSC by the MCID at 12 months"
    with pytest.raises(QuestionError, match=r"mcid: got 2, but benefits are in SDs in sds\.nc"):
        beside(sds, pain, [question], names=NAMES[::-1], mcid=2)
    ((one, two),) = beside(pain, pain, [question], names=NAMES, mcid=2).pairs
    assert one.margin == two.margin == 2


def test_questions_without_numbers_are_answered_in_two_units(pain, sds):
    questions = ["PRP beats MSC at 12 months", "PRP beats MSC by the MCID at 12 months"]
    both = beside(pain, sds, questions, names=NAMES)
    assert ("unit", "points of 100", "SDs of the patients") in both.facts
    assert [(a.margin, b.margin) for a, b in both.pairs] == [(0, 0), (5, 0.6)]
    assert all(a.short().splitlines()[1].endswith("points of 100") for a, _ in both.pairs)
    assert all(b.short().splitlines()[1].endswith("SDs of the patients") for _, b in both.pairs)


def test_a_question_that_is_not_understood_is_named_all_the_same(pain, sds):
    with pytest.raises(QuestionError, match="'beets' was not understood"):
        beside(pain, sds, ["PRP beets MSC"], names=NAMES)
