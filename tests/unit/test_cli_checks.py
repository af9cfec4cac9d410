"""``trialpool diagnose`` and ``sweep``, and what a fit keeps of its checks."""

import json

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from tests.helpers import refused, row, write_folder
from trialpool.engines import Draw, Drawn, check_convergence
from trialpool.engines.choice import draw
from trialpool.records import record

ROWS = [
    row(trial, arm, "mean", months, mean=mean + shift, sd=20, n=40)
    for trial, shift in (("A", 0), ("B", 4), ("C", -3))
    for arm, mean in (("prp", 42), ("saline", 50))
    for months in (6, 12)
] + [row("C", "prp", "difference", 3, mean=-7, se=5, versus="saline")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("evidence"), ROWS)


@pytest.fixture(scope="module")
def fitted(folder, tmp_path_factory):
    """A posterior of the folder, of as many draws as its checks ask for."""
    evidence = tp.read_evidence(folder, outcome="pain")
    model = tp.Model(time_course="constant", priors={"drift": tp.priors.HalfNormal(1)})
    path = tmp_path_factory.mktemp("fit") / "pain.nc"
    tp.fit(model, evidence, seed=1, progress=False).save(path)
    return path


def test_a_sound_fit_passes(run, fitted):
    code, out, err = run("diagnose", fitted)
    assert (code, err) == (0, "")
    for said in ("R-hat", "bulk ESS", "reports, after the fit", "sensitivity to priors", "passed"):
        assert said in out
    assert "FAILED" not in out


def test_json_has_every_number(run, fitted):
    code, out, _ = run("diagnose", fitted, "--ask", "PRP works at 6 months", "--json")
    found = json.loads(out)
    assert code == 0 and found["ok"] is True
    by = {check["name"]: check for check in found["checks"]}
    assert len(by["reports, after the fit"]["table"]) == len(ROWS)
    assert len(by["trials, after the fit"]["table"]) == 3
    assert {r["question"] for r in by["sensitivity to priors"]["table"]} == {
        "PRP works at 6 months"
    }


def test_a_failed_check_is_exit_code_1_and_printed_with_its_numbers(run, fitted, tmp_path):
    posterior = tp.load(fitted)
    group = posterior.tree["posterior"].to_dataset()
    shift = np.array([0, 0, 0, 30.0])
    group["effect"] = group["effect"] + shift[: group.sizes["chain"], None]
    posterior.tree["posterior"] = group
    posterior.save(tmp_path / "apart.nc")
    code, out, _ = run("diagnose", tmp_path / "apart.nc")
    assert code == 1
    assert "FAILED: R-hat, bulk ESS" in out
    assert "effect" in out
    code, out, _ = run("diagnose", tmp_path / "apart.nc", "--json")
    assert code == 1 and json.loads(out)["ok"] is False


def test_bad_input_is_exit_code_2(run, fitted, folder, tmp_path):
    refused(run("diagnose", tmp_path / "none.nc"), "no such file")
    refused(run("diagnose", fitted, "--ask", "gibberish"), "gibberish")
    refused(run("sweep", folder, "gibberish", "--quiet", "--draws", 20, "--tune", 20), "gibberish")
    refused(run("sweep", folder, "PRP works at 6 months", "--only", "moon"), "expected some of")


def test_refit_needs_the_same_numbers(run, fitted, tmp_path):
    other = write_folder(tmp_path / "other", ROWS[:-1])
    refused(run("diagnose", fitted, "--refit", other), "data hash")


def test_refit_adds_another_seed_and_each_trial_left_out(run, fitted, folder):
    code, out, err = run("diagnose", fitted, "--refit", folder, "--json")
    by = {check["name"]: check for check in json.loads(out)["checks"]}
    assert by["seeds agree"]["passed"] is True, by["seeds agree"]["text"]
    assert {row["trial"] for row in by["trials left out"]["table"]} == {"A", "B", "C"}
    assert code == 0
    assert "Fitting again with seed 2." in err


def test_sweep_prints_what_moves_an_answer(run, folder):
    words = ["sweep", folder, "PRP works at 6 months", "--draws", 60, "--tune", 100]
    words += ["--time-course", "constant", "--only", "trial", "--only", "kind"]
    code, out, err = run(*words)
    assert code == 0
    for said in ("without A", "without difference reports", "moves by", "PRP works at 6 months"):
        assert said in out
    assert "5 of 5" in err
    code, out, err = run(*words, "--json", "--quiet")
    found = json.loads(out)
    assert err == ""
    assert {v["group"] for v in found["variants"]} == {"trial", "kind"}
    shifts = [abs(v["shift"]) for v in found["variants"]]
    assert shifts == sorted(shifts, reverse=True)
    code, out, _ = run(*words, "--markdown", "--quiet", "--least", "0.9")
    assert "| what differs | probability |" in out
    assert "5 other analyses move it by less than 0.9" in out


@pytest.fixture(scope="module")
def heavy():
    """Draws whose energy hardly moves, recorded as a fit records them."""
    frame = pd.DataFrame({"s": list("abc"), "y": [0.1, 0.5, 0.2], "se": 0.2})
    evidence = tp.Evidence.from_effects(frame, study="s", effect="y", se="se")
    how = Draw(draws=500, tune=200)
    drawn = draw(tp.Model(), evidence, "nuts", how, lambda sentence: None)
    stats = drawn.tree["sample_stats"].to_dataset()
    slow = np.cumsum(np.random.default_rng(1).normal(size=stats["energy"].shape), axis=1)
    drawn.tree["sample_stats"] = stats.assign(energy=(("chain", "draw"), slow))
    again = Drawn(drawn.tree, how, "nuts", "asked for", check_convergence(drawn.tree), drawn.graph)
    return record(again, tp.Model(), evidence)


def test_a_fit_keeps_its_checks_and_repeats_a_failed_one(heavy):
    by = {check["name"]: check for check in heavy.meta["checks"]}
    assert list(by) == [
        "R-hat", "bulk ESS", "tail ESS", "divergences", "energy", "importance weights",
    ]  # fmt: skip
    assert by["energy"]["passed"] is False
    assert heavy.meta["diagnostics"]["ok"] is False
    assert any(m.startswith("energy: E-BFMI 0.0") for m in heavy.meta["diagnostics"]["messages"])
    assert "diagnostics failed" in repr(heavy)
