"""Thirteen trials of the BCG vaccine (Colditz et al. 1994) against bayesmeta, by prior."""

import pytest

from tests.reference.bayesmeta import compare, divergences, fit

CASES = ("dumouchel", "hc05", "hn05", "hn05_mun04", "hn1", "uniform")


def test_no_case_is_missing(reference):
    assert reference.names("bcg_bayesmeta_*") == {f"bcg_bayesmeta_{case}" for case in CASES}
    assert len(CASES) == 6


@pytest.mark.parametrize("case", CASES)
def test_posterior_is_that_of_bayesmeta(reference, case):
    problem = reference(f"bcg_bayesmeta_{case}")
    posterior = fit(problem)
    count, off = compare(posterior, problem)
    assert count == 5 * (3 + 13) + 2 * 5 + 1
    assert not off, "\n".join(off)
    assert divergences(posterior) == 0
    assert posterior.meta["diagnostics"]["ok"], posterior.meta["diagnostics"]["messages"]
