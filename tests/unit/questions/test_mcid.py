"""The minimal important change: the posterior's or one given, always with its source."""

import pytest

from trialpool.errors import QuestionError
from trialpool.questions import ask, decay, with_mcid


@pytest.fixture(scope="module")
def pain(pain_with):
    return pain_with(mcid=5.0, mcid_source="Ostelo et al. 2008, Spine 33:90; VAS")


LINE = "MCID 5 points of 100: Ostelo et al. 2008, Spine 33:90; VAS"


@pytest.mark.parametrize(
    "question",
    [
        "PRP beats MSC by the MCID at 12 months",
        "MPC works by the MCID at 12 months",
        "does MPC still work at 24 months",
    ],
)
def test_an_answer_that_uses_it_prints_it_with_its_source(pain, question):
    (answer,) = ask(pain, question)
    assert answer.notes.count(LINE) == 1
    assert f"  note: {LINE}" in str(answer).splitlines()
    (given,) = ask(with_mcid(pain, 12), question)
    assert "MCID 12 points of 100: given by the user" in given.notes


def test_an_answer_that_does_not_use_it_is_silent(pain):
    (answer,) = ask(pain, "MPC works by 5 at 12 months")
    assert not any("MCID" in note for note in answer.notes)


def test_decay_prints_it_and_json_carries_it(pain):
    table = decay(pain)
    assert str(table).splitlines()[-1] == LINE
    assert {(r["mcid"], r["mcid_source"]) for r in table.to_dict()} == {
        (5.0, LINE.removeprefix("MCID 5 points of 100: "))
    }
    given = decay(pain, mcid=12)
    assert (given.mcid, given.mcid_source) == (12, "given by the user")
    assert given.rows[0].p_mcid == decay(with_mcid(pain, 12)).rows[0].p_mcid


def test_a_margin_changes_with_it_and_the_draws_do_not(pain):
    question = "MPC works by the MCID at 12 months"
    one, other = ask(pain, question)[0], ask(with_mcid(pain, 12), question)[0]
    assert (one.margin, other.margin) == (5, 12)
    assert one.difference == other.difference and one.probability > other.probability
    assert pain.meta["mcid"] == 5


def test_a_posterior_without_one_takes_one(pain_with):
    silent = pain_with(mcid=None)
    assert decay(silent).mcid_source is None and "MCID 1" not in str(decay(silent))
    assert ask(with_mcid(silent, 10), "MPC works by the MCID at 12 months")[0].margin == 10


@pytest.mark.parametrize("size", [0, -3, 100, float("nan"), float("inf")])
def test_a_size_that_cannot_be_is_refused(pain, size):
    with pytest.raises(QuestionError, match="mcid: got"):
        with_mcid(pain, size)
    with pytest.raises(QuestionError, match="mcid: got"):
        decay(pain, mcid=size)


def test_adverse_events_have_none(sae):
    with pytest.raises(QuestionError, match="sae is not of scores"):
        with_mcid(sae, 10)
