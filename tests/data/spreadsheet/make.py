"""Make evidence.xlsx from the two CSV files with LibreOffice Calc (``soffice`` on the path).

Calc reads the CSV files as a person would type them, with percentages as 42.5%, and chooses types
and formats itself. Formats, formulas and other sheets are added, and Calc computes and saves.
"""

import csv
import datetime
import subprocess
import tempfile
from pathlib import Path

import openpyxl

HERE = Path(__file__).parent
#: Commas, double quotes, UTF-8, from line 1, English, no quoted text, special numbers detected.
TYPED = "--infilter=CSV:44,34,76,1,,1033,false,true"
#: Cells of the sheet reports as other people and programs write them: row, column, value, format.
CELLS = [
    (2, "n", "=SUM(15,15)", "General"),
    (3, "sd", 21.25, '0.00" mm"'),
    (4, "mean", "=notes!C1*80", "0.0"),
    (5, "mean", 51.25, "0.0"),  # shown as 51.3
    (6, "months", "12", "@"),  # a number typed as text
    (9, "percent", 0.4, "0.0\\ %"),  # a German program's 40,0 %
    (18, "sd", 33, "0.0_);[Red]\\(0.0\\)"),
    (20, "person_months", 1351, "#,##0"),
]


def calc(folder, *arguments):
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", "xlsx", *arguments]
    subprocess.run([*command, "--outdir", str(folder / "made")], check=True, capture_output=True)


def typed(folder, name):
    """The sheet that Calc makes of a CSV file."""
    with (HERE / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    shares = [j for j, column in enumerate(header) if column in ("percent", "level")]
    for row in rows:
        for j in shares:
            row[j] += "%" if row[j] else ""
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    calc(folder, TYPED, str(folder / f"{name}.csv"))
    return openpyxl.load_workbook(folder / "made" / f"{name}.xlsx").active


def main():
    book = openpyxl.Workbook()
    book.active.title, book.properties.creator = "notes", ""
    book["notes"].append(["read in", datetime.date(2024, 3, 1), 0.5, "not a table of evidence"])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in ("reports", "trials"):
            sheet = book.create_sheet(name.capitalize())
            for line in typed(folder, name).iter_rows():
                for cell in line:
                    new = sheet.cell(cell.row, cell.column, cell.value)
                    new.number_format = cell.number_format
            sheet.freeze_panes = "B2"
            sheet.auto_filter.ref = sheet.dimensions
        reports = book["Reports"]
        column = {cell.value: cell.column for cell in reports[1]}
        for row, name, value, shown in CELLS:
            cell = reports.cell(row, column[name])
            cell.value, cell.number_format = value, shown
        last = reports.max_column + 1
        reports.cell(1, last, "read on")
        for row in range(2, reports.max_row + 1):
            reports.cell(row, last, datetime.date(2024, 3, row))
        reports.insert_rows(7)
        reports.column_dimensions["C"].hidden = True
        book.save(folder / "evidence.xlsx")
        calc(folder, str(folder / "evidence.xlsx"))
        (HERE / "evidence.xlsx").write_bytes((folder / "made" / "evidence.xlsx").read_bytes())


if __name__ == "__main__":
    main()
