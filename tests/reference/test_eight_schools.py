"""Coaching in eight schools (Rubin 1981), unrounded and rounded, against bayesmeta, by prior."""

import pytest

from tests.reference.bayesmeta import compare, divergences, fit

CASES = (
    "bayesmeta_bda_uniform",
    "bayesmeta_hc25",
    "bayesmeta_hn25",
    "bayesmeta_mun5_hc5",
    "rounded_bayesmeta_bda_uniform",
    "rounded_bayesmeta_mun5_hc5",
)


def test_no_case_is_missing(reference):
    assert reference.names("eight_schools_*") == {f"eight_schools_{case}" for case in CASES}
    assert len(CASES) == 6


@pytest.mark.parametrize("case", CASES)
def test_posterior_is_that_of_bayesmeta(reference, case):
    problem = reference(f"eight_schools_{case}")
    posterior = fit(problem)
    count, off = compare(posterior, problem)
    assert count == 5 * (3 + 8) + 2 * 5 + 1
    assert not off, "\n".join(off)
    assert divergences(posterior) == 0
    assert posterior.meta["diagnostics"]["ok"], posterior.meta["diagnostics"]["messages"]
