"""The real tables have no faults, and what enters is what their README counts."""

from pathlib import Path

from trialpool.evidence import check_folder

DATA = Path(__file__).parents[3] / "data" / "clbp"


def test_what_enters():
    outcomes = check_folder(DATA).outcomes
    sizes = {
        name: (evidence.layout, evidence.used["trial"].nunique())
        for name, evidence in outcomes.items()
        if len(evidence.used)
    }
    assert sizes == {
        "pain": ("longitudinal", 7),
        "function": ("longitudinal", 3),
        "sae": ("events", 3),
    }
