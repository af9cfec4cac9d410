"""Many fits in one call: pairs, seeds, summaries, refusals."""

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from trialpool.errors import EngineError, ModelError

Y, SE = np.array([0.1, 0.6, 0.2, -0.3]), np.array([0.2, 0.3, 0.2, 0.4])


def evidence(shift=0.0):
    frame = pd.DataFrame({"s": list("abcd"), "y": Y + shift, "se": SE})
    return tp.Evidence.from_effects(frame, study="s", effect="y", se="se")


@pytest.fixture(scope="module")
def fits():
    told = []
    found = tp.fit_many(tp.Model(), [evidence(shift) for shift in range(3)], say=told.append)
    assert told == ["3 of 3 fitted."]
    return found


def test_each_fit_is_what_it_would_be_alone(fits):
    alone = tp.fit(tp.Model(), evidence(1), seed=2, draws=250, tune=300)
    assert len(fits) == 3 and fits[1].tree["posterior"].equals(alone.tree["posterior"])
    assert fits[1].meta["seed"] == 2 and fits[1].meta["data_hash"] == alone.meta["data_hash"]
    assert [posterior.meta["seed"] for posterior in fits] == [1, 2, 3]
    assert len(fits[1:]) == 2 and repr(fits) == "Fits(3 posteriors)" and fits.failed == ()


def test_summaries_have_a_row_a_fit(fits):
    table = fits.summary("effect", level=0.9)
    np.testing.assert_allclose(np.diff(table["mean"]), 1, atol=0.1)
    assert (table["lower"] < table["median"]).all() and (table["median"] < table["upper"]).all()
    assert table["ok"].all()
    studies = fits.summary("study_effect", study="b")
    assert (studies["sd"] > 0).all()
    assert fits.values("study_effect").dims == ("fit", "chain", "draw", "study")
    with pytest.raises(ModelError, match="expected one number"):
        fits.summary("study_effect")
    with pytest.raises(ModelError, match="got no variable 'nothing'; expected one of effect"):
        fits.values("nothing")


def test_one_of_the_two_may_be_single():
    models = [tp.Model(priors={"tau": tp.priors.HalfNormal(sd)}) for sd in (0.01, 2.0)]
    found = tp.fit_many(models, evidence()).summary("tau")
    assert found["mean"][0] < 0.02 < found["mean"][1]
    assert len(tp.fit_many(models[0], evidence())) == 1


def test_what_does_not_pair_is_refused():
    with pytest.raises(ModelError, match="got 2 models and 3 sets of evidence"):
        tp.fit_many([tp.Model()] * 2, [evidence()] * 3)
    with pytest.raises(ModelError, match="got 0 models"):
        tp.fit_many([], evidence())
    with pytest.raises(EngineError, match="engine: got 'stan'"):
        tp.fit_many(tp.Model(), evidence(), engine="stan")


def test_trials_left_out_one_by_one_keep_the_labels_they_have():
    left = [evidence().without(study) for study in "ab"]
    values = tp.fit_many(tp.Model(), left).values("study_effect")
    assert list(values["study"].values) == list("abcd")
    assert np.isnan(values.sel(study="a").values[0]).all()
