"""Evidence with every kind of row, read once."""

import pytest

from tests.helpers import MIXED, evidence_of
from trialpool.synthesis.design import build_design
from trialpool.synthesis.network import build_network


@pytest.fixture(scope="session")
def mixed(tmp_path_factory):
    return evidence_of(tmp_path_factory.mktemp("mixed"), MIXED)


@pytest.fixture(scope="session")
def network(mixed):
    return build_network(mixed)


@pytest.fixture(scope="session")
def design(mixed):
    return build_design(mixed)
