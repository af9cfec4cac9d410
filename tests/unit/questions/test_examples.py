"""The examples of docs/questions.md on a fit of data/simulated, against NumPy on its arrays."""

from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

import trialpool as tp

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "questions.md"
ACTIVE = ("PRP", "MSC", "MPC")
REPORTS = pd.read_csv(ROOT / "data" / "simulated" / "reports.csv", comment="#")


class Arrays:
    """The arrays of a joint fit, and the few ways in which the examples read them."""

    def __init__(self, posterior):
        self.meta = posterior.meta["records"]
        self.of = posterior.tree["posterior"].to_dataset()
        self.grid = self.of["pain::months"].values

    def b(self, cls, month, outcome="pain"):
        """Benefit of a class at a month of the grid, (chain * draw,)."""
        course = self.of[f"{outcome}::benefit"]
        if cls == "placebo":
            return np.zeros(course.shape[0] * course.shape[1])
        at = {f"{outcome}::class": cls, f"{outcome}::months": float(month)}
        return course.sel(at).values.ravel()

    def e(self, cls):
        """Log odds ratio of adverse events."""
        return self.of["sae::log_odds_ratio"].sel({"sae::class": cls}).values.ravel()

    def share(self, cls, month):
        at = {"pain::class": cls, "pain::months": float(month)}
        return self.of["pain::course_share"].sel(at).values.ravel()

    def __getitem__(self, name):
        return self.of[name].values.ravel()

    def visits(self, classes, month):
        """Months of the reports of these classes, after the last those of the grid, and the end."""
        pain = REPORTS[(REPORTS.outcome == "pain") & REPORTS["class"].isin(classes)]
        seen = {m for m in pain.months if m > 0}
        later = {m for m in self.grid if m > max(seen)}
        return sorted({m for m in seen | later if m <= month} | {month})

    def average(self, cls, start, end):
        months = [m for m in self.grid if start <= m <= end]
        course = np.stack([self.b(cls, m) for m in months])
        weights = np.diff(months)[:, None]
        return ((course[1:] + course[:-1]) / 2 * weights).sum(axis=0) / (end - start)

    @property
    def mcid(self):
        return self.meta["pain"]["mcid"]


def over(mean, sd, margin):
    """P(N(mean, sd) > margin), averaged over the draws."""
    normal = NormalDist()
    return np.mean([normal.cdf((m - margin) / s) for m, s in zip(mean, sd, strict=True)])


def deviation(a, cls, month):
    return a.share(cls, month) * np.hypot(a["pain::tau"], a["pain::treatment_sd"])


def between_trials(a, one, other, month):
    """SD of a new trial's difference between two classes, each with a product of its own."""
    part = a["pain::tau"] ** 2 / 2 + a["pain::treatment_sd"] ** 2
    return np.sqrt((a.share(one, month) ** 2 + a.share(other, month) ** 2) * part)


def noise(a, patients):
    return a["pain::spread"] * np.sqrt(1 - a["pain::rho"] ** 2) * np.sqrt(4 / patients)


def best_of(values, cls):
    return values[cls] > np.max([v for c, v in values.items() if c != cls], axis=0)


def at(a, month, outcome="pain"):
    return {c: a.b(c, month, outcome) for c in ACTIVE}


def kept(a, cls, since, month, share):
    had = a.b(cls, since) > 0
    return np.mean(a.b(cls, month)[had] >= share * a.b(cls, since)[had])


def gone(a, cls, since, month):
    had = a.b(cls, since) > 0
    return np.mean(a.b(cls, month)[had] <= 0)


def given(hits, condition):
    return np.mean(hits[condition])


def relative(a, one, other, month, factor):
    has = a.b(other, month) > 0
    return np.mean((a.b(one, month) > factor * a.b(other, month))[has])


def every(a, classes, month, holds):
    return np.mean(np.all([holds(m) for m in a.visits(classes, month)], axis=0))


def some(a, classes, month, holds):
    return np.mean(np.any([holds(m) for m in a.visits(classes, month)], axis=0))


def rank_of(values, cls):
    return 1 + np.sum([v > values[cls] for c, v in values.items() if c != cls], axis=0)


#: Question, and its probability from the arrays.
EXAMPLES = [
    ("probability PRP beats MSC at 24 months",
     lambda a: np.mean(a.b("PRP", 24) > a.b("MSC", 24))),
    ("what is the probability that PRP is better than MSC by more than 3 points at 2 years?",
     lambda a: np.mean(a.b("PRP", 24) - a.b("MSC", 24) > 3)),
    ("P(PRP > MSC + 3 @ 24)", lambda a: np.mean(a.b("PRP", 24) - a.b("MSC", 24) > 3)),
    ("P(PRP < MSC @ 24)", lambda a: np.mean(a.b("PRP", 24) < a.b("MSC", 24))),
    ("is MPC worse than MSC at 12 months", lambda a: np.mean(a.b("MPC", 12) < a.b("MSC", 12))),
    ("PRP isn't better than MSC at 24 months",
     lambda a: np.mean(a.b("PRP", 24) <= a.b("MSC", 24))),
    ("platelet-rich plasma outperforms hyaluronic acid at 12 months",
     lambda a: np.mean(a.b("PRP", 12) > a.b("hyaluronate", 12))),
    ("PRP beats stem cells by the MCID at 24 months",
     lambda a: np.mean(a.b("PRP", 24) - a.b("MSC", 24) > a.mcid)),
    ("MPC beats PRP by 20 % at 24 months", lambda a: relative(a, "MPC", "PRP", 24, 1.2)),
    ("PRP is non-inferior to MSC within 5 points at 12 months",
     lambda a: np.mean(a.b("PRP", 12) - a.b("MSC", 12) > -5)),
    ("PRP is equivalent to MSC within the MCID at 12 months",
     lambda a: np.mean(np.abs(a.b("PRP", 12) - a.b("MSC", 12)) < a.mcid)),
    ("PRP is within 5 points of MPC at 12 months",
     lambda a: np.mean(np.abs(a.b("PRP", 12) - a.b("MPC", 12)) < 5)),
    ("does MPC work at 24 months", lambda a: np.mean(a.b("MPC", 24) > 0)),
    ("MPC works against hyaluronate by 2 at 24 months",
     lambda a: np.mean(a.b("MPC", 24) - a.b("hyaluronate", 24) > 2)),
    ("the effect of MPC is at least 5 at 12 months", lambda a: np.mean(a.b("MPC", 12) > 5)),
    ("the effect of MPC over hyaluronate is at most 5 at 12 months",
     lambda a: np.mean(a.b("MPC", 12) - a.b("hyaluronate", 12) <= 5)),
    ("MSC has a benefit between 0 and 10 points at 6 months",
     lambda a: np.mean((a.b("MSC", 6) > 0) & (a.b("MSC", 6) < 10))),
    ("PRP has a pain benefit of at least 2 at 12 months", lambda a: np.mean(a.b("PRP", 12) > 2)),
    ("what is the effect of PRP at 12 months", lambda a: np.mean(a.b("PRP", 12) > 0)),
    ("how large is the difference between PRP and MSC at 12 months",
     lambda a: np.mean(a.b("PRP", 12) > a.b("MSC", 12))),
    ("does PRP raise pain at 12 months", lambda a: np.mean(a.b("PRP", 12) < 0)),
    ("PRP is best at 24 months", lambda a: np.mean(best_of(at(a, 24), "PRP"))),
    ("MSC is worst for function at 24 months",
     lambda a: np.mean(rank_of(at(a, 24, "function"), "MSC") == 3)),
    ("MPC is in the top two at 24 months", lambda a: np.mean(rank_of(at(a, 24), "MPC") <= 2)),
    ("MPC improves function at 24 months", lambda a: np.mean(a.b("MPC", 24, "function") > 0)),
    ("how much of MPC's 6-month benefit is left at 36 months",
     lambda a: kept(a, "MPC", 6, 36, 0.5)),
    ("how much of MPC's benefit is left at 36 months", lambda a: kept(a, "MPC", 24, 36, 0.5)),
    ("MPC keeps at least a third of its 12-month benefit at 36 months",
     lambda a: kept(a, "MPC", 12, 36, 1 / 3)),
    ("MSC loses its benefit by 36 months", lambda a: gone(a, "MSC", 24, 36)),
    ("does MPC still work at 36 months", lambda a: np.mean(a.b("MPC", 36) > 0)),
    ("does the effect of MPC last past two years", lambda a: np.mean(a.b("MPC", 36) > 0)),
    ("PRP beats MSC by 24 months",
     lambda a: every(a, ["PRP", "MSC"], 24, lambda m: a.b("PRP", m) > a.b("MSC", m))),
    ("MPC always works up to 36 months",
     lambda a: every(a, ["MPC"], 36, lambda m: a.b("MPC", m) > 0)),
    ("MPC ever works by 5 up to 36 months",
     lambda a: some(a, ["MPC"], 36, lambda m: a.b("MPC", m) > 5)),
    ("PRP beats MSC between 12 and 36 months",
     lambda a: np.mean(a.average("PRP", 12, 36) > a.average("MSC", 12, 36))),
    ("MPC works by 2 on average over the first two years",
     lambda a: np.mean(a.average("MPC", 0, 24) > 2)),
    ("MPC works at 27 months",
     lambda a: np.mean((a.b("MPC", 24) + a.b("MPC", 30)) / 2 > 0)),
    ("a new trial of PRP shows a benefit at 12 months",
     lambda a: over(a.b("PRP", 12), deviation(a, "PRP", 12), 0)),
    ("PRP beats MSC by 3 at 12 months in a new trial",
     lambda a: over(a.b("PRP", 12) - a.b("MSC", 12), between_trials(a, "PRP", "MSC", 12), 3)),
    ("PRP beats MSC at 12 months in a new trial of 200 patients",
     lambda a: over(a.b("PRP", 12) - a.b("MSC", 12),
                    np.hypot(between_trials(a, "PRP", "MSC", 12), noise(a, 200)), 0)),
    ("what would a new trial of MPC with 80 patients find at 12 months",
     lambda a: over(a.b("MPC", 12), np.hypot(deviation(a, "MPC", 12), noise(a, 80)), 0)),
    ("a new trial of MPC with 100 patients is significant at 12 months",
     lambda a: over(a.b("MPC", 12) - 1.959964 * noise(a, 100),
                    np.hypot(deviation(a, "MPC", 12), noise(a, 100)), 0)),
    ("share of future MPC trials with a benefit of at least 5 at 12 months",
     lambda a: over(a.b("MPC", 12), deviation(a, "MPC", 12), 5)),
    ("PRP works and MSC works at 12 months",
     lambda a: np.mean((a.b("PRP", 12) > 0) & (a.b("MSC", 12) > 0))),
    ("PRP works or MSC works at 12 months",
     lambda a: np.mean((a.b("PRP", 12) > 0) | (a.b("MSC", 12) > 0))),
    ("MPC works and not (PRP works or MSC works) at 12 months",
     lambda a: np.mean((a.b("MPC", 12) > 0) & (a.b("PRP", 12) <= 0) & (a.b("MSC", 12) <= 0))),
    ("PRP works or MSC works and MPC works at 12 months",
     lambda a: np.mean((a.b("PRP", 12) > 0) | ((a.b("MSC", 12) > 0) & (a.b("MPC", 12) > 0)))),
    ("probability MPC beats PRP at 36 months given that it beats PRP at 12 months",
     lambda a: given(a.b("MPC", 36) > a.b("PRP", 36), a.b("MPC", 12) > a.b("PRP", 12))),
    ("P(MPC > 5 @ 24 | MPC > 0 @ 12)", lambda a: given(a.b("MPC", 24) > 5, a.b("MPC", 12) > 0)),
    ("PRP relieves pain by 1 at 12 months without raising serious adverse events",
     lambda a: np.mean((a.b("PRP", 12) > 1) & (a.e("PRP") <= 0))),
    ("MPC relieves pain and improves function at 24 months and is safer than MSC",
     lambda a: np.mean((a.b("MPC", 24) > 0) & (a.b("MPC", 24, "function") > 0)
                       & (a.e("MPC") < a.e("MSC")))),
    ("MPC improves function at 24 months given that it relieves pain at 24 months",
     lambda a: given(a.b("MPC", 24, "function") > 0, a.b("MPC", 24) > 0)),
    ("PRP is safe", lambda a: np.mean(a.e("PRP") < 0)),
    ("does PRP harm", lambda a: np.mean(a.e("PRP") > 0)),
    ("PRP raises serious adverse events by more than 50 %",
     lambda a: np.mean(a.e("PRP") > np.log(1.5))),
    ("PRP is safer than MSC by 20 %", lambda a: np.mean(a.e("PRP") - a.e("MSC") < np.log(0.8))),
    ("PRP is non-inferior to MSC within 20 % for adverse events",
     lambda a: np.mean(a.e("PRP") - a.e("MSC") < np.log(1.2))),
    ("MPC is safest", lambda a: np.mean(best_of({c: -a.e(c) for c in ACTIVE}, "MPC"))),
    ("a new trial of PRP raises serious adverse events",
     lambda a: over(a.e("PRP"), a["sae::tau"], 0)),
]  # fmt: skip


@pytest.fixture(scope="session")
def posterior():
    outcomes = ("pain", "function", "sae")
    evidence = {o: tp.read_evidence(ROOT / "data" / "simulated", outcome=o) for o in outcomes}
    how = {"draws": 100, "tune": 200, "chains": 2, "seed": 3, "progress": False}
    return tp.fit(tp.Joint({o: tp.Model() for o in outcomes}), evidence, **how)


@pytest.fixture(scope="session")
def arrays(posterior):
    return Arrays(posterior)


@pytest.mark.parametrize(("question", "oracle"), EXAMPLES, ids=[q for q, _ in EXAMPLES])
def test_an_example_is_what_numpy_says(posterior, arrays, question, oracle):
    answer = posterior.ask(question)
    assert answer.probability == pytest.approx(float(oracle(arrays)), abs=1e-9)
    assert answer.mcse > 0 and 0 <= answer.prior_probability <= 1


def test_the_page_lists_these_examples_and_no_others():
    section = PAGE.read_text(encoding="utf-8").split("\n## Examples\n")[1].split("\n## ")[0]
    listed = [line[3:-1] for line in section.splitlines() if line.startswith("- `")]
    assert listed == [question for question, _ in EXAMPLES]
    assert len(set(listed)) == len(listed) >= 55
