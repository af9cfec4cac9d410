"""Records of slow studies speak about the code that is here, and passed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from validation.records import ROOT, complaint, source_hash, write_record

RECORDS = sorted(ROOT.glob("validation/*/record.json"))


def test_there_are_records() -> None:
    assert [path.parent.name for path in RECORDS] == ["coverage", "spread"]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.parent.name)
def test_record_is_of_this_code(path: Path) -> None:
    assert (found := complaint(path)) is None, found


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.parent.name)
def test_study_passed(path: Path) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["summary"]["passed"], f"{path.relative_to(ROOT)} records a failed study"


def test_coverage_is_within_its_thresholds() -> None:
    # From the single intervals, so that a record cannot say it passed when its figures did not.
    record = json.loads((ROOT / "validation/coverage/record.json").read_text(encoding="utf-8"))
    assert record["seeds"] >= record["judged_each"] >= 60
    assert record["judged_together"] == 20
    assert [result["seed"] for result in record["results"]] == list(range(1, record["seeds"] + 1))
    low, high = record["thresholds"]
    effects, half_lives = ("class_effect",), ("half_life",)
    for seeds, names in ((20, effects + half_lives), (None, effects), (None, half_lives)):
        results = record["results"][:seeds]
        rows = [q for result in results for q in result["quantities"] if q["quantity"] in names]
        share = sum(q["low"] <= q["truth"] <= q["high"] for q in rows) / len(rows)
        assert low <= share <= high, f"{names}: {share:.1%} of {len(rows)} intervals hold the truth"


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
