"""Two posteriors of one outcome side by side."""

import pytest

from trialpool.errors import QuestionError
from trialpool.questions import ask, beside

NAMES = ("pain.nc", "without.nc")
QUESTION = "probability PRP beats MSC at 12 months"


def reports(*trials):
    return [{"trial": trial} for trial in trials]


def test_answers_are_those_of_each_file(pain, pain_with):
    other = pain_with(active=["MPC", "MSC"], data_hash="b", without_kinds=["p_value"])
    both = beside(pain, other, [QUESTION, "which is best at 12 months"], names=NAMES)
    ((one, two), *ranks) = both.pairs
    assert one.to_dict() == ask(pain, QUESTION)[0].to_dict()
    assert two.to_dict() == ask(other, QUESTION)[0].to_dict()
    # Classes are matched by name, whatever their place; what the other lacks stays empty.
    assert [a.subject for a, _ in ranks] == ["MPC", "MSC", "PRP", "disc progenitor"]
    assert [None if b is None else b.subject for _, b in ranks] == ["MPC", "MSC", None, None]


def test_json_is_the_first_files_with_the_other_added(pain, pain_with):
    other = pain_with(active=["MPC", "MSC"])
    both = beside(pain, other, ["which is best at 12 months"], names=NAMES).to_dict()
    alone = [answer.to_dict() for answer in ask(pain, "which is best at 12 months")]
    assert [{k: v for k, v in entry.items() if k != "beside"} for entry in both] == alone
    assert set(both[0]["beside"]) == set(alone[0])
    assert both[2]["beside"] is None


def test_what_differs_is_told(pain_with):
    tau = {"role": "tau", "unit": "points", "source": "x"}
    one = pain_with(
        data_hash="a",
        reports=reports("A", "A", "B"),
        model="Model('waning')",
        priors=[{**tau, "prior": "HalfNormal(5)"}],
        mcid_source="Ostelo",
    )
    two = pain_with(
        data_hash="b",
        reports=reports("A"),
        model="Model('constant')",
        priors=[{**tau, "prior": "HalfNormal(9)"}],
        without_kinds=["p_value", "median"],
        mcid=12.0,
        mcid_source="given by the user",
    )
    facts = {name: values for name, *values in beside(one, two, [QUESTION], names=NAMES).facts}
    assert facts == {
        "kinds left out": ["none", "p_value, median"],
        "data": ["3 numbers of 2 trials", "another set: 1 number of 1 trial"],
        "MCID": ["5 points of 100: Ostelo", "12 points of 100: given by the user"],
        "model": ["Model('waning')", "Model('constant')"],
        "prior of tau": ["HalfNormal(5)", "HalfNormal(9)"],
    }


def test_equal_data_are_said_to_be_the_same(pain_with):
    one = pain_with(data_hash="a", reports=reports("A"))
    facts = dict(
        (name, values) for name, *values in beside(one, one, [QUESTION], names=NAMES).facts
    )
    assert facts["data"] == ["1 number of 1 trial", "the same"]
    assert set(facts) == {"kinds left out", "data", "MCID"}


def test_two_outcomes_are_not_set_side_by_side(pain, sae):
    with pytest.raises(
        QuestionError, match=r"without\.nc: got a posterior of sae, expected .*pain"
    ):
        beside(pain, sae, [QUESTION], names=NAMES)


def test_a_refusal_names_the_file_that_cannot_answer(pain, pain_with):
    short = pain_with(horizon=6.0)
    with pytest.raises(QuestionError, match=r"^without\.nc: .*horizon"):
        beside(pain, short, [QUESTION], names=NAMES)
    with pytest.raises(QuestionError, match=r"^12 months lies past the horizon"):
        beside(short, pain, [QUESTION], names=NAMES)
