"""The command line: JSON keys that others rely on, and one message instead of a traceback."""

import json
import subprocess
import sys
from itertools import product

import pytest

import trialpool as tp
from tests.helpers import HEADER, MIXED, refused, row, write_folder
from trialpool.draws import ATTRIBUTE

#: Two classes against placebo over two years: enough for every form of question.
ROWS = [
    row("A", "prp", "mean", 6, n=30, mean=38, sd=22),
    row("A", "saline", "mean", 6, n=31, mean=50, sd=23),
    row("B", "msc", "mean", 24, n=25, mean=33, sd=24),
    row("B", "saline", "mean", 24, n=24, mean=47, sd=22),
]
ASK_KEYS = {
    "question", "interpretation", "probability", "mcse", "difference", "months", "margin",
    "outcome", "evidence", "direct_trials", "extrapolated", "engine", "diagnostics", "notes",
    "prior_probability",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("evidence"), ROWS)


@pytest.fixture(scope="module")
def fitted(folder, tmp_path_factory):
    """What ``trialpool fit`` printed as JSON, and the file it wrote."""
    path = tmp_path_factory.mktemp("results") / "pain.nc"
    words = ["fit", folder, "--outcome", "pain", "-o", path, "--time-course", "waning"]
    how = ["--engine", "auto", "--draws", 60, "--tune", 60, "--chains", 2, "--seed", 1, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "trialpool.cli", *map(str, words + how)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return path, json.loads(done.stdout), done.stderr


# --------------------------------------------------------------------------------- broken evidence


def missing_column(folder):
    rows = [{k: v for k, v in cells.items() if k != "months"} for cells in ROWS]
    write_folder(folder, rows)
    lines = (folder / "reports.csv").read_text().replace("months", "moths")
    (folder / "reports.csv").write_text(lines)


def changed(**cells):
    def apply(folder):
        write_folder(folder, [ROWS[0] | cells, *ROWS[1:]])

    return apply


def events_above_n(folder):
    counts = [
        row("A", arm, "responders", 6, n=30, events=31, threshold=">=50%")
        for arm in ("prp", "saline")
    ]
    write_folder(folder, [*counts, *ROWS[2:]])


def no_comparator(folder):
    write_folder(folder, ROWS[2:] + ROWS[:1])


def empty_file(folder):
    write_folder(folder, ROWS)
    (folder / "reports.csv").write_bytes(b"")


def header_only(folder):
    write_folder(folder, [])


def no_trials_file(folder):
    write_folder(folder, ROWS)
    (folder / "trials.csv").unlink()


def binary_file(folder):
    write_folder(folder, ROWS)
    (folder / "reports.csv").write_bytes(bytes(range(256)) * 4)


BROKEN = {
    "missing column": (missing_column, ["reports.csv", "months"]),
    "negative SD": (changed(sd="-22"), ["reports.csv row 2, sd", "-22"]),
    "events above n": (events_above_n, ["reports.csv row 2, events", "31"]),
    "unknown class": (changed(**{"class": "PPR"}), ["reports.csv row 2, class", "PPR", "PRP"]),
    "text for a number": (changed(mean="about 40"), ["reports.csv row 2, mean", "about 40"]),
    "trial without a comparator": (no_comparator, ["A"]),
    "empty file": (empty_file, ["reports.csv"]),
    "header only": (header_only, ["csv"]),
    "no trials.csv": (no_trials_file, ["trials.csv"]),
    "binary file": (binary_file, ["reports.csv"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_evidence_is_refused_and_old_results_stay(run, tmp_path, name):
    break_it, parts = BROKEN[name]
    folder, old = tmp_path / "evidence", tmp_path / "pain.nc"
    folder.mkdir()
    break_it(folder)
    old.write_bytes(b"earlier results")
    checked = refused(run("check", folder), *parts)
    fitted = refused(run("fit", folder, "--outcome", "pain", "-o", old), *parts)
    assert checked == fitted
    refused(run("check", folder, "--json"), *parts)
    assert old.read_bytes() == b"earlier results"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evidence", "pain.nc"]


def test_all_faults_are_named_at_once(run, tmp_path):
    write_folder(tmp_path, [ROWS[0] | {"sd": "-1"}, ROWS[1] | {"n": "x"}, *ROWS[2:]])
    err = refused(run("check", tmp_path), "2 faults", "row 2, sd", "row 3, n")
    assert len(err.strip().splitlines()) == 3


@pytest.mark.parametrize("command", ["check", "fit"])
def test_a_missing_folder_and_a_file_are_refused(run, folder, tmp_path, command):
    refused(run(command, tmp_path / "nowhere"), "nowhere")
    refused(run(command, folder / "reports.csv"), "reports.csv")


# ----------------------------------------------------------------------------- refused before work


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--engine", "stan"], ["engine: got 'stan'", "auto, nuts"]),
        (["--time-course", "linaer"], ["time_course: got 'linaer'", "waning"]),
        (["--time-course", "waning,linaer"], ["time_course: got 'linaer'", "plateau"]),
        (["--time-course", "free,free"], ["--time-course: got 'free' twice"]),
        (["--events", "hazard"], ["events: got 'hazard'", "odds, risk"]),
        (["--scale", "z"], ["scale: got 'z'", "natural, standardised"]),
        (["--draws", "0"], ["draws: got 0"]),
        (["--chains", "0"], ["chains: got 0"]),
        (["--seed", "-1"], ["seed: got -1"]),
        (["--outcome", "pian"], ["pian", "pain"]),
        (["--outcome", "sae"], ["sae", "pain"]),
        (["--mcid", "0"], ["mcid: got 0", "less than 100"]),
        (["--mcid", "100"], ["mcid: got 100", "less than 100"]),
        (["--scale", "standardised", "--mcid", "15"], ["mcid: got 15; expected SDs", "than 3"]),
        (["--without-kind", "means"], ["got 'means'", "Did you mean 'mean'"]),
        (["--without-kind", "mean"], ["0 outcomes with rows that enter"]),
        (["--without-kind", "median"], ["median, of which no row enters"]),
    ],
)
def test_a_fit_that_cannot_be_is_refused_and_old_results_stay(run, folder, tmp_path, words, parts):
    old = tmp_path / "pain.nc"
    old.write_bytes(b"earlier results")
    code, out, err = run("fit", folder, "-o", old, "--quiet", *words)
    refused((code, out, err), *parts)
    assert old.read_bytes() == b"earlier results"
    assert [path.name for path in tmp_path.iterdir()] == ["pain.nc"]


def test_an_output_that_cannot_be_written_is_refused_before_sampling(run, folder, tmp_path):
    refused(run("fit", folder, "-o", tmp_path, "--quiet"), str(tmp_path), "got a directory")
    missing = tmp_path / "missing" / "pain.nc"
    refused(run("fit", folder, "-o", missing, "--quiet"), "there is no directory")
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------- broken posteriors


def a_directory(path, whole):
    path.mkdir()


def missing(path, whole):
    pass


def cut_in_half(path, whole):
    path.write_bytes(whole[: len(whole) // 2])


def empty(path, whole):
    path.write_bytes(b"")


def a_table(path, whole):
    path.write_text(",".join(HEADER))


@pytest.mark.parametrize("make", [a_directory, missing, cut_in_half, empty, a_table])
@pytest.mark.parametrize("command", ["ask", "decay"])
def test_a_file_that_is_no_posterior_is_refused(run, fitted, tmp_path, make, command):
    path = tmp_path / "broken.nc"
    make(path, fitted[0].read_bytes())
    words = ["probability PRP beats MSC at 24 months"] if command == "ask" else []
    refused(run(command, path, *words), "broken.nc")
    refused(run(command, path, *words, "--json"), "broken.nc")


@pytest.mark.parametrize(
    "question",
    [
        "what is the meaning of life",
        "",
        "probability PRP beats XYZ at 24 months",
        "probability PRP beats MSC at 600 months",
        "probability PRP beats PRP at 24 months",
    ],
)
def test_an_unknown_question_is_refused_and_the_others_are_answered(run, fitted, question):
    good = "probability PRP beats MSC at 24 months"
    refused(run("ask", fitted[0], question))
    refused(run("ask", fitted[0], question, "--json"))
    code, out, err = run("ask", fitted[0], question, good)
    assert (code, out.count("Monte Carlo error")) == (2, 1) and out.startswith(good)
    assert err.startswith(f"trialpool: {question!r}: ") and "Traceback" not in err
    code, out, err = run("ask", fitted[0], good, question, "--json")
    assert (code, err.count("trialpool:")) == (2, 1)
    (answer,) = json.loads(out)
    assert answer["question"] == good


def test_several_refused_questions_are_each_told(run, fitted):
    code, out, err = run("ask", fitted[0], "PRP beets MSC", "PRP works at 600 months", "--json")
    assert (code, out, err.count("trialpool:")) == (2, "", 2)
    assert "'beets'" in err and "horizon" in err


@pytest.mark.parametrize(
    "words",
    [
        ["--months", "six"], ["--months", ""], ["--months", "-3"], ["--months", "6,6000"],
        ["--months", "nan"], ["--level", "0"], ["--level", "95"], ["--level", "nan"],
        ["--mcid", "nan"], ["--mcid", "0"], ["--mcid", "100"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_decay_table_that_cannot_be_is_refused(run, fitted, words):
    refused(run("decay", fitted[0], *words))


# ------------------------------------------------------------------------------ what machines read


def test_fit_says_what_it_does_and_writes_json_with_the_record(fitted):
    path, printed, said = fitted
    assert path.is_file()
    assert printed["file"] == str(path)
    assert printed["outcome"] == "pain" and printed["seed"] == 1
    assert {entry["role"] for entry in printed["priors"]} >= {"effect", "tau", "half_life", "rho"}
    assert "Drawing 2 x 60: " in said and "integrated out" in said
    assert "Traceback" not in said and "Warning" not in said


def test_ask_prints_a_list_with_exactly_the_published_keys(run, fitted):
    questions = [
        "probability PRP beats MSC at 24 months",
        "probability PRP works by 10 at 36 months",
        "MSC beats placebo at 12 months",
    ]
    code, out, err = run("ask", fitted[0], *questions, "--json")
    answers = json.loads(out)
    assert (code, err) == (0, "")
    assert [answer["question"] for answer in answers] == questions
    for answer in answers:
        assert set(answer) == ASK_KEYS
        assert set(answer["difference"]) == {"mean", "median", "lower", "upper", "level", "unit"}
        assert set(answer["diagnostics"]) == {"ok", "messages"}
        for entry in answer["evidence"].values():
            assert set(entry) == {"trials", "patients", "last_months"}
        assert 0 <= answer["probability"] <= 1 and answer["mcse"] > 0
        assert answer["difference"]["lower"] <= answer["difference"]["median"]
        assert answer["outcome"] == "pain" and answer["engine"] == "collapsed"
    prp_msc, prp_late, msc = answers
    assert prp_msc["direct_trials"] == 0 and msc["direct_trials"] == 1
    assert prp_msc["extrapolated"] and prp_late["extrapolated"] and not msc["extrapolated"]
    assert (prp_late["months"], prp_late["margin"]) == (36, 10)
    assert prp_msc["evidence"]["PRP"] == {"trials": 1, "patients": 30, "last_months": 6}


def test_ask_for_people_prints_each_question_and_its_answer(run, fitted):
    questions = ["probability PRP beats MSC at 24 months", "MSC beats placebo at 12 months"]
    code, out, err = run("ask", fitted[0], *questions)
    assert (code, err) == (0, "")
    assert all(question in out for question in questions)
    assert out.count("Monte Carlo error") == 2


def test_decay_prints_a_list_with_the_published_keys(run, fitted):
    code, out, err = run("decay", fitted[0], "--months", "6,24,36", "--level", "0.9", "--json")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert {(r["class"], r["months"]) for r in rows} == set(product(["PRP", "MSC"], [6, 24, 36]))
    for r in rows:
        assert set(r) >= {
            "class", "months", "benefit", "p_benefit", "p_mcid", "extrapolated", "half_life",
            "retained_24_to_36", "months_to_loss",
        }  # fmt: skip
        assert set(r["benefit"]) >= {"mean", "median", "lower", "upper", "level"}
        assert r["benefit"]["level"] == 0.9
        assert 0 <= r["p_benefit"] <= 1 and 0 <= r["p_mcid"] <= 1
    late = {(r["class"], r["months"]): r["extrapolated"] for r in rows}
    assert late["PRP", 24] and not late["PRP", 6] and not late["MSC", 24] and late["MSC", 36]


def test_decay_for_people_marks_what_lies_past_follow_up(run, fitted):
    code, out, err = run("decay", fitted[0])
    assert (code, err) == (0, "")
    assert "PRP" in out and "MSC" in out


def test_check_lists_every_row_and_what_it_contributes(run, folder):
    code, out, err = run("check", folder)
    assert (code, err) == (0, "")
    assert "4 of 4 numbers enter" in out
    code, out, err = run("check", folder, "--json")
    assert (code, err) == (0, "")
    pain = json.loads(out)["outcomes"]["pain"]
    assert [r["row"] for r in pain["reports"]] == [2, 3, 4, 5]
    assert all(r["enters"] and r["why"] for r in pain["reports"])


# ----------------------------------------------------------------- networks, kinds left out, beside


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    events = [row("A", arm, "events", 12, outcome="sae", n=30, events=1) for arm in ("prp", "msc")]
    return write_folder(tmp_path_factory.mktemp("mixed"), [*MIXED, *events])


def changed_copy(fitted, path, **changes):
    """The posterior with other entries in its record."""
    posterior = tp.load(fitted[0])
    posterior.tree.attrs[ATTRIBUTE] = json.dumps({**posterior.meta, **changes})
    return posterior.save(path)


def test_check_says_what_is_compared_with_what(run, mixed):
    code, out, err = run("check", mixed)
    assert (code, err) == (0, "")
    told = " ".join(out.split())
    assert "compared directly: PRP v steroid (1 trial), PRP v local anaesthetic (1 trial)" in told
    assert "only through others: PRP v MSC through placebo" in told
    code, out, err = run("check", mixed, "--json")
    network = json.loads(out)["outcomes"]["pain"]["network"]
    assert network["direct"]["MSC|PRP"] == 0
    assert network["indirect"]["MSC|PRP"] == {"path": ["MSC", "placebo", "PRP"], "trials": [2, 1]}
    assert network["direct_treatments"]["prp injection|saline injection"] == 1


def test_check_draws_one_network_an_outcome(run, mixed, folder, tmp_path):
    code, out, err = run("check", mixed, "--network", tmp_path / "net.png")
    assert (code, err) == (0, "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net-pain.png", "net-sae.png"]
    assert f"written: {tmp_path / 'net-pain.png'}" in out
    code, out, err = run("check", folder, "--network", tmp_path / "one.svg", "--json")
    assert (code, err) == (0, "") and json.loads(out) and (tmp_path / "one.svg").is_file()
    refused(run("check", folder, "--network", tmp_path / "net.gif"), "net.gif", ".png, .svg, .pdf")
    refused(run("check", folder, "--network", tmp_path / "no" / "net.png"), "could not be written")


def test_check_leaves_kinds_out(run, mixed):
    words = ["--without-kind", "difference", "--without-kind", "change"]
    code, out, err = run("check", mixed, *words)
    assert (code, err) == (0, "")
    assert "left out, kind difference, not in this analysis: rows 15, 16" in out
    assert "local anaesthetic" not in out
    refused(run("check", mixed, "--without-kind", "median"), "of which no row enters")


def test_the_record_says_what_was_left_out_and_the_mcid(fitted):
    printed = fitted[1]
    assert printed["without_kinds"] == []
    assert (printed["mcid"], printed["mcid_source"][:6]) == (15, "Ostelo")


def test_ask_prints_two_posteriors_side_by_side(run, fitted, tmp_path):
    question = "probability PRP beats MSC by the MCID at 24 months"
    other = changed_copy(fitted, tmp_path / "b.nc", mcid=1.0, without_kinds=["p_value"])
    code, out, err = run("ask", fitted[0], question, "--beside", other)
    assert (code, err) == (0, "")
    told = " ".join(out.split())
    assert told.count("probability 0.") == 2 and told.count("credible interval") == 2
    assert "kinds left out none p_value" in told
    assert "the same" in told
    code, out, err = run("ask", fitted[0], question, "--beside", other, "--json")
    assert (code, err) == (0, "")
    (entry,) = json.loads(out)
    assert set(entry) == ASK_KEYS | {"beside"} and set(entry["beside"]) == ASK_KEYS
    assert (entry["margin"], entry["beside"]["margin"]) == (15, 1)
    assert entry["probability"] < entry["beside"]["probability"]


def test_what_cannot_stand_side_by_side_is_refused(run, fitted, tmp_path):
    question = "probability PRP beats MSC at 24 months"
    other = changed_copy(fitted, tmp_path / "f.nc", outcome="function")
    refused(run("ask", fitted[0], question, "--beside", other), "f.nc: got a posterior of function")
    refused(run("ask", fitted[0], question, "--beside", tmp_path / "none.nc"), "no such file")


def test_ask_takes_another_mcid(run, fitted):
    question = "MSC beats placebo by the MCID at 12 months"
    code, out, err = run("ask", fitted[0], question, "--mcid", "7", "--json")
    assert (code, err) == (0, "")
    (answer,) = json.loads(out)
    assert answer["margin"] == 7
    assert "MCID 7 points of 100: given by the user" in answer["notes"]
    refused(run("ask", fitted[0], question, "--mcid", "0"), "mcid: got 0")


def test_a_posterior_in_sds_takes_sds_only(run, fitted, tmp_path):
    path = changed_copy(fitted, tmp_path / "sds.nc", unit="SDs of the patients", mcid=0.6)
    question = "MSC beats placebo by the MCID at 12 months"
    refused(run("ask", path, question, "--mcid", "15"), "mcid: got 15; expected SDs")
    refused(run("decay", path, "--mcid", "15"), "mcid: got 15; expected SDs")
    refused(run("ask", path, question.replace("the MCID", "10 points")), "margin: got 10 points")
    beside = ("ask", fitted[0], question, "--beside", path)
    refused(run(*beside, "--mcid", "2"), "mcid: got 2, but benefits are in points")
    code, out, err = run(*beside, "--json")
    assert (code, err) == (0, "")
    (entry,) = json.loads(out)
    assert (entry["margin"], entry["beside"]["margin"]) == (15, 0.6)


def test_classes_that_nothing_connects_are_refused_by_name(run, fitted, tmp_path):
    evidence = fitted[1]["evidence"]
    evidence = {**evidence, "direct": {**evidence["direct"], "MSC|placebo": 0}}
    path = changed_copy(fitted, tmp_path / "torn.nc", evidence=evidence)
    refused(run("ask", path, "PRP beats MSC at 12 months"), "PRP and MSC are not connected")
    refused(run("ask", path, "MSC works at 12 months", "--json"), "MSC and placebo are not")
    assert run("ask", path, "PRP works at 6 months")[0] == 0


# ------------------------------------------------------------------------------ as people start it


def start(*words):
    return subprocess.run(
        [sys.executable, "-m", "trialpool.cli", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_installed_command_refuses_without_a_traceback(tmp_path):
    done = start("check", tmp_path / "nowhere")
    refused((done.returncode, done.stdout, done.stderr), "nowhere")


def test_the_installed_command_answers(fitted):
    done = start("ask", fitted[0], "probability PRP beats MSC at 24 months", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)) == 1


def test_help_names_the_commands():
    done = start("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("check", "fit", "ask", "decay"))
