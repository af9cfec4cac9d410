"""Adverse events in person-months: what enters, what is a fault, what is only noted."""

import math

import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import check_folder, read_evidence, summarise

#: Rows 13 and 14 of the folder: adverse events of trial A until month 6, 30 patients an arm.
PRP, SALINE = 13, 14


@pytest.fixture
def timed(folder):
    """The folder with both arms of trial A in person-months."""
    folder.header.append("person_months")
    folder.set(PRP, events="3", person_months="170").set(SALINE, person_months="168.5")
    return folder


def fault_of(folder):
    with pytest.raises(EvidenceError) as caught:
        check_folder(folder.write())
    [fault] = caught.value.faults
    return fault


def test_events_in_person_months(timed):
    rows = read_evidence(timed.write(), outcome="sae").reports.set_index("row")
    assert rows["enters"].all()
    assert rows.loc[PRP, ["count", "exposure"]].tolist() == [3, 170]
    assert rows["why"].tolist() == [
        "3 events in 170 person-months",
        "0 events in 168.5 person-months",
    ]
    assert rows.loc[SALINE, "exposure"] == 168.5


def test_patients_have_no_person_months(folder):
    used = read_evidence(folder.write(), outcome="sae").used
    assert used["exposure"].isna().all()
    assert used["why"].tolist() == ["1 of 30 with an event", "0 of 30 with an event"]


def test_a_patient_may_have_several_events(timed):
    row = read_evidence(timed.set(PRP, events="71").write(), outcome="sae").used.iloc[0]
    assert (row["count"], row["n"]) == (71, 30)


def test_one_event_is_one_event(timed):
    why = read_evidence(timed.set(PRP, events="1").write(), outcome="sae").used["why"].iloc[0]
    assert why == "1 event in 170 person-months"


def test_a_percentage_beside_events_is_said_not_to_be_used(timed):
    why = read_evidence(timed.set(PRP, percent="6.7 %").write(), outcome="sae").used["why"].iloc[0]
    assert why == "3 events in 170 person-months (6.7 % of patients is not used)"


def test_the_number_of_patients_may_be_missing(timed):
    timed.set(PRP, n="")
    evidence = read_evidence(timed.write(), outcome="sae")
    n = evidence.arms.set_index("arm")["n"]
    assert math.isnan(n["prp"]) and n["saline"] == 30
    found = summarise(evidence).classes
    assert found["PRP"]["patients"] == 0 and found["placebo"]["patients"] == 30
    assert len(evidence.data_hash) == 64


def test_person_months_are_part_of_the_hash(timed):
    before, after = (
        read_evidence(timed.set(PRP, person_months=months).write(), outcome="sae").data_hash
        for months in ("170", "171")
    )
    assert before != after


def test_only_the_last_shared_month_enters(timed):
    for arm, events in (("prp", "5"), ("saline", "2")):
        cells = {"months": "12", "n": "30", "events": events, "person_months": "300"}
        timed.add(trial="A", arm=arm, kind="events", outcome="sae", **cells)
    evidence = read_evidence(timed.write(), outcome="sae")
    assert evidence.used[["months", "exposure"]].to_numpy().tolist() == [[12, 300], [12, 300]]


def test_an_earlier_month_in_another_form_does_not_matter(timed):
    for arm, events in (("prp", "5"), ("saline", "2")):
        cells = {"months": "12", "n": "30", "events": events}
        timed.add(trial="A", arm=arm, kind="events", outcome="sae", **cells)
    assert read_evidence(timed.write(), outcome="sae").used["exposure"].isna().all()


def test_a_rounded_follow_up_is_no_fault(timed):
    # 30 patients for 6 months are 180.
    check_folder(timed.set(PRP, person_months="188").write())


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"person_months": "0"}, "person_months", "person-months > 0"),
        ({"person_months": "-5"}, "person_months", "person-months > 0"),
        ({"person_months": "many"}, "person_months", "a number or an empty cell"),
        ({"events": "2.5"}, "events", "a whole count >= 0"),
        ({"events": "", "percent": "10"}, "events", "got 10 % of patients; expected the number of"),
        ({"events": ""}, "events", "got nothing; expected the number of events beside"),
        (
            {"person_months": "190"},
            "person_months",
            "got 190 of 30 patients until month 6; expected at most 180, patients times months",
        ),
    ],
)
def test_a_wrong_cell(timed, cells, column, words):
    fault = fault_of(timed.set(PRP, **cells))
    assert fault.where == f"reports.csv row {PRP}, {column}"
    assert words in str(fault)
    assert fault.remedy.endswith(".")


def test_more_events_than_patients_are_a_fault_where_patients_are_counted(folder):
    assert "got 31 of 30; expected at most n events" in str(fault_of(folder.set(PRP, events="31")))


def test_arms_of_a_trial_in_two_forms(timed):
    fault = fault_of(timed.set(SALINE, person_months=""))
    assert fault.where == f"reports.csv row {SALINE}, person_months"
    assert fault.got == "sae of A with person-months for 'prp' and without for 'saline'"
    assert fault.remedy == "Write person_months for all arms of the trial or for none."


def test_trials_in_two_forms_are_a_note(timed):
    for arm, events in (("msc", "1"), ("saline", "2")):
        cells = {"months": "12", "n": "20", "events": events}
        timed.add(trial="B", arm=arm, kind="events", outcome="sae", **cells)
    checked = check_folder(timed.write())
    assert len(checked.outcomes["sae"].used) == 4
    [note] = [note for note in checked.notes if "person-months" in note]
    assert note.startswith("sae: some trials count patients, others events in person-months")


def test_trials_in_one_form_need_no_note(timed, folder):
    assert not any("person-months" in note for note in check_folder(timed.write()).notes)
