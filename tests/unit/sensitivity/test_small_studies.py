"""Small-study models side by side, and the funnel's numbers by hand."""

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from trialpool.errors import ModelError
from trialpool.sensitivity import funnel, small_studies

SE = np.linspace(0.05, 0.6, 24)


def studies(slope, centre=0.2):
    """Estimates on a line over their standard errors, with a little noise."""
    y = centre + slope * SE + 0.1 * SE * np.random.default_rng(1).normal(size=SE.size)
    frame = pd.DataFrame({"s": [f"s{i}" for i in range(SE.size)], "y": y, "se": SE})
    return tp.Evidence.from_effects(frame, study="s", effect="y", se="se")


def test_pet_finds_the_effect_of_a_study_without_error():
    found = small_studies(tp.Model(), studies(1.5))
    by = {row["model"]: row for row in found.table}
    assert list(by) == ["none", "pet", "peese", "selection"]
    assert found.passed is None
    assert by["pet"]["median"] == pytest.approx(0.2, abs=0.05)
    assert by["none"]["median"] > by["peese"]["median"] > by["pet"]["median"]
    assert by["pet"]["p_slope_positive"] > 0.99
    assert "24 studies" in found.text and "fewer than" not in found.text


def test_without_small_study_effects_they_agree():
    found = small_studies(tp.Model(), studies(0.0), draws=500)
    medians = [row["median"] for row in found.table]
    assert np.ptp(medians) < 0.1


def test_a_funnel_is_its_formula():
    evidence = studies(0.0)
    posterior = tp.fit(tp.Model(), evidence, seed=1, draws=200, progress=False)
    table = funnel(posterior, evidence)
    draws = posterior.tree["posterior"]
    centre, tau = float(draws["effect"].mean()), float(draws["tau"].mean())
    sd = np.sqrt(SE**2 + tau**2)
    np.testing.assert_allclose(table["se"], SE)
    np.testing.assert_allclose(table["lower"], centre - 1.96 * sd)
    np.testing.assert_allclose(table["z"], (table["y"] - centre) / sd)


def test_other_evidence_has_none(pytestconfig):
    evidence = tp.read_evidence(pytestconfig.rootpath / "data" / "clbp", outcome="pain")
    assert small_studies(tp.Model(), evidence).passed is None
    with pytest.raises(ModelError, match="from_effects"):
        funnel(None, evidence)
