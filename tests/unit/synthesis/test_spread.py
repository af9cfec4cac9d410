"""SDs that are not printed: the evidence still makes a model, with the spreads as parameters."""

import numpy as np
import pytest

import trialpool as tp
from tests.helpers import LogDensity
from validation.spread.study import MASKS, masked


@pytest.mark.parametrize("mask", MASKS)
def test_simulated_evidence_with_sds_removed_has_a_density_everywhere(mask):
    evidence = masked(tp.read_evidence("data/simulated", outcome="pain"), mask)
    model = tp.Model().build(evidence)
    density = LogDensity(model)
    rng = np.random.default_rng(1)
    points = [density.point(rng) for _ in range(3)]
    assert np.all(np.isfinite([density(point) for point in points]))
    printed = len(model.coords["sd_report"])
    assert printed == {MASKS[0]: 56, MASKS[1]: 28, MASKS[2]: 0}[mask]
