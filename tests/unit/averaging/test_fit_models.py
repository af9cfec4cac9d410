"""Several models fitted, weighed and averaged in one call; the sampling is of two tiny reviews."""

import pymc as pm
import pytest

import trialpool as tp
from trialpool.averaging import METHODS
from trialpool.errors import ModelError

NARROW, WIDE = (
    tp.Model(priors={"tau": tp.priors.HalfNormal(sd)}, time_course="constant") for sd in (0.01, 0.5)
)


@pytest.fixture(scope="module")
def averaged(small_effects):
    told = []
    found = tp.fit_models(
        {"narrow": NARROW, "wide": WIDE},
        small_effects,
        seed=2,
        draws=100,
        tune=200,
        chains=2,
        say=told.append,
    )
    assert told[0].startswith("narrow: Drawing")
    return found


def test_the_table_says_what_each_model_foretells(averaged):
    assert sum(averaged.weights.values()) == pytest.approx(1)
    assert list(averaged.weights) == ["narrow", "wide"]
    for row in averaged.table:
        left_out = averaged.left_out[row["name"]]
        assert left_out.trials == tuple("abcd")
        assert row["elpd"] == pytest.approx(left_out.lpd.sum())
        assert row["elpd_se"] == pytest.approx(left_out.se)
    first, second, *rows = str(averaged).splitlines()
    assert first == f"weights by {METHODS['stacking']}"
    assert second.split() == [
        "model", "weight", "sd", "elpd", "se", "difference", "se", "sampled", "without"
    ]  # fmt: skip
    assert {line.split()[0] for line in rows} == {"narrow", "wide"}


def test_members_can_be_mixed_again_from_their_files(averaged, tmp_path):
    loaded = {
        name: tp.load(member.save(tmp_path / f"{name}.nc"))
        for name, member in averaged.posteriors.items()
    }
    again = tp.average(loaded, seed=2)
    assert again.meta["average"] == averaged.posterior.meta["average"]
    tau = "tau"
    assert again.tree["posterior"][tau].equals(averaged.posterior.tree["posterior"][tau])


def test_models_without_names_are_called_by_what_differs(small_effects):
    with pytest.raises(ModelError, match="got 1, 1 of them different"):
        tp.fit_models([WIDE], small_effects)
    with pytest.raises(ModelError, match="got 2, 1 of them different"):
        tp.fit_models([WIDE, WIDE], small_effects)


def test_shapes_need_months(small_effects):
    with pytest.raises(ModelError, match="layout 'effects'; expected scores over months"):
        tp.fit_shapes(WIDE, small_effects)


def test_a_prior_that_only_pymc_knows_is_refused_before_anything_is_sampled(small_effects):
    foreign = tp.Model(priors={"tau": pm.Gamma.dist(2, 4)})
    told = []
    with pytest.raises(ModelError, match="known to PyMC only; expected priors"):
        tp.fit_models({"a": NARROW, "b": foreign}, small_effects, say=told.append)
    assert told == []
