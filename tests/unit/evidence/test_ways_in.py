"""One evidence, many ways in: workbooks, Parquet, decimal commas, frames, templates."""

import csv
import datetime
import decimal
import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import Evidence, check_folder, read_evidence, write_template
from trialpool.evidence.cells import cell_text
from trialpool.evidence.kinds import KINDS
from trialpool.evidence.schema import CLASSES, NUMBERS, REPORTS, TRIALS
from trialpool.evidence.template import CLASS_COLUMNS, KIND_LINES, REPORT_COLUMNS, TRIAL_COLUMNS

CLBP = Path(__file__).parents[3] / "data" / "clbp"
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def message(call, *args, **options):
    with pytest.raises(EvidenceError) as caught:
        call(*args, **options)
    return str(caught.value)


def tables(folder):
    """The files of a folder as text frames."""
    return {
        path.stem: pd.read_csv(path, dtype=str, keep_default_na=False)
        for path in sorted(folder.glob("*.csv"))
        if path.stem in ("trials", "reports", "classes")
    }


def numeric(frame):
    """Numbers as numbers, as a data frame or a Parquet file would hold them."""
    result = frame.copy()
    for column in result.columns:
        # A percentage is kept as text: its decimals say how it was rounded.
        if column != "percent" and column in (*NUMBERS, "year", "n_randomised"):
            result[column] = pd.to_numeric(result[column].replace("", None))
    return result


def write_workbook(path, frames):
    """Numbers as numbers, shown with the decimals that they have."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, frame in frames.items():
        sheet = book.create_sheet(name)
        sheet.append(list(frame.columns))
        for i, row in enumerate(frame.itertuples(index=False), start=2):
            for j, text in enumerate(row, start=1):
                if NUMBER.fullmatch(text):
                    cell = sheet.cell(i, j, float(text) if "." in text else int(text))
                    decimals = len(text.partition(".")[2])
                    cell.number_format = "0." + "0" * decimals if decimals else "General"
                elif text:
                    sheet.cell(i, j).value = text
                    sheet.cell(i, j).data_type = "s"  # ">=50%" and "=" are text, no formulas
    book.save(path)
    return path


def same(one, other):
    assert one.data_hash == other.data_hash
    columns = ["row", "enters", "why"]
    pd.testing.assert_frame_equal(one.reports[columns], other.reports[columns])


@pytest.fixture(scope="module")
def published():
    return check_folder(CLBP).outcomes


# ------------------------------------------------------------------------- the real evidence


def test_workbook_of_the_real_evidence(published, tmp_path):
    book = write_workbook(tmp_path / "clbp.xlsx", tables(CLBP))
    for source in (book, tmp_path):
        found = check_folder(source).outcomes
        assert list(found) == list(published)
        for outcome, evidence in published.items():
            same(evidence, found[outcome])


def test_parquet_of_the_real_evidence(published, tmp_path):
    for name, frame in tables(CLBP).items():
        numeric(frame).to_parquet(tmp_path / f"{name}.parquet", index=False)
    for outcome, evidence in check_folder(tmp_path).outcomes.items():
        same(published[outcome], evidence)


def test_frames_of_the_real_evidence(published):
    text = tables(CLBP)
    number = {name: numeric(frame) for name, frame in text.items()}
    for frames in (text, number):
        for outcome in ("pain", "function", "sae"):
            found = Evidence.from_frame(
                frames["reports"],
                trials=frames["trials"],
                classes=frames["classes"],
                outcome=outcome,
            )
            same(published[outcome], found)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_decimal_commas_of_the_real_evidence(published, tmp_path, separator, encoding):
    for name, frame in tables(CLBP).items():
        local = frame.copy()
        for column in {*NUMBERS, "p"} & set(local.columns):
            local[column] = local[column].str.replace(".", ",")
        local.to_csv(tmp_path / f"{name}.csv", sep=separator, index=False, encoding=encoding)
    for outcome, evidence in check_folder(tmp_path).outcomes.items():
        same(published[outcome], evidence)


# ------------------------------------------------------------------------ workbooks, Parquet


@pytest.fixture
def frames(folder):
    return tables(folder.write())


def test_faults_name_the_place_in_the_source(frames, tmp_path):
    frames["reports"].loc[2, "sd"] = "wide"
    frames["reports"].loc[3, "trial"] = "Z"
    book = write_workbook(tmp_path / "own.xlsx", frames)
    text = message(read_evidence, book)
    assert "own.xlsx sheet reports row 4, sd: got 'wide'; expected a number" in text
    assert "row 5, trial: got 'Z'; expected a trial of own.xlsx sheet trials" in text
    text = message(Evidence.from_frame, frames["reports"], trials=frames["trials"], outcome="pain")
    assert "frame reports row 4, sd: got 'wide'" in text
    assert "add the trial to frame trials" in text
    (tmp_path / "parquet").mkdir()
    for name, frame in frames.items():
        frame.to_parquet(tmp_path / "parquet" / f"{name}.parquet")
    assert "reports.parquet row 4, sd: got 'wide'" in message(check_folder, tmp_path / "parquet")


def test_the_same_faults_in_every_source(folder, tmp_path):
    folder.set(3, mean="", sd="-1").set(8, threshold=">=much").set(10, versus="", class_="PPR")
    path = folder.write()
    sources = {"reports.csv": path}
    sources["own.xlsx sheet reports"] = write_workbook(tmp_path / "own.xlsx", tables(path))
    sources["reports.parquet"] = tmp_path / "p"
    sources["reports.parquet"].mkdir()
    for name, frame in tables(path).items():
        frame.to_parquet(sources["reports.parquet"] / f"{name}.parquet")
    found = []
    for name, source in sources.items():
        text = message(check_folder, source)
        assert name in text
        own = name.replace("reports", "trials"), name.replace("reports", "classes")
        text = text.replace(name, "reports.csv").replace(own[0], "trials.csv")
        found.append(text.replace(own[1], "classes.csv"))
    assert found[0] == found[1] == found[2]


def test_one_workbook_in_a_folder(frames, tmp_path):
    own = tmp_path / "books"
    own.mkdir()
    write_workbook(own / "a.xlsx", frames)
    (own / "~$a.xlsx").write_bytes(b"lock")
    assert read_evidence(own, outcome="pain").source == own.name
    write_workbook(own / "b.xlsx", frames)
    assert "a.xlsx, b.xlsx; expected one workbook" in message(read_evidence, own)
    for name, frame in frames.items():
        frame.to_csv(own / f"{name}.csv", index=False)
    notes = check_folder(own).notes
    assert any("a.xlsx, b.xlsx: not read" in note for note in notes)
    frames["trials"].to_parquet(own / "trials.parquet")
    assert "trials.csv and trials.parquet; expected one file of trials" in message(
        check_folder, own
    )
    (own / "trials.csv").unlink()
    assert check_folder(own).outcomes["pain"].used["trial"].nunique() == 5


def test_sheets(frames, tmp_path):
    path = tmp_path / "book.xlsx"
    book = {"Trials ": frames["trials"], "REPORTS": frames["reports"], "notes": frames["trials"]}
    assert read_evidence(write_workbook(path, book), outcome="pain").outcome == "pain"
    write_workbook(path, {"trials": frames["trials"], "data": frames["reports"]})
    assert "book.xlsx sheet reports: got no such sheet" in message(read_evidence, path)
    write_workbook(path, frames | {"trials ": frames["trials"]})
    assert "book.xlsx: got two sheets 'trials'" in message(read_evidence, path)
    write_workbook(path, {"trials": frames["trials"].iloc[:0], "reports": frames["reports"]})
    assert "sheet trials: got a header without rows" in message(read_evidence, path)


def test_cells_of_a_workbook(frames, tmp_path):
    path = write_workbook(tmp_path / "book.xlsx", frames)
    expected = read_evidence(path, outcome="pain").data_hash
    book = openpyxl.load_workbook(path)
    sheet = book["reports"]
    column = {cell.value: cell.column for cell in sheet[1]}
    # A share formatted as a percentage, empty lines, an empty column beside the table.
    percent = sheet.cell(8, column["percent"])
    assert percent.value == 40
    percent.value, percent.number_format = 0.4, "0%"
    sheet.cell(2, sheet.max_column + 3).value = ""
    sheet.cell(sheet.max_row + 4, 1).value = "  "
    book["trials"].insert_rows(1, 2)
    book.save(path)
    assert read_evidence(path, outcome="pain").data_hash == expected
    sheet.cell(4, column["mean"]).value = "=20+20"
    book.save(path)
    text = message(read_evidence, path)
    assert "a formula without a saved value" in text
    assert f"row 4, cell {sheet.cell(4, column['mean']).coordinate}" in text


@pytest.mark.parametrize("content", [b"", b"PK", b"trial,year\n", b"\0" * 5000])
def test_damaged_binaries(folder, content, tmp_path):
    (tmp_path / "x.xlsx").write_bytes(content)
    assert "x.xlsx: got a file that is no workbook" in message(read_evidence, tmp_path / "x.xlsx")
    path = folder.write()
    (path / "x.xlsx").unlink(missing_ok=True)
    (path / "trials.csv").unlink()
    (path / "trials.parquet").write_bytes(content)
    assert "trials.parquet: got a file that is no Parquet table" in message(read_evidence, path)


def test_old_workbooks(tmp_path):
    (tmp_path / "x.xls").write_bytes(b"")
    assert "Save it as .xlsx" in message(read_evidence, tmp_path / "x.xls")


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (None, "General", ""),
        (float("nan"), "General", ""),
        (pd.NA, "General", ""),
        (pd.NaT, "General", ""),
        (np.float64(2020), "General", "2020"),
        (np.int8(-3), "General", "-3"),
        (np.bool_(True), "General", "yes"),
        (False, "General", "no"),
        (54.81, "General", "54.81"),
        (0.1 + 0.2, "0.0", "0.3"),
        (54.81, "0.0", "54.81"),
        (40, "0.0", "40.0"),
        (1234, "#,##0", "1234"),
        (0.432, "0.0%", "43.2%"),
        (0.4321, "0%", "43.21%"),
        (float("inf"), "0", "inf"),
        (1e300, "General", "1e+300"),
        (decimal.Decimal("1.50"), "General", "1.50"),
        (datetime.datetime(2020, 1, 2), "General", "2020-01-02"),
        (datetime.datetime(2020, 1, 2, 3), "General", "2020-01-02T03:00:00"),
        (" Se\u0301verine ", "General", "S\u00e9verine"),
    ],
)
def test_cell_text(value, number_format, text):
    assert cell_text(value, number_format) == text


# ------------------------------------------------------------------------------------- CSV


def test_mixed_decimal_marks_are_refused(folder):
    folder.set(2, mean="60,5").set(3, mean="62.000")
    path = folder.write()
    frame = pd.read_csv(path / "reports.csv", dtype=str, keep_default_na=False)
    frame.to_csv(path / "reports.csv", sep=";", index=False)
    text = message(read_evidence, path, outcome="pain")
    assert "reports.csv row 3, mean: got '62.000' beside '60,5' in row 2" in text


def test_a_decimal_comma_between_commas_is_a_clear_error(folder):
    text = message(read_evidence, folder.set(2, mean="60,5").write(), outcome="pain")
    assert "reports.csv row 2, mean: got '60,5'; expected a number" in text


def test_thresholds_and_scales_with_decimal_commas(folder):
    for row in (8, 9):
        folder.set(row, threshold=">=2.5 points", scale="VAS 0-10.0")
    path = folder.write()
    expected = read_evidence(path, outcome="pain")
    frame = pd.read_csv(path / "reports.csv", dtype=str, keep_default_na=False)
    frame = frame.apply(lambda column: column.str.replace(r"(\d)\.(\d)", r"\1,\2", regex=True))
    frame["source"] = "doi:10.1/x"
    frame.to_csv(path / "reports.csv", sep=";", index=False)
    found = read_evidence(path, outcome="pain")
    # The text of the scale is kept as read; the numbers are the same.
    pd.testing.assert_frame_equal(expected.reports, found.reports)


def test_accents_composed_or_not_name_one_trial(folder):
    folder.trials[0]["trial"] = "Se\u0301verine"
    for row in (2, 3, 4, 5, 13, 14, 15, 16):
        folder.set(row, trial="S\u00e9verine")
    pain = read_evidence(folder.write(), outcome="pain")
    assert "S\u00e9verine" in set(pain.used["trial"])


def test_quoted_header_of_semicolons(tmp_path, folder):
    path = folder.write()
    for name in ("trials.csv", "reports.csv"):
        with open(path / name, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        with open(path / name, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL).writerows(rows)
    assert len(read_evidence(path, outcome="pain").used) == 11


# ------------------------------------------------------------------------------------- frames


def test_frame_without_trials(frames):
    found = Evidence.from_frame(frames["reports"], outcome="pain")
    assert found.trials.columns.tolist() == ["trial"]
    assert found.trials["trial"].tolist() == list("ABCDE")
    with_trials = Evidence.from_frame(
        frames["reports"], trials=frames["trials"][["trial"]], outcome="pain"
    )
    assert found.data_hash == with_trials.data_hash


def test_frames_are_not_changed(frames):
    before = frames["reports"].copy(deep=True)
    Evidence.from_frame(frames["reports"], outcome="pain")
    pd.testing.assert_frame_equal(before, frames["reports"])


def test_faults_of_frames(frames):
    assert "frame reports: got a header without rows" in message(
        Evidence.from_frame, frames["reports"].iloc[:0]
    )
    assert "frame reports: got a dict; expected a pandas DataFrame" in message(
        Evidence.from_frame, {}
    )
    assert "frame reports, column arm: got no such column" in message(
        Evidence.from_frame, frames["reports"].drop(columns="arm")
    )
    twice = pd.concat([frames["reports"], frames["reports"][["arm"]]], axis=1)
    assert "column 'arm' 2 times" in message(Evidence.from_frame, twice)
    assert "Name one: outcome=" in message(Evidence.from_frame, frames["reports"])


# ----------------------------------------------------------------------------------- template


def test_template_explains_every_column_and_kind(tmp_path):
    assert set(TRIAL_COLUMNS) == set(TRIALS.known)
    assert set(REPORT_COLUMNS) == set(REPORTS.known)
    assert set(CLASS_COLUMNS) == set(CLASSES.known)
    assert set(KIND_LINES) == set(KINDS)
    paths = write_template(tmp_path / "new" / "mine")
    assert [path.name for path in paths] == ["trials.csv", "reports.csv", "README.txt"]
    text = paths[2].read_text(encoding="utf-8")
    assert "trialpool check mine" in text
    for word in (*TRIALS.known, *REPORTS.known, *KINDS):
        assert word in text
    assert "reports.csv: got a header without rows" in message(check_folder, tmp_path / "new/mine")


def test_template_can_be_filled_in(tmp_path, folder):
    paths = write_template(tmp_path / "mine")
    header = paths[1].read_text(encoding="utf-8").strip().split(",")
    folder.header = header
    folder.path = tmp_path / "mine"
    assert len(read_evidence(folder.write(), outcome="pain").used) == 11


def test_template_overwrites_nothing(tmp_path):
    (tmp_path / "README.txt").write_text("mine", encoding="utf-8")
    text = message(write_template, tmp_path)
    assert "README.txt there already" in text
    assert "Name another folder" in text
    assert (tmp_path / "README.txt").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "trials.csv").exists()
    assert "Name another folder" in message(write_template, tmp_path / "README.txt" / "x")


# ------------------------------------------------------------------------------------ units


def test_the_unit_of_a_score_does_not_matter(frames):
    reports = frames["reports"]
    millimetres = reports["kind"].isin(["mean", "change", "difference"]) & (
        reports["scale"] == "VAS 0-100"
    )
    centimetres = reports.copy()
    centimetres.loc[millimetres, "scale"] = "VAS 0-10"
    for column in ("mean", "sd", "se", "lower", "upper"):
        values = pd.to_numeric(reports.loc[millimetres, column].replace("", None)) / 10
        centimetres[column] = centimetres[column].astype(object)
        centimetres.loc[millimetres, column] = values
    one = Evidence.from_frame(reports, outcome="pain").used
    other = Evidence.from_frame(centimetres, outcome="pain").used
    columns = ["y", "se", "sd", "count", "relative", "absolute"]
    pd.testing.assert_frame_equal(one[columns], other[columns])
    assert set(other["scale"]) > {"VAS 0-10"}
