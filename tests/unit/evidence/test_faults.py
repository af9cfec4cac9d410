"""Each kind of fault says where it is, what was got, what was expected and what to do."""

import pandas as pd
import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import Evidence, check_folder

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


def reversed_too(folder):
    """The faults with the rows as they are and the other way round."""
    found = [faults(folder.write())]
    folder.rows.reverse()
    return [*found, faults(folder.write())]


@pytest.mark.parametrize(
    ("first", "second", "column"),
    [
        ({}, {"versus_treatment": "lidocaine 2%", "versus_class": "steroid"}, "versus_treatment"),
        ({"versus_treatment": "x"}, {"versus_treatment": "y"}, "versus_treatment"),
        ({}, {"versus_class": "steroid"}, "versus_class"),
    ],
)
def test_rows_against_one_arm_say_what_it_is_in_two_ways(folder, first, second, column):
    folder.set(10, **{"versus_treatment": "lidocaine"} | first)
    folder.add(trial="D", arm="prp", kind="p_value", months="12", n="30", versus_n="31", p="0.03")
    cells = {"versus": "lidocaine", "versus_treatment": "lidocaine"}
    folder.set(17, **cells | {"versus_class": "local anaesthetic"} | second)
    forward, backward = reversed_too(folder)
    assert f"reports.csv row 17, {column}: got arm 'lidocaine' of D as" in only(forward)
    assert "(row 10) and" in only(forward)
    assert "(row 17); expected one treatment and one class for it" in only(forward)
    assert "arm 'lidocaine' of D as" in only(backward)


def test_versus_treatment_need_be_written_once_for_an_arm(folder):
    folder.add(trial="D", arm="prp", kind="difference", months="12", mean="-7", se="4")
    folder.set(17, versus_treatment="lidocaine 2%")
    for _ in range(2):
        arms = check_folder(folder.write()).outcomes["pain"].arms.set_index(["trial", "arm"])
        assert arms.loc[("D", "lidocaine"), "treatment"] == "lidocaine 2%"
        folder.rows.reverse()


def test_an_arm_is_what_the_rows_in_use_say(folder):
    folder.set(10, versus="saline", versus_class="")
    aside = {"use": "no", "reason": "another visit", "n": "20", "mean": "50"}
    folder.add(trial="D", arm="saline", kind="mean", months="9", treatment="water", **aside)
    folder.add(trial="D", arm="saline", kind="mean", months="0", n="20", mean="50")
    folder.add(trial="D", arm="prp", kind="mean", months="0", n="20", mean="50")
    against = check_folder(folder.write()).outcomes["pain"].versus_arms
    assert against["treatment"].tolist() == ["saline injection"]


# ------------------------------------------------------------------ one name in two spellings

ALIKE = "alike but for upper and lower case or spaces"


@pytest.mark.parametrize("name", ["PRP", "Prp", "p r p"])
def test_one_arm_in_two_spellings(folder, name):
    forward, backward = reversed_too(folder.set(4, arm=name))
    text = f"reports.csv row 4, arm: got 'prp' (rows 2, 13, 15) and {name!r} (row 4) of A, {ALIKE}"
    assert text in only(forward)
    assert "one spelling of a name" in only(forward)
    assert f"of A, {ALIKE}" in only(backward)


def test_an_arm_in_versus_in_another_spelling(folder):
    folder.set(10, trial="C", versus="Steroid", versus_class="steroid")
    folder.set(10, versus_treatment="steroid injection")
    assert "row 10, versus: got 'steroid' (row 9) and 'Steroid' (row 10) of C" in only(
        faults(folder.write())
    )


def test_two_spellings_of_an_arm_without_rows(folder):
    folder.add(trial="D", arm="prp", kind="difference", months="12", mean="-7", se="4")
    folder.set(17, versus="Lidocaine")
    text = only(faults(folder.write()))
    assert "row 17, versus: got 'lidocaine' (row 10) and 'Lidocaine' (row 17) of D" in text


@pytest.mark.parametrize("row", [4, 8])  # of the same arm and of another trial
def test_one_treatment_in_two_spellings(folder, row):
    forward, backward = reversed_too(folder.set(row, treatment="PRP  Injection"))
    text = only(forward)
    assert f"reports.csv row {row}, treatment: got 'prp injection' (rows 2, " in text
    assert f"and 'PRP  Injection' (row {row}), {ALIKE}" in text
    assert ALIKE in only(backward)


def test_a_treatment_in_versus_in_another_spelling(folder):
    folder.set(10, versus="steroid", versus_treatment="Steroid injection", versus_class="steroid")
    text = only(faults(folder.write()))
    assert "row 10, versus_treatment: got 'steroid injection' (row 9) and 'Steroid" in text


def test_one_trial_in_two_spellings(folder):
    for trial in folder.trials:
        trial["doi"] = f"10.1/{trial['trial'].lower()}"
    folder.trials.append({"trial": "a", "year": "2020", "doi": "10.1/a"})
    folder.set(3, trial="a").set(5, trial="a").set(14, trial="a").set(16, trial="a")
    text = only(faults(folder.write()))
    assert f"trials.csv row 7, trial: got 'A' (row 2) and 'a' (row 7), {ALIKE}" in text


def test_one_trial_in_two_spellings_of_a_frame(folder):
    folder.set(3, trial="a")
    frame = pd.DataFrame(folder.rows)
    with pytest.raises(EvidenceError) as caught:
        Evidence.from_frame(frame, outcome="pain")
    assert "frame reports row 3, trial: got 'A' (row 2) and 'a' (row 3)" in only(
        caught.value.faults
    )


def test_one_class_of_the_folder_in_two_spellings(folder):
    for row in folder.rows:
        row["class"] = {"PRP": "Ozone gas", "MSC": "drug b"}.get(row["class"], row["class"])
    expected = check_folder(folder.write()).outcomes["pain"].classes
    assert expected.active == ("Ozone gas", "drug b")
    for name in ("ozone gas", "OzoneGas"):
        forward, backward = reversed_too(folder.set(8, class_=name))
        text = f"row 8, class: got 'Ozone gas' (rows 2, 4, 10, 13, 15) and {name!r} (row 8)"
        assert text in only(forward)
        assert ALIKE in only(backward)
        folder.rows.reverse()


def test_a_class_that_is_listed_may_be_written_in_any_case(folder):
    folder.classes = (
        "class,role\nplacebo,reference\nsteroid,comparator\nlocal anaesthetic,comparator\n"
        "PRP,active\nMSC,active\n"
    )
    expected = check_folder(folder.write()).outcomes["pain"].data_hash
    folder.set(4, class_="prp").set(3, class_="Placebo")
    assert check_folder(folder.write()).outcomes["pain"].data_hash == expected
    folder.classes = None
    (folder.path / "classes.csv").unlink()
    assert check_folder(folder.write()).outcomes["pain"].data_hash == expected


def test_names_in_rows_that_are_not_used_are_not_compared(folder):
    folder.trials.append({"trial": "a", "year": "2020"})
    aside = {"use": "no", "reason": "left out"}
    folder.add(trial="a", arm="saline", kind="mean", treatment="Saline  injection", **aside)
    folder.add(trial="A", arm="PRP", kind="mean", treatment="PRP injection", **aside)
    found = check_folder(folder.write()).outcomes["pain"]
    del folder.rows[-2:], folder.trials[-1]
    assert found.data_hash == check_folder(folder.write()).outcomes["pain"].data_hash


def test_a_space_between_digits_tells_doses_apart(folder):
    for row in (2, 4, 13, 15):
        folder.set(row, treatment="prp 1 5 ml")
    folder.set(8, treatment="prp 15 ml")
    check_folder(folder.write())


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


@pytest.mark.parametrize("again", [">50%", "≥ 50 %"])
def test_a_threshold_given_twice_is_not_compared_with_itself(folder, again):
    folder.set(8, percent="", events="18")
    folder.add(trial="C", arm="prp", kind="responders", n="45", events="20", threshold=again)
    folder.add(trial="C", arm="prp", kind="responders", n="45", events="19", threshold=">=60%")
    for found in reversed_too(folder):
        assert "at 6 months twice" in only(found)


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
