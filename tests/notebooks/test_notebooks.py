"""Every notebook runs from top to bottom, and is kept without outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import trialpool as tp

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

#: Figures of a notebook, and what its cells print.
FIGURES = {
    "checking_and_sensitivity": 1,
    "first_steps": 2,
    "pain_and_decay": 3,
    "prp_v_msc": 2,
    "safety_and_benefit_risk": 1,
    "your_own_trials": 2,
}
SAID = {
    "checking_and_sensitivity": (
        "passed  R-hat", "passed  reports, after the fit", "FAILED", "large studies only", "by pet",
    ),
    "first_steps": ("14 of 14 reports enter", "before the data", "EXTRAPOLATED", "4 x 600 draws"),
    "pain_and_decay": ("of this evidence and model", "P(benefit of PRP over placebo", "half-life"),
    "prp_v_msc": ("no trial compares them directly", "PRP v MSC at 12 months"),
    "safety_and_benefit_risk": ("odds ratio", "were the statements independent"),
    "your_own_trials": ("3 faults in the evidence", "10 of 10 reports enter", "exosomes minus"),
}  # fmt: skip


def read(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What models/pain.py writes, of few draws: enough to run every cell."""
    folder = tmp_path_factory.mktemp("results")
    evidence = tp.read_evidence(ROOT / "data" / "clbp", outcome="pain")
    few = tp.fit(tp.Model(), evidence, seed=1, draws=150, tune=300, chains=2, progress=False)
    few.save(folder / "pain.nc")
    return folder


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS] == list(SAID)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path):
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.notebook
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, results, monkeypatch):
    monkeypatch.setenv("TRIALPOOL_RESULTS", str(results))
    notebook = read(path)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()

    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    figures = [out for out in outputs if "image/png" in out.get("data", {})]
    assert len(figures) == FIGURES[path.stem]
    said = "".join(out.get("text", "") for out in outputs if out.output_type == "stream")
    assert "Warning" not in said
    for words in SAID[path.stem]:
        assert words in said
