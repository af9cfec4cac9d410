"""The numbers of the predictive check: matched by label, in their own units."""

import numpy as np
import pytest

from trialpool.checks import predict_reports
from trialpool.errors import PosteriorFileError
from trialpool.posterior import Posterior


def test_each_report_meets_its_own_data(pain_of):
    table = predict_reports(pain_of(4), seed=1)
    assert table["report"].tolist() == pain_of(4).draws.coord("report")
    seen = table.groupby("kind")["observed"].unique()
    assert seen["mean"].tolist() == [51.0]
    assert seen["difference"].tolist() == [48.0]
    counts = table[table["kind"] == "responders >=50%"]
    expected = [100 * round(0.4 * n) / n for n in (20, 20, 21, 21, 22, 22)]
    np.testing.assert_allclose(counts["observed"], expected)
    assert set(counts["unit"]) == {"% of patients"}
    assert table["trial"].iloc[0] == "<script>alert(1)</script>"


def test_a_normal_replicate_has_the_sd_of_its_report(pain_of):
    table = predict_reports(pain_of(30), seed=1)
    means = table[table["unit"] == "points of 100"]
    # 60 rows of 200 replicates of N(50, 4): the mean of their means within 5 standard errors.
    assert len(means) == 59
    assert abs(means["mean"].mean() - 50) < 5 * 4 / np.sqrt(200 * 59)
    assert abs(means["sd"].mean() - 4) < 0.2
    assert means["p"].between(0, 1).all()


def test_events_far_from_what_is_expected_are_surprising(events):
    table = predict_reports(events, seed=1)
    assert table["surprising"].tolist() == [False, False, True]
    np.testing.assert_allclose(table["observed"], [0, 2.5, 18])
    assert table["p"].iloc[2] > 0.99
    # No event where nearly none is expected: about half of the replicates tie, so p is not 0.
    assert 0.2 < table["p"].iloc[0] < 0.5
    # The ends of an interval are shares that can occur.
    steps = table[["lower", "upper"]].mul([30, 40, 50], axis=0) / 100
    np.testing.assert_allclose(steps, steps.round())


def test_events_in_person_months_are_poisson(rates):
    table = predict_reports(rates, seed=1)
    assert table["unit"].tolist() == ["% of patients", *2 * ["events per 100 person-months"]]
    np.testing.assert_allclose(table["observed"], [100 / 30, 0.8, 10])
    assert table["surprising"].tolist() == [False, False, True]
    # 800 replicates of a Poisson count of 2.5 in 250 person-months, of 4 in 400.
    for row, mean, size in ((1, 2.5, 250), (2, 4, 400)):
        assert abs(table["mean"][row] * size / 100 - mean) < 5 * np.sqrt(mean / 800)
        assert abs(table["sd"][row] * size / 100 / np.sqrt(mean) - 1) < 0.15
    steps = table.loc[1:, ["lower", "upper"]].mul([250, 400], axis=0) / 100
    np.testing.assert_allclose(steps, steps.round(), atol=1e-9)


def test_the_seed_decides_the_replicates(events):
    one, same, other = (predict_reports(events, seed=s) for s in (1, 1, 2))
    assert one.equals(same)
    assert not one.equals(other)


def test_equal_labels_keep_their_order(events):
    tree = events.tree.copy(deep=True)
    labels = ["A | PRP | 12 | events"] * 3
    for group in ("posterior", "constant_data"):
        tree[group] = tree[group].to_dataset().assign_coords(report=labels)
    assert predict_reports(Posterior(tree), seed=1)["observed"].tolist() == [0, 2.5, 18]


def test_a_posterior_without_its_data_is_refused(events):
    tree = events.tree.copy(deep=True)
    del tree["constant_data"]
    with pytest.raises(
        PosteriorFileError, match=r"no data for the report 'A \| PRP \| 12 \| events'"
    ):
        predict_reports(Posterior(tree), seed=1)


def test_a_plain_meta_analysis_is_refused(events):
    tree = events.tree.copy(deep=True)
    tree["posterior"] = tree["posterior"].to_dataset().drop_vars("fitted")
    with pytest.raises(PosteriorFileError, match="no variables 'fitted'"):
        predict_reports(Posterior(tree), seed=1)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_probability(events, level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        predict_reports(events, seed=1, level=level)
