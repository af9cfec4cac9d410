"""The network figure: a mark a class, a line a comparison, names that can be read."""

import itertools
import os

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle, Rectangle

import trialpool as tp
from tests.helpers import row
from tests.unit.plots.test_figures import assert_readable, lines, words
from trialpool.errors import OutputError, QuestionError
from trialpool.plots import plot_network, save_figure

CONTROLS = ["placebo", "hyaluronate", "local anaesthetic", "usual care", "methylene blue"]
ACTIVE = ["PRP", "MSC", "MPC", "BMAC", "disc progenitor", "disc allograft", "A", "B", "C", "D"]


def network(count, extra, *, seed=0):
    """Evidence of so many classes in a connected network with so many further comparisons."""
    rng = np.random.default_rng(seed)
    names = [*CONTROLS, *ACTIVE][:count] if count > 5 else ["placebo", *ACTIVE][:count]
    pairs = [(int(rng.integers(0, i)), i) for i in range(1, count)]
    pairs += list(itertools.islice(itertools.combinations(range(count), 2), extra))
    rows = []
    for trial, pair in enumerate(pairs):
        for i in pair:
            n = int(rng.integers(10, 300))
            cells = row(f"T{trial}", "prp", "mean", 6, n=n, mean=40, sd=20)
            rows.append({**cells, "arm": names[i], "class": names[i], "treatment": names[i]})
    roles = ["reference", *("active" if n in ACTIVE else "comparator" for n in names[1:])]
    classes = pd.DataFrame({"class": names, "role": roles})
    return tp.Evidence.from_frame(pd.DataFrame(rows), classes=classes, outcome="pain")


def marks(figure):
    return figure.axes[0].patches


def area(mark):
    if isinstance(mark, Rectangle):
        return mark.get_width() * mark.get_height()
    return np.pi * mark.get_radius() ** 2


@pytest.mark.parametrize(("count", "extra"), [(2, 0), (3, 1), (8, 6), (15, 10)])
def test_every_class_and_comparison_is_drawn_and_names_can_be_read(count, extra):
    evidence = network(count, extra)
    figure = plot_network(evidence)
    found = tp.evidence.summarise(evidence)
    assert len(marks(figure)) == count
    assert len(lines(figure, "comparison")) == sum(n > 0 for n in found.direct.values())
    said = words(figure)
    names = [text for text in said if "trial" in text and "\n" in text]
    assert len(names) == count
    numbers = sorted(int(text) for text in said if text.isdigit())
    assert numbers == sorted(n for n in found.direct.values() if n)
    assert_readable(figure)


@pytest.mark.parametrize("outcome", ["pain", "function", "sae"])
@pytest.mark.parametrize("level", ["class", "treatment"])
@pytest.mark.parametrize("folder", ["clbp", "simulated"])
def test_the_evidence_of_this_project(pytestconfig, folder, outcome, level):
    path = pytestconfig.rootpath / "data" / folder
    assert_readable(plot_network(tp.read_evidence(path, outcome=outcome), level=level))


def test_area_is_by_patients_and_width_by_trials(pytestconfig):
    evidence = tp.read_evidence(pytestconfig.rootpath / "data" / "simulated", outcome="pain")
    figure = plot_network(evidence)
    patients = {name: c["patients"] for name, c in tp.evidence.summarise(evidence).classes.items()}
    per_patient = [area(mark) / n for mark, n in zip(marks(figure), patients.values(), strict=True)]
    np.testing.assert_allclose(per_patient, per_patient[0])
    met = {n for n in tp.evidence.summarise(evidence).direct.values() if n}
    widths = {line.get_linewidth() for line in lines(figure, "comparison")}
    assert len(widths) == len(met) and max(widths) / min(widths) == max(met) / min(met)


def test_roles_differ_in_shape_and_brightness():
    figure = plot_network(network(8, 3))
    square, *circles = marks(figure)
    assert isinstance(square, Rectangle) and all(isinstance(c, Circle) for c in circles)
    bright = [np.mean(to_rgb(mark.get_facecolor())) for mark in marks(figure)]
    comparators, active = bright[1:5], bright[5:]
    assert min(comparators) - max(active) > 0.4
    assert {"reference class", "comparator class", "active class"} <= set(words(figure))


def test_no_line_crosses_where_none_must():
    # A ring in an order that is not that of the names.
    rows = []
    ring = ["saline", "msc", "prp", "mpc", "steroid"]
    for trial, (one, other) in enumerate(itertools.pairwise([*ring, ring[0]])):
        rows += [row(f"T{trial}", arm, "mean", 6, n=20, mean=40, sd=20) for arm in (one, other)]
    figure = plot_network(tp.Evidence.from_frame(pd.DataFrame(rows), outcome="pain"))
    lengths = [
        np.hypot(np.diff(line.get_xdata())[0], np.diff(line.get_ydata())[0])
        for line in lines(figure, "comparison")
    ]
    np.testing.assert_allclose(lengths, 2 * np.sin(np.pi / 5))


def test_what_cannot_be_drawn_is_refused(small_effects):
    with pytest.raises(QuestionError, match="level: got 'arm'; expected one of class, treatment"):
        plot_network(network(3, 0), level="arm")
    with pytest.raises(QuestionError, match="without classes"):
        plot_network(small_effects)


def test_a_figure_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    figure = plot_network(network(3, 0))
    target = tmp_path / "network.png"
    assert save_figure(figure, target) == target and target.read_bytes()[1:4] == b"PNG"
    before = target.read_bytes()

    def disk_full(file, **how):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", disk_full)
    with pytest.raises(OutputError, match="No space left"):
        save_figure(figure, target)
    assert target.read_bytes() == before and os.listdir(tmp_path) == ["network.png"]


@pytest.mark.parametrize("name", ["network.gif", "network"])
def test_an_unknown_format_is_refused(tmp_path, name):
    with pytest.raises(OutputError, match=r"expected one of \.png, \.svg, \.pdf"):
        save_figure(plot_network(network(2, 0)), tmp_path / name)
    assert os.listdir(tmp_path) == []
