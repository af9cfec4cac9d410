"""README's figure and numbers come from a script, and are refused once the data are others."""

import importlib.util
import re
from pathlib import Path

import pytest

import trialpool as tp

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def readme():
    spec = importlib.util.spec_from_file_location("readme", ROOT / "scripts" / "readme.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def few():
    evidence = tp.read_evidence(ROOT / "data" / "clbp", outcome="pain")
    how = {"draws": 50, "tune": 100, "chains": 2, "progress": False}
    return tp.fit(tp.Model(), evidence, seed=1, **how)


def blocks(readme, page):
    return {found["name"]: found for found in readme.BLOCK.finditer(page)}


def test_what_is_printed_is_of_the_data_that_are_here(readme, few):
    found = blocks(readme, PAGE)
    assert set(found) == set(readme.MADE)
    for block in found.values():
        assert block["data"] == few.meta["data_hash"][: readme.SHOWN], (
            "README.md: made from other data; run: make demo"
        )


def test_blocks_are_filled_and_nothing_else_is_touched(readme, few):
    made = readme.filled(PAGE, few)
    outside = readme.BLOCK.sub("", PAGE)
    assert readme.BLOCK.sub("", made) == outside
    assert readme.filled(made, few) == made
    # Other draws, the same lines: classes, months and what is extrapolated do not depend on them.
    for name, block in blocks(readme, made).items():
        before = blocks(readme, PAGE)[name]["text"]
        assert _without_numbers(block["text"]) == _without_numbers(before)


def _without_numbers(text):
    # Notes of a short run's failed checks come and go with the draws.
    lines = [line for line in text.splitlines() if "CHECKS" not in line]
    return [re.sub(r"-?\d+(\.\d+)?", "0", line) for line in lines]


def test_the_figure_is_there_and_the_same_draws_give_the_same_file(readme, few, tmp_path):
    figure = (ROOT / "docs" / "figures" / "decay.svg").read_text(encoding="utf-8")
    assert figure.startswith("<?xml") and len(figure) < 300_000
    readme.draw(few, tmp_path / "one.svg")
    readme.draw(few, tmp_path / "two.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
