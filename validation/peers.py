"""Every reference problem against its peer's published result; writes peers.md and peers.json.

    python validation/peers.py

Needs ../shared/reference beside the checkout. Takes some minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    # As a script it finds its own folder only, and takes `coverage` there for a package.
    sys.path[0] = str(ROOT)

from tests.helpers import LogDensity  # noqa: E402
from tests.reference.problems import (  # noqa: E402
    COURSES,
    NORMAL_NORMAL,
    Reference,
    bcg_counts,
    frame,
    problems,
)
from tests.reference.test_every_problem import NO_DATA, why_not  # noqa: E402
from trialpool.engines import machine  # noqa: E402
from trialpool.evidence.effect_sizes import COUNT_MEASURES, MEAN_MEASURES  # noqa: E402
from trialpool.graph.program import read_program  # noqa: E402
from trialpool.graph.sampling import start_of  # noqa: E402
from validation import peer_numbers as numbers  # noqa: E402
from validation.peer_notes import NOTES, PRINTED  # noqa: E402
from validation.peer_numbers import STATISTICS, Compared, Fits, Pair  # noqa: E402
from validation.records import provenance, write_record, write_text  # noqa: E402

HERE = Path(__file__).resolve().parent
DRAWS = 5000
NISSEN = "nissen_mi_jags_binomial_normal, nissen_mi_multinma_random"
#: Combined Monte Carlo errors from which a difference is one.
BEYOND = 4.0


def escalc(name: str, problem: dict[str, Any], _: Fits) -> Compared:
    """Effect sizes: no error at all, so the page shows the largest relative differences."""
    data, lines = pd.DataFrame(problem["data"]), []
    counts = name == "escalc_2x2_bcg"
    columns = ("tpos", "tneg", "cpos", "cneg") if counts else (
        "m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"
    )  # fmt: skip
    given = [data[column].to_numpy(float) for column in columns]
    if counts:
        a, b, c, d = given
        given = [a, a + b, c, c + d]
    measures: dict[str, Callable[..., Any]] = dict(COUNT_MEASURES if counts else MEAN_MEASURES)
    for measure, theirs in problem["results"].items():
        ours = measures[measure](*given)
        gaps = [
            float(np.max(np.abs(own - peer) / np.maximum(np.abs(peer), 1e-12)))
            for own, peer in (
                (ours.y, np.array(theirs["yi"])), (ours.se**2, np.array(theirs["vi"])),
            )
        ]  # fmt: skip
        lines.append(f"| {measure} | {len(ours)} | {gaps[0]:.1e} | {gaps[1]:.1e} |")
    head = ["| measure | studies | largest relative difference of y | of its variance |",
            "|---|---|---|---|"]  # fmt: skip
    return Compared(name, [], [], "computed, not sampled", head + lines)


def _table(rows: list[tuple[str, float, float]], what: str) -> list[str]:
    return [
        f"| {what} | peer | ours | difference |",
        "|---|---|---|---|",
        *(f"| {n} | {_number(p)} | {_number(o)} | {o - p:.1e} |" for n, p, o in rows),
    ]


def bcg_metafor(name: str, problem: dict[str, Any], fits: Fits) -> Compared:
    """Log likelihoods at metafor's estimates; our posterior beside its estimates of REML."""
    found, data = problem["results"], frame(problem)

    def at(fitted: str, **point: Any) -> float:
        model, evidence = fits.problems[fitted]
        density = LogDensity(model.build(evidence))
        start = {k: np.zeros_like(v) for k, v in density.model.initial_point().items()}
        return density(start | {k: np.asarray(v) for k, v in point.items()})[0]

    common, slope = found["EE"], found["metareg_ablat_REML"]
    x, selected = data["ablat"], found["selmodel_3psm_less_025"]
    omega, ml = selected["delta"][1], found["ML"]
    plain = fits.problems["bcg_bayesmeta_hn1"]  # random effects; the likelihood has no prior
    density = LogDensity(plain[0].build(plain[1]))
    start = {k: np.zeros_like(v) for k, v in density.model.initial_point().items()}
    without = density(
        start | {"effect": np.asarray(ml["b"]), "tau_log__": np.asarray(np.log(ml["tau2"]) / 2)}
    )[0]
    chosen = at(
        "bcg_metafor, selection", effect=selected["b"], tau_log__=np.log(selected["tau2"]) / 2,
        publication_interval__=[np.log(omega / (1 - omega))],
    )  # fmt: skip
    b0, b1 = slope["b"]
    exact = [
        ("common effect (EE)", common["loglik_ml"],
         at("bcg_metafor, common effect", effect=common["b"])),
        ("latitude (REML estimates)", slope["loglik_ml"],
         at("bcg_metafor, latitude", effect=b0 + b1 * x.mean(),
            slope_per_sd=[b1 * x.std(ddof=0)], tau_log__=np.log(slope["tau2"]) / 2)),
        ("selection, likelihood ratio", selected["LRT"], 2 * (chosen - without)),
    ]  # fmt: skip
    draws = fits.variable("bcg_metafor, latitude", "slope")[..., 0]
    reml, hn = found["REML"], fits.variable("bcg_bayesmeta_hn1", "effect")
    tau = fits.variable("bcg_bayesmeta_hn1", "tau")
    beside = [
        ("pooled effect, REML; posterior mean with tau ~ HalfNormal(1)", reml["b"], hn.mean()),
        ("its standard error; posterior SD", reml["se"], hn.std()),
        ("tau; posterior median", np.sqrt(reml["tau2"]), np.median(tau)),
        ("slope per degree; posterior mean", b1, draws.mean()),
        ("its standard error; posterior SD", slope["se"][1], draws.std()),
    ]
    lines = [*_table(exact, "log likelihood at the peer's estimates"), "",
             *_table(beside, "for orientation")]  # fmt: skip
    return Compared(name, [], [], "log density, and posteriors", lines)


def nissen_metafor(name: str, problem: dict[str, Any], fits: Fits) -> Compared:
    """The exact likelihood with a baseline for each study, each at its best."""
    theirs = problem["results"]["glmm_UM.FS_EE"]
    model, evidence = fits.problems["nissen_mi_metafor, common effect"]
    density, used = LogDensity(model.build(evidence)), evidence.used

    def baseline(row: Any) -> float:
        total = row.events_c + row.events_t
        if not total:  # without any event the likelihood grows to 1 as the baseline falls
            return -40.0

        def score(mu: float) -> float:
            return float(total - row.n_c * expit(mu) - row.n_t * expit(mu + theirs["b"]))

        return float(brentq(score, -40, 40))

    start = {k: np.zeros_like(v) for k, v in density.model.initial_point().items()}
    best = np.array([baseline(row) for row in used.itertuples()])
    ours = density(start | {"effect": np.asarray(theirs["b"]), "baseline": best})[0]
    draws = fits.variable("nissen_mi_metafor, common effect", "effect")
    beside = [
        ("log odds ratio; posterior mean of the common effect", theirs["b"], draws.mean()),
        ("its standard error; posterior SD", theirs["se"], draws.std()),
    ]
    lines = [*_table([("logistic, study effects (UM.FS, EE)", theirs["loglik"], ours)],
                     "log likelihood at the peer's estimates"), "",
             *_table(beside, "for orientation")]  # fmt: skip
    return Compared(name, [], [], "log density, and a posterior", lines)


def netmeta(name: str, problem: dict[str, Any], fits: Fits, fitted: str, kind: str) -> Compared:
    """Frequentist: contrasts with the reference, in standard errors of the peer."""
    found, named = problem["results"], fits.named(fitted)
    lines = ["| contrast | peer (SE) | ours (SD) | difference in SEs | SD over SE |",
             "|---|---|---|---|---|"]  # fmt: skip
    reference = fits(fitted).meta["reference"]
    column = found["treatments"].index(reference)
    for i, row in enumerate(found["treatments"]):
        if i == column:
            continue
        d = named[f"d[{row}]"]
        te, se = found[f"TE_{kind}"][i][reference], found[f"se_{kind}"][i][reference]
        lines.append(
            f"| {row} v {reference} | {te:.3f} ({se:.3f}) | {d.mean():.3f} ({d.std():.3f}) "
            f"| {(d.mean() - te) / se:+.2f} | {d.std() / se:.2f} |"
        )
    return Compared(name, [], [], fits.how(fitted), lines)


def vignettes(name: str, problem: dict[str, Any], fits: Fits) -> Compared:
    """Rows of multinma's vignettes that are printed to two digits."""
    pairs = []
    bcg, latitude = "bcg_vaccine vignette", "bcg_vaccine vignette, latitude"
    slope = fits.variable(latitude, "slope")[..., 0]
    mean = float(bcg_counts(Reference()).trials["latitude"].astype(float).mean())
    moved = fits.named(latitude) | {"beta[.trtVaccinated:latitude]": slope}
    for at in range(0, 60, 10):
        for label, variable in (("d", "treatment_effect"), ("delta_new", "predicted_effect")):
            own = fits.variable(latitude, variable)[..., 0] + slope * (at - mean)
            moved[f"{label}[{at}° latitude: Vaccinated]"] = own
    plain = fits.named(bcg)
    plain |= {"delta_new[Vaccinated]": fits.variable(bcg, "predicted_effect")[..., 0]}
    rows = [
        row for row in problem["results"] if row["vignette"] not in NO_DATA and not why_not(row)
    ]
    summaries = 0
    for row in rows:
        vignette, command = row["vignette"], row["after_command"]
        basic = command.startswith("Basic parameter")
        if vignette == "smoking":
            draws = fits.named("nma_smoking_multinma_random")
        elif vignette == "blocker":
            draws = fits.named("blocker_random")
        elif vignette == "bcg_vaccine":
            unadjusted = "bcg_fit_unadj" in command or (basic and summaries < 2)
            summaries += basic
            draws = plain if unadjusted else moved
        else:
            draws = _parkinsons(row, rows, fits)
        pairs += _printed(row, draws)
    return Compared(name, pairs, list(dict.fromkeys(p.quantity for p in pairs)), "as above")


def _parkinsons(row: dict[str, Any], rows: list[dict[str, Any]], fits: Fits) -> dict[str, Any]:
    """Draws behind a row: which evidence and which model follow from where it is printed."""
    command = row["after_command"]
    names = {
        ("arm", "FE"): "nma_parkinsons_fixed", ("arm", "RE"): "nma_parkinsons_random",
        ("contr", "FE"): "nma_parkinsons, contrasts, common",
        ("contr", "RE"): "nma_parkinsons_contrast_random",
        ("mix", "FE"): "nma_parkinsons, mixed, common",
        ("mix", "RE"): "nma_parkinsons, mixed, random",
    }  # fmt: skip
    if not command.startswith("Basic parameter"):
        which = next(w for w in ("arm", "contr", "mix") if f"{w}_releff_" in command)
        named = fits.named(names[which, "FE" if "releff_FE" in command else "RE"])
        return {f"d[{t}]": named[f"d[{t} vs. 1]"] for t in ("2", "3", "4", "5")}
    own = [
        r for r in rows
        if r["vignette"] == "parkinsons" and r["after_command"].startswith("Basic parameter")
    ]  # fmt: skip
    # Nine rows each: four effects under common, four and tau under random effects.
    block, place = divmod(next(i for i, r in enumerate(own) if r is row), 9)
    return fits.named(names[("arm", "contr", "mix")[block], "FE" if place < 4 else "RE"])


def _printed(row: dict[str, Any], draws: dict[str, Any]) -> list[Pair]:
    """A row against its digits: half a unit of the last one is no difference."""
    keys = {"mean": "mean", "sd": "sd", "2.5%": "q2.5", "50%": "median", "97.5%": "q97.5"}
    peer = {new: row[old] for old, new in keys.items() if old in row}
    ess = row.get("n_eff") or row.get("Bulk_ESS") or 1000
    found = numbers.moments(
        f"{row['vignette']}: {row['parameter']}", draws[row["parameter"]], peer,
        row["sd"] / np.sqrt(ess),
    )  # fmt: skip
    return [replace(pair, rounding=PRINTED) for pair in found]


def comparisons() -> dict[str, Callable[[str, dict[str, Any], Fits], Compared]]:
    """How each file of ../shared/reference is compared, in the order of the page."""
    better = {"nma_smoking_multinma_fixed": False, "nma_smoking_multinma_random": False}
    multinma = ("blocker_random", *better, "nma_parkinsons_fixed", "nma_parkinsons_random",
                "nma_parkinsons_contrast_random")  # fmt: skip
    return {
        **dict.fromkeys(NORMAL_NORMAL, numbers.bayesmeta),
        "bcg_metafor": bcg_metafor,
        "escalc_2x2_bcg": escalc,
        "escalc_means_normand1999": escalc,
        "nissen_mi_jags_binomial_normal": lambda n, p, f: numbers.nissen(n, p, f, NISSEN),
        "nissen_mi_multinma_random": lambda n, p, f: numbers.nissen(n, p, f, NISSEN),
        "nissen_mi_metafor": nissen_metafor,
        **{
            name: lambda n, p, f: numbers.network(n, p, f, lower_better=better.get(n, True))
            for name in multinma
        },
        "nma_smoking_jags_tsd2": numbers.smoking_jags,
        "nma_smoking_netmeta": lambda n, p, f: netmeta(
            n, p, f, "nma_smoking_multinma_random", "random"
        ),
        "nma_parkinsons_netmeta": lambda n, p, f: netmeta(
            n, p, f, "nma_parkinsons, contrasts, common", "common"
        ),
        **{
            name: lambda n, p, f: numbers.time_course(
                n, p, f, "emax" if COURSES[n][0] == "emax" else "rate", COURSES[n][2]
            )
            for name in COURSES
        },
        "published_multinma_vignettes": vignettes,
    }  # fmt: skip


def behaviour_now() -> dict[str, Any]:
    """Log density of every problem's model, as its graph has it, and the hash of its data."""
    found = {}
    for name, (model, evidence) in problems(Reference()).items():
        graph = model.graph(evidence)
        program = read_program(graph.size, terms=graph.terms)
        rng = np.random.default_rng(0)
        points = start_of(graph) + 0.5 * rng.normal(size=(3, graph.size))
        values = [float(machine.log_density(program, point)[0]) for point in points]
        found[name] = {"data": evidence.data_hash, "log_density": values}
    return found


def _number(value: float) -> str:
    return f"{value:.4g}"


def _rows(compared: Compared) -> list[str]:
    """A line a quantity: peer and ours of each statistic, and the largest difference."""
    lines = ["| quantity | " + " | ".join(f"{s}: peer, ours" for s in STATISTICS)
             + " | largest difference, errors |", "|---" * (len(STATISTICS) + 2) + "|"]  # fmt: skip
    for quantity in compared.shown:
        own = {p.statistic: p for p in compared.pairs if p.quantity == quantity}
        cells = [
            f"{_number(own[s].peer)}, {_number(own[s].ours)}" if s in own else ""
            for s in STATISTICS
        ]
        most = max((own[s].errors for s in STATISTICS if s in own), key=abs)
        lines.append(f"| {quantity} | {' | '.join(cells)} | {most:+.1f} |")
    return lines


def as_markdown(record: dict[str, Any], found: list[Compared], reference: Reference) -> str:
    """The page: what agrees in one table, then a table a problem."""
    pairs = [pair for compared in found for pair in compared.pairs]
    lines = [
        "# The peers' numbers",
        "",
        f"Made by `{record['command']}` on {record['date']}. {len(found)} problems of "
        f"`../shared/reference`; {len(pairs)} numbers with a Monte Carlo error, of which "
        f"{_beyond(pairs, 2):.1%} differ by more than two errors (4.6 % would by chance), "
        f"{sum(abs(p.errors) > BEYOND for p in pairs)} by more than {BEYOND:g}. The error is that "
        "of both samplers together; of the exact peers ours alone. Differences of one problem are "
        "correlated: quantiles of one quantity, contrasts of one network.",
        "",
        "| problem | peer | numbers | beyond 2 errors | largest difference | what |",
        "|---|---|---|---|---|---|",
    ]
    for compared in found:
        peer = reference(compared.name)["version"]
        note = NOTES[compared.name][0]
        lines.append(f"| {compared.name} | {peer} | {_summary(compared)} | {note} |")
    for compared in found:
        lines += ["", f"## {compared.name}", "", f"{reference(compared.name)['version']}; ours: "
                  f"{compared.how}.", ""]  # fmt: skip
        lines += _rows(compared) if compared.shown else compared.more
        if len(NOTES[compared.name]) > 1:
            lines += ["", *NOTES[compared.name][1:]]
    return "\n".join(lines) + "\n"


def _beyond(pairs: list[Pair], errors: float) -> float:
    return float(np.mean([abs(p.errors) > errors for p in pairs])) if pairs else 0.0


def _summary(compared: Compared) -> str:
    if not compared.pairs:
        return " |  | see below"
    worst = max(compared.pairs, key=lambda p: abs(p.errors))
    return (
        f"{len(compared.pairs)} | {_beyond(compared.pairs, 2):.0%} | {worst.errors:+.1f} errors: "
        f"{worst.quantity} {worst.statistic}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare every reference problem with its peer.")
    parser.add_argument("--only", default="", help="problems whose name begins so; writes nothing")
    only = parser.parse_args().only
    reference, before = Reference(), behaviour_now()
    fits, found = Fits(problems(reference), DRAWS), []
    for name, compare in comparisons().items():
        if name.startswith(only):
            found.append(compare(name, reference(name), fits))
            print(f"{name}: {_summary(found[-1])}", flush=True)
    record = {
        "what": "every problem of shared/reference against its peer; see peers.md",
        **provenance("python validation/peers.py", before),
        "draws": DRAWS,
        "problems": {
            compared.name: {
                "numbers": len(compared.pairs),
                "beyond": [
                    f"{p.quantity} {p.statistic}: {p.errors:+.1f} errors"
                    for p in compared.pairs
                    if abs(p.errors) > BEYOND
                ],
                "largest": max((abs(p.errors) for p in compared.pairs), default=0.0),
            }
            for compared in found
        },
    }
    page = as_markdown(record, found, reference)
    if only:
        print(page)
    else:
        write_record(HERE / "peers.json", record)
        write_text(HERE / "peers.md", page)
    return int(any(entry["beyond"] for entry in record["problems"].values()))


if __name__ == "__main__":
    sys.exit(main())
