"""The frozen table: arms, summary, hash; the plain layouts."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import Evidence, read_evidence, summarise


@pytest.fixture
def pain(folder):
    return read_evidence(folder.write(), outcome="pain")


def test_frozen_and_short(pain):
    assert repr(pain) == "Evidence('pain', 5 trials, 11 of 11 reports enter)"
    with pytest.raises(dataclasses.FrozenInstanceError):
        pain.outcome = "x"
    assert pain.mcid().value == 15


def test_arms_hold_those_named_in_versus_only(pain):
    assert pain.arms[["trial", "arm", "class_"]].to_numpy().tolist() == [
        ["A", "saline", "placebo"],
        ["A", "prp", "PRP"],
        ["B", "saline", "placebo"],
        ["B", "msc", "MSC"],
        ["C", "steroid", "steroid"],
        ["C", "prp", "PRP"],
        ["D", "lidocaine", "local anaesthetic"],
        ["D", "prp", "PRP"],
        ["E", "saline", "placebo"],
        ["E", "msc", "MSC"],
    ]
    assert pain.arms["n"].tolist()[:6] == [30, 30, 20, 20, 44, 45]
    assert pain.arms["n"].isna().tolist() == [False] * 6 + [True] * 2 + [False] * 2


def test_arms_are_ordered_by_role_then_name(folder):
    for arm, class_ in (("aa", "steroid"), ("zz", "hyaluronate"), ("ab", "MSC")):
        folder.add(trial="A", arm=arm, class_=class_, kind="mean", n="9", mean="40")
        folder.rows[-1] |= {"class": class_, "treatment": f"{arm} {class_}"}
    arms = read_evidence(folder.write(), outcome="pain").arms
    assert arms.loc[arms["trial"] == "A", "arm"].tolist() == ["saline", "aa", "zz", "ab", "prp"]


def test_versus_that_has_its_own_rows(folder):
    folder.add(trial="A", arm="prp", kind="difference", months="12", mean="-5", se="3")
    folder.rows[-1] |= {"versus": "saline", "versus_class": ""}
    evidence = read_evidence(folder.write(), outcome="pain")
    assert (evidence.arms["trial"] == "A").sum() == 2
    assert summarise(evidence).classes["placebo"]["last_months"] == 12


def test_summary(pain):
    summary = summarise(pain)
    assert summary.classes["PRP"] == {"trials": 3, "patients": 75, "last_months": 6}
    assert summary.classes["MSC"] == {"trials": 2, "patients": 30, "last_months": 12}
    assert summary.direct["PRP|placebo"] == 1
    assert summary.direct["MSC|PRP"] == 0
    assert list(summary.classes) == ["placebo", "local anaesthetic", "steroid", "MSC", "PRP"]
    assert json.loads(json.dumps(summary.to_dict())) == summary.to_dict()


def test_frames_are_copies():
    frame = pd.DataFrame({"s": ["a", "b"], "y": [0.1, 0.2], "se": [0.1, 0.1]})
    evidence = Evidence.from_effects(frame, study="s", effect="y", se="se", measure="MD")
    frame.loc[0, "y"] = 9.0
    used = evidence.used
    used.loc[0, "y"] = 9.0
    assert evidence.reports["y"].tolist() == [0.1, 0.2]
    assert (evidence.layout, evidence.measure, evidence.outcome) == ("effects", "MD", "effect")
    assert repr(evidence) == "Evidence('effect', 2 studies)"
    assert not any(summarise(evidence).to_dict().values())


def test_hash_changes_with_a_number_and_not_with_a_note(folder, pain):
    folder.set(2, note="seen twice", source="elsewhere")
    assert read_evidence(folder.write(), outcome="pain").data_hash == pain.data_hash
    folder.set(2, mean="60.5")
    assert read_evidence(folder.write(), outcome="pain").data_hash != pain.data_hash


FRAME = {"trial": ["Hart 1977", "Frimodt 1973", "Aronson 1948"], "y": [0.1, 0.2, 0.3]}


def faults(call):
    with pytest.raises(EvidenceError) as caught:
        call()
    return [str(fault) for fault in caught.value.faults]


def effects(frame, **columns):
    names = {"study": "trial", "effect": "y", "se": "se"} | columns
    return lambda: Evidence.from_effects(pd.DataFrame(frame), **names)


def test_effects_name_the_studies_with_an_unusable_se():
    [text] = faults(effects(FRAME | {"se": [0.0, np.nan, 0.2]}))
    assert "2 of 3 studies that are not: Hart 1977 (0.0), Frimodt 1973 (nan)" in text
    assert "se must be finite and > 0" in text
    assert "from_counts" in text


def test_effects_report_all_faults():
    frame = {"trial": ["a", "a", ""], "y": [np.inf, 1, 2], "se": [-1, "x", 1]}
    text = "\n".join(faults(effects(frame)))
    assert "no name in rows 3" in text
    assert "a more than once" in text
    assert "column y: got 1 of 3 studies that is not: a (inf)" in text
    assert "a (-1), a (x)" in text


def test_effects_need_rows_and_columns():
    assert "no rows" in faults(effects({"trial": [], "y": [], "se": []}))[0]
    assert "Did you mean 'y'" in faults(effects(FRAME | {"se": [1, 1, 1]}, effect="Y"))[0]
    assert len(faults(effects({"a": [1]}))) == 3


COUNTS = {"trial": ["a", "b"], "t": [1, 0], "nt": [10, 12], "c": [2, 0], "nc": [11, 12]}


def counts(**changes):
    frame = pd.DataFrame(COUNTS | changes)
    columns = {"study": "trial", "events": ("t", "c"), "totals": ("nt", "nc")}
    return lambda: Evidence.from_counts(frame, **columns)


def test_counts_keep_zero_cells():
    evidence = counts()()
    assert evidence.layout == "counts"
    assert evidence.measure == "OR"
    assert list(evidence.reports.columns) == ["study", "events_t", "n_t", "events_c", "n_c"]
    assert evidence.reports.to_numpy().tolist() == [["a", 1, 10, 2, 11], ["b", 0, 12, 0, 12]]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"t": [-1, 0]},
            "column t: got 1 of 2 studies that is not: a (-1); expected events must be",
        ),
        ({"t": [0.5, 0]}, "Write counts without a continuity correction"),
        ({"t": [11, 0]}, "events must be at most nt"),
        ({"nc": [0, 12]}, "totals must be whole and > 0"),
        ({"c": [None, 0]}, "column c"),
        ({"trial": ["a", "a"]}, "a more than once"),
    ],
)
def test_counts_that_cannot_be(changes, words):
    assert words in "\n".join(faults(counts(**changes)))


def test_counts_of_another_measure():
    call = counts()
    frame = pd.DataFrame(COUNTS)
    assert call().measure == "OR"
    found = faults(
        lambda: Evidence.from_counts(
            frame, study="trial", events=("t", "c"), totals=("nt", "nc"), measure="RD"
        )
    )
    assert "'RD'" in found[0]


def test_trials_can_be_left_out(folder):
    whole = read_evidence(folder.write(), outcome="pain")
    part = whole.without("A")
    assert "A" not in set(part.used["trial"])
    assert len(part.reports) == len(whole.reports)
    left_out = part.reports[part.reports["why"] == "trial left out of this analysis"]
    assert set(left_out["trial"]) == {"A"}
    assert "A" in set(whole.used["trial"])


def test_leaving_out_what_is_not_there_or_everything_is_refused(folder):
    whole = read_evidence(folder.write(), outcome="pain")
    with pytest.raises(EvidenceError, match="trial 'Z'"):
        whole.without("Z")
    with pytest.raises(EvidenceError, match="at least one left"):
        whole.without(*set(whole.used["trial"]))


def test_studies_of_a_plain_meta_analysis_can_be_left_out():
    frame = pd.DataFrame({"s": ["a", "b"], "y": [0.1, 0.2], "se": [0.1, 0.1]})
    evidence = Evidence.from_effects(frame, study="s", effect="y", se="se")
    assert evidence.without("a").used["study"].tolist() == ["b"]
