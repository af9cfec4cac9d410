"""Fits that several test files share; each worker makes them once."""

import pandas as pd
import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

import trialpool as tp
from tests import pages

# The machines are shared: how long an example takes says nothing about the code.
settings.register_profile("trialpool", deadline=None)
settings.load_profile("trialpool")


#: Files that compile and sample for minutes, the longest first.
LONG = (
    "statistical/test_report_kinds.py",
    "statistical/test_recovery.py",
    "notebooks/",
    "browser/",
    "unit/report/",
    "reference/test_network_counts.py",
    "unit/test_fitting.py",
    "statistical/",
    "reference/",
    "unit/test_cli.py",
    "unit/test_joint_fit.py",
    "unit/averaging/",
    "property/",
)


#: Files that share the page and its posteriors, which are made once.
PAGE = ("tests/browser/", "tests/unit/report/")


def pytest_collection_modifyitems(items):
    """Long files first, so that two workers end together; the order within a file stays."""

    def place(item):
        path = item.path.as_posix()
        return next((i for i, part in enumerate(LONG) if f"/tests/{part}" in path), len(LONG))

    items.sort(key=place)


class Together(LoadFileScheduling):
    """A file stays on one worker, which compiles what it needs once; so do all of `PAGE`."""

    def _split_scope(self, nodeid):
        return "page" if nodeid.startswith(PAGE) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    return Together(config, log)


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


@pytest.fixture(scope="session")
def page_files(tmp_path_factory):
    """Short fits for the page: pain by two time courses, and adverse events."""
    return pages.write_posteriors(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="session")
def hostile_file(tmp_path_factory):
    """A fit whose trial, class and source are written to break out of a page."""
    return pages.hostile(tmp_path_factory.mktemp("hostile"))
