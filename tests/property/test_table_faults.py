"""Tables that say two things or nothing: an error that names the place and the remedy."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.dresses import (
    PLAIN,
    TABLES,
    columns_of,
    dresses,
    fixed,
    write_dressed,
    write_plain,
)
from trialpool.errors import EvidenceError
from trialpool.evidence import check_folder

CASES = (str.upper, str.title, str.capitalize)
SLIPS = [
    "1 234", "1\xa0234", "1'234", "1.234,5", "1,234.5", "1,2,3", "12 (5)", "12*", "~12", "<12",
    "12mm", "12±3", "twelve", "n/a", "NaN", "inf", "1e999", "0x1f", "²", "½", "1_0", "--1", "=1+1",
    "#DIV/0!", "2024-03-01", "12-14", "%",
]  # fmt: skip


def faults_of(folder):
    with pytest.raises(EvidenceError) as caught:
        check_folder(folder)
    for fault in caught.value.faults:
        assert fault.where and fault.got and fault.expected and fault.remedy
    return caught.value.faults


@settings(fixed, max_examples=30)
@given(
    dress=dresses(),
    table=st.sampled_from(["trials", "reports"]),
    column=st.integers(0, 100),
    blank=st.sampled_from(["{}", " {}", "{}\xa0", "\ufeff{}"]),
)
def test_a_column_that_is_there_twice_is_named(tmp_path, dress, table, column, blank):
    twice = []

    def change(lines, rng):
        j = column % len(lines[0])
        twice.append(lines[0][j].strip())
        at = rng.randrange(len(lines[0]) + 1)
        for i, line in enumerate(lines):
            line.insert(at, blank.format(line[j]) if i == 0 else rng.choice(["", line[j], "7"]))

    write_dressed(tmp_path, dress, change, table)
    found = [fault for fault in faults_of(tmp_path) if "(header)" in fault.where]
    assert len(found) == 1
    assert re.fullmatch(rf"{table}\.csv row \d+ \(header\)", found[0].where)
    assert found[0].got == f"column {twice[0]!r} 2 times"
    assert found[0].remedy == "Remove or rename one."


@settings(fixed, max_examples=20)
@given(dress=dresses(), column=st.sampled_from(columns_of(PLAIN)), spell=st.sampled_from(CASES))
def test_a_header_in_other_letters_is_named(tmp_path, dress, column, spell):
    def change(lines, rng):
        lines[0] = [spell(column) if title.strip() == column else title for title in lines[0]]

    write_dressed(tmp_path, dress, change)
    expected = f"Rename the column to {column!r}."
    assert expected in {fault.remedy for fault in faults_of(tmp_path)}


@settings(fixed, max_examples=20)
@given(
    dress=dresses(),
    encoding=st.sampled_from(
        ["cp1252", "latin-1", "mac-roman", "cp437", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
    ),
    table=st.sampled_from(["trials", "reports"]),
)
def test_another_encoding_is_named(tmp_path, dress, encoding, table):
    write_dressed(tmp_path, dress)
    path = tmp_path / f"{table}.csv"
    text = path.read_bytes().decode()
    path.write_bytes(text.encode(encoding, errors="replace"))
    faults = faults_of(tmp_path)
    assert len(faults) == 1
    assert faults[0].where.startswith(f"{table}.csv row ")
    assert "not UTF-8" in faults[0].got
    assert faults[0].remedy == "Save the file again as 'CSV UTF-8'."


@settings(fixed, max_examples=40)
@given(
    dress=dresses(),
    slip=st.sampled_from(SLIPS),
    column=st.sampled_from(
        ["months", "n", "mean", "sd", "se", "events", "percent", "person_months", "versus_n"]
    ),
)
def test_what_is_no_number_is_named(tmp_path, dress, slip, column):
    def change(lines, rng):
        j = [title.strip() for title in lines[0]].index(column)
        i = rng.choice([i for i, line in enumerate(lines) if i and line[j].strip()])
        lines[i][j] = slip

    faults = faults_of(write_dressed(tmp_path, dress, change))
    told = [fault for fault in faults if fault.where.endswith(f", {column}")]
    assert len(told) == 1
    assert repr(slip.replace("\xa0", " ")) in told[0].got


@pytest.mark.parametrize("n", ["1000001", "1e308"])
def test_more_patients_than_any_trial(tmp_path, n):
    # A count is looked for among all that a percentage allows.
    rows = [one | {"n": n} if one.get("percent") else one for one in PLAIN]
    faults = faults_of(write_plain(tmp_path, TABLES | {"reports": rows}))
    slips = [fault.got for fault in faults if fault.expected == "at most 1,000,000 patients"]
    assert slips == [repr(n)]
