"""Direct against indirect evidence, against the closed form of a triangle (Bucher 1997)."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import trialpool as tp
from tests.helpers import evidence_of, row
from trialpool.sensitivity import inconsistency, loops
from trialpool.sensitivity.inconsistency import Loop, split

#: Two trials of B v A, one of C v A, one of C v B: effect and standard error.
TRIALS = [("1", "A", "B", 0.5, 0.2), ("2", "A", "B", 0.7, 0.3), ("3", "A", "C", 1.0, 0.25)]
COMMON = {"pooling": {"trial": "complete"}, "priors": {"effect": tp.priors.Normal(0, 100)}}


def triangle(c_over_b):
    rows = []
    for study, base, other, y, se in [*TRIALS, ("4", "B", "C", c_over_b, 0.2)]:
        rows += [
            {"study": study, "treatment": base, "y": np.nan, "se": np.nan},
            {"study": study, "treatment": other, "y": y, "se": se},
        ]
    return tp.Evidence.from_contrasts(
        pd.DataFrame(rows), study="study", treatment="treatment", effect="y", se="se", reference="A"
    )


def bucher(c_over_b):
    """Direct and indirect mean and SD of B over A."""
    weight = np.array([0.2, 0.3]) ** -2.0
    direct = (weight * [0.5, 0.7]).sum() / weight.sum(), weight.sum() ** -0.5
    return direct, (1.0 - c_over_b, np.hypot(0.25, 0.2))


@pytest.mark.parametrize(("c_over_b", "passed"), [(0.3, True), (-2.0, False)])
def test_a_triangle_is_split_as_in_closed_form(c_over_b, passed):
    found = inconsistency(tp.Model(**COMMON), triangle(c_over_b), draws=3000)
    assert found.passed is passed, found.text
    by = {row["pair"]: row for row in found.table}
    assert set(by) == {"B v A", "C v A", "C v B"}
    assert by["B v A"]["trials"] == "1, 2"
    (direct, sd), (indirect, sd_of_indirect) = bucher(c_over_b)
    apart, error = direct - indirect, np.hypot(sd, sd_of_indirect)
    tolerance = 6 * 1.3 * error / np.sqrt(12_000)
    for name, expected in (("direct", direct), ("indirect", indirect), ("difference", apart)):
        assert by["B v A"][name] == pytest.approx(expected, abs=tolerance)
    p = 2 * stats.norm.sf(abs(apart) / error)
    # In a triangle every split asks the same question.
    for row_of in by.values():
        assert row_of["p"] == pytest.approx(p, abs=0.03)


def test_without_a_loop_there_is_nothing_to_compare():
    frame = pd.DataFrame(
        {
            "study": ["1", "1", "2", "2"],
            "treatment": ["A", "B", "A", "C"],
            "mean": [0.0, 0.5, 0.1, 0.9],
            "se": 0.2,
        }
    )
    evidence = tp.Evidence.from_network(
        frame, study="study", treatment="treatment", mean="mean", se="se"
    )
    found = inconsistency(tp.Model(), evidence)
    assert found.passed is None and "cannot be checked" in found.text


def course(trial, *arms):
    return [
        row(trial, arm, "mean", months, mean=mean, sd=20, n=200)
        for arm, mean in arms
        for months in (6, 12)
    ]


def test_classes_of_a_review_over_time_are_split_too(tmp_path):
    """PRP over saline is 20 points directly, but 0 by way of the steroid."""
    rows = [
        *course("A", ("prp", 30), ("saline", 50)),
        *course("B", ("prp", 45), ("steroid", 45)),
        *course("C", ("steroid", 50), ("saline", 50)),
    ]
    evidence = evidence_of(tmp_path, rows)
    found = list(loops(evidence))
    assert Loop("placebo", "PRP", ("A",)) in found and len(found) == 3
    apart = split(evidence, found[found.index(Loop("placebo", "PRP", ("A",)))])
    assert set(apart.arms["class_"]) == {"placebo", "steroid", "PRP", "PRP (direct)"}
    assert "PRP (direct)" in apart.classes.active
    assert set(evidence.arms["class_"]) == {"placebo", "steroid", "PRP"}  # as it was
    model = tp.Model(
        time_course="constant",
        pooling={"class": "none", "treatment": "complete"},
        priors={"tau": tp.priors.HalfNormal(0.5), "drift": tp.priors.HalfNormal(0.5)},
    )
    result = inconsistency(model, evidence, draws=300, chains=2)
    by = {row_of["pair"]: row_of for row_of in result.table}
    assert result.passed is False
    assert by["PRP v placebo"]["direct"] == pytest.approx(20, abs=3)
    assert by["PRP v placebo"]["indirect"] == pytest.approx(0, abs=4)


def test_the_shipped_review_has_no_loop(pytestconfig):
    evidence = tp.read_evidence(pytestconfig.rootpath / "data" / "clbp", outcome="pain")
    assert list(loops(evidence)) == []
