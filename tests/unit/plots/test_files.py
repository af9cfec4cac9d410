"""Figures as files: the same bytes each time, ids once, and names of any script."""

import re
import warnings

import matplotlib
import pytest

from tests.unit.plots import fixed
from trialpool.errors import OutputError
from trialpool.plots import figure_bytes, plot_forest, plot_network, save_figure
from trialpool.plots.fonts import drawable
from trialpool.plots.style import plain, series, short, wrapped


@pytest.mark.parametrize("form", ["svg", "pdf", "png"])
def test_the_same_figure_gives_the_same_bytes(form):
    one, same = (figure_bytes(plot_forest(fixed.pain(), months=12), form) for _ in range(2))
    assert one == same


def test_an_svg_has_no_date_and_every_id_once():
    text = figure_bytes(plot_forest(fixed.pain(), months=12), "svg").decode()
    assert "dc:date" not in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    figure = plot_network(fixed.pain())
    figure_bytes(figure, "svg")
    assert any(patch.get_gid() == "mark" for patch in figure.axes[0].patches)  # as it was


def test_saving_leaves_the_settings_alone(tmp_path):
    before = dict(matplotlib.rcParams)
    save_figure(plot_network(fixed.pain()), tmp_path / "network.svg")
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", ["figure", "figure.gif", ".png"])
def test_a_file_of_no_such_format_is_refused(tmp_path, name):
    with pytest.raises(OutputError, match=r"expected one of \.png, \.svg, \.pdf"):
        save_figure(plot_network(fixed.pain()), tmp_path / name)


def test_characters_without_a_font_are_boxes_and_no_warning(tmp_path):
    name = "试验\N{PILE OF POO}\x07 é α"
    assert drawable(name) == "□□□□ é α"
    recorded = fixed.pain(reference=name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_figure(plot_forest(recorded, months=12), tmp_path / "forest.png")


def test_a_font_that_is_named_is_used():
    with matplotlib.rc_context({"font.family": ["STIXGeneral"]}):
        assert drawable("ℵ") == "ℵ"


def test_a_long_name_keeps_its_ends():
    assert short("a short one", 20) == "a short one"
    cut = short("Simulated trial of PRP and many other things 2024", 24)
    assert len(cut) <= 24 and cut.startswith("Simulated") and cut.endswith("2024") and "…" in cut
    assert short("two\nlines  and\ttabs", 40) == "two lines and tabs"
    wide = short("模" * 60, 20)
    assert 8 <= len(wide) <= 11
    assert max(map(len, wrapped("many words " * 9, 20).split("\n"))) <= 20


def test_text_is_never_a_formula():
    assert plain("$x$") == r"\$x\$"


def test_lines_differ_in_colour_or_marker():
    assert len({series(i) for i in range(64)}) == 64
