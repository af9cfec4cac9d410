"""Each kind of fault says where it is, what was got, what was expected and what to do."""

import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import check_folder

# (name, change of the valid folder, row or file of the fault, column, words of the message)
CELLS = [
    ("not a number", 2, {"mean": "sixty"}, "mean", "a number or an empty cell"),
    ("words for missing", 2, {"sd": "not reported"}, "sd", "leave the cell empty"),
    ("not finite", 2, {"mean": "nan"}, "mean", "a number or an empty cell"),
    ("underscore", 2, {"mean": "6_0"}, "mean", "a number or an empty cell"),
    ("negative SD", 2, {"sd": "-20"}, "sd", "an SD > 0"),
    ("SD of zero", 2, {"sd": "0"}, "sd", "an SD > 0"),
    ("negative SE", 4, {"se": "-1"}, "se", "a standard error > 0"),
    ("months below 0", 2, {"months": "-1"}, "months", "0 = baseline"),
    ("no months", 2, {"months": ""}, "months", "the months of the row"),
    ("n of zero", 2, {"n": "0"}, "n", "a whole number of patients > 0"),
    ("n not whole", 2, {"n": "30.5"}, "n", "a whole number of patients > 0"),
    ("no n", 2, {"n": ""}, "n", "the number of patients behind the value"),
    ("no mean", 2, {"mean": ""}, "mean", "the value of the mean row"),
    ("mean off the scale", 2, {"mean": "160"}, "mean", "0 to 100 on VAS 0-100"),
    ("change off the scale", 6, {"mean": "-25"}, "mean", "-10 to 10 on NRS 0-10"),
    ("change at baseline", 6, {"months": "0"}, "months", "months > 0 for change"),
    ("events below 0", 9, {"events": "-1"}, "events", "a whole count >= 0"),
    ("events not whole", 9, {"events": "1.5"}, "events", "a whole count >= 0"),
    ("events above n", 9, {"events": "45"}, "events", "got 45 of 44; expected at most n"),
    ("percent above 100", 8, {"percent": "140"}, "percent", "a percentage from 0 to 100"),
    ("percent against events", 9, {"percent": "40"}, "percent", "agrees with events and n"),
    ("neither count nor percent", 9, {"events": ""}, "events", "events or percent"),
    ("interval reversed", 10, {"lower": "-1", "upper": "-17"}, "lower", "lower below upper"),
    ("outside its interval", 10, {"mean": "5"}, "mean", "an estimate inside its interval"),
    ("half an interval", 10, {"upper": ""}, "upper", "both ends of the interval"),
    ("level of 100", 10, {"level": "100"}, "level", "such as 95"),
    ("level as a share", 10, {"level": "0.95"}, "level", "such as 95"),
    ("difference without SE", 10, {"lower": "", "upper": ""}, "se", "se, or lower and upper"),
    ("versus itself", 10, {"versus": "prp"}, "versus", "another arm of the trial"),
    ("versus nothing", 10, {"versus": ""}, "versus", "another arm of the trial"),
    ("versus unknown", 10, {"versus_class": ""}, "versus", "fill versus_class"),
    ("versus class", 10, {"versus_class": "anaestetic"}, "versus_class", "local anaesthetic"),
    ("unknown kind", 2, {"kind": "meen"}, "kind", "'mean' (nearest)"),
    ("no kind", 2, {"kind": ""}, "kind", "the kind of the row"),
    ("unknown scale", 2, {"scale": "VAS"}, "scale", "'VAS 0-100'"),
    ("scale reversed", 2, {"scale": "VAS 100-0"}, "scale", "an instrument with its range"),
    ("no scale", 2, {"scale": ""}, "scale", "an instrument with its range"),
    ("threshold nonsense", 8, {"threshold": ">=fifty%"}, "threshold", "'>=50%'"),
    ("threshold too high", 8, {"threshold": ">=150%"}, "threshold", "at most 100"),
    ("threshold off the scale", 8, {"threshold": ">=200"}, "threshold", "the width of VAS 0-100"),
    ("unknown trial", 2, {"trial": "Z"}, "trial", "add the trial to trials.csv"),
    ("no arm", 2, {"arm": ""}, "arm", "the arm of the row"),
    ("class misspelt", 2, {"class": "PRPP"}, "class", "PRP (nearest)"),
    ("class unknown", 2, {"class": "aspirin"}, "class", "add it to classes.csv"),
    ("no class", 2, {"class": ""}, "class", "Write the class of the arm"),
    ("outcome misspelt", 2, {"outcome": "pian"}, "outcome", "'pain' (nearest)"),
    ("use", 2, {"use": "maybe"}, "use", "yes or no"),
    ("verified", 2, {"verified": "?"}, "verified", "yes or no"),
    ("no reason", 2, {"use": "no"}, "reason", "the reason for use = no"),
]


def faults(path):
    with pytest.raises(EvidenceError) as caught:
        check_folder(path)
    assert all(str(fault) in str(caught.value) for fault in caught.value.faults)
    return caught.value.faults


@pytest.mark.parametrize(
    ("row", "cells", "column", "words"),
    [pytest.param(*case[1:], id=case[0]) for case in CELLS],
)
def test_a_wrong_cell(folder, row, cells, column, words):
    [fault] = faults(folder.set(row, **cells).write())
    assert fault.where == f"reports.csv row {row}, {column}"
    assert words in str(fault)
    assert fault.got
    assert fault.remedy.endswith(".")


# Faults between rows.
def test_the_small_folder_is_valid(folder):
    checked = check_folder(folder.write())
    assert {name: len(e.used) for name, e in checked.outcomes.items()} == {
        "pain": 11,
        "sae": 2,
        "function": 2,
    }


def only(found):
    [fault] = found
    return str(fault)


def test_duplicate_rows(folder):
    folder.rows.append(dict(folder.rows[0]))
    text = only(faults(folder.write()))
    assert "reports.csv rows 2, 17" in text
    assert "one row a number" in text


def test_arm_with_two_classes(folder):
    text = only(faults(folder.set(4, class_="MSC").write()))
    assert "arm 'prp' of A with class 'PRP' (rows 2, 13, 15) and 'MSC' (row 4)" in text


def test_arm_with_two_treatments(folder):
    assert "one treatment for it" in only(faults(folder.set(4, treatment="other").write()))


def test_treatment_with_two_classes(folder):
    text = only(faults(folder.set(9, treatment="prp injection").set(8, treatment="x").write()))
    assert "treatment 'prp injection' with class 'PRP'" in text
    assert "row 9, class" in text


def test_treatment_with_another_class_in_versus(folder):
    folder.set(10, versus_treatment="saline injection")
    assert "row 10, versus_class" in only(faults(folder.write()))


def test_versus_class_against_its_own_row(folder):
    folder.set(10, trial="C", versus="steroid", versus_class="placebo")
    assert "'steroid', the class of the arm 'steroid' of C" in only(faults(folder.write()))


def test_trial_without_comparator(folder):
    folder.set(9, use="no", reason="not readable")
    text = only(faults(folder.write()))
    assert "reports.csv row 8, arm: got trial C has only the arm 'prp' for pain" in text
    assert "Add the comparator arm's row, or set use = no with a reason." in text


def test_count_that_does_not_fit_leaves_the_other_arm_alone(folder):
    folder.set(8, percent="41")
    assert "trial C has only the arm 'steroid' for pain" in only(faults(folder.write()))


def test_open_threshold_of_one_arm(folder):
    found = faults(folder.set(12, months="3").write())
    assert [fault.where for fault in found] == [
        "reports.csv row 11, threshold",
        "reports.csv row 12, threshold",
    ]
    assert "only the arms can be compared" in str(found[0])


def test_higher_threshold_with_more_responders(folder):
    for arm, n, events in (("prp", "45", "17"), ("steroid", "44", "30")):
        folder.add(trial="C", arm=arm, kind="responders", n=n, events=events, threshold=">=30%")
    text = only(faults(folder.write()))
    assert "18 with >=50% but 17 with >=30% (row 17)" in text


def test_lower_state_with_more_responders(folder):
    for row, n, events in ((8, "45", "20"), (9, "44", "15")):
        folder.set(row, n=n, percent="", events=events, threshold="<=30")
    for arm, n, events in (("prp", "45", "21"), ("steroid", "44", "15")):
        folder.add(trial="C", arm=arm, kind="responders", n=n, events=events, threshold="<20 mm")
    text = only(faults(folder.write()))
    assert "row 17, threshold: got 21 with <20 mm but 20 with <=30 (row 8)" in text
    assert "at most as many with the harder threshold" in text


def test_thresholds_of_several_forms_need_not_be_nested(folder):
    for threshold, prp, steroid in (
        (">=60mm", 20, 16),
        (">=30% and >=20mm", 9, 8),
        ("<=20", 21, 7),
    ):
        for arm, n, events in (("prp", "45", prp), ("steroid", "44", steroid)):
            cells = {"n": n, "events": str(events), "threshold": threshold}
            folder.add(trial="C", arm=arm, kind="responders", **cells)
    check_folder(folder.write())


@pytest.mark.parametrize("again", ["≥ 50 %", ">50%", "50 percent"])
def test_one_threshold_written_in_two_ways(folder, again):
    folder.add(trial="C", arm="prp", kind="responders", n="45", events="18", threshold=again)
    text = only(faults(folder.write()))
    assert "reports.csv rows 8, 17: got responders of pain in arm 'prp' of C" in text
    assert "one row a number" in text


def test_events_beside_scores(folder):
    folder.set(15, kind="events", events="1", mean="")
    found = faults(folder.write())
    assert any("either adverse events or scores in one outcome" in str(fault) for fault in found)


def test_classes_without_path_to_the_reference(folder):
    # Without trials A and B the PRP trials C and D are an island: PRP, steroid, local anaesthetic.
    for row in (2, 3, 4, 5):
        folder.set(row, use="no", reason="left out")
    text = only(faults(folder.write()))
    assert "pain: PRP and local anaesthetic and steroid (trials C, D)" in text
    assert "'placebo'" in text


def test_events_without_path_are_a_note(folder):
    folder.set(14, class_="steroid", arm="other", treatment="other")
    notes = check_folder(folder.write()).notes
    assert any("sae: PRP and steroid" in note for note in notes)


def test_duplicate_trials(folder):
    folder.trials.append({"trial": "A", "year": "2021"})
    text = only(faults(folder.write()))
    assert "trials.csv row 7, trial: got 'A' again (first in row 2)" in text


def test_misspelt_trial_names_the_nearest_and_does_not_blame_it(folder):
    folder.trials[2]["trial"] = "Singla_2017"
    folder.set(8, trial="Singla_2071").set(9, trial="Singla_2017")
    assert "'Singla_2017' (nearest)" in only(faults(folder.write()))


def test_two_faults_of_one_row(folder):
    found = faults(folder.set(2, sd="-1", mean="160").write())
    assert [fault.where for fault in found] == [
        "reports.csv row 2, sd",
        "reports.csv row 2, mean",
    ]


def test_all_faults_at_once_in_order(folder):
    folder.set(2, sd="-1").set(9, class_="steriod").set(6, kind="chnge").set(12, n="x")
    folder.trials.append({"trial": "A"})
    found = faults(folder.write())
    assert [fault.where for fault in found] == [
        "trials.csv row 7, trial",
        "reports.csv row 2, sd",
        "reports.csv row 6, kind",
        "reports.csv row 9, class",
        "reports.csv row 12, n",
    ]


def test_rows_that_are_not_used_may_be_odd_but_not_unreadable(folder):
    odd = {"class": "none", "scale": "?", "percent": "300", "kind": "odd", "threshold": ">=x"}
    folder.add(trial="Z", arm="none", use="no", reason="no comparator", **odd)
    check_folder(folder.write())
    folder.rows[-1]["n"] = "about 20"
    assert "row 17, n" in only(faults(folder.write()))
