"""`trialpool plot`: each figure as a file, and one clear message where it cannot be drawn."""

import json

import pytest

from tests.helpers import refused
from tests.unit.plots import fixed
from trialpool.cli.plot import FIGURES


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plot")
    made = {
        "pain": fixed.pain(),
        "safety": fixed.safety(),
        "effects": fixed.effects(),
        "averaged": fixed.averaged(),
    }
    for name, posterior in made.items():
        posterior.save(folder / f"{name}.nc")
    (folder / "sweep.json").write_text(json.dumps(fixed.swept()), encoding="utf-8")
    return folder


DRAWN = [
    ("forest", "pain.nc", ["--months", 12, "--class", "PRP,MSC"]),
    ("forest", "safety.nc", []),
    ("forest", "effects.nc", []),
    ("decay", "pain.nc", ["--class", "PRP"]),
    ("probability", "pain.nc", ["--mcid", 10]),
    ("comparison", "pain.nc", ["--pair", "PRP v MSC", "--months", 24]),
    ("comparison", "pain.nc", ["--pair", "PRP", "--margin", 10]),
    ("ranks", "pain.nc", ["--months", 24, "--cumulative", "--with-reference"]),
    ("league", "pain.nc", []),
    ("network", "pain.nc", []),
    ("funnel", "effects.nc", []),
    ("prior", "pain.nc", []),
    ("weights", "averaged.nc", []),
    ("sweep", "sweep.json", ["--most", 2]),
]


@pytest.mark.parametrize(("name", "source", "options"), DRAWN)
def test_a_figure_is_written(run, files, tmp_path, name, source, options):
    target = tmp_path / "figure.svg"
    code, out, err = run("plot", name, files / source, "-o", target, *options)
    assert (code, out.strip(), err) == (0, f"written: {target}", "")
    assert target.read_text(encoding="utf-8").startswith("<?xml")


def test_every_figure_is_tried():
    # The predictive check needs reports with their data; tests of the figure have them.
    assert {name for name, _, _ in DRAWN} == set(FIGURES) - {"predictive"}


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_the_suffix_names_the_format(run, files, tmp_path, suffix):
    target = tmp_path / f"figure.{suffix}"
    code, out, _ = run("plot", "weights", files / "averaged.nc", "-o", target, "--json")
    assert code == 0
    assert json.loads(out) == {"figure": "weights", "file": str(target)}
    assert target.read_bytes()[1:4] in (b"PNG", b"PDF")


def test_without_a_file_the_figure_names_it(run, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("plot", "weights", files / "averaged.nc")[0] == 0
    assert (tmp_path / "weights.png").exists()


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["pie", "pain.nc"], ["NAME: got 'pie'", "forest, decay, probability", "sweep"]),
        (["funnel", "pain.nc"], ["got evidence of layout 'longitudinal'", "from_effects"]),
        (["decay", "safety.nc"], ["no variable 'benefit'"]),
        (["probability", "effects.nc"], ["no variable 'benefit'"]),
        (["ranks", "effects.nc"], ["holds one pooled effect"]),
        (["network", "effects.nc"], ["without classes"]),
        (["weights", "pain.nc"], ["got a single model", "--time-course"]),
        (["predictive", "effects.nc"], ["no variables 'fitted'"]),
        (["comparison", "pain.nc"], ["--pair: got none", "'PRP v MSC'"]),
        (["comparison", "pain.nc", "--pair", "A v B v C"], ["--pair: got 'A v B v C'"]),
        (["comparison", "pain.nc", "--pair", "PRP v XYZ"], ["'XYZ' is not a class"]),
        (["ranks", "pain.nc", "--margin", 3], ["--margin: got with the figure ranks", "--class"]),
        (["network", "pain.nc", "--months", 3], ["--months: got with", "takes none"]),
        (["forest", "pain.nc", "--months", 99], ["99 months", "reaches from 0 to 60"]),
        (["forest", "safety.nc", "--months", 9], ["expected none"]),
        (["forest", "pain.nc", "-o", "x.gif"], ["'.gif'", ".png, .svg, .pdf"]),
        (["forest", "none.nc"], ["no such file"]),
        (["forest", "pain.nc", "--outcome", "joy"], ["outcome: got 'joy'"]),
        (["sweep", "pain.nc"], ["expected a file with what `trialpool sweep --json` printed"]),
        (["sweep", "none.json"], ["No such file", "sweep --json"]),
        (["sweep", "sweep.json", "--outcome", "pain"], ["--outcome: got with a sweep"]),
        (["sweep", "sweep.json", "--question", "why"], ["question: got 'why'"]),
    ],
)
def test_what_cannot_be_drawn_is_one_message(run, files, tmp_path, monkeypatch, words, parts):
    monkeypatch.chdir(tmp_path)
    name, source, *options = words
    refused(run("plot", name, files / source, *options), *parts)
    assert not list(tmp_path.iterdir())
