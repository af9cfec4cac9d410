"""`trialpool priors` and `fit --prior`: what is printed, what machines read, what is refused."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.helpers import MIXED, refused, row, write_folder

KEYS = {"role", "prior", "unit", "meaning", "median", "lower", "upper", "events", "source"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    events = [row("A", arm, "events", 12, outcome="sae", n=30, events=1) for arm in ("prp", "msc")]
    return write_folder(tmp_path_factory.mktemp("evidence"), [*MIXED, *events])


def printed(run, *words):
    code, out, err = run("priors", *words)
    assert (code, err) == (0, "")
    return out


def listed(run, *words):
    found = json.loads(printed(run, *words, "--json"))
    assert all(set(entry) == KEYS for entry in found)
    return {entry["role"]: entry for entry in found}


def test_every_role_is_told_with_unit_meaning_interval_mass_and_source(run, folder):
    out = printed(run, folder, "--outcome", "pain")
    tau = next(part for part in out.split("\n\n") if part.startswith("tau: "))
    assert tau.splitlines()[:4] == [
        "tau: HalfNormal(sd=7.5), points of 100",
        "  heterogeneity: SD of trial benefits around their treatment",
        "  median (95 % interval): 5.06 (0.235 to 16.8)",
        "  P(tau > 5 points) = 0.51; P(tau > 15 points, the MCID) = 0.05",
    ]
    assert "source: median 5 points" in tau
    assert "half_life: LogNormal" in out
    assert max(map(len, out.splitlines())) <= 100


def test_machines_get_a_list_of_roles(run, folder):
    found = listed(run, folder, "--outcome", "pain", "--mcid", "20")
    assert found["tau"]["events"][1]["event"] == "tau > 20 points, the MCID"
    assert 0 < found["tau"]["events"][1]["probability"] < 0.02
    assert found["tau"]["lower"] < found["tau"]["median"] < found["tau"]["upper"]
    assert "half_life" not in listed(run, folder, "--outcome", "pain", "--time-course", "constant")
    assert listed(run, folder, "--outcome", "sae")["tau"]["unit"] == "log odds ratio"
    risk = listed(run, folder, "--outcome", "sae", "--events", "risk")
    assert risk["effect"]["unit"] == "log risk ratio"


def test_a_prior_of_ones_own_takes_the_place_of_a_default(run, folder):
    words = ["--prior", "tau=HalfNormal(5)", "--prior", "rho=Fixed(0.6)"]
    found = listed(run, folder, "--outcome", "pain", *words)
    assert found["tau"]["prior"] == "HalfNormal(sd=5)"
    assert found["tau"]["source"] == "given by the user"
    assert found["rho"]["median"] == found["rho"]["upper"] == 0.6
    table = "tau=rhodes('pain', 'non-pharmacological v placebo', sd=25)"
    assert "Rhodes et al. 2015" in listed(run, "--prior", table)["tau"]["source"]
    assert "flat: no mass" in printed(run, "--prior", "effect=Flat()")


def test_without_a_folder_the_defaults_of_a_family(run):
    out = printed(run)
    assert "tau: HalfNormal(sd=7.5), points of 100" in out
    assert "defaults of the family longitudinal" in out and "events_risk" in out
    assert listed(run, "--family", "events")["tau"]["prior"] == "LogNormal(mean=-1.28, sd=0.87)"


def test_published_tables_are_listed(run):
    out = printed(run, "--tables", "turner")
    assert "Turner et al. 2012" in out and "adverse events" in out
    assert len(json.loads(printed(run, "--tables", "turner", "--json"))["rows"]) == 81
    found = json.loads(printed(run, "--tables", "rhodes", "--json"))
    assert "Rhodes et al. 2015" in found["source"] and found["unit"] == "SDs of the patients"
    assert len(found["rows"]) == 120
    (pain,) = [
        entry
        for entry in found["rows"]
        if "pain" in entry["outcome"]
        and (entry["area"], entry["comparison"])
        == ("other", "non-pharmacological v placebo / control")
    ]
    assert pain["prior"] == "LogT(nu=5, mean=-1.51, scale=1.135)"
    assert pain["median"] == pytest.approx(0.221, abs=5e-4)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--prior", "HalfNormal(5)"], ["expected role=prior"]),
        (["--prior", "tau=HalfNormal(5"], ["expected one of", "HalfNormal(5)"]),
        (["--prior", "tua=HalfNormal(5)"], ["got role 'tua'", "did you mean 'tau'"]),
        (["--prior", "tau=Normal(0, 5)"], ["cannot be negative"]),
        (["--prior", "tau=turner('pian')"], ["did you mean 'pain'"]),
        (["--family", "pain"], ["family: got 'pain'", "longitudinal"]),
        (["--tables", "ren"], ["got 'ren'", "turner, rhodes"]),
        (["--mcid", "0"], ["mcid: got 0"]),
        (["nowhere"], ["nowhere"]),
    ],
)
@pytest.mark.parametrize("how", [[], ["--json"]], ids=["people", "machines"])
def test_what_cannot_be_is_refused(run, words, parts, how):
    refused(run("priors", *words, *how), *parts)


def test_a_folder_decides_its_family(run, folder):
    refused(run("priors", folder, "--family", "events"), "Leave one out")
    refused(run("priors", folder), "pain", "sae")


def test_fit_takes_priors_and_refuses_wrong_ones_before_it_samples(run, folder, tmp_path):
    words = ["fit", folder, "--outcome", "pain", "-o", tmp_path / "pain.nc", "--quiet"]
    refused(run(*words, "--prior", "tau=HalfNormal(-5)"), "got -5")
    refused(run(*words, "--prior", "tua=HalfNormal(5)"), "did you mean 'tau'")
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------- the page


PAGE = (Path(__file__).parents[2] / "docs" / "priors.md").read_text(encoding="utf-8")


def test_documented_roles_and_units_are_those_of_the_defaults(run):
    found = listed(run)
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", PAGE, flags=re.MULTILINE)
    assert len(rows) >= 12
    for role, unit in rows:
        assert (found[role]["unit"] or "none") == unit, role


def test_documented_commands_run(run, folder):
    commands = re.findall(r"^trialpool priors.*$", PAGE, flags=re.MULTILINE)
    assert len(commands) >= 5
    for command in commands:
        words = shlex.split(command.replace("data/clbp", str(folder)))[1:]
        code, out, err = run(*words)
        assert (code, err) == (0, "") and out, command


def test_documented_python_runs(monkeypatch):
    from tests.unit.synthesis.test_foreign_priors import PrelizGamma

    class Preliz:
        Gamma = staticmethod(lambda alpha, beta: PrelizGamma())

    # PreliZ is no dependency: its place is taken by an object with the same methods.
    monkeypatch.setitem(sys.modules, "preliz", Preliz)
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) >= 3
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)
