"""The numbers of the predictive check: matched by label, in their own units."""

import json

import numpy as np
import pytest
from scipy import stats

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


@pytest.fixture(scope="module")
def of_kinds(kinds):
    """The table at known courses: 60 points before, 48 after with saline, 39 with prp; SD 20."""
    return predict_reports(kinds, seed=1).set_index(["trial", "arm"])


def near(row, mean, sd, draws=2000):
    """Are the replicates those of this mean and SD?"""
    assert abs(row["mean"] - mean) < 5 * sd / np.sqrt(draws)
    assert row["sd"] == pytest.approx(sd, rel=0.1)


@pytest.mark.parametrize(
    ("trial", "unit", "observed", "mean", "sd"),
    [
        ("percent", "% of baseline", -35, -35, None),
        ("median", "points of 100", 40, 39, 20 * np.sqrt(np.pi / 2 / 40)),
        ("points", "points of 100", -7, -9, 4),
        ("SMD", "SDs of the patients", -0.5, -0.45, np.sqrt(1 / 24 + 0.25 / 200)),
        ("exact", "SDs of the patients", -0.446, -0.45, np.sqrt(1 / 24 + 0.446**2 / 200)),
        ("no direction", "z without sign", 2.185, None, None),
        ("significant", "z", np.nan, 0.45 * np.sqrt(24), 1),
        ("not significant", "z", np.nan, 0.45 * np.sqrt(24), 1),
    ],
)
def test_each_kind_is_met_in_its_own_unit(of_kinds, trial, unit, observed, mean, sd):
    row = of_kinds.loc[(trial, "prp")]
    assert row["unit"] == unit
    assert row["observed"] == pytest.approx(observed, abs=1e-3, nan_ok=True)
    assert not row["surprising"]
    if sd is not None:
        near(row, mean, sd)


def test_further_thresholds_are_shares_of_all_patients(of_kinds):
    ladder = of_kinds.loc["ladder"]
    np.testing.assert_allclose(ladder["observed"], [70, 55, 45, 35, 15, 10])
    assert set(ladder["unit"]) == {"% of patients"}
    sd = 20 * np.sqrt(1 + 0.25 - 0.4)
    for arm, mean in (("prp", 39), ("saline", 48)):
        z = (30 - mean) / sd
        for (_, row), step in zip(ladder.loc[[arm]].iterrows(), (0.5, 0, -0.5), strict=True):
            p = stats.norm.cdf(z + step)
            near(row, 100 * p, 100 * np.sqrt(p * (1 - p) / 40))


def test_a_bound_on_p_is_an_interval_of_the_statistic(of_kinds):
    critical = stats.t.isf(0.025, 98) * (1 - 3 / (4 * 98 - 1))
    ends = of_kinds[["observed_low", "observed_high"]].xs("prp", level="arm")
    for trial, low, high in (
        ("significant", critical, np.inf),
        ("either way", critical, np.inf),
        ("not significant", -critical, critical),
    ):
        assert ends.loc[trial].tolist() == pytest.approx([low, high], rel=1e-4)
    # The share below the interval, and half of what is in it.
    z = 0.45 * np.sqrt(24)
    for trial, p in (
        ("significant", (1 + stats.norm.cdf(critical - z)) / 2),
        ("not significant", stats.norm.cdf(critical - z) / 2),
    ):
        assert of_kinds.loc[(trial, "prp"), "p"] == pytest.approx(p, abs=0.03)


def test_an_interval_outside_the_predictive_one_is_surprising(of_kinds):
    wrong = of_kinds.loc[("wrong way", "prp")]
    assert wrong["observed_low"] == -np.inf and wrong["observed_high"] < -3
    assert wrong["surprising"] and wrong["p"] < 0.01


def test_replicates_of_a_test_without_direction_have_no_sign(of_kinds):
    for trial in ("no direction", "either way"):
        row = of_kinds.loc[(trial, "prp")]
        assert row["unit"] == "z without sign" and row["lower"] > 0


def test_two_p_values_of_one_arm_are_not_mixed_up(of_kinds):
    # Their labels are equal; one is a bound, the other a standardised difference.
    two = of_kinds.loc[[("two tests", "prp")]]
    assert two["unit"].tolist() == ["z", "SDs of the patients"]
    assert two["observed"].isna().tolist() == [True, False]


def test_a_file_without_what_its_p_values_need_is_refused(kinds):
    tree = kinds.tree.copy(deep=True)
    meta = json.loads(tree.attrs["trialpool"])
    for report in meta["reports"]:
        del report["directed"]
    tree.attrs["trialpool"] = json.dumps(meta)
    with pytest.raises(PosteriorFileError, match=r"no data for the report 'no direction \| prp"):
        predict_reports(Posterior(tree), seed=1)


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
