"""Matrices of nodes that are linear in elements of the point, against differences."""

import numpy as np
import pytest

from trialpool import graph as g
from trialpool.engines import machine
from trialpool.graph.coefficients import coefficients
from trialpool.graph.node import Node, as_node
from trialpool.graph.program import read_program

X, H = 4, 3


def point():
    x = Node("input", (), (X,), np.arange(X))
    h = Node("input", (), (H,), np.arange(X, X + H))
    return x, h


BUILDERS = {
    "sums and differences": lambda x, h: x[[0, 1, 2]] - 2 * x[[3, 3, 0]] + h,
    "scaled": lambda x, h: x * g.exp(h[0]) / (1 + g.exp(h[1])),
    "scalar by vector": lambda x, h: x[1] * h - h * x[2],
    "matrix": lambda x, h: g.times(np.arange(12.0).reshape(3, 4) % 5, x) * h,
    "summed": lambda x, h: (x.reshape((2, 2)) * h[[0, 1]]).sum(axis=1),
    "put and joined": lambda x, h: g.put(g.concatenate([x, -x, h]), [1, 6], h[:2] * x[:2]),
    "chosen by a number": lambda x, h: g.switch(h[0] > 0, x * h[1], 3.0),
    "chosen by a constant": lambda x, h: g.switch(np.array([1.0, 0, 1, 0]), x, -2 * x[::-1]),
    "used twice": lambda x, h: (x * h[0])[[0, 1]] + (x * h[0])[[1, 2]] * h[1],
    "nothing": lambda x, h: g.exp(h),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_coefficients_are_the_differences(name):
    x, h = point()
    vector = as_node(BUILDERS[name](x, h)).ravel()
    pattern, found = coefficients(vector, {id(x): np.array([2, 0, 1, -1])}, 3)
    program = read_program(X + H, outputs=[vector, as_node(found).ravel()])
    at = np.random.default_rng(1).normal(size=(1, X + H))
    at[0, 3] = 0.0
    base, numbers = machine.run(program, at)
    pattern.data = numbers[0]
    for element, column in ((0, 2), (1, 0), (2, 1)):
        moved = at.copy()
        moved[0, element] += 1
        expected = machine.run(program, moved)[0] - base
        np.testing.assert_allclose(pattern.toarray()[:, column], expected[0], atol=1e-12)
    assert pattern.has_canonical_format


@pytest.mark.parametrize(
    "scale",
    [
        lambda x, h: g.exp(h[0]) * g.exp(x * 2),
        lambda x, h: g.sqrt(1 + g.exp(h[0])) * g.exp(x),
        lambda x, h: 3.0 / g.exp(x),
        lambda x, h: g.put(g.exp(h[[0, 1, 2, 0, 1]]), [0, 1, 2, 3], g.exp(h[0]) * g.exp(x))[:4],
    ],
)
def test_the_log_of_a_scale_is_linear_in_what_is_under_an_exponential(scale):
    x, h = point()
    found = g.log(scale(x, h))
    plain = Node("log", (scale(x, h),), (X,))
    program = read_program(X + H, outputs=[found, plain])
    points = np.random.default_rng(2).normal(size=(5, X + H))
    one, other = machine.run(program, points)
    np.testing.assert_allclose(one, other, atol=1e-12)
    pattern, _ = coefficients(found, {id(x): np.arange(X)}, X)
    assert pattern.nnz == X


def test_the_log_of_what_may_be_negative_is_left_alone():
    x, _ = point()
    assert g.log(x * x).op == "log"
