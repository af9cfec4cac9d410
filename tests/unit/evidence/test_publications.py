"""One trial written as two: a fault where the keys tell, a note where the numbers do."""

import pandas as pd
import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import Evidence, check_folder


def with_keys(folder, **keys):
    """The folder with cells of trials.csv, ``A={"doi": ...}``."""
    folder.trials = [
        {"doi": "", "registry": "", **trial, **keys.get(trial["trial"], {})}
        for trial in folder.trials
    ]
    return folder


def fault_of(folder):
    with pytest.raises(EvidenceError) as caught:
        check_folder(folder.write())
    [fault] = caught.value.faults
    return str(fault)


def test_trials_with_one_registry_number(folder):
    with_keys(folder, A={"registry": "NCT03709901"}, C={"registry": "nct 03709901"})
    assert fault_of(folder) == (
        "reports.csv, trial: got A and C, both with registry NCT03709901, and both enter for pain; "
        "expected each patient once. Set use = no with a reason for the rows of one of them, or "
        "write them as one trial; two trials of one paper need their registry numbers."
    )


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("NCT03737461; EudraCT 2017-002092-25", "2017-002092-25", "2017-002092-25"),
        ("NCT03737461, ISRCTN12345678", "isrctn12345678 (sham)", "ISRCTN12345678"),
        ("https://clinicaltrials.gov/study/NCT03737461", "NCT03737461", "NCT03737461"),
        ("CTRI/2019/01/016789", "NCT03737461 CTRI/2019/01/016789", "CTRI/2019/01/016789"),
        ("ChiCTR-INR-17011825", "chictr-inr-17011825", "CHICTR-INR-17011825"),
    ],
)
def test_registry_numbers_among_others(folder, one, other, shared):
    text = fault_of(with_keys(folder, A={"registry": one}, C={"registry": other}))
    assert f"both with registry {shared}, and both enter" in text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.1111/papr.12526", "https://doi.org/10.1111/PAPR.12526"),
        ("doi:10.1111/papr.12526", " 10.1111/papr.12526. "),
        ("10.1111/papr.12526; 10.1/second", "http://dx.doi.org/10.1111/papr.12526"),
    ],
)
def test_trials_with_one_doi(folder, one, other):
    text = fault_of(with_keys(folder, A={"doi": one}, C={"doi": other}))
    assert "A and C, both with doi 10.1111/papr.12526, and both enter for pain" in text


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"doi": "unknown", "registry": "not registered"},
        {"doi": "n/a", "registry": "none (before 2005)"},
        {"registry": "EudraCT"},
    ],
)
def test_unknown_keys_are_not_shared(folder, keys):
    check_folder(with_keys(folder, A=keys, C=keys).write())


def test_one_paper_may_report_two_registered_trials(folder):
    doi = {"doi": "10.1/x"}
    with_keys(folder, A={**doi, "registry": "NCT00000001"}, C={**doi, "registry": "NCT00000002"})
    check_folder(folder.write())


def test_rows_that_do_not_enter_are_no_second_time(folder):
    with_keys(folder, A={"registry": "NCT03709901"}, C={"registry": "NCT03709901"})
    for row in (8, 9):
        folder.set(row, use="no", reason="These patients are a subset of A.")
    check_folder(folder.write())


def test_each_outcome_once(folder):
    for arm in ("prp", "saline"):
        folder.add(
            trial="C", arm=arm, kind="mean", outcome="function", n="28", mean="35", months="3"
        )
    text = fault_of(with_keys(folder, A={"doi": "10.1/x"}, C={"doi": "10.1/x"}))
    assert "both enter for function and pain" in text


def test_three_trials_are_a_fault_for_each_pair(folder):
    keys = {trial: {"registry": "NCT03709901"} for trial in "ACE"}
    with pytest.raises(EvidenceError) as caught:
        check_folder(with_keys(folder, **keys).write())
    assert [fault.got[:7] for fault in caught.value.faults] == ["A and C", "A and E", "C and E"]


def test_frames_without_trials_have_no_keys(folder):
    reports = pd.DataFrame(folder.rows)
    assert len(Evidence.from_frame(reports, outcome="pain").used) == 11


# ------------------------------------------------------------------------------- the same numbers


def copy_of_a(folder, rows, **cells):
    """Trial F with some rows of A under other names."""
    folder.trials.append({"trial": "F", "year": "2021"})
    for row in rows:
        same = {**folder.rows[row - 2], "trial": "F", "treatment": "", **cells}
        same["arm"] = {"prp": "plasma", "saline": "control"}[same["arm"]]
        folder.rows.append(same | {"treatment": f"{same['arm']} of F"})
    return folder


def same_number_notes(folder):
    return [note for note in check_folder(folder.write()).notes if "the same numbers" in note]


def test_the_same_numbers_in_two_trials_are_noted(folder):
    [note] = same_number_notes(copy_of_a(folder, (2, 3, 4, 5)))
    assert note == (
        "A and F print the same numbers: one publication twice? (pain, rows 2, 3, 4, 5 and "
        "rows 17, 18, 19, 20)"
    )


def test_two_same_numbers_are_chance(folder):
    folder = copy_of_a(folder, (2, 3, 4, 5))
    folder.rows[-2]["mean"], folder.rows[-1]["mean"] = "41", "52"
    assert not same_number_notes(folder)


def test_the_same_numbers_of_other_patients_are_chance(folder):
    assert not same_number_notes(copy_of_a(folder, (2, 3, 4, 5), n="31"))


def test_trials_without_events_are_not_alike(folder):
    folder.trials.append({"trial": "F", "year": "2021"})
    for trial in "AF":
        for arm in ("msc", "saline", "steroid")[: 1 if trial == "A" else 3]:
            cells = {"outcome": "sae", "months": "6", "n": "30", "events": "0"}
            folder.add(trial=trial, arm=arm, kind="events", **cells)
    folder.set(13, events="0")
    assert not same_number_notes(folder)
