"""What a row contributes, in points of 0-100 with lower better, and what it says about itself."""

import math

import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import check_folder, read_evidence


@pytest.fixture
def pain(folder):
    def read(**cells):
        row = cells.pop("row", None)
        if row is not None:
            folder.set(row, **cells)
        reports = read_evidence(folder.write(), outcome="pain").reports
        return reports.set_index("row")

    return read


def test_mean_with_sd(pain):
    row = pain().loc[2]
    assert (row["y"], row["sd"], row["n"]) == (60, 20, 30)
    assert row["se"] == pytest.approx(20 / math.sqrt(30))
    assert row["why"] == "mean 60.0 points (SE 3.7 from SD and n)"


def test_mean_with_se(pain):
    row = pain().loc[4]
    assert row["se"] == 4
    assert math.isnan(row["sd"])


def test_mean_without_spread(pain):
    row = pain().loc[5]
    assert math.isnan(row["se"])
    assert row["why"] == "mean 50.0 points, SD not printed: estimated"


def test_change_on_a_short_scale(pain):
    row = pain().loc[6]
    assert (row["y"], row["sd"]) == (-25, 20)


def test_higher_better_scale_is_turned(pain):
    row = pain(row=6, scale="JOA 0-29 higher better", mean="5.8", sd="2.9").loc[6]
    assert row["y"] == pytest.approx(-20)
    assert row["sd"] == pytest.approx(10)


def test_mean_on_a_scale_that_starts_above_zero(pain):
    row = pain(row=2, scale="Index 10-60", mean="35", sd="10").loc[2]
    assert (row["y"], row["sd"]) == (50, 20)


def test_difference_from_its_interval(pain):
    row = pain().loc[10]
    assert row["y"] == -9
    assert row["se"] == pytest.approx(16.5 / (2 * 1.959964), rel=1e-6)
    assert row["why"] == "difference -9.0 points from lidocaine (SE 4.2 from the 95 % interval)"


def test_difference_of_another_level(pain):
    assert pain(row=10, level="90").loc[10, "se"] == pytest.approx(16.5 / (2 * 1.644854), rel=1e-6)


def test_level_that_is_not_printed_is_said(pain):
    assert "level not printed and read as 95 %" in pain(row=10, level="").loc[10, "why"]


def test_count_from_a_percentage(pain):
    row = pain().loc[8]
    assert (row["count"], row["relative"], row["definition"]) == (18, 0.5, "")
    assert row["why"] == "18 of 45 with >=50% less (count derived from 40 %)"


@pytest.mark.parametrize(
    ("percent", "n", "count"),
    [("12.5", "8", 1), ("13", "8", 1), ("66.7", "12", 8), ("0", "20", 0), ("100%", "9", 9)],
)
def test_counts_that_fit(pain, percent, n, count):
    assert pain(row=8, percent=percent, n=n).loc[8, "count"] == count


@pytest.mark.parametrize(
    ("percent", "n", "words"),
    [
        ("41", "45", "41 % of 45 fits no whole number"),
        ("40", "450", "40 % of 450 fits 5 counts (178 to 182)"),
        ("17.7", "20", "17.7 % of 20 fits no whole number"),
    ],
)
def test_counts_that_do_not_fit(folder, percent, n, words):
    folder.set(8, percent=percent, n=n)
    folder.add(trial="C", arm="prp", kind="responders", n="45", events="5", threshold=">=90%")
    row = read_evidence(folder.write(), outcome="pain").reports.set_index("row").loc[8]
    assert not row["enters"]
    assert row["why"].startswith(words)


def test_printed_count_beside_a_rounded_or_truncated_percentage(pain):
    assert pain(row=8, events="8", n="12", percent="66.6").loc[8, "count"] == 8


def test_open_threshold(pain):
    row = pain().loc[11]
    assert row["definition"] == "not printed"
    assert "the arms are compared only" in row["why"]


def test_threshold_in_points(folder):
    folder.set(11, threshold=">=2", scale="NRS 0-10")
    folder.set(12, threshold="≥ 2 points", scale="NRS 0-10")
    reports = read_evidence(folder.write(), outcome="pain").reports.set_index("row")
    assert reports.loc[[11, 12], "absolute"].tolist() == [20, 20]


@pytest.mark.parametrize(
    ("threshold", "numbers", "why"),
    [
        ("<=30mm", (None, None, 30, ""), "18 of 45 at 30 points or less"),
        (
            ">=20% and >=20mm",
            (0.2, 20, None, "and"),
            "18 of 45 with >=20% less and >=20 points less",
        ),
        (
            "<=30; >=50%",
            (0.5, None, 30, "and"),
            "18 of 45 with >=50% less and at 30 points or less",
        ),
        ("<=30 or >=25", (None, 25, 30, "or"), "18 of 45 with >=25 points less or at 30 points"),
    ],
)
def test_states_and_joined_thresholds(folder, threshold, numbers, why):
    for row in (8, 9):
        folder.set(row, threshold=threshold)
    reports = read_evidence(folder.write(), outcome="pain").reports.set_index("row")
    assert reports.loc[[8, 9], "enters"].all()
    read = reports.loc[8, ["relative", "absolute", "state", "joined"]]
    assert tuple(None if x != x else x for x in read) == numbers
    assert reports.loc[8, "why"].startswith(why)


def test_a_threshold_joined_with_another_instrument_is_left_out_with_the_reason(folder):
    for row in (8, 9):
        folder.set(row, threshold="VAS >=20mm and ODI >=15")
    reports = read_evidence(folder.write(), outcome="pain").reports.set_index("row")
    assert not reports.loc[[8, 9], "enters"].any()
    assert "another instrument (VAS >=20mm and ODI >=15) is not used" in reports.loc[8, "why"]


def test_rows_not_to_use_are_kept(folder):
    folder.set(2, use="no", reason="read from a figure").set(3, verified="no")
    reports = read_evidence(folder.write(), outcome="pain").reports.set_index("row")
    assert not reports.loc[[2, 3], "enters"].any()
    assert reports.loc[2, "why"] == "use = no: read from a figure"
    assert reports.loc[3, "why"] == "not verified: never used"


def test_only_the_last_shared_month_of_events_enters(folder):
    for arm, months, events in (("prp", "12", "2"), ("saline", "12", "1"), ("prp", "24", "3")):
        folder.add(
            trial="A", arm=arm, kind="events", outcome="sae", months=months, n="30", events=events
        )
    evidence = read_evidence(folder.write(), outcome="sae")
    assert evidence.layout == "events"
    assert evidence.used[["months", "count"]].to_numpy().tolist() == [[12, 2], [12, 1]]
    left = evidence.reports[~evidence.reports["enters"]]
    assert left["why"].str.startswith("cumulative: month 12").all()


def test_synonyms_and_case_are_read_with_a_note(folder):
    folder.set(5, class_="Saline").set(4, class_="prp")
    checked = check_folder(folder.write())
    reports = checked.outcomes["pain"].reports.set_index("row")
    assert reports.loc[[4, 5], "class_"].tolist() == ["PRP", "placebo"]
    assert any("class 'Saline' is read as 'placebo' (rows 5)" in note for note in checked.notes)


def test_one_kind_of_number_enters_a_visit(folder):
    # Means with SDs stand in rows 4 and 5; counts of the same patients say less.
    for arm, events in (("prp", "9"), ("saline", "4")):
        folder.add(trial="A", arm=arm, kind="responders", n="28", events=events)
    reports = read_evidence(folder.write(), outcome="pain").reports.set_index("row")
    assert reports.loc[[4, 5], "enters"].all()
    assert not reports.loc[[17, 18], "enters"].any()
    assert reports.loc[17, "why"] == "same patients as the mean of rows 4, 5, printed for 2 arms"


def test_the_kind_that_most_arms_print_enters(folder):
    for arm, events in (("prp", "9"), ("saline", "4")):
        folder.add(trial="A", arm=arm, kind="responders", n="28", events=events)
    folder.set(5, use="no", reason="not printed")  # the mean of one arm only is left
    used = read_evidence(folder.write(), outcome="pain").used
    of_visit = used[(used["trial"] == "A") & (used["months"] == 6)]
    assert of_visit["kind"].tolist() == ["responders", "responders"]


def test_outcome_that_is_not_there(folder):
    with pytest.raises(EvidenceError, match="Did you mean 'pain'"):
        read_evidence(folder.write(), outcome="pian")
    with pytest.raises(EvidenceError, match=r"3 outcomes .*pain, sae, function"):
        read_evidence(folder.path)


def test_the_only_usable_outcome_needs_no_name(folder):
    folder.rows = [row for row in folder.rows if row["outcome"] == "pain"]
    assert read_evidence(folder.write()).outcome == "pain"


def test_outcome_without_a_row_that_enters(folder):
    for row in (13, 14):
        folder.set(row, use="no", reason="x")
    with pytest.raises(EvidenceError, match="none of 2 rows enters"):
        read_evidence(folder.write(), outcome="sae")


def test_one_instrument_on_two_ranges_is_a_fault(folder):
    folder.set(5, scale="VAS 0-10")
    with pytest.raises(EvidenceError, match=r"row 5, scale: .*'VAS 0-100' .*'VAS 0-10'"):
        read_evidence(folder.write(), outcome="pain")


def test_an_se_typed_as_an_sd_is_noted(folder):
    folder.add(trial="A", arm="prp", kind="mean", months="12", mean="30", sd="3", n="28")
    folder.add(trial="A", arm="saline", kind="mean", months="12", mean="40", sd="25", n="28")
    notes = check_folder(folder.write()).notes
    assert any("row 17 is far below" in note and "under se" in note for note in notes)


def test_back_pain_mcid_is_not_that_of_another_instrument(folder):
    assert read_evidence(folder.write(), outcome="pain").mcid().value == 15
    for row in folder.rows:
        if row["outcome"] == "pain":
            row["scale"] = "WOMAC 0-100 lower better"
    assert read_evidence(folder.write(), outcome="pain").mcid() is None
