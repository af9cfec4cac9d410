"""Graphs held against the PyMC models that the same builders make."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor
import pytest

from tests.helpers import QUICK
from trialpool.engines import machine
from trialpool.graph.program import read_program
from trialpool.graph.sampling import start_of

POINTS = 50
#: Of the log density. PyTensor takes the logarithm of a whole number, such as the SD of a prior, in
#: single precision, which shifts the density by a constant.
ATOL = 1e-5


def same_density(graph: Any, model: Any, *, points: int = POINTS, gradient: bool = False) -> None:
    """Log density at random points, and the gradient, of the graph and of the PyMC model."""
    free = model.free_RVs
    assert [rv.name for rv in free] == [own.name for own in graph.free]
    inputs = [model.rvs_to_values[rv] for rv in free]
    # Added two by two: in plain Python no operator takes more than 32 operands.
    density = sum((part.sum() for part in model.logp(sum=False)), start=0.0)
    outputs = [density, *(pytensor.grad(density, inputs) if gradient else [])]
    call = pytensor.function(inputs, outputs, mode=QUICK, on_unused_input="ignore")
    program = read_program(graph.size, terms=graph.terms)
    rng = np.random.default_rng(5)
    start = start_of(graph)
    for _ in range(points):
        point = start + rng.normal(0, 0.5, graph.size)
        found, slope = machine.log_density(program, point)
        expected, *slopes = call(*(point[own.place].reshape(own.shape) for own in graph.free))
        assert np.isfinite(expected)
        assert found == pytest.approx(float(expected), rel=0, abs=ATOL)
        if gradient:
            pieces = np.concatenate([np.ravel(s) for s in slopes])
            np.testing.assert_allclose(slope, pieces, rtol=1e-7, atol=1e-7 * abs(slope).max())
    for _ in range(3):
        point = start + rng.normal(0, 0.5, graph.size)
        _, slope = machine.log_density(program, point)
        direction = rng.normal(size=graph.size)
        step = 1e-5
        ends = [machine.log_density(program, point + s * direction)[0] for s in (step, -step)]
        assert slope @ direction == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)
