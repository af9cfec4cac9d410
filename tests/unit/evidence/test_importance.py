"""The minimal important change: of the most common instrument, in points, with its source."""

import pytest

from trialpool.evidence import mcid, read_evidence
from trialpool.evidence.importance import _IMPORTANT


@pytest.mark.parametrize(
    ("outcome", "instruments", "points", "source"),
    [
        ("pain", ["VAS 0-100"], 15, "Ostelo"),
        ("pain", ["NRS 0-10", "VAS 0-100", "NPRS 0-10"], 20, "Ostelo"),
        ("pain", ["NRS 0-10", "VAS 0-100"], 15, "Ostelo"),
        ("function", ["RMDQ 0-24"], 20.8, "Ostelo"),
        ("function", ["RDQ 0-24", "ODI 0-100", "RMQ 0-24"], 20.8, "Ostelo"),
        ("function", ["QBPDS 0-100"], 20, "Ostelo"),
        ("function", ["FRI 0-100"], 9, "Childs"),
        ("function", ["FRI 0-100", "ODI 0-100"], 10, "Ostelo"),
        ("pain", ["SMD", "NRS 0-10"], 20, "Ostelo"),  # a standardised difference has no instrument
    ],
)
def test_of_the_most_common_instrument(outcome, instruments, points, source):
    found = mcid(outcome, instruments)
    assert (found.value, found.unit) == (points, "points of 100")
    assert source in found.source


def test_other_instruments_are_told():
    note = mcid("function", ["ODI 0-100", "RMDQ 0-24", "FRI 0-100"]).note
    assert note.startswith("ODI (also in use: RMDQ 20.8, FRI 9): ")


def test_no_value_without_a_source():
    assert mcid("pain", ["WOMAC 0-20 lower better", "VAS 0-100"]) is None
    assert mcid("stiffness") is None and mcid("stiffness", ["VAS 0-100"]) is None


def test_every_value_has_a_source():
    entries = [entry for known in _IMPORTANT.values() for entry in known.values()]
    assert len(entries) == 6
    assert all(source for _, _, source in entries)


def test_a_trial_counts_once_however_often_it_reports(folder):
    # A, C, D and E print a VAS; B prints an NRS at three visits.
    for months in ("3", "6", "9", "18", "24", "30"):
        for arm, mean in (("msc", "-2"), ("saline", "-1")):
            folder.add(trial="B", arm=arm, kind="change", months=months, n="20", mean=mean, sd="2")
    found = read_evidence(folder.write(), outcome="pain").mcid()
    assert found.value == 15 and "also in use: NRS 20" in found.note
