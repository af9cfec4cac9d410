"""The average of posteriors: shares of draws, variables, record, file, refusals."""

import json

import numpy as np
import pytest
import xarray as xr

import trialpool as tp
from trialpool.draws import ATTRIBUTE, FORMAT, Draws
from trialpool.errors import ModelError

CHAINS, DRAWS = 3, 400
MONTHS = [0.0, 6.0, 12.0, 24.0, 36.0]
PRIOR = {"role": "tau", "prior": "HalfNormal(sd=4)", "unit": "points", "source": "a paper"}


def posterior(name, centre, *, half_life=True, left_out=None, draws=DRAWS, ok=True, **meta):
    """Draws near ``centre``; the member is read off the values."""
    rng = np.random.default_rng(abs(int(centre)))
    sample = ("chain", "draw")
    shape = (CHAINS, draws)
    variables = {
        "benefit": (
            (*sample, "class", "months"),
            centre + rng.normal(0, 0.1, (*shape, 2, len(MONTHS))),
        ),
        "tau": (sample, centre + rng.normal(0, 0.1, shape)),
        "trial_z": (sample, rng.normal(size=shape)),
        f"of_{name}": (sample, rng.normal(size=shape)),
    }
    if half_life:
        variables["half_life"] = ((*sample, "class"), 30 + rng.normal(size=(*shape, 2)))
    tree = xr.DataTree.from_dict(
        {
            "/posterior": xr.Dataset(variables, {"class": ["PRP", "MSC"], "months": MONTHS}),
            "/sample_stats": xr.Dataset({"diverging": (sample, np.zeros(shape, dtype=bool))}),
            "/observed_data": xr.Dataset({"y": ("report", [1.0, 2.0])}),
        }
    )
    diagnostics = {
        "ok": ok, "messages": [] if ok else ["the chains disagree"], "rhat": 1.0 if ok else 1.2,
        "ess_bulk": 900.0, "ess_tail": None, "divergences": 0 if ok else 3,
    }  # fmt: skip
    record = {
        "format": FORMAT, "outcome": "pain", "layout": "longitudinal", "unit": "points of 100",
        "horizon": 36.0, "model": f"Model(time_course='{name}')", "time_course": name,
        "priors": [PRIOR, {"role": "drift", "prior": name}], "data_hash": "abc", "seed": 1,
        "active": ["PRP", "MSC"], "comparators": [], "reference": "placebo", "level": 0.95,
        "diagnostics": diagnostics, "mcid": 15.0, "mcid_source": "a source", "synonyms": {},
        "evidence": {
            "PRP": {"trials": 3, "patients": 90, "last_months": 24.0},
            "MSC": {"trials": 2, "patients": 60, "last_months": 12.0},
        },
    }  # fmt: skip
    if left_out is not None:
        record["left_out"] = {
            "trials": ["A", "B", "C"], "lpd": left_out, "mcse": [0.1] * 3, "pareto_k": [0.3] * 3,
            "refitted": ["B"], "effective": [0.8] * 3,
        }  # fmt: skip
    tree.attrs[ATTRIBUTE] = json.dumps(record | meta)
    return tp.Posterior(tree)


@pytest.fixture
def members():
    return {
        "waning": posterior("waning", 10, left_out=[-1.0, -2, -6]),
        "constant": posterior("constant", 20, half_life=False, left_out=[-3.0, -4, -1.5]),
        "free": posterior("free", 40, half_life=False, left_out=[-5.0, -6, -7]),
    }


def test_every_chain_has_the_shares_of_the_weights(members):
    mixed = tp.average(members, {"waning": 5, "constant": 3, "free": 2})
    dataset = mixed.tree["posterior"].to_dataset()
    assert dict(dataset["tau"].sizes) == {"chain": CHAINS, "draw": DRAWS}
    nearest = np.argmin(np.abs(dataset["tau"].values[..., None] - [10, 20, 40]), axis=-1)
    np.testing.assert_array_equal(dataset["shape"], nearest)
    for chain in nearest:
        assert np.bincount(chain).tolist() == [200, 120, 80]
        # The halves of a chain are alike too, so that R-hat finds nothing.
        assert abs(np.mean(chain[: DRAWS // 2] == 0) - 0.5) < 0.15
    # One draw is one draw of one member, in all variables.
    np.testing.assert_array_equal(
        nearest, np.argmin(np.abs(dataset["benefit"].values[..., 1, 2, None] - [10, 20, 40]), -1)
    )
    assert len(np.unique(dataset["tau"])) == CHAINS * DRAWS


def test_variables_are_those_in_common_and_the_half_life(members):
    dataset = tp.average(members, [0.5, 0.3, 0.2]).tree["posterior"].to_dataset()
    assert set(dataset.data_vars) == {"benefit", "tau", "half_life", "shape"}
    lives = np.isfinite(dataset["half_life"].values).all(axis=-1)
    np.testing.assert_array_equal(lives, dataset["shape"].values == 0)
    assert list(dataset["class"].values) == ["PRP", "MSC"]


def test_weights_come_from_the_trials_left_out(members):
    mixed = tp.average(members, seed=4)
    average = mixed.meta["average"]
    rows = {row["time_course"]: row for row in average["weights"]}
    assert average["by"] == "Bayesian stacking, trials left out"
    # Worse on each trial than another: least weight, and none of the best mixture.
    assert rows["free"]["weight"] < min(rows[name]["weight"] for name in ("waning", "constant"))
    best = tp.average(members, method="stacking-mode", seed=4).meta["average"]["weights"]
    best = {row["time_course"]: row["weight"] for row in best}
    assert best["free"] == pytest.approx(0, abs=1e-4)
    assert best["waning"] > 0.5 > best["constant"] > 0.2
    assert rows["constant"]["elpd"] == pytest.approx(-8.5)
    assert rows["waning"]["difference"] == pytest.approx(-0.5)
    assert rows["constant"]["difference"] == 0 and rows["constant"]["difference_se"] == 0
    assert rows["waning"]["trials_refitted"] == 1
    assert "left_out" not in mixed.meta
    json.dumps(mixed.meta, allow_nan=False)
    again = tp.average(list(members.values()), seed=4)
    assert again.tree["posterior"].to_dataset().equals(mixed.tree["posterior"].to_dataset())
    assert tp.average(members, method="pseudo-bma").meta["average"]["by"].startswith("pseudo-BMA+")


def test_record_names_the_members_and_their_worst_diagnostics(members):
    bad = members | {"free": posterior("free", 40, half_life=False, ok=False)}
    meta = tp.average(bad, [1, 1, 1]).meta
    assert meta["time_course"] == "average" and meta["chains"] == CHAINS
    assert meta["model"] == (
        "average of Model(time_course='waning'), Model(time_course='constant'), "
        "Model(time_course='free')"
    )
    assert meta["priors"] == [PRIOR]
    assert meta["diagnostics"] == {
        "ok": False, "messages": ["free: the chains disagree"], "rhat": 1.2, "ess_bulk": 900.0,
        "ess_tail": None, "divergences": 3,
    }  # fmt: skip
    # A member without draws is not asked.
    assert tp.average(bad, [1, 1, 0]).meta["diagnostics"]["ok"]


def test_the_smallest_member_sets_the_size(members):
    few = members | {"free": posterior("free", 40, half_life=False, draws=50)}
    assert tp.average(few, [1, 1, 2]).tree["posterior"].sizes["draw"] == 50


def test_file_and_questions(members, tmp_path):
    mixed = tp.average(members, [0.5, 0.3, 0.2])
    loaded = tp.load(mixed.save(tmp_path / "average.nc"))
    assert loaded.meta == mixed.meta
    np.testing.assert_array_equal(
        loaded.tree["posterior"]["half_life"], mixed.tree["posterior"]["half_life"]
    )
    assert Draws.from_file(tmp_path / "average.nc").array("shape").max() == 2
    assert "averaged over shapes: waning 0.50, constant 0.30, free 0.20" in str(
        mixed.ask("probability PRP works by 15 at 24 months")
    )
    assert mixed.ask("probability PRP works by 15 at 24 months").probability == 0.5
    # Shapes mean different things by a half-life: it is read off the courses, which are flat here.
    assert all(row["half_life"]["median"] == 36 for row in mixed.decay(months=[24]).to_dict())
    shown = {row["quantity"]: row for row in mixed.summary()}
    assert shown["half_life[PRP]"]["mean"] == pytest.approx(30, abs=1)
    assert "shape" not in shown


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([0.5, 0.5], "expected 3 finite numbers that are not negative"),
        ([1, 1, -1], "expected 3 finite numbers that are not negative"),
        ([0, 0, 0], "got nothing but 0"),
        ({"waning": 1}, "got waning; expected one for each of waning, constant, free"),
    ],
)
def test_weights_that_cannot_be(members, weights, message):
    with pytest.raises(ModelError, match=message):
        tp.average(members, weights)


def test_posteriors_that_cannot_be_averaged(members):
    other = posterior("free", 40, data_hash="xyz")
    with pytest.raises(ModelError, match="'waning' with data_hash 'abc' and 'free' with 'xyz'"):
        tp.average([members["waning"], other], [1, 1])
    with pytest.raises(ModelError, match=r"horizon 36.0 and 'free' with 60.0"):
        tp.average([members["waning"], posterior("free", 40, horizon=60.0)], [1, 1])
    with pytest.raises(ModelError, match="got 1 posterior; expected at least 2"):
        tp.average([members["waning"]])
    with pytest.raises(ModelError, match="2 posteriors of 1 models"):
        tp.average([members["waning"], members["waning"]])
    with pytest.raises(ModelError, match="no trials left out in free"):
        tp.average([members["waning"], posterior("free", 40)])
