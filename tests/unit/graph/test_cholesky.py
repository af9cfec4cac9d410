"""The factor of a sparse precision against the dense one."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from trialpool.graph.cholesky import factor


def dense(found, jacobian):
    """``L`` of ``J'J`` computed at the places that were found, in the order of elimination."""
    numbers = np.zeros(len(found.row))
    at = 0
    for i in range(jacobian.shape[0]):
        entries = range(found.entry_start[i], found.entry_start[i + 1])
        for e in entries:
            for f in range(found.entry_start[i], e + 1):
                numbers[found.product[at]] += jacobian.data[e] * jacobian.data[f]
                at += 1
    assert at == len(found.product)
    at = 0
    for j in range(len(found.order)):
        first, end = found.start[j], found.start[j + 1]
        numbers[first] = np.sqrt(numbers[first])
        for e in range(first + 1, end):
            numbers[e] /= numbers[first]
            for f in range(first + 1, e + 1):
                numbers[found.update[at]] -= numbers[e] * numbers[f]
                at += 1
    assert at == len(found.update)
    lower = np.zeros((len(found.order),) * 2)
    lower[found.row, np.repeat(np.arange(len(found.order)), np.diff(found.start))] = numbers
    return lower


@pytest.mark.parametrize("share", [0.05, 0.2, 1.0])
def test_the_factor_is_the_dense_one(share):
    rng = np.random.default_rng(7)
    size = 20
    seen = (rng.uniform(size=(60, size)) < share) * rng.normal(size=(60, size))
    jacobian = csr_array(np.vstack([np.eye(size), seen]))
    found = factor(jacobian)
    lower = dense(found, jacobian)
    precision = (jacobian.T @ jacobian).toarray()[np.ix_(found.order, found.order)]
    np.testing.assert_allclose(lower @ lower.T, precision, atol=1e-12)


def test_what_all_share_comes_last_and_nothing_fills_in():
    trials = 40
    shared = np.ones((trials, 1))
    found = factor(csr_array(np.hstack([shared, np.eye(trials)])))
    assert found.order[-1] == 0 or found.order[-2] == 0
    assert len(found.row) == 2 * trials + 1
