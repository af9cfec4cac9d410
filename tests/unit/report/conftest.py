"""Pages of the short fits, rendered once."""

import pytest

from trialpool.report import content, gather, render


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


@pytest.fixture(autouse=True)
def without_figures(request, monkeypatch):
    """Figures take most of the time, and a test that makes a page of its own is about the rest.

    Those of the pages above are made before this.
    """
    for made in {"report", "page", "hostile_page"} & set(request.fixturenames):
        request.getfixturevalue(made)
    monkeypatch.setattr(content, "figures_of", lambda entry: [])
