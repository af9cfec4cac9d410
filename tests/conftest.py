"""Fits that several test files share; each worker makes them once."""

import pandas as pd
import pytest
from hypothesis import settings

import trialpool as tp

# The machines are shared: how long an example takes says nothing about the code.
settings.register_profile("trialpool", deadline=None)
settings.load_profile("trialpool")


@pytest.fixture(scope="session")
def small_effects():
    frame = pd.DataFrame(
        {"study": list("abcd"), "y": [0.1, 0.5, 0.2, -0.3], "se": [0.2, 0.3, 0.2, 0.4]}
    )
    return tp.Evidence.from_effects(frame, study="study", effect="y", se="se", measure="SMD")


@pytest.fixture(scope="session")
def small_fit(small_effects):
    """A plain meta-analysis of four studies, 2 x 60 draws: for what happens around the numbers."""
    how = {"draws": 60, "tune": 150, "chains": 2, "progress": False}
    return tp.fit(tp.Model(), small_effects, seed=5, engine="nuts", **how)
