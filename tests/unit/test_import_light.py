"""Answering a question must start in a fraction of a second: what it must not import."""

import json
import subprocess
import sys

import pytest

HEAVY = ("arviz", "matplotlib", "nutpie", "pandas", "pymc", "pytensor", "xarray")


@pytest.mark.parametrize(
    "statement",
    [
        "import trialpool",
        "from trialpool.questions import ask",
        "import trialpool.questions",
        "import trialpool.draws",
        "import trialpool.cli",
    ],
)
def test_nothing_heavy_is_imported(statement):
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert not set(HEAVY) & set(json.loads(done.stdout))


def test_priors_are_printed_without_loading_pymc():
    code = (
        "import json, sys\nfrom trialpool.cli import app\n"
        "words = ['priors', '--family', 'events', '--prior', 'tau=turner()', '--json']\n"
        "app(words, standalone_mode=False)\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert not {"arviz", "matplotlib", "nutpie", "pymc", "pytensor"} & set(json.loads(done.stderr))


def test_public_names_are_those_listed():
    import trialpool

    assert trialpool.__all__ == sorted(trialpool.__all__) == dir(trialpool)
    for name in trialpool.__all__:
        assert getattr(trialpool, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        trialpool.nothing  # noqa: B018
