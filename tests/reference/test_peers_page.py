"""The page of the peers' numbers speaks of every problem, and of the models that are here."""

import json

import pytest

from tests.reference.test_every_problem import WHERE
from validation import peers
from validation.behaviour import differences
from validation.peer_notes import NOTES

PAGE = peers.HERE / "peers.md"
RECORD = json.loads((peers.HERE / "peers.json").read_text(encoding="utf-8"))


def test_every_problem_is_compared_and_explained():
    assert set(peers.comparisons()) == set(WHERE) == set(NOTES)
    text = PAGE.read_text(encoding="utf-8")
    for problem in WHERE:
        assert f"\n## {problem}\n" in text and f"\n| {problem} |" in text


def test_the_numbers_are_those_of_these_models(reference):
    assert differences(RECORD["behaviour"], peers.behaviour_now()) == []


@pytest.mark.parametrize("problem", sorted(WHERE))
def test_no_number_is_further_off_than_chance(problem):
    found = RECORD["problems"][problem]
    assert found["beyond"] == []
    assert found["largest"] <= peers.BEYOND
