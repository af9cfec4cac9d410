"""Folders of evidence written by tests, and comparisons that allow for Monte Carlo error."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pymc as pm
import pytensor
import xarray as xr
from pytensor.compile.mode import Mode

import trialpool as tp
from trialpool.engines import Draw, Drawn, check_convergence
from trialpool.evidence import Evidence
from trialpool.posterior import Posterior
from trialpool.records import record

HEADER = (
    "trial", "arm", "treatment", "class", "outcome", "scale", "months", "kind", "n", "mean", "sd",
    "se", "lower", "upper", "level", "q1", "median", "q3", "min", "max", "events", "percent",
    "person_months", "threshold", "versus", "versus_treatment", "versus_class", "versus_n", "p",
    "favours", "source",
)  # fmt: skip
CLASS_OF_ARM = {
    "prp": "PRP",
    "msc": "MSC",
    "msc high": "MSC",
    "mpc": "MPC",
    "saline": "placebo",
    "steroid": "steroid",
    "lidocaine": "local anaesthetic",
}


def row(trial: str, arm: str, kind: str, months: float, **cells: object) -> dict[str, str]:
    """One row of reports.csv; the class follows from the arm, the rest from ``cells``."""
    filled = {
        "trial": trial,
        "arm": arm,
        "treatment": f"{arm} injection",
        "class": CLASS_OF_ARM[arm],
        "outcome": "pain",
        "scale": "VAS 0-100",
        "months": f"{months:g}",
        "kind": kind,
        "source": "doi:10.1/x",
    }
    if "versus" in cells:
        versus = str(cells["versus"])
        filled |= {
            "versus_treatment": f"{versus} injection",
            "versus_class": CLASS_OF_ARM[versus],
        }
    return filled | {name: str(value) for name, value in cells.items()}


#: Every kind of row, arms seen once and several times, three arms, and thresholds of each form.
MIXED = [
    row("A", "prp", "mean", 0, n=30, mean=60, sd=20),
    row("A", "saline", "mean", 0, n=30, mean=62, sd=22),
    row("A", "prp", "mean", 6, n=28, mean=40, se=4),
    row("A", "saline", "mean", 6, n=29, mean=51),
    row("A", "prp", "mean", 12, n=27, mean=44, sd=24),
    row("A", "saline", "mean", 12, n=27, mean=50, sd=25),
    row("B", "msc", "change", 12, n=20, mean=-25, sd=22),
    row("B", "msc high", "change", 12, n=21, mean=-29, sd=23),
    row("B", "saline", "change", 12, n=19, mean=-15, sd=24),
    row("C", "prp", "responders", 6, n=45, events=21, threshold=">=50%"),
    row("C", "steroid", "responders", 6, n=44, events=13, threshold=">=50%"),
    row("C", "prp", "responders", 12, n=44, events=17, threshold=">=20mm"),
    row("C", "steroid", "responders", 12, n=41, events=12, threshold=">=20mm"),
    row("D", "prp", "difference", 6, mean=-9, se=4, versus="lidocaine"),
    row("D", "prp", "difference", 12, mean=-7, se=5, versus="lidocaine"),
    row("E", "msc", "responders", 24, n=15, events=9),
    row("E", "saline", "responders", 24, n=14, events=4),
]


def write_folder(
    path: Path, rows: Iterable[Mapping[str, str]], *, trials: Iterable[str] | None = None
) -> Path:
    """Write trials.csv and reports.csv; trials in the order of their first row unless given."""
    rows = list(rows)
    path.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(r["trial"] for r in rows)) if trials is None else list(trials)
    (path / "trials.csv").write_text("\n".join(["trial", *names, ""]), encoding="utf-8")
    with (path / "reports.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEADER, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def evidence_of(path: Path, rows: Iterable[Mapping[str, str]], **how: object) -> Evidence:
    """The pain evidence of rows, through the folder as a user would write it."""
    return tp.read_evidence(write_folder(path, rows, **how), outcome="pain")


def refused(result: tuple[int, str, str], *parts: str) -> str:
    """Exit code 2, nothing on standard output, one message without a traceback."""
    code, out, err = result
    assert code == 2, f"exit code {code}: {err}"
    assert out == ""
    assert "Traceback" not in err
    assert err.count("trialpool:") == 1 and err.startswith("trialpool: ")
    for part in parts:
        assert part in err
    return err


#: Python instead of numba: compiling takes longer than the few evaluations of a test. A fused
#: operator of more than 32 operands needs a compiler, so nothing is fused.
QUICK = Mode(linker="py", optimizer=None)


class LogDensity:
    """Log density of a PyMC model on its unconstrained space, by part.

    ``likelihood`` and ``priors`` are sums over the observed and the free variables. Compiled in
    the quickest mode.
    """

    def __init__(self, model: pm.Model) -> None:
        self.model = model
        value_of = model.rvs_to_values
        self.inputs = [value_of[rv] for rv in model.free_RVs]
        outputs = [
            sum((t.sum() for t in model.logp(vars=model.observed_RVs, sum=False)), start=0.0),
            sum((t.sum() for t in model.logp(vars=model.free_RVs, sum=False)), start=0.0),
        ]
        self._call = pytensor.function(self.inputs, outputs, mode=QUICK, on_unused_input="ignore")

    @property
    def names(self) -> list[str]:
        return [value.name for value in self.inputs]

    def point(self, rng: np.random.Generator, size: float = 0.5) -> dict[str, np.ndarray]:
        """A random point near the initial one."""
        start = self.model.initial_point()
        return {
            name: np.asarray(start[name] + size * rng.normal(size=np.shape(start[name])))
            for name in self.names
        }

    def __call__(self, point: Mapping[str, np.ndarray]) -> tuple[float, float]:
        """Log likelihood and log prior density at a point."""
        likelihood, priors = self._call(*(point[name] for name in self.names))
        return float(likelihood), float(priors)


def recorded(
    tree: xr.DataTree, model: Any, evidence: Any, how: Draw, *, engine: str = "nuts", **more: Any
) -> Posterior:
    """A posterior of draws that no engine made."""
    return record(Drawn(tree, how, engine, "", check_convergence(tree)), model, evidence, **more)


def mcse_mean(draws: np.ndarray, *, min_ess: float = 400) -> float:
    """Monte Carlo standard error of the mean of draws (chain, draw)."""
    ess = float(az.ess(np.asarray(draws)))
    assert ess >= min_ess, f"too few effective draws: {ess:.0f}"
    return float(np.std(draws)) / ess**0.5


def mcse_sd(draws: np.ndarray) -> float:
    """Monte Carlo standard error of the SD, for any shape of distribution (delta method)."""
    draws = np.asarray(draws)
    squares = (draws - draws.mean()) ** 2
    return float(np.std(squares)) / float(az.ess(squares)) ** 0.5 / (2 * float(np.std(draws)))


def mcse_quantile(draws: np.ndarray, p: float) -> float:
    """Monte Carlo standard error of a quantile (Vehtari et al. 2021)."""
    return float(az.mcse(np.asarray(draws), method="quantile", prob=p))


def within_mcse(draws: np.ndarray, expected: float, k: float = 5.0, min_ess: float = 400) -> bool:
    """Is the mean of the draws the expected one, up to ``k`` Monte Carlo standard errors?"""
    draws = np.asarray(draws)
    return abs(float(draws.mean()) - expected) < k * mcse_mean(draws, min_ess=min_ess)


def assert_moments(draws: np.ndarray, expected: tuple[float, float], name: str) -> None:
    """Mean and SD of the draws (chain, draw) are those expected, up to five standard errors."""
    mean, sd = expected
    assert within_mcse(draws, mean), f"{name}: mean {draws.mean():.4g}, exact {mean:.4g}"
    assert abs(draws.std() - sd) < 5 * mcse_sd(draws), (
        f"{name}: sd {draws.std():.4g}, exact {sd:.4g}"
    )
