"""The page as a file: loads nothing, runs only its own script, keeps names text."""

import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

import pytest

import trialpool as tp
from tests.helpers import refused
from tests.pages import HOSTILE_CLASS, HOSTILE_TRIAL
from tests.unit.report.pages_read import Elements
from trialpool.errors import OutputError
from trialpool.report import gather, render
from trialpool.report.page import embedded, save_page


def test_policy_allows_this_style_and_script_and_nothing_else(page):
    found = Elements(page)
    (policy,) = [m["content"] for m in found.of("meta") if "http-equiv" in m]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"
    for name, key in (("script-src", ("script", "")), ("style-src", ("style", ""))):
        digest = b64encode(sha256(found.raw[key].encode()).digest()).decode()
        assert rules[name] == f"'sha256-{digest}'"


@pytest.mark.parametrize("hostile", [False, True])
def test_nothing_is_loaded_and_nothing_runs_inline(hostile, page, hostile_page):
    found = Elements(hostile_page if hostile else page)
    assert not {"link", "iframe", "object", "embed", "base", "b", "audio", "video"} & {
        name for name, _ in found.tags
    }
    for name, attrs in found.tags:
        assert "style" not in attrs and not [a for a in attrs if a.startswith("on")], (name, attrs)
        if "src" in attrs:
            assert attrs["src"].startswith("data:image/svg+xml;base64,")
        if "href" in attrs:
            assert re.match(r"#|https?://", attrs["href"]) and name == "a"
    assert len(found.of("script")) == 2  # the draws, and the script
    assert all(attrs.get("alt") for attrs in found.of("img"))


def test_names_from_data_stay_text(hostile_page):
    found = Elements(hostile_page)
    assert HOSTILE_TRIAL in found.text and HOSTILE_CLASS in found.text
    assert HOSTILE_TRIAL not in hostile_page and "<img src=x" not in hostile_page
    (outcome,) = found.data["outcomes"]
    assert HOSTILE_CLASS in outcome["names"]
    assert found.raw["script", ""].strip().endswith("})();")


def test_json_in_the_page_has_no_character_of_html():
    text = str(embedded({"</script><!--": ["&", "\u2028"]}))
    assert not set("<>&\u2028") & set(text)


def test_headings_go_down_one_by_one_and_tables_have_captions(page):
    found = Elements(page)
    levels = [int(name[1]) for name, _ in found.tags if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert len(found.of("table")) == len(found.of("caption"))
    assert all(attrs.get("scope") for attrs in found.of("th"))
    ids = [attrs["id"] for _, attrs in found.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in found.of("a") if a["href"].startswith("#")} <= set(ids)


def test_not_medical_advice_is_said(page):
    assert Elements(page).text.count("Not medical advice") >= 2


def test_the_same_posteriors_give_the_same_page(page_files):
    once, again = (render(gather([*page_files.values()])) for _ in range(2))
    assert once == again


def test_written_under_another_name_and_moved(page_files, tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.write_text("old", encoding="utf-8")

    def broken(*_):
        raise OSError("no room")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OutputError, match=r"report\.html: could not be written \(no room\)"):
        save_page("new", target)
    assert target.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_python_writes_the_page(page_files, tmp_path):
    done = tp.write_report([page_files["safety"]], tmp_path / "a.html", title="Harm & more")
    assert "<h1>Harm &amp; more</h1>" in done.read_text(encoding="utf-8")


def test_the_command_writes_the_page_and_says_what_is_on_it(run, page_files, tmp_path):
    target = tmp_path / "report.html"
    code, out, _ = run("report", page_files["pain"], page_files["safety"], "-o", target)
    assert code == 0
    assert "pain: PRP beats MSC at 24 months: " in out and f"written: {target}" in out
    assert "; EXTRAPOLATED" in out
    assert target.stat().st_size < 2_000_000


def test_the_command_as_json(run, page_files, tmp_path):
    import json

    target = tmp_path / "report.html"
    asked = "probability PRP beats MSC by 5 at 12 months"
    words = ["report", page_files["pain"], "-o", target, "--ask", asked, "--json", "--title", "T"]
    code, out, _ = run(*words)
    found = json.loads(out)
    assert code == 0
    assert (found["file"], found["title"]) == (str(target), "T")
    assert found["bytes"] == target.stat().st_size
    assert found["answers"][0]["question"] == asked
    assert found["outcomes"][0]["answers"][0]["probability"] > 0
    assert {check["verdict"] for check in found["outcomes"][0]["checks"]} >= {"passed"}


def test_bad_input_is_refused_before_the_work(run, page_files, tmp_path):
    pain, page = page_files["pain"], tmp_path / "report.html"
    other = tmp_path / "notes.nc"
    other.write_text("not a posterior", encoding="utf-8")
    refused(run("report", tmp_path / "none.nc", "-o", page), "none.nc", "no such file")
    refused(run("report", other, "-o", page), "notes.nc", "cannot be read as netCDF-4")
    refused(run("report", pain, pain, "-o", page), "got the file twice")
    refused(run("report", pain, "-o", tmp_path), "got a directory")
    refused(run("report", pain, "-o", tmp_path / "report.txt"), ".html")
    refused(run("report", pain, "-o", tmp_path / "no" / "report.html"), "there is no directory")
    refused(run("report", pain, "-o", page, "--ask", "is it any good"), "any good")
    refused(run("report", pain, "-o", page, "--sweep", tmp_path / "s.json"), "no such file")
    refused(run("report", pain, "-o", page, "--better", "most"), "--better")
    refused(run("report", pain, "-o", page, "--draws", 5), "draws: got 5")
    assert not page.exists()


def test_the_package_carries_its_templates(pytestconfig):
    from importlib.resources import files

    place = files("trialpool.report")
    assert place.joinpath("templates", "report.html").is_file()
    declared = (pytestconfig.rootpath / "pyproject.toml").read_text(encoding="utf-8")
    for pattern in ("report/*.css", "report/*.js", "report/templates/*.html"):
        assert f'"{pattern}"' in declared
