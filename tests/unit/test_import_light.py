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
        "import trialpool.decisions",
        "import trialpool.draws",
        "import trialpool.cli",
    ],
)
def test_nothing_heavy_is_imported(statement):
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert not set(HEAVY) & set(json.loads(done.stdout))


@pytest.mark.parametrize("statement", ["import trialpool.plots", "import trialpool.report"])
def test_figures_load_neither_pymc_nor_arviz(statement):
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert not {"arviz", "arviz_stats", "nutpie", "pymc", "pytensor"} & set(json.loads(done.stdout))


def test_priors_are_printed_without_loading_pymc():
    code = (
        "import json, sys\nfrom trialpool.cli import app\n"
        "words = ['priors', '--family', 'events', '--prior', 'tau=turner()', '--json']\n"
        "app(words, standalone_mode=False)\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert not {"arviz", "matplotlib", "nutpie", "pymc", "pytensor"} & set(json.loads(done.stderr))


FIT = """
import json, sys
import numpy as np, pandas as pd
import trialpool as tp
y = [0.1, 0.5, 0.2, 0.3, -0.1]
frame = pd.DataFrame({"s": range(5), "y": y, "se": 0.2, "c": list("uuvvw")})
given = tp.Evidence.from_effects(frame, study="s", effect="y", se="se", **json.loads(sys.argv[1]))
posterior = tp.fit(tp.Model(), given, engine=sys.argv[2], draws=50, tune=50, progress=False)
posterior.save(sys.argv[3])
print(json.dumps([posterior.meta["engine"], sorted(sys.modules)]))
"""


@pytest.mark.parametrize(
    ("columns", "engine"), [({}, "auto"), ({"cluster": "c"}, "collapsed"), ({}, "nuts")]
)
def test_a_fit_imports_neither_pymc_nor_what_draws(tmp_path, columns, engine):
    words = [sys.executable, "-c", FIT, json.dumps(columns), engine, str(tmp_path / "fit.nc")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=300)
    used, modules = json.loads(done.stdout)
    assert used == ("nuts" if engine == "nuts" else "collapsed")
    assert not {"arviz", "matplotlib", "pymc", "pytensor"} & set(modules)


def test_checking_a_folder_imports_no_engine(pytestconfig):
    code = (
        "import json, sys\nfrom trialpool.cli import app\n"
        f"app(['check', {str(pytestconfig.rootpath / 'data' / 'clbp')!r}], standalone_mode=False)\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    engines = {"arviz", "matplotlib", "numba", "nutpie", "pymc", "pytensor"}
    assert not engines & set(json.loads(done.stderr.splitlines()[-1]))


def test_public_names_are_those_listed():
    import trialpool

    assert trialpool.__all__ == sorted(trialpool.__all__) == dir(trialpool)
    for name in trialpool.__all__:
        assert getattr(trialpool, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        trialpool.nothing  # noqa: B018
