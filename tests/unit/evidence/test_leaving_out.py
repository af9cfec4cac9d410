"""Kinds left out on request: before one number a visit is chosen, with whole trials, by name."""

import pandas as pd
import pytest

from tests.helpers import MIXED
from trialpool.errors import EvidenceError
from trialpool.evidence import Evidence, check_folder, read_evidence


def why(evidence, row):
    return evidence.reports.set_index("row").loc[row, "why"]


def entering(evidence):
    return sorted(evidence.used["row"])


def test_rows_stay_and_say_why(folder):
    path = folder.write()
    every = read_evidence(path, outcome="pain")
    fewer = read_evidence(path, outcome="pain", without_kinds=["difference"])
    gone = every.reports.loc[every.reports["kind"] == "difference", "row"].tolist()
    assert gone and entering(fewer) == [row for row in entering(every) if row not in gone]
    assert all(why(fewer, row) == "kind difference, not in this analysis" for row in gone)
    assert len(fewer.reports) == len(every.reports)
    assert (every.without_kinds, fewer.without_kinds) == ((), ("difference",))
    assert every.data_hash != fewer.data_hash
    assert "local anaesthetic" not in set(fewer.arms["class_"])


def test_several_kinds_and_a_single_word(folder):
    path = folder.write()
    two = read_evidence(path, outcome="pain", without_kinds=["difference", " Responders"])
    assert two.without_kinds == ("difference", "responders")
    assert set(two.used["kind"]) == {"mean", "change"}
    one = read_evidence(path, outcome="pain", without_kinds="difference")
    assert one.without_kinds == ("difference",)


def test_a_number_that_was_displaced_comes_back(folder):
    for arm, events in (("prp", "15"), ("saline", "9")):
        folder.add(trial="A", arm=arm, kind="responders", n="28", events=events, threshold=">=50%")
    path = folder.write()
    displaced = [len(folder.rows), len(folder.rows) + 1]
    every = read_evidence(path, outcome="pain")
    assert not set(displaced) & set(entering(every))
    assert why(every, displaced[0]).startswith("same patients as the mean")
    fewer = read_evidence(path, outcome="pain", without_kinds=["mean"])
    assert set(displaced) <= set(entering(fewer))


def test_a_trial_with_one_arm_left_goes_too(folder):
    folder.add(trial="F", arm="prp", kind="mean", n="20", mean="40", sd="20")
    folder.add(trial="F", arm="saline", kind="responders", n="20", events="5", threshold=">=50%")
    folder.trials.append({"trial": "F", "year": "2020"})
    fewer = read_evidence(folder.write(), outcome="pain", without_kinds=["responders"])
    assert "F" not in set(fewer.used["trial"])
    assert why(fewer, len(folder.rows)) == "its other arm is left out, kind responders"
    # Trials that lost nothing stay.
    assert {"A", "B", "D"} <= set(fewer.used["trial"])


def test_other_outcomes_are_untouched(folder):
    checked = check_folder(folder.write(), without_kinds=["difference"])
    kinds = {name: evidence.without_kinds for name, evidence in checked.outcomes.items()}
    assert kinds == {"pain": ("difference",), "function": (), "sae": ()}


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["diference"], "got 'diference'; expected one of mean, .*Did you mean 'difference'"),
        (["percent_change"], "got percent_change, of which no row enters; expected some of mean"),
        (["events"], "got events, of which no row of pain enters"),
        (["mean", "change", "responders", "difference"], "none of 11 rows enters"),
    ],
)
def test_what_cannot_be_left_out_is_refused(folder, kinds, said):
    with pytest.raises(EvidenceError, match=said):
        read_evidence(folder.write(), outcome="pain", without_kinds=kinds)


def test_faults_of_a_kind_left_out_are_still_faults(folder):
    folder.set(10, lower="5")
    with pytest.raises(EvidenceError, match="row 10, lower") as refused:
        read_evidence(folder.write(), outcome="pain", without_kinds=["difference"])
    assert len(refused.value.faults) == 1


def test_classes_that_lose_their_path_are_named(folder):
    for arm, class_ in (("mpc", "MPC"), ("lidocaine", "local anaesthetic")):
        folder.add(trial="G", arm=arm, kind="mean", n="20", mean="40", sd="20")
        folder.rows[-1]["class"] = class_
    folder.trials.append({"trial": "G", "year": "2020"})
    path = folder.write()
    assert "MPC" in set(read_evidence(path, outcome="pain").used["class_"])
    said = r"MPC and local anaesthetic \(trials G\) .* once difference rows are left out"
    with pytest.raises(EvidenceError, match=said):
        read_evidence(path, outcome="pain", without_kinds=["difference"])


def test_frames_take_the_same_argument():
    frame = pd.DataFrame(MIXED)
    fewer = Evidence.from_frame(frame, outcome="pain", without_kinds=["responders"])
    assert set(fewer.used["kind"]) == {"mean", "change", "difference"}
    assert "its other arm" not in " ".join(fewer.reports["why"])
