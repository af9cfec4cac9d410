"""Frames of other packages, and frames with one row an arm: equal data give equal evidence."""

import math

import numpy as np
import pandas as pd
import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import (
    Evidence,
    from_mbnmatime,
    from_metafor,
    from_multinma,
    from_netmeta,
    read_evidence,
)

# BCG against tuberculosis, first three trials (Colditz et al. 1994, JAMA 271:698).
NAMES = ["Aronson 1948", "Ferguson & Simes 1949", "Rosenthal 1960"]
COUNTS = pd.DataFrame(
    {
        "trial": NAMES,
        "ai": [4, 6, 3],
        "bi": [119, 300, 228],
        "ci": [11, 29, 11],
        "di": [128, 274, 209],
    }
)
PARTS = [("mean", "m"), ("sd", "sd"), ("n", "n")]
# Length of stay, first two trials (Normand 1999, Statistics in Medicine 18:321, table 7).
STAY = pd.DataFrame(
    {
        "trial": ["Edinburgh", "Orpington-Mild"],
        "n1i": [155, 31],
        "m1i": [55, 27],
        "sd1i": [47, 7],
        "n2i": [156, 32],
        "m2i": [75, 29],
        "sd2i": [64, 4],
    }
)


def message(call, *args, **options):
    with pytest.raises(EvidenceError) as caught:
        call(*args, **options)
    return str(caught.value)


def arms_of_counts():
    rows = []
    for row in COUNTS.itertuples():
        rows.append((row.trial, "BCG", row.ai, row.ai + row.bi))
        rows.append((row.trial, "none", row.ci, row.ci + row.di))
    return pd.DataFrame(rows, columns=["study", "trt", "r", "n"])


def log_odds():
    a, b, c, d = (COUNTS[name].to_numpy(dtype=float) for name in ("ai", "bi", "ci", "di"))
    return np.log(a * d / (b * c)), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def test_counts_of_four_layouts_are_one_evidence():
    wide = COUNTS.assign(n1=COUNTS.ai + COUNTS.bi, n2=COUNTS.ci + COUNTS.di)
    expected = Evidence.from_counts(wide, study="trial", events=("ai", "ci"), totals=("n1", "n2"))
    arms = arms_of_counts()
    found = [
        from_metafor(COUNTS, study="trial"),
        from_metafor(
            wide.rename(columns={"n1": "n1i", "n2": "n2i"}).drop(columns=["bi", "di"]),
            study="trial",
            measure="OR",
        ),
        from_multinma(arms, control="none"),
        from_multinma(arms.iloc[::-1], control="none", treated="BCG"),
        Evidence.from_arms(
            arms, study="study", treatment="trt", control="none", events="r", total="n"
        ),
        from_netmeta(
            pd.DataFrame(
                {"studlab": NAMES, "treat1": "none", "treat2": "BCG", "event1": wide.ci}
                | {"n1": wide.n2, "event2": wide.ai, "n2": wide.n1}
            ),
            control="none",
        ),
    ]
    assert {evidence.data_hash for evidence in found} == {expected.data_hash}
    assert {evidence.layout for evidence in found} == {"counts"}


def test_contrasts_of_three_packages_are_one_evidence():
    y, se = log_odds()
    frame = pd.DataFrame({"trial": NAMES, "yi": y, "vi": se**2, "se": se})
    escalc = from_metafor(frame, study="trial", measure="OR")
    netmeta = pd.DataFrame(
        {"treat1": "BCG", "treat2": "none", "TE": y, "seTE": np.sqrt(se**2), "studlab": NAMES}
    )
    netmeta.loc[1, ["treat1", "treat2", "TE"]] = ["none", "BCG", -y[1]]
    multinma = pd.DataFrame(
        {
            "study": np.repeat(NAMES, 2),
            "trt": ["none", "BCG"] * 3,
            "y": np.column_stack([np.full(3, np.nan), y]).ravel(),
            "se": np.column_stack([np.full(3, np.nan), np.sqrt(se**2)]).ravel(),
        }
    )
    found = [
        escalc,
        from_netmeta(netmeta, control="none", measure="OR"),
        from_multinma(multinma, control="none", measure="OR"),
        from_multinma(multinma.iloc[::-1], control="none", treated="BCG", measure="OR"),
    ]
    assert len({evidence.data_hash for evidence in found}) == 1
    np.testing.assert_allclose(escalc.reports["y"], y)
    # The other way round the sign is the other one.
    turned = from_netmeta(netmeta, control="BCG", treated="none", measure="OR")
    np.testing.assert_allclose(turned.reports["y"], -y)


def test_measures_computed_from_raw_columns():
    y, se = log_odds()
    for measure in ("RR", "PETO"):
        found = from_metafor(COUNTS, study="trial", measure=measure)
        assert (found.layout, found.measure) == ("effects", measure)
        arms = Evidence.from_arms(
            arms_of_counts(),
            study="study",
            treatment="trt",
            control="none",
            events="r",
            total="n",
            measure=measure,
        )
        assert arms.data_hash == found.data_hash
    means = from_metafor(STAY, study="trial", measure="SMD")
    # escalc's values for these trials.
    np.testing.assert_allclose(means.reports["y"], [-0.355169640940107, -0.347940022739099])
    rates = pd.DataFrame({"s": ["a"], "x1i": [10], "t1i": [200], "x2i": [20], "t2i": [100]})
    assert from_metafor(rates, study="s").reports["y"][0] == pytest.approx(math.log(0.25))
    both = COUNTS.assign(yi=y, vi=se**2)
    assert from_metafor(both, study="trial").layout == "effects"
    assert from_metafor(both, study="trial", measure="OR").layout == "counts"


def test_means_of_arms():
    rows = []
    for row in STAY.itertuples():
        rows.append((row.trial, "unit", row.m1i, row.sd1i, row.n1i))
        rows.append((row.trial, "ward", row.m2i, row.sd2i, row.n2i))
    arms = pd.DataFrame(rows, columns=["study", "trt", "mean", "sd", "n"])
    columns = dict(study="study", treatment="trt", mean="mean", sd="sd", n="n", control="ward")
    expected = from_metafor(STAY, study="trial")
    found = Evidence.from_arms(arms, **columns)
    assert (found.data_hash, found.measure) == (expected.data_hash, "MD")
    wide = pd.DataFrame({"studlab": STAY.trial, "treat1": "unit", "treat2": "ward"}).assign(
        **{f"{name}{side}": STAY[f"{short}{side}i"] for side in (1, 2) for name, short in PARTS}
    )
    assert from_netmeta(wide, control="ward").data_hash == expected.data_hash
    # Two contrasts of three arms name each arm twice.
    third = wide.assign(treat2="third", mean2=9)
    both = from_netmeta(pd.concat([wide, third]), control="ward", treated="unit")
    assert both.data_hash == expected.data_hash
    with_se = arms.assign(y=arms["mean"], se=arms["sd"] / np.sqrt(arms["n"]))
    multinma = from_multinma(with_se, control="ward")
    np.testing.assert_allclose(multinma.reports["se"], expected.reports["se"])
    np.testing.assert_array_equal(multinma.reports["y"], expected.reports["y"])


def test_three_arms():
    arms = arms_of_counts()
    third = pd.DataFrame({"study": NAMES[:2], "trt": "drug", "r": [5, 6], "n": [100, 90]})
    network = pd.concat(
        [arms, third, pd.DataFrame({"study": ["x"], "trt": "drug", "r": 1, "n": 9})]
    )
    text = message(from_multinma, network, control="none")
    assert "2 treatments besides 'none' (BCG, drug)" in text
    pair = from_multinma(network, control="none", treated="BCG")
    assert pair.data_hash == from_multinma(arms, control="none").data_hash
    assert (
        from_multinma(network, control="none", treated="drug").reports["study"].tolist()
        == (NAMES[:2])
    )


def test_contrasts_that_share_a_baseline():
    # Arms with means 1, 2, 4 and SEs 0.3, 0.4, 0.5: contrasts with the first share its variance.
    contrasts = pd.DataFrame(
        {
            "study": ["s"] * 3,
            "trt": list("abc"),
            "y": [np.nan, 1.0, 3.0],
            "se": [0.3, math.hypot(0.3, 0.4), math.hypot(0.3, 0.5)],
        }
    )
    found = from_multinma(contrasts, control="b", treated="c")
    assert found.reports["y"][0] == 2.0
    assert found.reports["se"][0] == pytest.approx(math.hypot(0.4, 0.5))
    turned = from_multinma(contrasts, control="c", treated="a")
    assert turned.reports["y"][0] == -3.0
    no_baseline = contrasts.assign(se=[np.nan, 0.5, 0.6])
    assert "se must be finite" in message(from_multinma, no_baseline, control="b", treated="c")


TIMES = pd.DataFrame(
    {
        "studyID": ["S1"] * 4 + ["S2"] * 2,
        "time": [0, 0, 26.09, 26.09, 52.18, 52.18],
        "treatment": ["saline", "PRP 2 ml", "saline", "PRP 2 ml", "saline", "PRP 4 ml"],
        "class": ["placebo", "PRP", "placebo", "PRP", "placebo", "PRP"],
        "y": [6.0, 6.1, 5.0, 4.0, 5.2, 4.4],
        "se": [0.3, 0.3, 0.4, 0.4, 0.5, 0.5],
        "n": [30, 31, 28, 29, 20, 20],
    }
)


def test_mbnmatime_is_a_folder_of_means(tmp_path):
    found = from_mbnmatime(
        TIMES, outcome="pain", scale="NRS 0-10", reference="placebo", months=12 / 52.18
    )
    (tmp_path / "trials.csv").write_text("trial\nS1\nS2\n", encoding="utf-8")
    (tmp_path / "classes.csv").write_text(
        "class,role\nplacebo,reference\nPRP,active\n", encoding="utf-8"
    )
    (tmp_path / "reports.csv").write_text(
        "trial,arm,treatment,class,outcome,scale,months,kind,n,mean,se,source\n"
        "S1,saline,saline,placebo,pain,NRS 0-10,0,mean,30,6.0,0.3,x\n"
        "S1,PRP 2 ml,PRP 2 ml,PRP,pain,NRS 0-10,0,mean,31,6.1,0.3,x\n"
        "S1,saline,saline,placebo,pain,NRS 0-10,6,mean,28,5.0,0.4,x\n"
        "S1,PRP 2 ml,PRP 2 ml,PRP,pain,NRS 0-10,6,mean,29,4.0,0.4,x\n"
        "S2,saline,saline,placebo,pain,NRS 0-10,12,mean,20,5.2,0.5,x\n"
        "S2,PRP 4 ml,PRP 4 ml,PRP,pain,NRS 0-10,12,mean,20,4.4,0.5,x\n",
        encoding="utf-8",
    )
    expected = read_evidence(tmp_path)
    assert found.layout == "longitudinal"
    assert found.data_hash == expected.data_hash
    np.testing.assert_allclose(found.used["y"], [60, 61, 50, 40, 52, 44])


def test_mbnmatime_without_classes():
    frame = TIMES.drop(columns="class")
    found = from_mbnmatime(
        frame,
        outcome="relief",
        scale="relief 0-10 higher better",
        reference="saline",
        comparators=("PRP 4 ml",),
    )
    assert found.classes.reference == "saline"
    assert (found.classes.comparators, found.classes.active) == (("PRP 4 ml",), ("PRP 2 ml",))
    assert found.used["y"].iloc[0] == pytest.approx(40)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: from_metafor(COUNTS.drop(columns="bi"), study="trial"), "column bi: got no such"),
        (lambda: from_metafor(STAY.iloc[:0], study="trial"), "no rows"),
        (lambda: from_metafor(STAY, study="name"), "column name: got no such column"),
        (lambda: from_metafor(STAY.assign(sd1i=0), study="trial"), "0 in study 1, 0 in study 2"),
        (lambda: from_metafor(COUNTS[["trial"]], study="trial"), "column yi: got no such column"),
        (lambda: from_multinma(arms_of_counts(), control="nobody"), "one of BCG, none"),
        (lambda: from_multinma(arms_of_counts(), control="non"), "Did you mean 'none'?"),
        (lambda: from_multinma(arms_of_counts().iloc[:-1], control="none"), "one arm in Rosenthal"),
        (
            lambda: from_multinma(arms_of_counts(), control="none", treated="none"),
            "no study that compares",
        ),
        (
            lambda: from_multinma(pd.concat([arms_of_counts()] * 2), control="none"),
            "two arms 'BCG' in Aronson",
        ),
        (
            lambda: from_multinma(arms_of_counts().assign(trt=""), control="none"),
            "frame, column trt: got nothing in row 1",
        ),
        (
            lambda: from_multinma(arms_of_counts(), control="none", measure="Peto"),
            "Did you mean 'PETO'?",
        ),
        (
            lambda: from_multinma(arms_of_counts().assign(r=999), control="none"),
            "frame, column r of BCG",
        ),
        (
            lambda: from_mbnmatime(TIMES, outcome="pain", scale="NRS", reference="placebo"),
            "frame reports row 2, scale: got 'NRS'",
        ),
        (
            lambda: from_mbnmatime(
                TIMES, outcome="pain", scale="NRS 0-10", reference="placebo", months=0
            ),
            "months: got 0",
        ),
        (
            lambda: Evidence.from_arms(STAY, study="trial", treatment="x", control="y"),
            "columns: got none",
        ),
        (
            lambda: Evidence.from_arms(
                STAY, study="trial", treatment="x", control="y", mean="m1i", events="n1i"
            ),
            "columns: got mean, events",
        ),
        (lambda: from_metafor({}, study="trial"), "frame: got a dict; expected a pandas DataFrame"),
        (lambda: from_multinma([], control="a"), "frame: got a list"),
        (lambda: from_metafor(pd.DataFrame([[1]]), study="0"), "column 0: got no such column"),
        (
            lambda: from_netmeta(
                pd.DataFrame(columns=["treat1", "treat2", "TE", "seTE", "studlab"]), control="a"
            ),
            "no rows",
        ),
    ],
)
def test_faults(call, words):
    assert words in message(call)


def test_means_of_arms_with_faults_name_the_studies():
    arms = pd.DataFrame(
        {"s": ["a", "a", "b", "b"], "t": ["x", "y"] * 2, "m": [1, 2, "?", 4], "sd": [1, 0, 1, 1]}
    ).assign(n=[10, 10, 1, 10])
    text = message(
        Evidence.from_arms,
        arms,
        study="s",
        treatment="t",
        control="y",
        mean="m",
        sd="sd",
        n="n",
    )
    assert "column m of x: got 1 of 2 studies that is not: b (?)" in text
    assert "column sd of y: got 1 of 2 studies that is not: a (0)" in text
    assert "column n of x: got 1 of 2 studies that is not: b (1)" in text
