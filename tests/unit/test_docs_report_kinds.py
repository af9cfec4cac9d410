"""The page on report kinds: sections of all kinds, tests that exist, examples as they are read."""

import re
from pathlib import Path

import pytest

from trialpool.evidence import check_folder
from trialpool.evidence.kinds import KINDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "report-kinds.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)
TESTS = sorted(set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)))
#: A table as a user would write it, and what check says of its rows.
EXAMPLES = re.findall(r"```csv\n(.*?)```\n```text\n(.*?)```", PAGE, re.DOTALL)


def test_every_kind_has_a_section_and_an_example():
    assert [heading for heading in HEADINGS if heading in KINDS] == [
        "mean", "change", "percent_change", "median", "responders", "difference", "p_value",
        "events",
    ]  # fmt: skip
    assert set(KINDS) <= set(HEADINGS)
    for kind in KINDS:
        assert any(f",{kind}," in table for table, _ in EXAMPLES), kind


def test_every_form_of_the_summary_names_a_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 27
    for row in rows:
        cells = row.strip("| ").split(" | ")
        assert len(cells) == 5 and "::test_" in cells[-1], row


@pytest.mark.parametrize(("file", "name"), TESTS, ids=lambda part: part)
def test_the_tests_named_exist(file, name):
    found = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob(file)]
    assert any(f"def {name}(" in text for text in found)


def test_every_table_of_the_page_is_an_example():
    assert len(EXAMPLES) == PAGE.count("```csv") == 11


@pytest.mark.parametrize(("table", "said"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_is_read_as_the_page_says(tmp_path, table, said):
    trials = dict.fromkeys(line.split(",")[0] for line in table.splitlines())
    (tmp_path / "trials.csv").write_text("\n".join([*trials, ""]), encoding="utf-8")
    (tmp_path / "reports.csv").write_text(table, encoding="utf-8")
    (evidence,) = check_folder(tmp_path).outcomes.values()
    found = [
        f"{row.row}  {row.why if row.enters else f'left out, {row.why}'}"
        for row in evidence.reports.itertuples()
    ]
    assert found == said.splitlines()
