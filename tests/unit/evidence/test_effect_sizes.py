"""Effect sizes by hand, at their limits, and by symmetry."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trialpool.errors import EvidenceError
from trialpool.evidence import Evidence
from trialpool.evidence import effect_sizes as es
from trialpool.evidence.effect_sizes import COUNT_MEASURES, MEAN_MEASURES, RATE_MEASURES

Z = NormalDist().inv_cdf(0.975)

cells = st.integers(0, 400)
tables = st.tuples(cells, cells, cells, cells).filter(lambda t: t[0] + t[1] > 1 and t[2] + t[3] > 1)
sizes = st.integers(3, 500)
spreads = st.floats(0.01, 1e3)
scores = st.floats(0.1, 1e3)
arms = st.tuples(scores, spreads, sizes)


def message(call, *args, **options):
    with pytest.raises(EvidenceError) as caught:
        call(*args, **options)
    return str(caught.value)


# -------------------------------------------------------------------------------------- symmetry


@pytest.mark.parametrize("measure", sorted(COUNT_MEASURES))
@given(table=tables)
def test_swapping_arms_of_a_table_flips_the_sign(measure, table):
    a, b, c, d = table
    # phi is not corrected for zeros: an empty margin has no estimate, a perfect one no error.
    assume(measure != "PHI" or min(a + c, b + d, b + c, a + d) > 0)
    one = COUNT_MEASURES[measure](a, a + b, c, c + d)
    other = COUNT_MEASURES[measure](c, c + d, a, a + b)
    np.testing.assert_allclose(one.y, -other.y, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one.se, other.se, rtol=1e-9)


@pytest.mark.parametrize("measure", sorted(set(MEAN_MEASURES) - {"SMD1"}))
@given(treated=arms, control=arms)
def test_swapping_arms_of_means_flips_the_sign(measure, treated, control):
    one = MEAN_MEASURES[measure](*treated, *control)
    other = MEAN_MEASURES[measure](*control, *treated)
    np.testing.assert_allclose(one.y, -other.y, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one.se, other.se, rtol=1e-9)


@pytest.mark.parametrize("measure", sorted(RATE_MEASURES))
@given(x=st.tuples(cells, cells), t=st.tuples(spreads, spreads))
def test_swapping_arms_of_rates_flips_the_sign(measure, x, t):
    one = RATE_MEASURES[measure](x[0], t[0], x[1], t[1])
    other = RATE_MEASURES[measure](x[1], t[1], x[0], t[0])
    np.testing.assert_allclose(one.y, -other.y, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one.se, other.se, rtol=1e-9)


@pytest.mark.parametrize("measure", ["OR", "RD", "PETO", "AS", "PBIT", "PHI", "YUQ", "YUY"])
def test_counting_those_without_the_event_flips_the_sign(measure):
    one = COUNT_MEASURES[measure](4, 123, 11, 139)
    other = COUNT_MEASURES[measure](119, 123, 128, 139)
    np.testing.assert_allclose(one.y, -other.y)
    np.testing.assert_allclose(one.se, other.se)


@given(treated=arms, control=arms, unit=st.floats(0.01, 100))
def test_standardised_measures_do_not_depend_on_the_unit(treated, control, unit):
    for measure in sorted(set(MEAN_MEASURES) - {"MD"}):
        one = MEAN_MEASURES[measure](*treated, *control)
        (m1, s1, n1), (m2, s2, n2) = treated, control
        other = MEAN_MEASURES[measure](m1 * unit, s1 * unit, n1, m2 * unit, s2 * unit, n2)
        np.testing.assert_allclose(one.y, other.y, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(one.se, other.se, rtol=1e-7)


# ---------------------------------------------------------------------------------- hand-calculated


def test_first_bcg_trial_by_hand():
    # Aronson 1948: 4 of 123 and 11 of 139.
    odds = es.log_odds_ratio(4, 123, 11, 139)
    assert odds.y[0] == pytest.approx(math.log(4 * 128 / (119 * 11)))
    assert odds.se[0] == pytest.approx(math.sqrt(1 / 4 + 1 / 119 + 1 / 11 + 1 / 128))
    risk = es.log_risk_ratio(4, 123, 11, 139)
    assert math.exp(risk.y[0]) == pytest.approx((4 / 123) / (11 / 139))


def test_rates_by_hand():
    ratio = es.log_rate_ratio(10, 200, 20, 100)
    assert math.exp(ratio.y[0]) == pytest.approx(0.25)
    assert ratio.se[0] == pytest.approx(math.sqrt(0.15))
    difference = es.rate_difference(10, 200, 20, 100)
    assert difference.y[0] == pytest.approx(-0.15)
    assert difference.se[0] == pytest.approx(math.sqrt(10 / 200**2 + 20 / 100**2))
    zero = es.log_rate_ratio(0, 10, 3, 10)
    assert zero.y[0] == pytest.approx(math.log(0.5 / 3.5))


def test_small_sample_correction_is_that_of_hedges_table():
    # With an even number of degrees the gamma functions are factorials: df = 2 gives 1/sqrt(pi).
    assert es.hedges_correction(2)[0] == pytest.approx(1 / math.sqrt(math.pi))
    approximate = 1 - 3 / (4 * np.array([10, 50, 200]) - 1)
    np.testing.assert_allclose(es.hedges_correction([10, 50, 200]), approximate, rtol=4e-4)


def test_pre_post_by_hand():
    change = es.mean_change(60, 20, 45, 22, 40, 0.5)
    assert (change.y[0], change.measure) == (-15, "MC")
    sd = math.sqrt(400 + 484 - 440)
    assert change.se[0] == pytest.approx(sd / math.sqrt(40))
    assert es.sd_of_change(20, 22, 0.5)[0] == pytest.approx(sd)
    factor = es.hedges_correction(39)[0]
    by_change = es.standardised_change(60, 20, 45, 22, 40, 0.5)
    assert by_change.y[0] == pytest.approx(-15 * factor / sd)
    assert by_change.se[0] ** 2 == pytest.approx((1 + by_change.y[0] ** 2 / 2) / 40)
    by_baseline = es.change_standardised_by_baseline(60, 20, 45, 22, 40, 0.5)
    assert by_baseline.y[0] == pytest.approx(-15 * factor / 20)
    assert by_baseline.se[0] ** 2 == pytest.approx((1 + by_baseline.y[0] ** 2 / 2) / 40)
    # No correlation: the change is a difference of two independent groups.
    apart = es.mean_difference(45, 22, 40, 60, 20, 40)
    assert es.mean_change(60, 20, 45, 22, 40, 0).se[0] == pytest.approx(apart.se[0])


def test_glass_needs_only_the_sd_of_controls():
    one = es.standardised_by_control(5, 1, 20, 3, 2, 20)
    other = es.standardised_by_control(5, 9, 20, 3, 2, 20)
    assert one.y[0] == other.y[0] == pytest.approx(es.hedges_correction(19)[0])


def test_equal_sds_make_the_two_standardised_differences_alike():
    same = (5.0, 2.0, 30, 3.0, 2.0, 30)
    usual = es.standardised_mean_difference(*same)
    unequal = es.standardised_mean_difference_unequal(*same)
    assert usual.y[0] == pytest.approx(unequal.y[0])


def test_medians_of_normal_scores_give_their_mean_and_sd():
    # Expected quartiles and range of normal scores, by Blom's approximation as in Wan et al. 2014.
    for n in (15.0, 60.0, 1000.0):
        top = NormalDist().inv_cdf((n - 0.375) / (n + 0.25))
        quarter = NormalDist().inv_cdf((0.75 * n - 0.125) / (n + 0.25))
        quartiles = (50 - 10 * quarter, 50 + 10 * quarter)
        range_ = (50 - 10 * top, 50 + 10 * top)
        for given_ in (
            {"quartiles": quartiles},
            {"range_": range_},
            {"quartiles": quartiles, "range_": range_},
        ):
            for mean in ("luo", "wan"):
                found = es.mean_sd_from_median(50, n, mean=mean, **given_)
                assert found.mean[0] == pytest.approx(50)
                assert found.sd[0] == pytest.approx(10)


def test_mean_from_median_by_hand():
    # n = 16: 16^0.75 = 8.
    by_range = es.mean_sd_from_median(4, 16, range_=(1, 13))
    assert by_range.mean[0] == pytest.approx(4 / 12 * 7 + 8 / 12 * 4)
    by_quartiles = es.mean_sd_from_median(4, 39, quartiles=(2, 10))
    assert by_quartiles.mean[0] == pytest.approx(0.71 * 6 + 0.29 * 4)
    both = es.mean_sd_from_median(4, 16, quartiles=(2, 10), range_=(1, 13))
    w1, w2 = 2.2 / 10.2, 0.7 - 0.72 / 16**0.55
    assert both.mean[0] == pytest.approx(w1 * 7 + w2 * 6 + (1 - w1 - w2) * 4)
    assert es.mean_sd_from_median(4, 16, range_=(1, 13), mean="wan").mean[0] == 5.5
    assert es.mean_sd_from_median(4, 16, quartiles=(2, 9), mean="wan").mean[0] == pytest.approx(5)
    five = es.mean_sd_from_median(4, 16, quartiles=(2, 10), range_=(1, 13), mean="wan")
    assert five.mean[0] == pytest.approx((1 + 4 + 8 + 20 + 13) / 8)


def test_large_samples_and_wan():
    # SD of Wan et al., their limit: IQR / 1.35 for large n (Cochrane Handbook).
    found = es.mean_sd_from_median(0, 1e7, quartiles=(-1, 1))
    assert found.sd[0] == pytest.approx(2 / 1.349, rel=1e-3)


def test_groups_seen_as_one_are_all_patients_pooled():
    one, other = np.array([3.0, 5, 7, 1]), np.array([10.0, 2, 4])
    both = np.concatenate([one, other])
    found = es.combine_groups(
        one.mean(), one.std(ddof=1), 4, other.mean(), other.std(ddof=1), len(other)
    )
    assert found.mean[0] == pytest.approx(both.mean())
    assert found.sd[0] == pytest.approx(both.std(ddof=1))


def test_sds_and_standard_errors():
    assert es.se_from_sd(10, 25)[0] == 2
    assert es.sd_from_se(2, 25)[0] == 10
    assert es.pooled_sd(3, 10, 3, 50)[0] == pytest.approx(3)
    assert es.pooled_sd(2, 5, 4, 5)[0] == pytest.approx(math.sqrt(10))


# --------------------------------------------------------------------------------- round trips


@given(
    y=st.floats(-50, 50),
    se=st.floats(0.01, 20),
    level=st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]),
)
def test_interval_and_back(y, se, level):
    start = es.EffectSizes(np.array([y]), np.array([se]), "MD")
    found = es.from_interval(*start.interval(level), level=level)
    np.testing.assert_allclose(found.y, start.y, atol=1e-9)
    np.testing.assert_allclose(found.se, start.se, rtol=1e-9)


@given(y=st.floats(0.01, 50), z=st.floats(0.01, 8), sign=st.sampled_from([-1, 1]))
def test_p_value_and_back(y, z, sign):
    p = math.erfc(z / math.sqrt(2))
    found = es.from_p_value(sign * y, p)
    assert found.y[0] == sign * y
    assert found.se[0] == pytest.approx(y / z, rel=1e-6)


def test_ratios_are_logged():
    found = es.from_interval(0.5, 2.0, ratio=True, measure="OR")
    assert found.y[0] == pytest.approx(0)
    assert found.se[0] == pytest.approx(math.log(4) / (2 * Z))
    kept = es.from_interval(0.5, 2.0, estimate=1.1, ratio=True)
    assert kept.y[0] == pytest.approx(math.log(1.1))
    assert es.from_p_value(math.e, 0.05, ratio=True).se[0] == pytest.approx(1 / Z)


def test_small_trials_use_t():
    # t of 10 degrees at 97.5 %: 2.2281 (any table).
    assert es.from_interval(-2.2281, 2.2281, df=10).se[0] == pytest.approx(1, rel=1e-4)
    assert es.from_p_value(2.2281, 0.05, df=10).se[0] == pytest.approx(1, rel=1e-4)


@given(treated=arms, n_c=sizes, shift=st.floats(0.01, 3))
def test_smd_from_t_f_and_p_agree_with_that_from_means(treated, n_c, shift):
    mean, sd, n_t = treated
    direct = es.standardised_mean_difference(mean + shift * sd, sd, n_t, mean, sd, n_c)
    t = shift / math.sqrt(1 / n_t + 1 / n_c)
    for found in (es.smd_from_t(t, n_t, n_c), es.smd_from_f(t * t, n_t, n_c, sign=1)):
        np.testing.assert_allclose(found.y, direct.y, rtol=1e-6)
        np.testing.assert_allclose(found.se, direct.se, rtol=1e-6)


def test_smd_from_p_value_is_that_of_its_t():
    by_p = es.smd_from_p_value([0.05, 1.0], 6, 6, sign=-1)
    np.testing.assert_allclose(by_p.y, es.smd_from_t([-2.22813885, 0.0], 6, 6).y, atol=1e-8)
    assert es.from_t(-4, 2).se[0] == 2


# ----------------------------------------------------------------------------------- zeros, faults


def test_zero_rule():
    counts = ([0, 4], [10, 20], [3, 5], [10, 20])
    only = es.log_odds_ratio(*counts)
    assert only.y[0] == pytest.approx(math.log(0.5 * 7.5 / (10.5 * 3.5)))
    assert only.y[1] == pytest.approx(math.log(4 * 15 / (16 * 5)))
    everywhere = es.log_odds_ratio(*counts, to="if0all")
    assert everywhere.y[1] == pytest.approx(math.log(4.5 * 15.5 / (16.5 * 5.5)))
    np.testing.assert_array_equal(everywhere.y, es.log_odds_ratio(*counts, to="all").y)
    no_zero = ([4], [20], [5], [20])
    np.testing.assert_array_equal(
        es.log_odds_ratio(*no_zero, to="if0all").y, es.log_odds_ratio(*no_zero, to="none").y
    )
    assert es.arcsine_difference(0, 10, 3, 10).y[0] == pytest.approx(-math.asin(math.sqrt(0.3)))
    text = message(es.log_odds_ratio, *counts, to="none")
    assert "log odds ratio: got study 1 (y -inf, se inf)" in text
    assert "Evidence.from_counts" in text
    assert "got 'some'" in message(es.log_odds_ratio, *counts, to="some")
    assert "got -1" in message(es.log_odds_ratio, *counts, add=-1)


def test_all_faults_of_a_call_in_one_go():
    text = message(es.log_risk_ratio, [-1, 5, 3], [10, 4, math.nan], [1, 1, 1], [10, 0, 10])
    assert "events_t: got -1 in study 1; expected counts >= 0" in text
    assert "events_t: got 5 in study 2; expected at most n_t" in text
    assert "n_t: got nan in study 3" in text
    assert "n_c: got 0 in study 2" in text
    assert "events_c: got 1 in study 2; expected at most n_c" in text


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: es.mean_difference("a", 1, 10, 0, 1, 10), "mean_t: got could not convert"),
        (lambda: es.mean_difference([1, 2], [1, 1, 1], 10, 0, 1, 10), "mean_t 2, sd_t 3"),
        (lambda: es.mean_difference([[1]], 1, 10, 0, 1, 10), "an array of 2 dimensions"),
        (lambda: es.mean_difference(1, 0, 10, 0, 1, 1), "expected patients > 1"),
        (lambda: es.log_ratio_of_means(-1, 1, 10, 2, 1, 10), "means of one sign"),
        (lambda: es.standardised_by_control(1, 1, 5, 0, 1, 2), "degrees of freedom > 1"),
        (lambda: es.mean_change(1, 1, 1, 1, 10, 1), "a correlation above -1 and below 1"),
        (lambda: es.from_interval(2, 1), "lower below upper"),
        (lambda: es.from_interval(0, 1, level=95), "Write 0.95 for 95 %"),
        (lambda: es.from_interval(0, 1, estimate=2), "an estimate inside its interval"),
        (lambda: es.from_interval(-1, 1, ratio=True), "ratio=False"),
        (lambda: es.from_p_value(1, 0), "0 < p < 1"),
        (lambda: es.from_p_value(0, 0.5), "a standard error > 0"),
        (lambda: es.from_p_value(1, 0.5, df=0), "degrees of freedom > 0"),
        (lambda: es.from_t(1, 0), "numbers other than 0"),
        (lambda: es.smd_from_f(-1, 10, 10, sign=1), "F >= 0"),
        (lambda: es.smd_from_p_value(0.1, 10, 10, sign=0), "1 or -1"),
        (lambda: es.mean_sd_from_median(4, 10), "quartiles or range_ too"),
        (lambda: es.mean_sd_from_median(4, 10, quartiles=(5, 6)), "q1 <= median"),
        (lambda: es.mean_sd_from_median(4, 10, range_=(4, 4)), "min below max"),
        (lambda: es.mean_sd_from_median(4, 1, range_=(3, 5)), "patients >= 2"),
        (lambda: es.mean_sd_from_median(4, 9, range_=(3, 5), mean="x"), "'luo' or 'wan'"),
        (lambda: es.odds_ratio_to_smd(1, 9, 2, 9, scores="x"), "'normal' or 'logistic'"),
        (lambda: es.yule(1, 9, 2, 9, form="X"), "'Q' or 'Y'"),
    ],
)
def test_faults(call, words):
    assert words in message(call)


def test_they_enter_an_evidence_and_do_not_change():
    effect = es.log_odds_ratio([4, 6], [123, 306], [11, 29], [139, 303])
    frame = effect.frame(["Aronson", "Ferguson"])
    evidence = Evidence.from_effects(frame, study="study", effect="y", se="se", measure="OR")
    np.testing.assert_array_equal(evidence.reports["y"], effect.y)
    with pytest.raises(ValueError, match="read-only"):
        effect.y[0] = 0
    assert "1 names" in message(effect.frame, ["Aronson"])
