"""Pages of the short fits, rendered once."""

import pytest

from trialpool.report import gather, render


@pytest.fixture(scope="session")
def report(page_files):
    """Pain (two time courses) and adverse events."""
    return gather([*page_files.values()])


@pytest.fixture(scope="session")
def page(report):
    return render(report)


@pytest.fixture(scope="session")
def hostile_page(hostile_file):
    return render(gather([hostile_file]))
