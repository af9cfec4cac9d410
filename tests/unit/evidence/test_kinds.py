"""Medians, percentages of change, standardised differences and p-values, against other routes."""

import math

import numpy as np
import pytest
from scipy import stats

from trialpool.errors import EvidenceError
from trialpool.evidence import check_folder, mcid, read_evidence
from trialpool.evidence.kinds.scores import sd_of_quartiles, sd_of_range
from trialpool.evidence.p_values import PValueError, parse_p
from trialpool.evidence.scales import is_biased, is_standardised

PERCENT = {"kind": "percent_change", "months": "3", "n": "30", "mean": "-46"}
MEDIAN = {"kind": "median", "months": "3", "n": "36", "median": "40"}
TEST = {"kind": "p_value", "months": "3", "n": "30", "versus": "saline", "versus_n": "29"}
SMD = {"kind": "difference", "months": "3", "n": "30", "versus": "saline", "versus_class": ""}
#: Cells of a row of which no arm's size is known.
UNKNOWN = {"trial": "D", "versus": "lidocaine", "versus_class": "local anaesthetic"}
UNKNOWN |= {"n": "", "versus_n": ""}
NEW = 17


@pytest.fixture
def entry(folder):
    """Row 17 of the folder as read, in trial A, arm prp unless other cells say so."""

    def read(**cells):
        folder.add(**({"trial": "A", "arm": "prp"} | cells))
        reports = read_evidence(folder.write(), outcome="pain").reports
        return reports.set_index("row").loc[NEW]

    return read


@pytest.fixture
def faults(folder):
    def read(**cells):
        folder.add(**({"trial": "A", "arm": "prp"} | cells))
        with pytest.raises(EvidenceError) as caught:
            check_folder(folder.write())
        return caught.value.faults

    return read


def one(found, column, *words):
    [fault] = found
    assert fault.where == f"reports.csv row {NEW}, {column}"
    assert all(word in str(fault) for word in words), str(fault)


# Percent of baseline.
def test_percent_change_with_an_interval(entry):
    row = entry(**PERCENT, lower="-60.9", upper="-31.1", level="95")
    assert (row["unit"], row["y"], row["enters"]) == ("percent", -46, True)
    assert row["se"] == pytest.approx(29.8 / (2 * stats.norm.ppf(0.975)))
    assert math.isnan(row["sd"])
    assert row["why"] == "change -46.0 % of baseline (SE 7.6 from the 95 % interval)"


def test_percent_change_is_in_percent_on_every_scale(entry):
    row = entry(**PERCENT | {"scale": "NRS 0-10", "sd": "30"})
    assert (row["y"], row["sd"]) == (-46, 30)
    assert row["se"] == pytest.approx(30 / math.sqrt(30))


def test_percent_change_without_spread(entry):
    row = entry(**PERCENT)
    assert row["why"] == "change -46.0 % of baseline, SD not printed: estimated"
    assert math.isnan(row["se"])


@pytest.mark.parametrize("scale", ["JOA 0-29", "Index 10-60 lower better"])
def test_percent_change_needs_a_best_score_of_zero(entry, scale):
    row = entry(**PERCENT, scale=scale)
    assert not row["enters"]
    assert row["why"].startswith("a percentage of baseline says nothing where 0 is not the best")


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"mean": "-101"}, "mean", "at least -100"),
        ({"mean": ""}, "mean", "the value of the percent_change row"),
        ({"n": ""}, "n", "the number of patients behind the value"),
        ({"months": "0"}, "months", "months > 0 for percent_change"),
        ({"scale": ""}, "scale", "an instrument with its range"),
        ({"lower": "-60"}, "upper", "both ends of the interval or none"),
        ({"lower": "-40", "upper": "-30"}, "mean", "an estimate inside its interval"),
    ],
)
def test_faults_of_percent_change(faults, cells, column, words):
    one(faults(**PERCENT | cells), column, words)


# Medians.
def test_median_with_quartiles(entry):
    row = entry(**MEDIAN, q1="30", q3="57")
    assert (row["unit"], row["y"]) == ("points", 40)
    assert row["sd"] == pytest.approx(27 / 1.34898, rel=1e-5)
    assert row["sd_error"] == pytest.approx(1.1664 / 6, rel=1e-4)
    assert math.isnan(row["se"])
    assert row["why"] == "median 40.0 points (SD 20.0 from quartiles)"


def test_median_with_a_range(entry):
    row = entry(**MEDIAN, min="0", max="85")
    width = 2 * stats.norm.ppf((36 - 0.375) / (36 + 0.25))
    assert row["sd"] == pytest.approx(85 / width)
    assert row["sd_error"] == pytest.approx(1.28255 / math.sqrt(math.log(36)) / width, rel=1e-5)
    assert row["why"].endswith("from range)")


def test_quartiles_and_range_are_weighted(entry):
    row = entry(**MEDIAN, q1="30", q3="57", min="0", max="85")
    (a, ea), (b, eb) = sd_of_quartiles(30, 57, 36), sd_of_range(0, 85, 36)
    w = eb**2 / (ea**2 + eb**2)
    assert row["sd"] == pytest.approx(a**w * b ** (1 - w))
    assert row["sd_error"] == pytest.approx(ea * eb / math.hypot(ea, eb))
    assert row["why"].endswith("from quartiles and range)")


def test_median_with_its_interval(entry):
    row = entry(**MEDIAN, lower="31", upper="49", level="90", q1="30", q3="57")
    assert row["se"] == pytest.approx(18 / (2 * stats.norm.ppf(0.95)))
    assert (
        row["why"] == "median 40.0 points (SE 5.5 from the 90 % interval, SD 20.0 from quartiles)"
    )


def test_median_with_a_printed_sd_and_se(entry):
    row = entry(**MEDIAN, se="4", sd="18", q1="30", q3="57")
    assert (row["se"], row["sd"]) == (4, 18)
    assert math.isnan(row["sd_error"])


def test_median_where_high_scores_are_good(folder, entry):
    up = entry(**MEDIAN | {"median": "20.3", "q1": "13.05", "q3": "23.2", "scale": "JOA 0-29"})
    folder.rows.pop()
    down = entry(**MEDIAN | {"median": "30", "q1": "20", "q3": "55"})
    for column in ("y", "sd", "sd_error"):
        assert up[column] == pytest.approx(down[column])


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({}, "median 40.0 points, spread not printed: estimated"),
        ({"q1": "40", "q3": "40"}, "median 40.0 points, quartiles equal: spread estimated"),
        ({"min": "40", "max": "40"}, "median 40.0 points, range zero: spread estimated"),
        (
            {"q1": "40", "q3": "40", "min": "40", "max": "40"},
            "median 40.0 points, quartiles equal and range zero: spread estimated",
        ),
        (
            {"n": "2", "min": "30", "max": "50"},
            "median 40.0 points, range of 2 patients: spread estimated",
        ),
        ({"q1": "40", "q3": "40", "se": "3"}, "median 40.0 points (SE 3.0 printed)"),
    ],
)
def test_median_without_a_spread(entry, cells, why):
    row = entry(**MEDIAN | cells)
    assert math.isnan(row["sd"])
    assert math.isnan(row["sd_error"])
    assert row["why"] == why
    assert row["enters"]


def test_equal_quartiles_leave_the_range(entry):
    row = entry(**MEDIAN, q1="40", q3="40", min="10", max="90")
    assert row["sd"] == pytest.approx(sd_of_range(10, 90, 36)[0])
    assert row["why"].endswith("from range)")


@pytest.mark.parametrize(
    ("q1", "q3", "n", "skew"),
    [("36", "80", "36", True), ("30", "57", "36", False), ("36", "80", "4", False)],
)
def test_skew_quartiles_are_said(entry, q1, q3, n, skew):
    why = entry(**MEDIAN | {"n": n}, q1=q1, q3=q3)["why"]
    assert why.endswith("; skew: read as if symmetric") == skew


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"median": ""}, "median", "the value of the median row"),
        ({"n": ""}, "n", "the number of patients behind the value"),
        ({"scale": ""}, "scale", "an instrument with its range"),
        ({"q1": "30"}, "q3", "both quartiles or none"),
        ({"q3": "50"}, "q1", "both quartiles or none"),
        ({"min": "30"}, "max", "both ends or none"),
        ({"q1": "50", "q3": "60"}, "median", "q1 50, median 40, q3 60; expected min <= q1"),
        ({"q1": "20", "q3": "60", "min": "25", "max": "90"}, "median", "min 25, q1 20"),
        ({"min": "-1", "max": "90"}, "min", "0 to 100 on VAS 0-100"),
        ({"q1": "30", "q3": "160"}, "q3", "0 to 100 on VAS 0-100"),
        ({"median": "160"}, "median", "0 to 100 on VAS 0-100"),
        ({"upper": "50"}, "lower", "both ends of the interval or none"),
        ({"lower": "41", "upper": "50"}, "median", "an estimate inside its interval"),
    ],
)
def test_faults_of_medians(faults, cells, column, words):
    one(faults(**MEDIAN | cells), column, words)


def test_spreads_of_samples():
    n, sd = 60, 17.0
    samples = np.random.default_rng(5).normal(40, sd, size=(20_000, n))
    q1, q3 = np.quantile(samples, [0.25, 0.75], axis=1)
    low, high = samples.min(axis=1), samples.max(axis=1)
    logs = []
    for formula, ends in ((sd_of_quartiles, (q1, q3)), (sd_of_range, (low, high))):
        found = np.array([formula(a, b, n) for a, b in zip(*ends, strict=True)])
        assert found[:, 0].mean() == pytest.approx(sd, rel=0.03)
        error = found[0, 1]
        assert (found[:, 1] == error).all()
        assert np.log(found[:, 0]).std() == pytest.approx(error, rel=0.03)
        logs.append((np.log(found[:, 0]), error))
    (a, ea), (b, eb) = logs
    w = eb**2 / (ea**2 + eb**2)
    # They are not quite independent.
    both = (w * a + (1 - w) * b).std() / (ea * eb / math.hypot(ea, eb))
    assert 1 < both < 1.1


@pytest.mark.parametrize("n", [5, 10, 20, 100])
def test_error_of_a_range_in_small_samples(n):
    samples = np.random.default_rng(n).normal(size=(20_000, n))
    ranges = np.ptp(samples, axis=1)
    sd, error = sd_of_range(0, ranges.mean(), n)
    assert sd == pytest.approx(1, rel=0.03)
    assert np.log(ranges).std() == pytest.approx(error, rel=0.06)


# P-values as text.
@pytest.mark.parametrize(
    ("text", "lower", "upper", "shown"),
    [
        ("0.02", 0.02, 0.02, "p = 0.02"),
        ("=0.02", 0.02, 0.02, "p = 0.02"),
        ("p=0.02", 0.02, 0.02, "p = 0.02"),
        ("P = .02", 0.02, 0.02, "p = 0.02"),
        ("p-value 0.020", 0.02, 0.02, "p = 0.02"),
        ("2e-05", 2e-5, 2e-5, "p = 2e-05"),
        ("1", 1, 1, "p = 1"),
        ("<0.001", 0, 0.001, "p < 0.001"),
        ("< .05", 0, 0.05, "p < 0.05"),
        ("p ≤ 0.05", 0, 0.05, "p < 0.05"),
        (">0.05", 0.05, 1, "p > 0.05"),
        ("p>=0.1", 0.1, 1, "p > 0.1"),
        *(
            (text, 0.05, 1, "not significant, read as p > 0.05")
            for text in (
                "ns",
                "NS",
                "n.s.",
                "N. S.",
                "not significant",
                "p = ns",
                "non-significant",
            )
        ),
    ],
)
def test_p_values(text, lower, upper, shown):
    p = parse_p(text)
    assert (p.lower, p.upper, p.text, p.exact) == (lower, upper, shown, lower == upper)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0", "above 0"),
        ("0.000", "above 0"),
        ("<0", "above 0"),
        (">0", "above 0"),
        ("1e-300", "above 0"),
        ("1.2", "at most 1"),
        ("5", "at most 1"),
        ("<1", "below 1"),
        (">1", "below 1"),
        ("", "such as 0.02"),
        ("-0.02", "such as 0.02"),
        ("2%", "such as 0.02"),
        ("0.02*", "such as 0.02"),
        ("significant", "such as 0.02"),
        ("0.01-0.05", "such as 0.02"),
        ("nan", "such as 0.02"),
    ],
)
def test_no_p_values(text, words):
    with pytest.raises(PValueError, match=words) as caught:
        parse_p(text)
    assert caught.value.remedy.endswith(".")


# P-values as rows.
def two_arms(seed=3, shift=-9.0, n=(30, 29)):
    rng = np.random.default_rng(seed)
    return rng.normal(50 + shift, 20, n[0]), rng.normal(50, 20, n[1])


def hedges_g(a, b):
    df = len(a) + len(b) - 2
    s = math.sqrt((a.var(ddof=1) * (len(a) - 1) + b.var(ddof=1) * (len(b) - 1)) / df)
    return (1 - 3 / (4 * df - 1)) * (a.mean() - b.mean()) / s


@pytest.mark.parametrize("shift", [-9.0, 12.0])
def test_an_exact_p_is_the_standardised_difference(entry, shift):
    a, b = two_arms(shift=shift)
    p = float(stats.ttest_ind(a, b).pvalue)
    row = entry(**TEST, p=repr(p), favours="prp" if a.mean() < b.mean() else "saline")
    g, null = hedges_g(a, b), math.sqrt(1 / 30 + 1 / 29)
    assert row["unit"] == "SD"
    assert row["y"] == pytest.approx(g, rel=1e-3)
    assert row["se"] == pytest.approx(math.sqrt(null**2 + row["y"] ** 2 / 118), rel=1e-12)
    assert row["z_low"] == row["z_high"] == pytest.approx(-row["y"] / null)
    assert row["directed"]
    assert (row["n"], row["versus_n"]) == (30, 29)


def test_exact_p_says_what_it_is(entry):
    why = entry(**TEST, p="0.02", favours="prp")["why"]
    assert (
        why == "p = 0.02 against saline in favour of prp: standardised difference -0.62 (SE 0.27)"
    )


def test_exact_p_without_direction(entry):
    row = entry(**TEST, p="p = 0.02")
    t = (1 - 3 / (4 * 57 - 1)) * stats.t.isf(0.01, 57)
    assert math.isnan(row["y"])
    assert row["se"] == pytest.approx(math.sqrt(1 / 30 + 1 / 29))
    assert row["z_low"] == row["z_high"] == pytest.approx(t, rel=1e-4)
    assert not row["directed"]
    assert row["why"] == (
        "p = 0.02 against saline, direction not printed: standardised difference 0.62 either way "
        "(SE 0.26)"
    )


@pytest.mark.parametrize(
    ("p", "favours", "low", "high", "directed", "words"),
    [
        (
            "<0.01",
            "prp",
            1,
            math.inf,
            True,
            "in favour of prp: standardised difference seen below -",
        ),
        ("<0.01", "saline", -math.inf, -1, True, "difference seen above 0."),
        (
            "<0.01",
            "",
            1,
            math.inf,
            False,
            ", direction not printed: standardised difference seen beyond -",
        ),
        (">0.01", "prp", 0, 1, True, "to 0.00"),
        (">0.01", "saline", -1, 0, True, "within 0.00 to 0."),
        (">0.01", "", -1, 1, True, "within -"),
    ],
)
def test_bounds_on_p(entry, p, favours, low, high, directed, words):
    row = entry(**TEST, p=p, favours=favours)
    t = (1 - 3 / (4 * 57 - 1)) * stats.t.isf(0.005, 57)
    assert math.isnan(row["y"])
    assert row["se"] == pytest.approx(math.sqrt(1 / 30 + 1 / 29))
    ends = [t * x if math.isfinite(x) else x for x in (low, high)]
    assert [row["z_low"], row["z_high"]] == pytest.approx(ends, rel=1e-4)
    assert row["directed"] == directed
    assert words in row["why"]


def test_not_significant_is_said_to_be_read_as_a_bound(entry):
    why = entry(**TEST, p="ns")["why"]
    assert why.startswith("not significant, read as p > 0.05 against saline, either direction: ")
    assert why.endswith("standardised difference seen within -0.51 to 0.51")


@pytest.mark.parametrize("favours", ["prp", ""])
def test_p_of_one_is_no_difference(entry, favours):
    row = entry(**TEST, p="1.000", favours=favours)
    assert (row["y"], row["z_low"], row["z_high"], row["directed"]) == (0, 0, 0, True)
    assert "-0.00" not in row["why"]


@pytest.mark.parametrize("p", ["0.03", "<0.03", ">0.03"])
@pytest.mark.parametrize("favours", ["prp", "saline", ""])
def test_swapping_the_arms_mirrors_the_test(folder, entry, p, favours):
    there = entry(**TEST, p=p, favours=favours)
    folder.rows.pop()
    swapped = TEST | {"arm": "saline", "versus": "prp", "n": "29", "versus_n": "30"}
    back = entry(**swapped, p=p, favours=favours)
    assert there["se"] == pytest.approx(back["se"], rel=1e-12)
    assert there["directed"] == back["directed"]
    assert there["y"] == pytest.approx(-back["y"], nan_ok=True)
    mirrored = [-back["z_high"], -back["z_low"]]
    if not there["directed"]:
        mirrored = [back["z_low"], back["z_high"]]
    assert [there["z_low"], there["z_high"]] == pytest.approx(mirrored)


@pytest.mark.parametrize("scale", ["", "VAS 0-100", "JOA 0-29"])
def test_the_scale_of_a_p_value_does_not_matter(entry, scale):
    row = entry(**TEST, scale=scale, p="0.02", favours="prp")
    expected = (1 - 3 / (4 * 57 - 1)) * stats.t.isf(0.01, 57) * math.sqrt(1 / 30 + 1 / 29)
    assert row["y"] == pytest.approx(-expected, rel=1e-4)


def test_a_p_value_compares_an_arm_that_has_no_row(folder, entry):
    cells = {"trial": "D", "versus": "lidocaine", "versus_class": "local anaesthetic"}
    row = entry(**TEST | cells, p="0.02", favours="lidocaine")
    assert row["y"] > 0
    arms = read_evidence(folder.path, outcome="pain").arms.set_index(["trial", "arm"])
    assert (arms.loc[("D", "lidocaine"), "n"], arms.loc[("D", "prp"), "n"]) == (29, 30)


def test_a_trial_may_have_nothing_but_a_p_value(folder):
    folder.trials.append({"trial": "F", "year": "2020"})
    folder.add(trial="F", arm="prp", versus_class="placebo", **TEST, p="<0.05", scale="")
    evidence = read_evidence(folder.write(), outcome="pain")
    assert evidence.arms.set_index(["trial", "arm"]).loc["F", "n"].tolist() == [29, 30]
    assert evidence.versus_arms[["trial", "arm"]].to_numpy().tolist()[-1] == ["F", "saline"]


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"p": ""}, "p", ["the p-value as printed"]),
        ({"p": "0"}, "p", ["a p-value above 0", "Write <0.001"]),
        ({"p": "0.2 (t-test)"}, "p", ["such as 0.02, <0.001"]),
        ({"n": ""}, "n", ["the number of patients"]),
        ({"n": "1"}, "n", ["2 to 1,000,000 patients"]),
        ({"n": "1e300"}, "n", ["at most 1,000,000 patients"]),
        ({"versus_n": "1"}, "versus_n", ["2 to 1,000,000 patients"]),
        ({"versus_n": "2.5"}, "versus_n", ["a whole number of patients"]),
        ({"months": "0"}, "months", ["months > 0 for p_value"]),
        ({"scale": "SMD"}, "scale", ["an instrument with its range"]),
        ({"favours": "slaine"}, "favours", ["'saline' (nearest), one of the arms 'prp'"]),
        ({"favours": "yes"}, "favours", ["one of the arms 'prp' and 'saline', or nothing"]),
        ({"versus": "salin", "versus_n": ""}, "versus", ["'saline' (nearest)"]),
        ({"versus": "", "versus_n": ""}, "versus", ["another arm of the trial"]),
        ({"versus": "prp"}, "versus", ["Name the arm that this one is compared with"]),
        ({"p": "1e-30", "n": "3", "versus_n": "3"}, "p", ["that 3 and 3 patients can give"]),
    ],
)
def test_faults_of_p_values(faults, cells, column, words):
    one(faults(**TEST | {"p": "0.02"} | cells), column, *words)


# The patients of the other arm.
@pytest.mark.parametrize(
    ("cells", "n"),
    [
        ({"months": "6", "kind": "p_value"}, 29),  # its mean at that month
        ({"months": "3"}, 30),  # the largest of the outcome
        ({"outcome": "function", "scale": "ODI 0-100", "months": "3"}, 29),
    ],
)
def test_versus_n_of_its_own_rows(folder, cells, n):
    folder.add(**{"trial": "A", "arm": "prp"} | TEST | {"p": "0.02", "versus_n": ""} | cells)
    outcome = cells.get("outcome", "pain")
    row = read_evidence(folder.write(), outcome=outcome).reports.set_index("row").loc[NEW]
    assert row["versus_n"] == n
    if row["enters"]:
        assert row["why"].endswith(f"; n of saline from its rows, {n}")


def test_versus_n_of_another_outcome(folder):
    folder.add(**{"trial": "C", "arm": "prp", "outcome": "function"} | TEST | {"versus_n": ""})
    folder.set(NEW, versus="steroid", p="0.02", scale="")
    folder.set(15, use="no", reason="x").set(16, use="no", reason="x")
    folder.add(**{"trial": "C", "arm": "prp", "outcome": "function", "kind": "p_value"}, n="45")
    folder.set(18, versus="saline", versus_class="placebo", versus_n="40", p="0.5", months="12")
    reports = read_evidence(folder.write(), outcome="function").reports.set_index("row")
    assert reports.loc[NEW, "versus_n"] == 44


def test_no_versus_n_anywhere(folder, faults):
    folder.set(3, n="").set(5, n="").set(14, n="").set(16, n="")
    for row in (3, 5, 14, 16):
        folder.set(row, use="no", reason="n not printed")
    cells = TEST | {"versus_n": "", "versus_class": "placebo", "p": "0.02"}
    found = faults(**cells)
    assert [f for f in found if f.where == f"reports.csv row {NEW}, versus_n"]
    assert any("no row of it says how many" in str(fault) for fault in found)


def test_n_of_a_difference_is_not_that_of_an_arm(folder):
    folder.add(trial="C", arm="steroid", kind="difference", months="12", mean="5", se="3", n="89")
    folder.set(NEW, versus="prp", versus_class="")
    evidence = read_evidence(folder.write(), outcome="pain")
    assert evidence.arms.set_index(["trial", "arm"])["n"]["C", "steroid"] == 44
    folder.set(NEW, versus_n="46", n="47")
    evidence = read_evidence(folder.write(), outcome="pain")
    arms = evidence.arms.set_index(["trial", "arm"])["n"]
    assert (arms["C", "steroid"], arms["C", "prp"]) == (47, 46)


@pytest.mark.parametrize("n", ["59", "30", ""])
def test_sizes_of_a_difference_without_versus_n_are_those_of_the_arms_rows(folder, n):
    folder.add(**{"trial": "A", "arm": "prp"} | SMD, mean="-0.5", scale="SMD")
    folder.set(NEW, months="6", n=n)
    for row in (4, 5):
        folder.set(row, use="no", reason="x")
    folder.set(2, n="28").set(3, n="29")
    evidence = read_evidence(folder.write(), outcome="pain")
    row = evidence.reports.set_index("row").loc[NEW]
    assert (row["n"], row["versus_n"]) == (28, 29)
    assert row["se"] == pytest.approx(math.sqrt(1 / 28 + 1 / 29 + 0.25 / (2 * 57)))
    assert row["why"].endswith(
        "from n of both arms); n of prp and saline from their rows, 28 and 29"
    )
    arms = evidence.arms.set_index(["trial", "arm"])["n"]
    assert (arms["A", "prp"], arms["A", "saline"]) == (28, 29)


def test_n_of_both_arms_is_no_arms_where_only_the_other_arm_has_rows(folder):
    """n = 59 of both arms, 29 of them known to be on saline: 59 on prp would be 30 too many."""
    for arm in ("prp", "saline"):
        folder.add(trial="F", arm=arm, kind="mean", months="6", n="29", mean="40", sd="20")
    folder.rows.pop(-2)
    folder.add(trial="F", arm="prp", kind="difference", months="3", n="59", mean="-0.5", se="0.3")
    folder.rows[-1] |= {"scale": "SMD", "versus": "saline", "versus_class": ""}
    folder.trials.append({"trial": "F", "year": "2020"})
    evidence = read_evidence(folder.write(), outcome="pain")
    assert math.isnan(evidence.used.set_index("row").loc[18, "versus_n"])
    arms = evidence.arms.set_index(["trial", "arm"])["n"]
    assert math.isnan(arms["F", "prp"]) and arms["F", "saline"] == 29
    folder.set(18, se="")
    with pytest.raises(EvidenceError, match=r"row 18, se: .* n and versus_n, because n alone"):
        check_folder(folder.write())


@pytest.mark.parametrize(
    ("p", "favours", "noted"),
    [("0.02", "", True), ("<0.05", "", True), ("ns", "", False), ("0.02", "prp", False)],
)
def test_tests_without_a_direction_are_noted(folder, p, favours, noted):
    folder.add(**{"trial": "A", "arm": "prp"} | TEST, p=p, favours=favours)
    said = "row 17: which arm the test favours is not printed: both signs are possible"
    assert any(said in note for note in check_folder(folder.write()).notes) == noted


# Differences without a printed error.
def test_se_from_an_exact_p(entry):
    row = entry(**SMD, mean="-9", p="0.02", versus_n="29")
    assert row["se"] == pytest.approx(9 / stats.t.isf(0.01, 57))
    assert (row["unit"], row["y"], row["versus_n"]) == ("points", -9, 29)
    assert row["why"] == "difference -9.0 points from saline (SE 3.8 from p = 0.02)"


def test_se_from_p_on_a_turned_scale(entry):
    row = entry(**SMD, mean="2.9", p="0.02", scale="JOA 0-29", versus_n="29")
    assert row["y"] == pytest.approx(-10)
    assert row["se"] == pytest.approx(10 / stats.t.isf(0.01, 57))


def test_se_from_p_without_the_other_size(entry):
    cells = {"trial": "D", "versus": "lidocaine", "versus_class": "local anaesthetic"}
    row = entry(**SMD | cells, mean="-9", p="0.02")
    assert row["se"] == pytest.approx(9 / stats.norm.isf(0.01))
    assert math.isnan(row["versus_n"])


def test_a_printed_error_is_preferred_to_p(entry):
    row = entry(**SMD, mean="-9", p="<0.5", se="3")
    assert row["se"] == 3
    assert math.isnan(row["versus_n"])


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"p": "<0.05"}, "p", "write the row as kind p_value"),
        ({"p": "ns"}, "p", "an exact p where a difference has neither se nor interval"),
        ({"p": "0"}, "p", "a p-value above 0"),
        ({"p": "0.4", "mean": "0"}, "se", "p says nothing of the SE of no difference"),
        ({"p": "0.4", "mean": "1e-300"}, "se", "p says nothing of the SE of no difference"),
        ({"p": "1.0"}, "se", "a difference of -9 with p = 1"),
        ({"p": "0.4", "n": "1e300"}, "n", "at most 1,000,000 patients"),
        ({"p": ""}, "se", "se, or lower and upper, or an exact p, for a difference"),
        ({"p": "0.02", "versus": "salin"}, "versus", "'saline' (nearest)"),
    ],
)
def test_faults_of_differences_with_p(faults, cells, column, words):
    one(faults(**SMD | {"mean": "-9", "p": "0.02"} | cells), column, words)


# Standardised differences.
@pytest.mark.parametrize(
    ("text", "biased"),
    [
        ("SMD", False),
        ("smd", False),
        ("Cohen d", True),
        ("Cohen's d", True),
        ("cohen’s  D", True),
        ("d", True),
        ("Hedges g", False),
        ("Hedges' g", False),
        ("g", False),
        ("standardised", False),
        ("Standardized mean difference", False),
    ],
)
def test_names_of_standardised_differences(text, biased):
    assert is_standardised(text)
    assert is_biased(text) == biased


@pytest.mark.parametrize("text", ["", "VAS 0-100", "SMD 0-100", "D-score", "mean"])
def test_other_names_are_not(text):
    assert not is_standardised(text)
    assert not is_biased(text)


def test_smd_with_a_printed_error(entry):
    row = entry(**SMD, mean="-0.5", se="0.3", scale="SMD")
    assert (row["unit"], row["y"], row["se"], row["versus_n"]) == ("SD", -0.5, 0.3, 30)
    assert row["why"] == (
        "standardised difference -0.50 from saline (SE 0.30 printed); "
        "n of prp and saline from their rows, 30 and 30"
    )


def test_smd_from_the_sizes(entry):
    row = entry(**SMD, mean="-0.5", scale="Hedges g", versus_n="29")
    assert row["se"] == pytest.approx(math.sqrt(1 / 30 + 1 / 29 + 0.25 / (2 * 59)))
    assert "(SE 0.26 from n of both arms)" in row["why"]


def test_cohens_d_is_corrected(entry):
    a, b = two_arms()
    df = len(a) + len(b) - 2
    d = hedges_g(a, b) / (1 - 3 / (4 * df - 1))
    row = entry(**SMD, mean=f"{d:.10f}", scale="Cohen d", versus_n="29")
    assert row["y"] == pytest.approx(hedges_g(a, b), rel=1e-4)
    assert row["se"] == pytest.approx(math.sqrt(1 / 30 + 1 / 29 + row["y"] ** 2 / 118))


def test_the_error_of_cohens_d_is_corrected_too(folder, entry):
    plain = entry(**SMD, mean="-0.5", lower="-1", upper="0", level="95", scale="g")
    folder.rows.pop()
    row = entry(**SMD, mean="-0.5", lower="-1", upper="0", level="95", scale="d")
    assert row["se"] / plain["se"] == pytest.approx(row["y"] / plain["y"])
    assert row["y"] / plain["y"] == pytest.approx(1 - 3 / (4 * 58 - 1), rel=1e-4)


def test_cohens_d_without_the_other_size(entry):
    cells = {"trial": "D", "versus": "lidocaine", "versus_class": "local anaesthetic"}
    row = entry(**SMD | cells, mean="-0.5", p="0.05", scale="d")
    assert (row["y"], row["se"]) == (-0.5, pytest.approx(0.5 / stats.norm.isf(0.025)))
    assert "bias of Cohen d left in" in row["why"]


def test_smd_and_p_value_agree(folder, entry):
    a, b = two_arms()
    tested = stats.ttest_ind(a, b)
    p = entry(**TEST, p=repr(float(tested.pvalue)), favours="prp")
    folder.rows.pop()
    d = float(tested.statistic) * math.sqrt(1 / 30 + 1 / 29)
    smd = entry(**SMD, mean=repr(d), scale="Cohen d", versus_n="29")
    assert [p["y"], p["se"]] == pytest.approx([smd["y"], smd["se"]])


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"mean": "-12"}, "mean", "-10 to 10 SDs"),
        ({"n": "1"}, "n", "2 to 1,000,000 patients"),
        (UNKNOWN, "se", "or an exact p, for a difference; or n and versus_n"),
        (UNKNOWN | {"n": "59"}, "se", "n and versus_n, because n alone may count both arms"),
        ({"se": "0.3", "p": "banana"}, "p", "a two-sided p-value such as 0.02"),
        ({"p": "0.000"}, "p", "a p-value above 0"),
        ({"scale": "VAS 0-100", "lower": "-9", "upper": "8", "p": "2"}, "p", "at most 1"),
        ({"months": "0"}, "months", "months > 0 for difference"),
        ({"kind": "mean"}, "scale", "an instrument with its range"),
        ({"scale": "SD"}, "scale", "an instrument with its range"),
    ],
)
def test_faults_of_standardised_differences(faults, cells, column, words):
    cells = SMD | {"mean": "-0.5", "versus_n": "29", "scale": "SMD"} | cells
    if cells["scale"] == "SD":
        cells["se"] = "0.3"
    one(faults(**cells), column, words)


def test_other_rules_cope_with_standardised_differences(folder, entry):
    entry(**SMD, mean="-0.5", scale="SMD")
    assert read_evidence(folder.path, outcome="pain").mcid().value == 15
    assert not any("SMD" in note for note in check_folder(folder.path).notes)
    assert mcid("pain", ["VAS 0-100", "Cohen d"]).value == 15


# Rules between rows.
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (TEST | {"p": "0.02"}, TEST | {"p": "0.03"}),
        (
            TEST | {"p": "0.02"},
            TEST | {"p": "0.02", "arm": "saline", "versus": "prp"},
        ),
        (
            SMD | {"mean": "-9", "se": "4"},
            SMD | {"mean": "9", "se": "4", "arm": "saline", "versus": "prp"},
        ),
    ],
)
def test_two_arms_are_compared_once(folder, faults, first, second):
    folder.add(**{"trial": "A", "arm": "prp"} | first)
    [fault] = faults(**second)
    assert fault.where == "reports.csv rows 17, 18"
    assert "in arms 'prp' and 'saline' of A at 3 months twice" in str(fault)


def test_a_difference_and_a_p_value_of_other_pairs_are_no_duplicates(folder):
    folder.add(trial="C", arm="prp", **TEST | {"versus": "steroid", "p": "0.02"})
    folder.add(trial="C", arm="prp", **TEST | {"versus": "saline", "p": "0.02"})
    folder.set(18, versus_class="placebo")
    check_folder(folder.write())


def test_columns_of_the_new_kinds(folder):
    folder.add(trial="A", arm="prp", **TEST, p="0.02")
    folder.add(trial="A", arm="prp", **MEDIAN)
    with pytest.raises(EvidenceError) as caught:
        check_folder(folder.drop("p", "median").write())
    text = str(caught.value)
    assert (
        "column p: got no such column; expected it for the rows of kind p_value (rows 17)" in text
    )
    assert "column median: got no such column" in text


def test_sds_from_quartiles_are_not_taken_for_slips(folder):
    for months, q1, q3 in (("3", "35", "40"), ("12", "10", "80")):
        folder.add(trial="A", arm="prp", **MEDIAN | {"months": months, "q1": q1, "q3": q3})
        folder.add(trial="A", arm="saline", **MEDIAN | {"months": months, "q1": q1, "q3": q3})
    assert not any("far below" in note for note in check_folder(folder.write()).notes)
