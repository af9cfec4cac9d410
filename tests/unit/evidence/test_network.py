"""Which classes and treatments are compared: directly, through others, not at all."""

import json

import pytest

from tests.helpers import row, write_folder
from trialpool.errors import EvidenceError
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


# ------------------------------------------------------------------------ comparisons by visit


def mean(trial, arm, months, **cells):
    return row(trial, arm, "mean", months, **{"n": 30, "mean": 40, "sd": 20} | cells)


def opened(trial, arm, months=6, **cells):
    return row(trial, arm, "responders", months, n=30, events=12, **cells)


#: A trial that connects PRP, MSC and steroid with placebo.
NETWORK = [mean("N", arm, 6) for arm in ("prp", "msc", "steroid", "saline")]


def checked(path, *rows):
    content = check_folder(write_folder(path, [*rows, *NETWORK]))
    return summarise(content.outcomes["pain"]).direct, content


def test_a_count_left_without_its_comparator_compares_nothing(tmp_path):
    rows = [mean("T", "prp", 6), mean("T", "msc", 6), opened("T", "prp"), opened("T", "saline")]
    direct, content = checked(tmp_path, *rows)
    assert (direct["PRP|placebo"], direct["MSC|placebo"], direct["MSC|PRP"]) == (1, 1, 2)
    evidence = content.outcomes["pain"]
    assert evidence.used.query("trial == 'T'")["row"].tolist() == [2, 3]
    why = evidence.reports.set_index("row")["why"]
    assert why[5] == "its comparator's number is used in another kind"


def test_arms_of_different_visits_are_not_compared(tmp_path):
    rows = [mean("T", arm, 0) for arm in ("prp", "saline")]
    rows += [mean("T", "prp", 6), mean("T", "saline", 12)]
    with pytest.raises(EvidenceError) as refused:
        checked(tmp_path, *rows)
    [fault] = refused.value.faults
    assert fault.where == "reports.csv row 2, months"
    assert fault.got == (
        "trial T has no visit at which two of its arms are seen for pain "
        "(months: 'prp' at 0, 6; 'saline' at 0, 12)"
    )


def test_baselines_alone_compare_nothing(tmp_path):
    with pytest.raises(EvidenceError, match=r"T has no visit .*'prp' at 0; 'saline' at 0"):
        checked(tmp_path, mean("T", "prp", 0), mean("T", "saline", 0))


def test_an_arm_seen_at_no_visit_of_another_is_noted(tmp_path):
    rows = [mean("T", "prp", 6), mean("T", "saline", 6), mean("T", "msc", 0), mean("T", "msc", 12)]
    direct, content = checked(tmp_path, *rows)
    assert (direct["PRP|placebo"], direct["MSC|placebo"], direct["MSC|PRP"]) == (2, 1, 1)
    [note] = content.notes
    assert note == (
        "T, msc, pain: rows 4, 5 at no visit of another arm: the benefit of this arm is not seen"
    )


def test_pairs_of_different_visits_are_counted_apart(tmp_path):
    rows = [mean("T", "prp", 6), mean("T", "saline", 6), mean("T", "msc", 12)]
    rows += [mean("T", "saline", 12)]
    direct, content = checked(tmp_path, *rows)
    assert (direct["PRP|placebo"], direct["MSC|placebo"], direct["MSC|PRP"]) == (2, 2, 1)
    assert not content.notes


def test_a_comparison_links_its_arms_and_no_others(tmp_path):
    difference = row("T", "prp", "difference", 6, mean=-9, se=4, versus="saline")
    direct, content = checked(tmp_path, difference, mean("T", "steroid", 6), mean("T", "msc", 6))
    assert (direct["PRP|placebo"], direct["MSC|steroid"], direct["MSC|placebo"]) == (2, 2, 1)
    direct, content = checked(tmp_path, difference, mean("T", "msc", 6))
    assert direct["MSC|PRP"] == 1 and "T, msc, pain: row 3 at no visit" in content.notes[0]


def test_a_class_seen_at_no_visit_of_another_is_an_island(tmp_path):
    rows = [mean("T", "prp", 6), mean("T", "saline", 6), mean("T", "mpc", 12)]
    with pytest.raises(
        EvidenceError, match=r"MPC \(trials T\) without a path of trials to placebo"
    ):
        checked(tmp_path, *rows)


def test_a_trial_that_loses_its_common_visits_with_a_kind_is_left_out(tmp_path):
    rows = [mean("T", "prp", 6), mean("T", "saline", 12)]
    rows += [
        row("T", arm, "responders", 24, n=30, events=9, threshold=">=50%")
        for arm in ("prp", "saline")
    ]
    folder = write_folder(tmp_path, [*rows, *NETWORK])
    used = check_folder(folder).outcomes["pain"].used
    assert (used["trial"] == "T").sum() == 4
    fewer = check_folder(folder, without_kinds=["responders"]).outcomes["pain"]
    assert "T" not in set(fewer.used["trial"])
    why = fewer.reports.set_index("row")["why"]
    assert why[2] == why[3] == "its other arm is left out, kind responders"
