"""Records of slow studies speak about the code that is here, and passed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from validation.records import ROOT, complaint, source_hash, write_record

RECORDS = sorted(ROOT.glob("validation/*/record.json"))


def test_there_are_records() -> None:
    assert [path.parent.name for path in RECORDS] == ["coverage"]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.parent.name)
def test_record_is_of_this_code(path: Path) -> None:
    assert (found := complaint(path)) is None, found


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.parent.name)
def test_study_passed(path: Path) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["summary"]["passed"], f"{path.relative_to(ROOT)} records a failed study"


def test_coverage_of_the_first_seeds() -> None:
    record = json.loads((ROOT / "validation/coverage/record.json").read_text(encoding="utf-8"))
    assert record["seeds"] >= 20
    low, high = record["thresholds"]
    for quantity in ("class_effect", "half_life"):
        assert low <= record["summary"]["first_20_seeds"][quantity] <= high


def test_changed_code_makes_a_record_stale(tmp_path: Path) -> None:
    source = tmp_path / "code.py"
    source.write_text("a = 1\n")
    record = tmp_path / "validation" / "study" / "record.json"
    write_record(
        record,
        {
            "sources": ["*.py"],
            "sha256": source_hash(["*.py"], tmp_path),
            "command": "python study.py",
            "date": "2026-01-01",
        },
    )
    assert complaint(record, tmp_path) is None
    source.write_text("a = 2\n")
    assert "rerun `python study.py`" in str(complaint(record, tmp_path))
