"""A workbook saved by a spreadsheet program is the evidence of its CSV files."""

import datetime
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import check_folder
from trialpool.evidence.cells import cell_text, clean

DATA = Path(__file__).parents[2] / "data" / "spreadsheet"


def message(path):
    with pytest.raises(EvidenceError) as caught:
        check_folder(path)
    return str(caught.value)


@pytest.fixture
def book(tmp_path):
    """The workbook with other cells: ``book(arm=(3, value))`` writes row 3 of the reports."""
    path = tmp_path / "evidence.xlsx"

    def change(**cells):
        content = openpyxl.load_workbook(DATA / "evidence.xlsx")
        sheet = content["Reports"]
        column = {cell.value: cell.column for cell in sheet[1]}
        for name, (row, value) in cells.items():
            sheet.cell(row, column[name]).value = value
        # Saved without the values of formulas, which only a spreadsheet program computes.
        sheet.cell(2, column["n"]).value = 30
        sheet.cell(4, column["mean"]).value = 40
        content.save(path)
        return path

    return change


def test_a_workbook_of_a_spreadsheet_program():
    expected, found = check_folder(DATA).outcomes, check_folder(DATA / "evidence.xlsx").outcomes
    assert list(found) == list(expected) == ["pain", "sae"]
    for outcome, evidence in expected.items():
        other = found[outcome]
        assert other.data_hash == evidence.data_hash
        assert len(other.used) == {"pain": 16, "sae": 2}[outcome]
        # Row 7 of the sheet is empty.
        rows = evidence.reports["row"] + (evidence.reports["row"] > 6)
        assert other.reports["row"].tolist() == rows.tolist()
        columns = list(evidence.reports.columns.drop(["row", "why"]))
        pd.testing.assert_frame_equal(other.reports[columns], evidence.reports[columns])
        pd.testing.assert_frame_equal(other.trials, evidence.trials)
    assert set(found["sae"].reports["read on"]) == {"2024-03-19", "2024-03-20"}
    # Every kind of row went both ways.
    assert expected["pain"].reports["kind"].nunique() == 7


def test_what_was_typed_with_a_percent_sign_is_a_percentage():
    pain = check_folder(DATA / "evidence.xlsx").outcomes["pain"].reports
    counts = pain.loc[pain["kind"] == "responders", "count"]
    assert counts.tolist() == [17, 16, 13, 12]


def test_a_name_that_became_a_date_is_named(book):
    path = book(arm=(3, datetime.datetime(2026, 1, 3)), versus=(15, datetime.time(1, 30)))
    text = message(path)
    assert "evidence.xlsx sheet reports row 3, arm: got a date or time (2026-01-03)" in text
    assert "row 15, versus: got a date or time (01:30:00)" in text
    assert "Format the column as text" in text


@pytest.mark.parametrize("column", ["n", "percent", "threshold", "scale", "months", "p", "kind"])
def test_any_other_cell_that_became_a_date_is_named(book, column):
    row = 17 if column == "p" else 9
    text = message(book(**{column: (row, datetime.datetime(2026, 1, 3))}))
    assert f"evidence.xlsx sheet reports row {row}, {column}: got '2026-01-03'" in text


def test_an_error_of_a_formula_is_named(book):
    text = message(book(treatment=(3, "#N/A"), sd=(2, "#DIV/0!")))
    assert "row 3, treatment: got the error #N/A of a formula" in text
    assert "row 2, sd: got '#DIV/0!'; expected a number" in text


@pytest.mark.parametrize("suffix", [".ods", ".xls", ".numbers"])
def test_other_workbooks_by_themselves_and_in_a_folder(tmp_path, suffix):
    path = tmp_path / f"evidence{suffix}"
    shutil.copy(DATA / "evidence.xlsx", path)
    for place in (path, tmp_path):
        assert f"evidence{suffix}: got a workbook of type {suffix}" in message(place)
        assert "Save it as .xlsx." in message(place)


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.43, "0.00%", "43%"),
        (0.432, "0.00%", "43.2%"),
        (0.4, "0.0%", "40.0%"),
        (0.4, "0.0\\ %", "40.0%"),
        (0.4, '0.0" %"', "0.4"),  # here the sign is only printed
        (40, '0.0"%"', "40.0"),
        (0.4, "0.0%;[Red]-0.0%", "40.0%"),
        (0.425, "##0.#%", "42.5%"),
        (0.4, "[$-407]0.0%", "40.0%"),
        (20, '0.0" mm"', "20.0"),
        (-3.5, "0.0_);[Red]\\(0.0\\)", "-3.5"),
        (1234.5, '#,##0.00\\ "€"', "1234.50"),
        (float("inf"), "0%", "inf%"),
    ],
)
def test_number_formats(value, number_format, text):
    assert cell_text(value, number_format) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("PRP\xa03\u202fml", "PRP 3 ml"),
        ("\ufeffprp\u200b", "prp"),
        ("\u202bمراجعة\u202c", "مراجعة"),
        ("co\xadoperate", "cooperate"),
        ("\u200f \u2003x", "x"),
        ("👩🏽\u200d⚕️", "👩🏽\u200d⚕️"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("two\nlines", "two\nlines"),
        ("\u200b", ""),
    ],
)
def test_clean(text, name):
    assert clean(text) == name
