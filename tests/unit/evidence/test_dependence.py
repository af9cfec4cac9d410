"""Estimates in clusters, with known covariances, with covariates: what is kept and refused."""

import numpy as np
import pandas as pd
import pytest

from trialpool.errors import EvidenceError
from trialpool.evidence import Evidence

SE = np.array([0.1, 0.2, 0.3, 0.4])
FRAME = pd.DataFrame(
    {
        "s": list("abcd"),
        "lab": ["x", "x", "y", "y"],
        "y": [0.1, 0.2, 0.3, 0.4],
        "se": SE,
        "dose": [1, 2, 3, 4],
    }
)
#: Of correlation 1/2 within the laboratories.
ERRORS = np.outer(SE, SE) * (np.kron(np.eye(2), np.full((2, 2), 0.5)) + 0.5 * np.eye(4))


def effects(frame=FRAME, **how):
    return Evidence.from_effects(frame, study="s", effect="y", se="se", **how)


def faults(**how):
    with pytest.raises(EvidenceError) as caught:
        effects(**how)
    return "\n".join(map(str, caught.value.faults))


def changed(i, j, value):
    matrix = ERRORS.copy()
    matrix[i, j] = value
    return matrix


def test_clusters_and_covariates_are_kept_in_the_reports():
    evidence = effects(cluster="lab", covariates=["dose"])
    assert list(evidence.reports.columns) == ["study", "y", "se", "cluster", "dose"]
    assert evidence.reports["cluster"].tolist() == ["x", "x", "y", "y"]
    assert evidence.covariance is None
    assert list(effects().reports.columns) == ["study", "y", "se"]


def test_a_correlation_is_a_covariance_within_clusters():
    evidence = effects(cluster="lab", correlation=0.5)
    np.testing.assert_allclose(evidence.covariance, ERRORS)
    assert list(evidence.covariance.columns) == list("abcd")
    matrix = effects(cluster="lab", covariance=ERRORS)
    assert matrix.data_hash == evidence.data_hash != effects(cluster="lab").data_hash


def test_the_covariance_is_a_copy():
    matrix = ERRORS.copy()
    evidence = effects(covariance=matrix)
    matrix[0, 1] = 9.0
    assert evidence.covariance.loc["a", "b"] == pytest.approx(0.01)


def test_studies_and_clusters_can_be_left_out():
    evidence = effects(cluster="lab", correlation=0.5)
    assert evidence.without("x").used["study"].tolist() == ["c", "d"]
    assert evidence.without("a").used["study"].tolist() == ["b", "c", "d"]
    again = effects(FRAME.iloc[2:], covariance=ERRORS[2:, 2:])
    assert again.data_hash == effects(covariance=ERRORS).without("a", "b").data_hash
    with pytest.raises(EvidenceError, match="all of them"):
        evidence.without("x", "c", "d")


def test_counts_keep_covariates():
    frame = pd.DataFrame({"s": ["a"], "t": [1], "n": [9], "c": [2], "m": [8], "year": [1990]})
    how = {"study": "s", "events": ("t", "c"), "totals": ("n", "m")}
    assert Evidence.from_counts(frame, **how, covariates=["year"]).reports["year"].tolist() == [
        1990
    ]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"cluster": "labb"}, "no such column; expected one of s, lab"),
        ({"covariates": "dose"}, "Write covariates=['dose']"),
        ({"covariates": ["age"]}, "column age: got no such column"),
        ({"frame": FRAME.assign(lab=["x", "", "y", "y"]), "cluster": "lab"}, "no name in rows 2"),
        ({"frame": FRAME.assign(lab="x"), "cluster": "lab"}, "got one cluster, x"),
        ({"cluster": "s"}, "a cluster of its own for each row"),
        ({"correlation": 0.5}, "0.5 without clusters"),
        ({"cluster": "lab", "correlation": 1.0}, "number between -1 (for the largest cluster)"),
        ({"covariance": np.eye(4), "correlation": 0.5}, "a correlation beside it"),
        ({"covariance": np.eye(3)}, "got 3 x 3; expected 4 x 4"),
        ({"covariance": changed(0, 1, np.nan)}, "no number for a and b"),
        ({"covariance": changed(0, 1, 0.02)}, "two values for a and b"),
        ({"covariance": changed(2, 2, 0.1)}, "another variance than se squared for c"),
        ({"covariance": np.outer(SE, SE)}, "not positive definite"),
        ({"covariance": np.diag(SE**2) + 1e-3 * (1 - np.eye(4)), "cluster": "lab"},
         "a covariance between clusters for a and c"),
        ({"covariance": pd.DataFrame(np.diag(SE**2))}, "other labels than the studies"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(how, words):
    assert words in faults(**how)


def test_a_covariate_needs_a_name_of_its_own():
    frame = FRAME.assign(study=1.0)
    assert "Rename the column" in faults(frame=frame, covariates=["study"])
