"""The site builds without a warning and without a network; what its pages show can be run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trialpool as tp
from trialpool import plots
from trialpool.cli import COMMANDS
from trialpool.evidence import effect_sizes

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: What a browser would fetch by itself; a link to follow is none.
FETCHED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"([^\"]+)\"|<link\b[^>]*>")
ADDRESS = re.compile(r"(?:https?:)?//")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site as ``make docs`` builds it."""
    folder = tmp_path_factory.mktemp("site")
    words = ["-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder


def test_every_page_is_there(site):
    made = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    for page in DOCS.rglob("*.md"):
        place = page.relative_to(DOCS).with_suffix(".html").as_posix()
        assert place.replace("README.html", "index.html") in made
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"project/notebooks/{notebook.stem}.html" in made


def test_a_page_fetches_nothing_from_elsewhere(site):
    for page in site.rglob("*.html"):
        for found in FETCHED.finditer(page.read_text(encoding="utf-8")):
            told = found[0]
            canonical = 'rel="canonical"' in told or 'rel="next"' in told or 'rel="prev"' in told
            assert canonical or not ADDRESS.search(told), f"{page.name}: {told}"
    for sheet in site.rglob("*.css"):
        addresses = re.findall(r"(?:url\(|@import )[\"']?(https?:)?//", sheet.read_text("utf-8"))
        assert not addresses, sheet.name


def test_commands_are_listed_with_their_options(site):
    page = (site / "commands.html").read_text(encoding="utf-8")
    assert all(f'<h3 id="{name}"' in page for name in COMMANDS)
    assert "--time-course" in page
    assert "\\|" not in (site / "coming-from.html").read_text(encoding="utf-8")


def test_the_first_page_shows_the_answer_of_readme(site):
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "before the data" in page


def test_links_to_files_that_are_no_page_became_text(site):
    page = (site / "project" / "index.html").read_text(encoding="utf-8")
    assert 'href="../questions.html"' in page
    assert 'src="../figures/decay.svg"' in page


def test_the_reference_has_every_public_name(site):
    text = "".join(page.read_text(encoding="utf-8") for page in (site / "reference").glob("*.html"))
    shown = {path.rpartition(".")[2] for path in re.findall(r'id="trialpool\.([\w.]+)"', text)}
    parts = [tp, tp.checks, tp.sensitivity, tp.priors, plots, effect_sizes]
    wanted = {name for part in parts for name in part.__all__ if not name.isupper()}
    assert wanted <= shown | {"checks", "sensitivity"}, wanted - shown
    ways_in = {"from_effects", "from_counts", "from_network", "from_contrasts", "combine"}
    assert ways_in <= shown, ways_in - shown


# ------------------------------------------------------------------------------- coming from others


@pytest.fixture
def tables():
    """Small tables under the names that the page uses."""
    frame = pd.DataFrame(
        {"study": list("abcd"), "yi": [0.1, 0.5, 0.2, -0.3], "se": [0.2, 0.3, 0.2, 0.4]}
    )
    smoking = pd.DataFrame(
        {
            "studyn": [1, 1, 2, 2, 3, 3],
            "trtc": ["No intervention", "Self-help", "No intervention", "Counselling"] * 1
            + ["Self-help", "Counselling"],
            "r": [9, 14, 20, 33, 12, 16],
            "n": [140, 140, 210, 205, 130, 128],
        }
    )
    weeks = np.tile([4.0, 12.0, 24.0], 4)
    courses = pd.DataFrame(
        {
            "studyID": np.repeat([1, 2], 6),
            "treatment": np.repeat(["placebo", "drug", "placebo", "drug"], 3),
            "time": weeks,
            "y": np.repeat([0.1, -0.6, 0.0, -0.7], 3) * weeks / (weeks + 4),
            "se": 0.1,
        }
    )
    return {"tp": tp, "frame": frame, "smoking": smoking, "courses": courses}


PAGE = (DOCS / "coming-from.md").read_text(encoding="utf-8")
BLOCKS = [code for language, code in FENCE.findall(PAGE) if language == "python"]


@pytest.mark.parametrize("place", range(len(BLOCKS)))
def test_what_you_write_here_runs(tables, place):
    # As on the page, in few draws.
    code = BLOCKS[place].replace("progress=False", "progress=False, draws=60, tune=150")
    exec(compile(code, f"coming-from.md, block {place}", "exec"), tables)


def test_there_is_a_block_for_each_package():
    assert len(BLOCKS) == len(re.findall(r"^## ", PAGE, re.MULTILINE)) == 4


def test_the_priors_called_ours_are_the_defaults(tables):
    effects = tp.Evidence.from_effects(
        tables["frame"], study="study", effect="yi", se="se", measure="OR"
    )
    network = tp.Evidence.from_network(
        tables["smoking"], study="studyn", treatment="trtc", events="r", total="n"
    )
    told = {
        (name, prior["role"]): prior["prior"]
        for name, evidence in (("effects", effects), ("network", network))
        for prior in tp.Model().describe_priors(evidence)
    }
    assert told["effects", "effect"] == "Flat()"
    assert told["effects", "tau"] == "HalfNormal(sd=0.5)"
    assert told["network", "effect"] == "Normal(mean=0, sd=2)"
    assert told["network", "tau"] == "LogNormal(mean=-1.28, sd=0.87)"


# ------------------------------------------------------------------------------------- the tutorial


def test_the_tutorial_runs_as_it_is_typed(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    assert run("template", "my-review")[0] == 0
    shown = re.findall(r"<!-- tutorial: (\S+) -->\n```\n(.*?)```", text, re.DOTALL)
    assert [what for what, _ in shown if what != "run"] == ["trials.csv", "reports.csv"]
    said = ""
    for what, block in shown:
        if what != "run":
            (tmp_path / "my-review" / what).write_text(block, encoding="utf-8")
            continue
        for line in block.splitlines():
            code, out, err = run(*shlex.split(line)[1:])
            assert code == 0, f"{line}: {err}"
            said += out
    assert "8 of 8 numbers enter" in said
    assert "before the data" in said
    assert "EXTRAPOLATED" in said
