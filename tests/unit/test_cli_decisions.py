"""`rank`, `compare` and `decay` from the command line: the numbers of Python, errors in a line."""

import json
import shlex

import numpy as np
import pytest
import xarray as xr

from tests.helpers import refused
from trialpool import load
from trialpool.decisions import compare, league, rank
from trialpool.draws import Draws
from trialpool.questions import decay

MONTHS = [0.0, 6.0, 12.0, 24.0, 36.0, 60.0]
CLASSES = ["PRP", "MSC", "MPC"]


def save(path, arrays, coords, meta):
    held = {
        name: (("chain", "draw", *dims), np.asarray(values, dtype=float))
        for name, (dims, values) in arrays.items()
    }
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(held, coords=coords)})
    tree.attrs["trialpool"] = json.dumps({"diagnostics": {"ok": True, "messages": []}, **meta})
    tree.to_netcdf(path, engine="h5netcdf")
    return path


@pytest.fixture(scope="module")
def pain(tmp_path_factory):
    rng = np.random.default_rng(7)
    half_life = rng.lognormal(3.3, 0.4, size=(2, 150, 3))
    height = rng.normal([14, 8, 6], 4, size=(2, 150, 3))
    benefit = height[..., None] * 0.5 ** (np.array(MONTHS) / half_life[..., None])
    last = {"PRP": 12, "MSC": 24, "MPC": 36, "placebo": 36}
    meta = {
        "outcome": "pain",
        "layout": "longitudinal",
        "unit": "points of 100",
        "reference": "placebo",
        "active": CLASSES,
        "mcid": 10.0,
        "horizon": 60.0,
        "evidence": {
            "classes": {
                c: {"trials": 1, "patients": 50, "last_months": m} for c, m in last.items()
            },
            "direct": {},
        },
    }
    arrays = {
        "benefit": (("class", "months"), benefit),
        "half_life": (("class",), half_life),
        "spread": ((), rng.normal(22, 1, size=(2, 150))),
        "rho": ((), rng.uniform(0.3, 0.6, size=(2, 150))),
    }
    path = tmp_path_factory.mktemp("decisions") / "pain.nc"
    return save(path, arrays, {"class": CLASSES, "months": MONTHS}, meta)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    effect = np.random.default_rng(8).normal([-0.5, 0.1], 0.3, size=(2, 150, 2))
    meta = {"layout": "network", "outcome": "effect", "unit": "OR", "reference": "p"}
    path = tmp_path_factory.mktemp("decisions") / "network.nc"
    arrays = {"treatment_effect": (("treatment",), effect)}
    return save(path, arrays, {"treatment": ["x", "y"]}, meta)


@pytest.fixture(scope="module")
def joint(tmp_path_factory, pain):
    draws = Draws.from_file(pain)
    ratios = np.random.default_rng(10).normal(0, 0.5, size=(2, 150, 3))
    dims = ("pain::class", "pain::months")
    arrays = {
        "pain::benefit": (dims, draws.chains("benefit")),
        "sae::log_odds_ratio": (("sae::class",), ratios),
    }
    coords = {"pain::class": CLASSES, "pain::months": MONTHS, "sae::class": CLASSES}
    sae = {**draws.meta, "layout": "events", "outcome": "sae", "mcid": None}
    records = {"pain": dict(draws.meta), "sae": sae}
    meta = {"layout": "joint", "outcomes": ["pain", "sae"], "records": records}
    return save(tmp_path_factory.mktemp("decisions") / "joint.nc", arrays, coords, meta)


def machine(result):
    code, out, err = result
    assert (code, err) == (0, "")
    return json.loads(out)


def test_rank_is_that_of_python(run, pain):
    words = ["--months", "24", "--with-reference", "--json"]
    told = machine(run("rank", pain, *words))
    assert told == rank(Draws.from_file(pain), months=24, with_reference=True).to_dict()
    assert told == load(pain).rank(months=24, with_reference=True).to_dict()
    assert set(told["ranks"][0]) >= {
        "name", "rank_probabilities", "expected_rank", "rank", "sucra", "p_best", "p_best_mcse",
        "expected_loss", "trials", "last_months", "extrapolated",
    }  # fmt: skip
    window = machine(run("rank", pain, "--between", "6,24", "--classes", "PRP,msc", "--json"))
    assert window["window"] == [6, 24] and len(window["ranks"]) == 2


def test_rank_for_people(run, pain):
    code, out, err = run("rank", pain, "--months", "24")
    assert (code, err) == (0, "")
    for part in ("SUCRA", "P(best)", "expected loss", "95 % CrI", "EXTRAPOLATED", "Monte Carlo"):
        assert part in out


def test_compare_is_that_of_python(run, pain):
    words = [
        "PRP",
        "MSC",
        "--months",
        "24",
        "--margins",
        "0,5",
        "--control-change",
        "-20",
        "--json",
    ]
    told = machine(run("compare", pain, *words))
    given = {"months": 24, "margins": [0, 5], "control_change": -20}
    assert told == compare(Draws.from_file(pain), "PRP", "MSC", **given).to_dict()
    assert told == load(pain).compare("PRP", "MSC", **given).to_dict()
    assert set(told) >= {"margins", "responders", "months_of_benefit", "p_better", "difference"}
    table = machine(run("compare", pain, "--months", "24", "--json"))
    assert table == league(Draws.from_file(pain), months=24).to_dict()
    assert table == load(pain).league(months=24).to_dict()


def test_compare_for_people(run, pain):
    code, out, err = run("compare", pain, "PRP", "MSC", "--months", "24", "--control-change", "-20")
    assert (code, err) == (0, "")
    for part in ("(MCID)", "number needed to treat", "NNTB", "months over the MCID", "assumed"):
        assert part in out
    _, out, _ = run("compare", pain, "PRP", "--months", "24")
    assert "--control-change" in out  # what is missing, and how to give it
    _, out, _ = run("compare", pain)
    assert "League table" in out and "row v column" in out


def test_more_competitors_than_fit_are_listed(run, tmp_path):
    names = [f"class {i}" for i in range(7)]
    effect = np.random.default_rng(9).normal(0, 1, size=(2, 60, 7))
    meta = {"layout": "events", "outcome": "sae", "reference": "placebo", "active": names}
    arrays = {"log_odds_ratio": (("class",), effect)}
    path = save(tmp_path / "sae.nc", arrays, {"class": names}, meta)
    code, out, err = run("compare", path)
    assert (code, err) == (0, "") and "versus" in out and "odds ratio" in out
    assert len([line for line in out.splitlines() if line.startswith("class ")]) > 15


def test_a_network_from_the_command_line(run, network):
    refused(run("rank", network), "--better lower")
    told = machine(run("rank", network, "--better", "lower", "--json"))
    assert told["ranks"][0]["name"] == "x" and told["better"] == "lower"
    pair = machine(run("compare", network, "x", "p", "--better", "lower", "--json"))
    assert pair["ratio"]["unit"] == "odds ratio" and pair["responders"] is None


def test_decay_with_a_second_injection(run, pain):
    words = ["--months", "12,36", "--repeat-at", "24", "--horizon", "48"]
    told = machine(run("decay", pain, *words, "--json"))
    found = decay(Draws.from_file(pain), months=(12, 36), repeat_at=24, until=48)
    assert told == found.to_dict()
    assert told == load(pain).decay(months=(12, 36), repeat_at=24, until=48).to_dict()
    assert {repeat["assumption"] for repeat in told[0]["repeat"]} == {
        "restarts", "best of both", "adds",
    }  # fmt: skip
    code, out, err = run("decay", pain, *words)
    assert (code, err) == (0, "")
    for part in ("HYPOTHETICAL", "left at 60", "under 0.9 from", "EXTRAPOLATED", "best of both"):
        assert part in out


def test_failed_diagnostics_come_first(run, tmp_path, pain):
    path = tmp_path / "failed.nc"
    tree = xr.load_datatree(pain, engine="h5netcdf")
    meta = json.loads(tree.attrs["trialpool"])
    meta["diagnostics"] = {"ok": False, "messages": ["the chains disagree"]}
    tree.attrs["trialpool"] = json.dumps(meta)
    tree.to_netcdf(path, engine="h5netcdf")
    for words in (["rank"], ["compare"], ["compare", "PRP"], ["decay"]):
        command, *rest = words
        _, out, _ = run(command, path, *rest)
        assert out.startswith("DIAGNOSTICS FAILED: the chains disagree")


@pytest.mark.parametrize(
    "words",
    [
        ["rank", "--months", "600"],
        ["rank", "--between", "12"],
        ["rank", "--between", "a,b"],
        ["rank", "--better", "sideways"],
        ["rank", "--classes", "XYZ,PRP"],
        ["rank", "--level", "95"],
        ["compare", "PRP", "PRP"],
        ["compare", "PRP", "MSC", "MPC"],
        ["compare", "--margins", "0,5"],
        ["compare", "PRP", "--margins", "wide"],
        ["compare", "PRP", "--responders", "many"],
        ["compare", "PRP", "--horizon", "600"],
        ["decay", "--repeat-at", "0"],
        ["decay", "--horizon", "600"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_one_message(run, pain, words):
    command, *rest = words
    refused(run(command, pain, *rest))
    refused(run(command, pain, *rest, "--json"))


def test_the_commands_of_the_page_run(run, pain, joint, network, pytestconfig):
    page = (pytestconfig.rootpath / "docs" / "decisions-and-decay.md").read_text()
    lines = [line.strip() for line in page.splitlines() if line.startswith("    trialpool ")]
    files = {"pain.nc": pain, "joint.nc": joint, "network.nc": network}
    assert len(lines) == 8
    for line in lines:
        _, command, file, *words = shlex.split(line, comments=True)
        code, out, err = run(command, files[file.rsplit("/", 1)[-1]], *words)
        assert (code, err) == (0, "") and out, line
