"""Which classes and treatments are compared: directly, through others, not at all."""

import json

import pytest

from tests.helpers import row, write_folder
from trialpool.evidence import EvidenceSummary, check_folder, summarise
from trialpool.evidence.connectivity import shortest_path


def events(trial, *arms, **cells):
    return [row(trial, arm, "events", 12, outcome="sae", n=30, events=1, **cells) for arm in arms]


@pytest.fixture
def summary_of(tmp_path):
    def make(*trials):
        rows = [cells for i, arms in enumerate(trials) for cells in events(f"T{i}", *arms)]
        return summarise(check_folder(write_folder(tmp_path, rows)).outcomes["sae"])

    return make


def test_direct_pairs_by_class_and_treatment(summary_of):
    found = summary_of(("prp", "saline"), ("prp", "saline"), ("msc", "msc high", "saline"))
    assert found.direct == {"MSC|PRP": 0, "MSC|placebo": 1, "PRP|placebo": 2}
    # Two doses meet as treatments, not as classes.
    assert found.direct_treatments == {
        "msc high injection|msc injection": 1,
        "msc high injection|saline injection": 1,
        "msc injection|saline injection": 1,
        "prp injection|saline injection": 2,
    }


def test_a_pair_without_a_trial_has_its_shortest_path(summary_of):
    found = summary_of(("prp", "saline"), ("prp", "saline"), ("msc", "saline"), ("mpc", "msc"))
    path = found.indirect["MSC|PRP"]
    assert (path.names, path.trials) == (("MSC", "placebo", "PRP"), (1, 2))
    assert str(path) == "MSC - placebo - PRP (1, 2 trials)"
    assert found.indirect["MPC|PRP"].names == ("MPC", "MSC", "placebo", "PRP")
    assert "PRP|placebo" not in found.indirect


def test_classes_without_a_path_have_none(summary_of):
    found = summary_of(("prp", "saline"), ("msc", "steroid"))
    assert found.indirect["MSC|PRP"] is None and found.indirect["PRP|steroid"] is None
    assert found.sentences() == [
        "compared directly: PRP v placebo (1 trial), MSC v steroid (1 trial)",
        "not connected, so never compared: "
        "PRP v MSC, PRP v steroid, MSC v placebo, steroid v placebo",
    ]


def test_sentences_name_what_lies_between_in_order(summary_of):
    found = summary_of(("prp", "saline"), ("msc", "saline"), ("mpc", "msc"))
    assert found.sentences() == [
        "compared directly: PRP v placebo (1 trial), MSC v MPC (1 trial), MSC v placebo (1 trial)",
        "only through others: PRP v MSC through placebo; PRP v MPC through placebo and MSC; "
        "MPC v placebo through MSC",
    ]


def test_plain_values_for_json(summary_of):
    found = summary_of(("prp", "saline"), ("msc", "saline"), ("mpc", "steroid")).to_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["indirect"]["MSC|PRP"] == {"path": ["MSC", "placebo", "PRP"], "trials": [1, 1]}
    assert found["indirect"]["MPC|PRP"] is None
    assert EvidenceSummary({}, {}).sentences() == []


def test_of_equally_short_paths_the_one_with_the_strongest_weakest_step():
    weak = {"b": 9, "c": 2, "d": 2}
    steps = {"a": weak, "b": {"a": 9, "z": 1}, "c": {"a": 2, "z": 3}, "d": {"a": 2, "z": 3}}
    steps["z"] = {"b": 1, "c": 3, "d": 3}
    assert shortest_path(steps, "a", "z") == ("a", "c", "z")
    assert shortest_path({**steps, "x": {}}, "a", "x") is None


def test_events_of_unconnected_classes_are_noted(tmp_path):
    rows = [*events("A", "prp", "saline"), *events("B", "msc", "steroid")]
    (note,) = check_folder(write_folder(tmp_path, rows)).notes
    assert "MSC and steroid (trials B) without a path of trials to placebo" in note
    assert "refused by ask" in note
