"""Effect sizes and variances against metafor's escalc, to 1e-8, every measure of both files."""

import numpy as np
import pytest

from trialpool.evidence.effect_sizes import COUNT_MEASURES, MEAN_MEASURES

TOLERANCE = 1e-8
# Written out, so that a measure that leaves our tables or the files is seen.
COUNTS = ["AS", "OR", "OR2DL", "OR2DN", "PBIT", "PETO", "PHI", "RD", "RR", "YUQ", "YUY"]
MEANS = ["CVR", "D2ORL", "D2ORN", "MD", "ROM", "SMD", "SMD1", "SMDH", "VR"]


def column(problem, name):
    return np.array([row[name] for row in problem["data"]], dtype=float)


def agrees(effect, expected, measure):
    assert effect.measure == measure
    np.testing.assert_allclose(effect.y, expected["yi"], rtol=TOLERANCE, atol=TOLERANCE)
    np.testing.assert_allclose(effect.se**2, expected["vi"], rtol=TOLERANCE, atol=0)
    assert len(effect) == len(expected["yi"]) > 0


def test_no_measure_of_the_files_is_left_out(reference):
    assert reference.names("escalc_*") == {"escalc_2x2_bcg", "escalc_means_normand1999"}
    assert sorted(reference("escalc_2x2_bcg")["results"]) == COUNTS == sorted(COUNT_MEASURES)
    assert sorted(reference("escalc_means_normand1999")["results"]) == MEANS
    assert sorted(MEAN_MEASURES) == MEANS


@pytest.mark.parametrize("measure", COUNTS)
def test_counts(reference, measure):
    problem = reference("escalc_2x2_bcg")
    a, b, c, d = (column(problem, name) for name in ("tpos", "tneg", "cpos", "cneg"))
    agrees(COUNT_MEASURES[measure](a, a + b, c, c + d), problem["results"][measure], measure)


@pytest.mark.parametrize("measure", MEANS)
def test_means(reference, measure):
    problem = reference("escalc_means_normand1999")
    columns = [column(problem, name) for name in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")]
    agrees(MEAN_MEASURES[measure](*columns), problem["results"][measure], measure)
