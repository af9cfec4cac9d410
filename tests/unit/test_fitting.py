"""What surrounds the draws: seed, record, files that are whole or not there, and refusals."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import arviz as az
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import trialpool as tp
from tests.helpers import recorded
from trialpool.engines import Draw, check_convergence
from trialpool.engines.nuts import sample
from trialpool.errors import EngineError, ModelError, PosteriorFileError, QuestionError

QUICK_FIT = {"draws": 60, "tune": 150, "chains": 2, "engine": "nuts", "progress": False}


@pytest.fixture(scope="module")
def graph(small_effects):
    return tp.Model().graph(small_effects)


# ----------------------------------------------------------------------------------------- record


def test_record_says_what_was_fitted_and_how(small_fit, small_effects):
    meta = small_fit.meta
    assert set(meta) >= {
        "format", "outcome", "layout", "unit", "reference", "mcid", "level", "horizon", "model",
        "priors", "engine", "seed", "draws", "tune", "chains", "target_accept", "evidence",
        "evidence_source", "data_hash", "reports", "diagnostics", "versions", "created", "synonyms",
    }  # fmt: skip
    assert (meta["engine"], meta["seed"]) == ("nuts", 5)
    assert (meta["draws"], meta["tune"], meta["chains"]) == (60, 150, 2)
    assert meta["data_hash"] == small_effects.data_hash
    assert meta["model"] == repr(tp.Model())
    assert meta["layout"] == "effects" and meta["unit"] == "SMD"
    assert [entry["role"] for entry in meta["priors"]] == ["effect", "tau"]
    assert {"trialpool", "pymc", "nutpie", "numpy", "python"} <= set(meta["versions"])
    assert set(meta["diagnostics"]) >= {"ok", "messages", "rhat", "ess_bulk", "divergences"}
    assert meta == json.loads(json.dumps(meta, allow_nan=False))


def test_the_record_says_which_mcid_and_which_kinds_were_left_out(pytestconfig, small_fit):
    folder = pytestconfig.rootpath / "data" / "clbp"
    evidence = tp.read_evidence(folder, outcome="pain", without_kinds=["difference"])
    how = Draw(draws=60, tune=150, chains=2, seed=5)
    tree = small_fit.tree.copy()
    own = recorded(tree, tp.Model(), evidence, how, engine="nuts").meta
    assert own["mcid"] == 15 and own["mcid_source"].startswith("Ostelo et al. 2008")
    assert own["without_kinds"] == ["difference"]
    given = recorded(tree, tp.Model(), evidence, how, engine="nuts", mcid=20).meta
    assert (given["mcid"], given["mcid_source"]) == (20, "given by the user")
    assert given["evidence"]["indirect"]["MSC|PRP"]["path"] == ["MSC", "placebo", "PRP"]


def test_on_the_standardised_scale_unit_and_mcid_are_in_sds(pytestconfig, small_fit):
    evidence = tp.read_evidence(pytestconfig.rootpath / "data" / "simulated", outcome="pain")
    draws = xr.Dataset({"spread": (("chain", "draw"), np.full((2, 60), 30.0))})
    tree = small_fit.tree.copy()
    tree["posterior"] = xr.DataTree(draws.merge(tree["posterior"].to_dataset(), compat="override"))
    model = tp.Model(scale="standardised")
    meta = recorded(tree, model, evidence, Draw(), engine="nuts").meta
    assert meta["unit"] == "SDs of the patients"
    assert meta["mcid"] == 0.5
    assert meta["mcid_source"].startswith("15 points over the typical SD of 30.0; Ostelo")
    priors = {prior["role"]: prior for prior in meta["priors"]}
    assert priors["effect"]["unit"] == "SDs of the patients"


def test_a_fixed_spread_has_no_draws_and_gives_the_mcid_all_the_same(pytestconfig, small_fit):
    evidence = tp.read_evidence(pytestconfig.rootpath / "data" / "simulated", outcome="pain")
    model = tp.Model(scale="standardised", priors={"spread": tp.priors.Fixed(20.0)})
    assert "spread" not in small_fit.tree["posterior"]
    meta = recorded(small_fit.tree.copy(), model, evidence, Draw(), engine="nuts").meta
    assert meta["mcid"] == 0.75
    assert meta["mcid_source"].startswith("15 points over the typical SD of 20.0; Ostelo")


def test_a_fixed_prior_is_recorded_though_nothing_is_learnt_of_it(pytestconfig, small_fit):
    evidence = tp.read_evidence(pytestconfig.rootpath / "data" / "simulated", outcome="pain")
    model = tp.Model(priors={"rho": tp.priors.Fixed(0.6)})
    meta = recorded(small_fit.tree.copy(), model, evidence, Draw(), engine="nuts").meta
    assert "Fixed(value=0.6)" in [prior["prior"] for prior in meta["priors"]]


@pytest.mark.parametrize("mcid", [0, -1, 100, float("nan")])
def test_an_mcid_that_cannot_be_is_refused(pytestconfig, mcid):
    evidence = tp.read_evidence(pytestconfig.rootpath / "data" / "clbp", outcome="pain")
    with pytest.raises(ModelError, match=r"mcid: got .*; expected points of 100, more"):
        tp.fit(tp.Model(), evidence, mcid=mcid, **QUICK_FIT)


@pytest.mark.parametrize("mcid", [15, 3, 0, float("nan")])
def test_on_the_standardised_scale_an_mcid_in_points_is_refused(pytestconfig, mcid):
    evidence = tp.read_evidence(pytestconfig.rootpath / "data" / "clbp", outcome="pain")
    with pytest.raises(ModelError, match=r"mcid: got .*; expected SDs of the patients, .*than 3\."):
        tp.fit(tp.Model(scale="standardised"), evidence, mcid=mcid, **QUICK_FIT)


def test_only_scores_have_an_mcid(small_effects):
    with pytest.raises(ModelError, match="mcid: got 15 for effect; expected none"):
        tp.fit(tp.Model(), small_effects, mcid=15, **QUICK_FIT)


def test_posterior_has_the_promised_variables_and_dims(small_fit):
    posterior = small_fit.tree["posterior"]
    assert {"effect", "tau", "study_effect", "predicted_effect", "log_lik"} <= set(
        posterior.data_vars
    )
    assert posterior["effect"].shape == (2, 60)
    assert posterior["study_effect"].dims == ("chain", "draw", "study")
    assert list(posterior["study"].values) == list("abcd")
    assert repr(small_fit).startswith("Posterior('effect', 2 x 60 draws")


def test_same_seed_same_draws_and_another_seed_others(small_effects, small_fit, graph):
    said = []
    again = tp.fit(tp.Model(), small_effects, seed=5, say=said.append, **QUICK_FIT)
    assert said[0].startswith("Sampling 2 chains of 150 + 60")
    xr.testing.assert_equal(
        again.tree["posterior"].to_dataset(), small_fit.tree["posterior"].to_dataset()
    )
    other = sample(graph, Draw(draws=60, tune=150, chains=2, seed=6))
    assert not np.array_equal(other["posterior"]["effect"], small_fit.tree["posterior"]["effect"])


def test_fitting_changes_neither_model_nor_evidence(small_effects, small_fit):
    fresh = pd.DataFrame(
        {"study": list("abcd"), "y": [0.1, 0.5, 0.2, -0.3], "se": [0.2, 0.3, 0.2, 0.4]}
    )
    pd.testing.assert_frame_equal(small_effects.reports, fresh, check_dtype=False)


@pytest.mark.parametrize(("chains", "draws"), [(1, 50), (2, 4), (1, 4)])
def test_few_draws_or_one_chain_are_a_failed_check_and_no_crash(graph, chains, draws):
    tree = sample(graph, Draw(draws=draws, tune=20, chains=chains))
    found = check_convergence(tree)
    assert not found.ok
    json.dumps(found.to_dict(), allow_nan=False)


def test_questions_about_classes_are_refused_for_a_plain_meta_analysis(small_fit):
    with pytest.raises(QuestionError):
        small_fit.ask("probability PRP beats MSC at 24 months")


# ------------------------------------------------------------------------------------------- files


def test_saved_and_loaded_is_the_same(small_fit, tmp_path):
    path = small_fit.save(tmp_path / "fit.nc")
    assert path == tmp_path / "fit.nc"
    loaded = tp.load(path)
    assert loaded.meta == small_fit.meta
    assert set(loaded.tree.children) == set(small_fit.tree.children)
    for group in small_fit.tree.children:
        xr.testing.assert_equal(loaded.tree[group].to_dataset(), small_fit.tree[group].to_dataset())
    assert os.listdir(tmp_path) == ["fit.nc"]


def test_saving_again_replaces_and_loaded_files_can_be_overwritten(small_fit, tmp_path):
    path = small_fit.save(tmp_path / "fit.nc")
    loaded = tp.load(path)
    loaded.save(path)
    assert tp.load(path).meta == small_fit.meta


def test_other_programs_read_the_file(small_fit, tmp_path):
    path = small_fit.save(tmp_path / "fit.nc")
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        assert {"posterior", "sample_stats", "observed_data", "constant_data"} <= set(tree.children)
        table = az.summary(tree, var_names=["effect", "tau"], kind="stats", round_to="none")
        np.testing.assert_allclose(
            table["mean"].astype(float),
            [float(small_fit.tree["posterior"][name].mean()) for name in ("effect", "tau")],
            rtol=0.05,  # rounded for people
        )
        np.testing.assert_array_equal(tree["observed_data"]["y"], [0.1, 0.5, 0.2, -0.3])
        np.testing.assert_array_equal(tree["constant_data"]["se"], [0.2, 0.3, 0.2, 0.4])


def test_a_failing_write_leaves_the_old_file(small_fit, tmp_path, monkeypatch):
    path = small_fit.save(tmp_path / "fit.nc")
    before = path.read_bytes()

    def disk_full(tree, target, **how):
        with open(target, "wb") as file:
            file.write(b"half of a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.DataTree, "to_netcdf", disk_full)
    with pytest.raises(PosteriorFileError, match=r"fit\.nc: could not be written.*No space left"):
        small_fit.save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["fit.nc"]


def test_an_interrupted_write_leaves_the_old_file_and_no_part(small_fit, tmp_path, monkeypatch):
    path = small_fit.save(tmp_path / "fit.nc")
    before = path.read_bytes()

    def interrupted(tree, target, **how):
        with open(target, "wb") as file:
            file.write(b"half of a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(xr.DataTree, "to_netcdf", interrupted)
    with pytest.raises(KeyboardInterrupt):
        small_fit.save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["fit.nc"]


@pytest.mark.parametrize("target", ["a directory", "in a missing directory"])
def test_a_target_that_cannot_be_is_refused(small_fit, tmp_path, target):
    path = tmp_path if target == "a directory" else tmp_path / "missing" / "fit.nc"
    with pytest.raises(PosteriorFileError, match=r"got a directory|there is no directory"):
        small_fit.save(path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.5, 0.9])
def test_a_file_cut_short_is_refused(small_fit, tmp_path, share):
    whole = small_fit.save(tmp_path / "whole.nc").read_bytes()
    cut = tmp_path / "cut.nc"
    cut.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(PosteriorFileError, match=r"cut\.nc.*(Fit again|fit again)"):
        tp.load(cut)


def test_a_file_of_another_program_is_refused(tmp_path):
    path = tmp_path / "other.nc"
    xr.Dataset({"x": ("t", [1.0, 2.0])}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(PosteriorFileError, match="without the attribute 'trialpool'"):
        tp.load(path)


def test_a_missing_file_and_a_directory_are_refused(tmp_path):
    with pytest.raises(PosteriorFileError, match="no such file"):
        tp.load(tmp_path / "none.nc")
    with pytest.raises(PosteriorFileError, match="a folder"):
        tp.load(tmp_path)


CHILD = """
    import os, sys, time
    import pandas as pd
    import trialpool as tp

    frame = pd.DataFrame(
        {"s": list("abcd"), "y": [0.1, 0.5, 0.2, -0.3], "se": [0.2, 0.3, 0.2, 0.4]}
    )
    evidence = tp.Evidence.from_effects(frame, study="s", effect="y", se="se")

    def say(sentence):
        print(sentence, flush=True)

    def slow_replace(source, target):
        say("Replacing.")
        time.sleep(60)

    draws, engine, path = int(sys.argv[1]), *sys.argv[2:]
    how = {"draws": draws, "tune": 100, "chains": 2, "progress": False, "engine": engine}
    posterior = tp.fit(tp.Model(), evidence, say=say, **how)
    os.replace = slow_replace  # not before: numba replaces files of its cache
    posterior.save(path)
"""


@pytest.mark.parametrize(
    ("draws", "engine", "sentence"),
    [(300_000, "nuts", "Sampling"), (20, "collapsed", "Replacing")],
    ids=["sampling", "saving"],
)
def test_a_killed_process_leaves_what_stood_there(small_fit, tmp_path, draws, engine, sentence):
    path = small_fit.save(tmp_path / "fit.nc")
    before = path.read_bytes()
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(draws), engine, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        for line in child.stdout:
            if line.startswith(sentence):
                break
        else:
            pytest.fail(f"the process ended before it said {sentence}")
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.wait(timeout=30)
        child.stdout.close()
    assert child.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    assert tp.load(path).meta == small_fit.meta


# ---------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"engine": "stan"}, "engine: got 'stan'; expected one of auto, nuts, collapsed"),
        ({"draws": 0}, "draws: got 0; expected a whole number of at least"),
        ({"draws": 2.5}, "draws: got 2.5"),
        ({"tune": 0}, "tune: got 0"),
        ({"chains": 0}, "chains: got 0"),
        ({"seed": -1}, "seed: got -1"),
        ({"target_accept": 1.0}, "target_accept: got 1.0; expected a number between 0 and 1"),
    ],
)
def test_what_cannot_be_sampled_is_refused_at_once(small_effects, how, message):
    with pytest.raises(EngineError, match=message):
        tp.fit(tp.Model(), small_effects, **{"engine": "nuts", "progress": False, **how})


def test_a_prior_for_a_role_the_model_does_not_have_is_refused(small_effects):
    model = tp.Model(priors={"half_life": tp.priors.LogNormal(3, 1)})
    with pytest.raises(ModelError, match="got role 'half_life'; expected one of effect, tau"):
        tp.fit(model, small_effects, progress=False)
