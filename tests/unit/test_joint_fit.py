"""A fit of two outcomes together from the command line: what is printed, kept and read again."""

import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

import trialpool as tp
from tests.helpers import row, write_folder
from trialpool.draws import Draws
from trialpool.engines import check_convergence
from trialpool.errors import QuestionError


def counts(outcome, *arms):
    how = {"outcome": outcome, "scale": ""}
    return [row(t, arm, "events", 12, n=n, events=events, **how) for t, arm, n, events in arms]


ROWS = counts(
    "sae", ("A", "prp", 40, 3), ("A", "saline", 41, 1), ("B", "msc", 40, 9), ("B", "saline", 41, 5)
) + counts("pain flare", ("A", "prp", 40, 13), ("A", "saline", 41, 11))


def run(folder, *words):
    return subprocess.run(
        [sys.executable, "-m", "trialpool.cli", *map(str, (words[0], folder, *words[1:]))],
        capture_output=True,
        text=True,
        timeout=500,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("evidence"), ROWS)


@pytest.fixture(scope="module")
def fitted(folder, tmp_path_factory):
    """What was printed, and the file."""
    path = tmp_path_factory.mktemp("results") / "joint.nc"
    how = ("--draws", 60, "--tune", 150, "--chains", 2, "--seed", 5)
    done = run(folder, "fit", "--outcome", "sae, pain flare", "-o", path, *how)
    assert done.returncode == 0, done.stderr
    return done.stdout, path


def test_the_record_is_one_for_each_outcome_and_one_of_the_sampling(fitted, folder):
    meta = tp.load(fitted[1]).meta
    assert meta["layout"] == "joint" and meta["unit"] is None
    assert meta["outcomes"] == ["sae", "pain flare"]
    assert meta["outcome"] == "sae and pain flare"
    assert [prior["prior"] for prior in meta["priors"]] == ["LKJ(eta=2)"]
    assert (meta["engine"], meta["seed"], meta["draws"], meta["chains"]) == ("nuts", 5, 60, 2)
    assert {"diagnostics", "versions", "created", "format", "level", "data_hash"} <= set(meta)
    for name in meta["outcomes"]:
        record, evidence = meta["records"][name], tp.read_evidence(folder, outcome=name)
        assert record["outcome"] == name and record["layout"] == "events"
        assert record["unit"] == "log odds ratio"
        assert record["data_hash"] == evidence.data_hash != meta["data_hash"]
        assert len(record["reports"]) == len(evidence.used)
    assert {p["role"] for p in meta["records"]["sae"]["priors"]} == {
        "effect", "class_sd", "tau", "baseline",
    }  # fmt: skip


def test_a_loaded_posterior_gives_each_outcome_as_if_fitted_alone(fitted):
    joint = tp.load(fitted[1])
    alone = joint.of("pain flare")
    assert repr(alone).startswith("Posterior('pain flare', 2 x 60 draws")
    assert alone.meta["layout"] == "events" and alone.meta["seed"] == 5
    tree, draws = alone.tree["posterior"], Draws.from_file(fitted[1]).of("pain flare")
    assert tree["log_odds_ratio"].dims == ("chain", "draw", "class")
    assert list(tree["class"].values) == draws.coord("class") == ["PRP"]
    np.testing.assert_array_equal(tree["log_odds_ratio"], draws.chains("log_odds_ratio"))
    assert list(alone.tree["observed_data"]["events"].values) == [13, 11]
    assert "outcome_correlation" not in tree
    assert alone.of("pain flare") is alone
    with pytest.raises(QuestionError, match="got 'pain', expected one of sae, pain flare"):
        joint.of("pain")


def test_a_question_about_one_outcome_is_answered_from_its_draws(fitted):
    joint = tp.load(fitted[1])
    answer = joint.of("sae").ask("PRP raises serious adverse events")
    draws = joint.tree["posterior"]["sae::log_odds_ratio"].sel({"sae::class": "PRP"})
    assert answer.probability == float((draws > 0).mean())


def test_the_correlation_is_one_matrix_of_the_outcomes(fitted):
    matrix = tp.load(fitted[1]).tree["posterior"]["outcome_correlation"]
    assert matrix.dims == ("chain", "draw", "outcome", "outcome_bis")
    assert list(matrix["outcome"].values) == ["sae", "pain flare"]
    assert (matrix.values[..., [0, 1], [0, 1]] == 1).all()
    np.testing.assert_array_equal(matrix.values[..., 0, 1], matrix.values[..., 1, 0])
    assert np.unique(matrix.values[..., 0, 1]).size > 50


def test_convergence_looks_at_every_outcome_and_no_standardised_number(fitted):
    tree = tp.load(fitted[1]).tree.copy()
    stuck = tree["posterior"].to_dataset()
    stuck["pain flare::class_z"] = stuck["sae::class_z"] = stuck["sae::class_z"] * 0
    assert np.isfinite(check_convergence(tree).rhat)
    apart = stuck["pain flare::tau"] + np.array([[0.0], [50.0]])
    tree["posterior"] = type(tree)(stuck.assign({"pain flare::tau": apart}))
    messages = check_convergence(tree).messages
    assert any("for pain flare::tau, limit" in message for message in messages)


def test_the_summary_shows_classes_scalars_and_correlations(fitted):
    shown = [entry["quantity"] for entry in tp.load(fitted[1]).summary()]
    assert "outcome_correlation[sae, pain flare]" in shown
    assert {"sae::log_odds_ratio[PRP]", "sae::log_odds_ratio[MSC]", "sae::tau"} <= set(shown)
    assert "pain flare::log_odds_ratio[PRP]" in shown
    assert not [name for name in shown if name.endswith("_z") or "trial_arm" in name]
    assert "outcome_correlation[sae, pain flare]" in fitted[0]
    assert "sae::class_sd" in fitted[0] and "LKJ(eta=2)" in fitted[0]


def test_the_file_has_names_that_hdf5_reads(fitted):
    with h5py.File(fitted[1]) as file:
        assert "sae::class" in file["posterior"] and "pain flare::log_lik" in file["posterior"]
        assert json.loads(file.attrs["trialpool"])["layout"] == "joint"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--outcome", "sae,sae"), "--outcome: got 'sae' twice; expected each outcome once"),
        (("--outcome", "sae,pain flare", "--prior", "tau=HalfNormal(1)"), "--prior: got tau with"),
        (("--outcome", "sae,pain flare", "--mcid", "10"), "mcid: got 10 for no scores; expected"),
    ],
)
def test_what_the_command_cannot_do_it_says_in_one_line(folder, tmp_path, words, message):
    done = run(folder, "fit", "-o", tmp_path / "x.nc", "--quiet", *words)
    assert done.returncode == 2
    assert done.stderr.startswith(f"trialpool: {message}")
    assert "Traceback" not in done.stderr
