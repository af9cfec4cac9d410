"""What people see: help with examples that parse, bars on a terminal, plain lines in a pipe."""

import io
import json
import os
import pty
import re
import shlex
import subprocess
import sys

import pytest
from rich.console import Console
from typer.main import get_command

import trialpool as tp
from tests.helpers import row, write_folder
from trialpool.cli import COMMANDS, STEPS, app
from trialpool.cli.examples import EXAMPLES
from trialpool.cli.progress import Work
from trialpool.questions.grammar import parse

ROWS = [
    row("A", "prp", "mean", 6, n=30, mean=38, sd=22),
    row("A", "saline", "mean", 6, n=31, mean=50, sd=23),
    row("B", "msc", "mean", 24, n=25, mean=33, sd=24),
    row("B", "saline", "mean", 24, n=24, mean=47, sd=22),
]
QUESTION = "probability PRP beats MSC at 24 months"
ESCAPE = "\x1b"
#: Colours, of letters or behind them; bold and dim are none.
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3|4|9|10)[0-7](?:;\d+)*m")
FEW = ["--draws", "60", "--tune", "60", "--chains", "2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("evidence"), ROWS)


@pytest.fixture(scope="module")
def fitted(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("results") / "pain.nc"
    evidence = tp.read_evidence(folder)
    how = {"draws": 60, "tune": 60, "chains": 2, "progress": False}
    tp.fit(tp.Model(), evidence, seed=1, **how).save(path)
    return path


def on_terminal(*words, stream="stdout", **environment):
    """Run with one stream on a terminal: its exit code, what that showed, what the pipe got."""
    ours, theirs = pty.openpty()
    other = "stderr" if stream == "stdout" else "stdout"
    unset = ("NO_COLOR", "FORCE_COLOR", "COLORTERM")
    clean = {name: value for name, value in os.environ.items() if name not in unset}
    with subprocess.Popen(
        [sys.executable, "-m", "trialpool", *map(str, words)],
        env={**clean, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
        **{stream: theirs, other: subprocess.PIPE},
    ) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: _part(ours), b""))
        piped = getattr(process, other).read()
    os.close(ours)
    return process.returncode, shown.decode(), piped.decode()


def _part(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side is closed
        return b""


# ------------------------------------------------------------------------------------------- help


def test_every_command_has_examples_and_a_step():
    assert set(COMMANDS) <= set(EXAMPLES)
    assert set(COMMANDS) <= {name for names in STEPS.values() for name in names}


@pytest.mark.parametrize(
    ("command", "example"),
    [(name, example) for name in COMMANDS for example in EXAMPLES.get(name, ())],
)
def test_an_example_parses(command, example):
    program, name, *words = shlex.split(example)
    assert (program, name) == ("trialpool", command)
    # A help page of 80 columns folds what is longer, and a folded command cannot be copied.
    assert len(example) <= 78
    context = get_command(app).commands[command].make_context(command, words)
    for question in context.params.get("questions") or ():
        parse(question, {name.casefold(): name for name in ("PRP", "MSC", "MPC")})


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_the_examples_as_they_are_typed(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    for example in EXAMPLES[command]:
        assert example in out


def test_help_lists_the_commands_in_order_of_work(run):
    _, out, _ = run("--help")
    shown = [step for step in STEPS if step in out]
    assert len(shown) >= 3
    assert [out.index(step) for step in shown] == sorted(out.index(step) for step in shown)
    assert all(f" {name} " in out for name in COMMANDS)


def test_the_version_is_printed(run):
    code, out, _ = run("--version")
    assert code == 0
    assert re.fullmatch(r"trialpool \d+\.\d+\.\d+\n", out)


# -------------------------------------------------------------------------------------- terminals


def test_a_pipe_gets_plain_text(fitted):
    words = [sys.executable, "-m", "trialpool", "decay", str(fitted)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=300)
    assert ESCAPE not in done.stdout + done.stderr
    assert "* EXTRAPOLATED" in done.stdout


def test_a_terminal_gets_colour_and_the_same_words(fitted):
    code, shown, _ = on_terminal("ask", fitted, QUESTION)
    assert code == 0
    assert COLOUR.search(shown)
    plain = re.sub(r"\x1b\[[\d;]*m", "", shown).replace("\r\n", "\n")
    words = [sys.executable, "-m", "trialpool", "ask", str(fitted), QUESTION]
    piped = subprocess.run(words, capture_output=True, text=True, check=True, timeout=300).stdout
    assert plain == piped


@pytest.mark.parametrize("command", ["ask", "decay", "--help"])
def test_no_color_is_respected(fitted, command):
    words = [command, fitted, QUESTION] if command == "ask" else [command, fitted]
    _, shown, _ = on_terminal(*words, NO_COLOR="1")
    assert shown
    assert not COLOUR.search(shown)


def test_a_fit_shows_how_long_it_takes_and_keeps_the_results_apart(folder, tmp_path):
    words = ["fit", folder, "-o", tmp_path / "pain.nc", "--json", "--engine", "nuts"]
    code, shown, piped = on_terminal(*words, stream="stderr")
    assert code == 0
    assert "2 trials" in shown and "Sampling" in shown
    assert re.search(r"/6,000  about \d+:\d\d left", shown)
    assert json.loads(piped)["engine"] == "nuts"


def test_quiet_is_quiet_on_a_terminal_too(folder, tmp_path):
    words = ["fit", folder, "-o", tmp_path / "pain.nc", "--quiet", *FEW]
    assert on_terminal(*words, stream="stderr") == (0, "", "")


def test_quiet_prints_nothing_but_errors(run, folder, fitted, tmp_path):
    assert run("check", folder, "--quiet") == (0, "", "")
    assert run("template", tmp_path / "new", "--quiet") == (0, "", "")
    code, out, err = run("check", tmp_path / "nowhere", "--quiet")
    assert (code, out) == (2, "")
    assert "nowhere" in err


def test_a_sweep_of_a_pipe_says_which_fit_it_is_at(run, folder):
    words = ["sweep", folder, "PRP works at 6 months", "--only", "trial", *FEW]
    _, _, err = run(*words)
    assert "first analysis" in err
    assert "2 of 2: " in err
    assert run(*words, "--quiet")[2] == ""


# ------------------------------------------------------------------------------------------- bars


def screen():
    return Console(file=io.StringIO(), force_terminal=True, width=100)


def test_sentences_stand_above_the_bar():
    console = screen()
    with Work(console=console) as work:
        told = work.watch("Analyses")
        work.say("Evidence('pain', [2] trials).")
        for i in range(4):
            told(i, 3, "without [trial] A")
        told(0, 5)  # a second attempt
    shown = console.file.getvalue()
    assert "Evidence('pain', [2] trials)." in re.sub(r"\x1b\[[\d;]*m", "", shown)
    assert "Analyses: without [trial] A" in shown
    assert "0/5" in shown


def test_without_a_terminal_there_are_lines_and_no_bar(capsys):
    with Work() as work:
        assert work.watch("Analyses") is None
        work.say("one")
    with Work(quiet=True) as work:
        assert work.watch("Analyses") is None
        work.say("two")
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "one\n")


def test_a_fit_tells_how_many_iterations_are_done(small_effects):
    told = []
    how = {"draws": 60, "tune": 40, "chains": 2, "engine": "nuts"}
    tp.fit(tp.Model(), small_effects, progress=lambda *count: told.append(count), **how)
    assert told[-1] == (200, 200)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_sweep_tells_what_comes_next(small_effects):
    told, said = [], []
    tp.sweep(
        tp.Model(),
        small_effects,
        groups=["trial"],
        draws=50,
        say=said.append,
        watch=lambda *step: told.append(step),
    )
    assert [i for i, *_ in told] == list(range(6))
    assert {total for _, total, _ in told} == {5}
    assert told[1][2] == "without a"
    assert len(said) == 1  # the first analysis


def test_averaging_tells_how_many_models_are_done(small_effects):
    told = []
    models = [tp.Model(), tp.Model(pooling={"trial": "complete"})]
    how = {"draws": 60, "tune": 60, "chains": 2}
    tp.fit_models(models, small_effects, watch=lambda *count: told.append(count), **how)
    assert told == [(0, 2), (1, 2), (2, 2)]
