"""Records of slow studies speak about the model that is here, and passed."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from tests.helpers import LogDensity
from validation.behaviour import log_densities
from validation.calibration import plain
from validation.calibration.density import log_densities_of_graph, points_of
from validation.calibration.uniformity import chi_square_p, holm
from validation.records import ROOT, complaints, write_record

RECORDS = sorted(ROOT.glob("validation/*/record.json"))


def test_there_are_records() -> None:
    assert [path.parent.name for path in RECORDS] == [
        "calibration", "coverage", "extrapolation", "spread",
    ]  # fmt: skip


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.parent.name)
def test_record_is_of_this_model(path: Path) -> None:
    study = import_module(f"validation.{path.parent.name}.study")
    assert complaints(path, study.behaviour_now()) == []


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


def test_another_model_makes_a_record_stale(tmp_path: Path) -> None:
    path = tmp_path / "study" / "record.json"
    here = {"seed 1": {"data": "abc", "log_density": [-1.0, -2.0]}}
    write_record(path, {"behaviour": here, "command": "python study.py"})
    assert complaints(path, here) == []
    rounded = {"seed 1": {"data": "abc", "log_density": [-1.0, -2.0 - 1e-12]}}
    assert complaints(path, rounded) == []
    for other, said in (
        ({"seed 1": {"data": "abc", "log_density": [-1.0, -2.00001]}}, "the log density is"),
        ({"seed 1": {"data": "abd", "log_density": [-1.0, -2.0]}}, "the simulated evidence is not"),
        ({"seed 2": here["seed 1"]}, "recorded for seed 1"),
    ):
        (found,) = complaints(path, other)
        assert said in found and "rerun `python study.py`" in found


def test_the_behaviour_is_that_of_the_priors_too() -> None:
    frame = pd.DataFrame({"s": list("abc"), "y": [0.1, -0.4, 0.9], "se": [0.1, 0.3, 0.2]})
    evidence = tp.Evidence.from_effects(frame, study="s", effect="y", se="se")
    one, other = (
        log_densities(tp.Model(priors={"tau": tp.priors.HalfNormal(sd)}).build(evidence))
        for sd in (0.5, 0.5001)
    )
    assert len(one) == len(set(one)) == 3
    assert not np.allclose(one, other, rtol=1e-9, atol=0)


def test_ranks_are_uniform_for_every_model() -> None:
    # From the ranks, as the study's own verdict would not be believed either.
    record = json.loads((ROOT / "validation/calibration/record.json").read_text(encoding="utf-8"))
    study = import_module("validation.calibration.study")
    wanted = [(engine, case.name, size) for engine, case, size in study.chosen_cases()]
    assert [(r["asked"], r["model"], r["replications"]) for r in record["results"]] == wanted
    p = []
    for result in record["results"]:
        for row in result["quantities"]:
            ranks = np.repeat(np.arange(record["draws"] + 1), row["ranks"])
            assert len(ranks) == result["replications"]
            p.append(chi_square_p(ranks, record["draws"] + 1))
    assert holm(p).min() > record["threshold"] == 0.01
    by_pymc = [result for result in record["results"] if result["asked"] == "pymc"]
    assert len(by_pymc) >= 3
    assert all(r["engines"] == {"pymc": r["replications"]} for r in by_pymc)
    assert all(result["replications"] >= 100 for result in by_pymc)
    assert all(r["replications"] >= 200 for r in record["results"] if r["asked"] == "auto")


def test_the_average_holds_the_truth_past_the_last_visit() -> None:
    record = json.loads((ROOT / "validation/extrapolation/record.json").read_text(encoding="utf-8"))
    low, high = record["thresholds"]
    assert (low, high) == (0.85, 0.95)
    assert len(record["judged"]) == 2
    for cell in record["judged"]:
        rows = [
            row
            for result in record["results"]
            if result["cell"] == cell
            for row in result["rows"]
            if (row["fitted"], row["months"]) == ("average", 36)
        ]
        share = sum(row["low"] <= row["truth"] <= row["high"] for row in rows) / len(rows)
        assert low <= share <= high, f"{cell}: {share:.1%} of {len(rows)} intervals hold the truth"


def test_densities_without_compiling_are_those_of_pymc() -> None:
    case = next(case for case in plain.cases() if case.name == "normal-normal")
    graph, density = case.model.graph(case.evidence), LogDensity(case.model.build(case.evidence))
    shapes = density.model.initial_point()
    expected = [
        sum(
            density(
                {
                    name: np.reshape(point[free.place], np.shape(shapes[name]))
                    for name, free in zip(density.names, graph.free, strict=True)
                }
            )
        )
        for point in points_of(graph)
    ]
    np.testing.assert_allclose(log_densities_of_graph(graph), expected, rtol=1e-9)
