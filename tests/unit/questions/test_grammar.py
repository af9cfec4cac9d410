import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from trialpool.errors import QuestionError
from trialpool.questions import table
from trialpool.questions.grammar import NotUnderstoodError, normalise, parse
from trialpool.questions.statement import And, Given, Margin, Not, Or, Statement, Time, Trial

NAMES = {
    c: c
    for c in [
        "PRP",
        "MSC",
        "MPC",
        "disc progenitor",
        "disc",
        "usual care",
        "MPC + HA",
        "placebo",
        "A",
    ]
} | {"saline": "placebo", "PRP-L": "leukocyte-rich PRP"}


def wants(form, *classes, months=None, how="at", start=0.0, margin=None, unit=None, **more):
    """A statement in few words, so that the table below can be read."""
    first, *versus = classes or (None,)
    return Statement(
        form,
        (first,) if first else (),
        versus=versus[0] if versus else None,
        time=None if months is None and how == "at" else Time(months, how, start),
        margin=None if margin is None else Margin(margin, unit),
        **more,
    )


def trial(form, *classes, patients=None, **more):
    return wants(form, *classes, trial=Trial(patients), **more)


TABLE = [
    ("probability PRP beats MSC at 24 months", wants("beats", "PRP", "MSC", months=24)),
    ("PRP beats MSC", wants("beats", "PRP", "MSC")),
    (
        "What is the probability that PRP is better than MSC by 10 at 2 years?",
        wants("beats", "PRP", "MSC", months=24, margin=10),
    ),
    (
        "what's the probability of PRP beating MSC at 24 months",
        wants("beats", "PRP", "MSC", months=24),
    ),
    (
        "P(PRP beats MSC by at least 10 points at month 24)",
        wants("beats", "PRP", "MSC", months=24, margin=10, unit="points"),
    ),
    ("Pr( PRP beats MSC )", wants("beats", "PRP", "MSC")),
    ("PRP beats MSC by \u2265 10 at 24 months", wants("beats", "PRP", "MSC", months=24, margin=10)),
    (
        "PRP beats MSC by 10 or more at 24 months",
        wants("beats", "PRP", "MSC", months=24, margin=10),
    ),
    ("PRP beats MSC by more than ten at 24 m", wants("beats", "PRP", "MSC", months=24, margin=10)),
    (
        "PRP beats MSC by 7.5 points of 100 at 24 months",
        wants("beats", "PRP", "MSC", months=24, margin=7.5, unit="points"),
    ),
    (
        "PRP is at least 10 points better than MSC at 24 months",
        wants("beats", "PRP", "MSC", months=24, margin=10, unit="points"),
    ),
    (
        "PRP beats MSC by 0.2 SDs at 24 months",
        wants("beats", "PRP", "MSC", months=24, margin=0.2, unit="SDs"),
    ),
    (
        "PRP beats MSC by at least 0.2 standard deviations at 24 months",
        wants("beats", "PRP", "MSC", months=24, margin=0.2, unit="SDs"),
    ),
    (
        "PRP is more than 0.3SD better than MSC at 2 years",
        wants("beats", "PRP", "MSC", months=24, margin=0.3, unit="SDs"),
    ),
    (
        "MPC works by at least half an SD at 12 months",
        wants("works", "MPC", months=12, margin=0.5, unit="SDs"),
    ),
    (
        "MPC works by one SD of the patients at 12 months",
        wants("works", "MPC", months=12, margin=1, unit="SDs"),
    ),
    ("PRP worse than MSC at 24m", wants("beats", "MSC", "PRP", months=24)),
    ("PRP is worse than MSC by 5 at 24m", wants("beats", "MSC", "PRP", months=24, margin=5)),
    ("is PRP superior to saline at 1.5 yr", wants("beats", "PRP", "placebo", months=18)),
    (
        "prp outperforms usual care at twenty-four months",
        wants("beats", "PRP", "usual care", months=24),
    ),
    (
        "At 24 months, what is the probability that MSC cells are better than usual care?",
        wants("beats", "MSC", "usual care", months=24),
    ),
    (
        "How likely is it that disc progenitors beat discs at 24 months?",
        wants("beats", "disc progenitor", "disc", months=24),
    ),
    (
        "the benefit of PRP is greater than the benefit of MSC at 24 months",
        wants("beats", "PRP", "MSC", months=24),
    ),
    ("MPC+HA beats MPC at 24 months", wants("beats", "MPC + HA", "MPC", months=24)),
    ("PRP\u2011L beats A at 24 months", wants("beats", "leukocyte-rich PRP", "A", months=24)),
    ("PRP beats MSC at half a year", wants("beats", "PRP", "MSC", months=6)),
    ("PRP beats MSC at a year", wants("beats", "PRP", "MSC", months=12)),
    ("PRP beats MSC at two and a half years", wants("beats", "PRP", "MSC", months=30)),
    ("PRP beats MSC at year 2", wants("beats", "PRP", "MSC", months=24)),
    ("PRP beats MSC at 104 weeks", wants("beats", "PRP", "MSC", months=24)),
    ("PRP beats MSC at thirty-six mo.", wants("beats", "PRP", "MSC", months=36)),
    ("PRP beats MSC at 24", wants("beats", "PRP", "MSC", months=24)),
    (
        "PRP beats MSC by 10 by 24 months",
        wants("beats", "PRP", "MSC", months=24, margin=10, how="every"),
    ),
    (
        "PRP beats MSC by the MCID at 24 months",
        wants("beats", "PRP", "MSC", months=24, margin="mcid"),
    ),
    (
        "PRP beats MSC for pain at 24 months",
        wants("beats", "PRP", "MSC", months=24, outcomes=("pain",)),
    ),
    ("MPC works by 5 at 24 months", wants("works", "MPC", months=24, margin=5)),
    ("does MPC help at 36 mo", wants("works", "MPC", months=36)),
    (
        "Is MPC effective at 24 months for pain?",
        wants("works", "MPC", months=24, outcomes=("pain",)),
    ),
    ("MPC has a benefit of at least 10 at 12 months", wants("works", "MPC", months=12, margin=10)),
    ("MPC's benefit is at least 10 at 24 months", wants("at_least", "MPC", months=24, margin=10)),
    (
        "the benefit of MPC exceeds the MCID at 24 months",
        wants("at_least", "MPC", months=24, margin="mcid"),
    ),
    (
        "MPC works by a clinically important amount at twelve months",
        wants("works", "MPC", months=12, margin="mcid"),
    ),
    ("MPC has a meaningful benefit at 24 months", wants("works", "MPC", months=24, margin="mcid")),
    ("MPC works beyond two years", wants("works", "MPC", months=24, how="past")),
    ("PRP is best at 24 months", wants("best", "PRP", months=24)),
    ("PRP works best at 24 months", wants("best", "PRP", months=24)),
    ("PRP is the worst at two years", wants("worst", "PRP", months=24)),
    ("which class is best at 24 months", wants("best", months=24)),
    ("what is best at 24 months", wants("best", months=24)),
    ("how much of MPC's benefit is left at 36 months", wants("left", "MPC", months=36)),
    ("How much of MPC\u2019s benefit is left at 36 months?", wants("left", "MPC", months=36)),
    (
        "how much of MPC\u2019s 12-month benefit is left at 36 months",
        wants("left", "MPC", months=36, since=12),
    ),
    (
        "how much of the 12-month benefit of MPC is left after three years",
        wants("left", "MPC", months=36, since=12),
    ),
    (
        "what share of MPC's benefit at 12 months remains at 36 months",
        wants("left", "MPC", months=36, since=12),
    ),
    ("how much of the benefit is left at 36 months", wants("left", months=36)),
    ("does the effect of MPC last past two years", wants("lasts", "MPC", months=24, how="past")),
    ("does MPC's effect last longer than 2 years", wants("lasts", "MPC", months=24, how="past")),
    ("does the effect last past 2 years", wants("lasts", months=24, how="past")),
    (
        "will the benefit of MSC persist beyond 24 months?",
        wants("lasts", "MSC", months=24, how="past"),
    ),
    ("does MPC still work at 36 months", wants("still", "MPC", months=36)),
    ("does MPC still work after two years", wants("still", "MPC", months=24, how="past")),
    (
        "PRP raises serious adverse events",
        wants("raises", "PRP", outcomes=("serious adverse events",)),
    ),
    ("PRP is safe", wants("safe", "PRP")),
    ("PRP is safer than MSC", wants("safer", "PRP", "MSC")),
    ("which is safest", wants("safest")),
    ("PRP has benefit over the MCID at 12 months", wants("works", "PRP", months=12, margin="mcid")),
    ("PRP beats MSC by 10% at 24 months", wants("beats", "PRP", "MSC", months=24, margin=10,
                                                unit="%")),
    ("PRP raises sae by more than 50 percent", wants("raises", "PRP", margin=50, unit="%",
                                                     outcomes=("sae",))),
    ("PRP does not raise sae", wants("not_raises", "PRP", outcomes=("sae",))),
    # ---- a new trial
    ("probability a new trial of PRP shows a benefit at 12 months",
     trial("works", "PRP", months=12)),
    ("a new trial of PRP with 100 patients observes a benefit over the MCID at 12 months",
     trial("works", "PRP", months=12, margin="mcid", patients=100)),
    ("a new trial of PRP with 50 patients per arm finds a benefit of at least 10 points at 1 year",
     trial("works", "PRP", months=12, margin=10, unit="points", patients=100)),
    ("a new trial of PRP shows a benefit by 10 at 12 months",
     trial("works", "PRP", months=12, margin=10)),
    ("would a new PRP trial show a benefit over placebo at 12 months",
     trial("works", "PRP", "placebo", months=12)),
    ("new trial of PRP v MSC shows a clinically important benefit at 12 months",
     trial("works", "PRP", "MSC", months=12, margin="mcid")),
    ("at 12 months, does a new study of disc progenitor cells vs. discs show a benefit for pain?",
     trial("works", "disc progenitor", "disc", months=12, outcomes=("pain",))),
    ("probability a trial of 60 patients of MSC is significant at 12 months",
     trial("significant", "MSC", months=12, patients=60)),
    ("a new trial of PRP (n=60) reaches statistical significance at 12 months",
     trial("significant", "PRP", months=12, patients=60)),
    ("a new trial of PRP at 12 months with n = 30 per group finds a significant benefit",
     trial("significant", "PRP", months=12, patients=60)),
    ("share of future PRP trials with benefit over the MCID at 12 months",
     trial("share", "PRP", months=12, margin="mcid")),
    ("what proportion of new trials of PRP would show a benefit of 5 at 12 months",
     trial("share", "PRP", months=12, margin=5)),
    ("what would a new trial of PRP with 80 patients find at 12 months",
     trial("finds", "PRP", months=12, patients=80)),
    ("probability a new trial of PRP raises sae", trial("raises", "PRP", outcomes=("sae",))),
    ("a new trial of PRP relieves pain by 10 at 12 months",
     trial("reduces", "PRP", months=12, margin=10, outcomes=("pain",))),
    # ---- several statements
    ("probability PRP relieves pain by 10 at 12 months without raising serious adverse events",
     And((wants("reduces", "PRP", months=12, margin=10, outcomes=("pain",)),
          wants("not_raises", "PRP", outcomes=("serious adverse events",))))),
    ("PRP relieves pain by two and a half without raising sae by more than 50 %",
     And((wants("reduces", "PRP", margin=2.5, outcomes=("pain",)),
          wants("not_raises", "PRP", margin=50, unit="%", outcomes=("sae",))))),
    ("PRP beats MSC in pain by 10 at 12 months and improves function at 24 months and is safer "
     "than MSC",
     And((wants("beats", "PRP", "MSC", months=12, margin=10, outcomes=("pain",)),
          wants("works", "PRP", months=24, outcomes=("function",)),
          wants("safer", "PRP", "MSC")))),
    ("PRP is worse than MSC at 12 months but it is safer than MSC",
     And((wants("beats", "MSC", "PRP", months=12), wants("safer", "PRP", "MSC")))),
    ("PRP works and the benefit of MSC is at least 5 at 12 months",
     And((wants("works", "PRP"), wants("at_least", "MSC", margin=5, months=12)))),
    ("PRP works or MSC works and MPC works",
     Or((wants("works", "PRP"), And((wants("works", "MSC"), wants("works", "MPC")))))),
    ("(PRP works or MSC works) and MPC works",
     And((Or((wants("works", "PRP"), wants("works", "MSC"))), wants("works", "MPC")))),
    ("PRP works and not (MSC works or MPC is best) at 12 months",
     And((wants("works", "PRP"),
          Not(Or((wants("works", "MSC", months=12), wants("best", "MPC", months=12))))))),
    ("PRP is not better than MSC at 24 months", Not(wants("beats", "PRP", "MSC", months=24))),
    ("PRP is no better than MSC", Not(wants("beats", "PRP", "MSC"))),
    ("PRP isn't worse than MSC", Not(wants("beats", "MSC", "PRP"))),
    ("PRP is not safe and works at 12 months",
     And((Not(wants("safe", "PRP")), wants("works", "PRP", months=12)))),
    ("probability MPC beats PRP at 36 months given that it beats PRP at 12",
     Given(wants("beats", "MPC", "PRP", months=36), wants("beats", "MPC", "PRP", months=12))),
    ("P(MPC works at 36 months | MPC works at 12 months and PRP works)",
     Given(wants("works", "MPC", months=36),
           And((wants("works", "MPC", months=12), wants("works", "PRP"))))),
    # ---- symbols
    ("P(PRP > MSC + 10 @ 24)", wants("exceeds", "PRP", "MSC", months=24, margin=10)),
    ("PRP < MSC @ 24", wants("exceeds", "MSC", "PRP", months=24)),
    ("PRP > MSC at 24 months", wants("exceeds", "PRP", "MSC", months=24)),
    ("PRP < MSC - 10 @ 24", wants("exceeds", "MSC", "PRP", months=24, margin=10)),
    ("PRP > MSC - 5 @ 24", wants("noninferior", "PRP", "MSC", months=24, margin=5)),
    ("PRP >= 10 @ 24", wants("at_least", "PRP", months=24, margin=10)),
    ("PRP <= 10 points @ 24",
     wants("at_most", "PRP", months=24, margin=10, unit="points")),
    ("PRP - MSC > 10 @ 24", wants("at_least", "PRP", "MSC", months=24, margin=10)),
    ("P(PRP > MSC @ 24 & MPC > MSC @ 24)",
     And((wants("exceeds", "PRP", "MSC", months=24), wants("exceeds", "MPC", "MSC", months=24)))),
    # ---- sizes
    ("PRP is non-inferior to MSC within 5 points at 12 months",
     wants("noninferior", "PRP", "MSC", months=12, margin=5, unit="points")),
    ("PRP is non-inferior to MSC with a margin of 5 at 12 months",
     wants("noninferior", "PRP", "MSC", months=12, margin=5)),
    ("PRP is equivalent to MSC within the MCID at 12 months",
     wants("equivalent", "PRP", "MSC", months=12, margin="mcid")),
    ("PRP is within 5 points of MSC at 12 months",
     wants("equivalent", "PRP", "MSC", months=12, margin=5, unit="points")),
    ("the effect of PRP against usual care is at most 5 at 12 months",
     wants("at_most", "PRP", "usual care", months=12, margin=5)),
    ("PRP has a benefit of at most ten at 12 months",
     wants("at_most", "PRP", months=12, margin=10)),
    ("PRP has a benefit between 5 and 10 points at 12 months",
     wants("between", "PRP", months=12, margin=5, upper=Margin(10, "points"))),
    ("the difference between PRP and MSC is over 5 at 12 months",
     wants("at_least", "PRP", "MSC", months=12, margin=5)),
    ("PRP has a pain benefit of at least 10 at 12 months",
     wants("works", "PRP", months=12, margin=10, outcomes=("pain",))),
    ("PRP is worse than MSC by more than 5 points at 12 months",
     wants("beats", "MSC", "PRP", months=12, margin=5, unit="points")),
    ("what is the effect of PRP on pain at 12 months",
     wants("finds", "PRP", months=12, outcomes=("pain",))),
    ("how large is the difference between PRP and MSC at 1 year",
     wants("finds", "PRP", "MSC", months=12)),
    # ---- ranks, shares, harm
    ("PRP is in the top 2 at 24 months", wants("top", "PRP", months=24, rank=2)),
    ("which class ranks in the top three at 2 years", wants("top", months=24, rank=3)),
    ("MPC keeps at least half of its benefit at 36 months",
     wants("keeps", "MPC", months=36, kept=0.5)),
    ("MPC keeps 40 % of its 12-month benefit by 36 months",
     wants("keeps", "MPC", months=36, kept=0.4, since=12)),
    ("MPC retains two thirds of its benefit at 36 months",
     wants("keeps", "MPC", months=36, kept=2 / 3)),
    ("MPC loses its benefit by 36 months", wants("loses", "MPC", months=36)),
    ("MPC loses a third of its benefit by 36 months",
     wants("loses", "MPC", months=36, kept=1 / 3)),
    ("MPC wears off by 3 years", wants("loses", "MPC", months=36)),
    ("does PRP harm", wants("harms", "PRP")),
    ("PRP is harmful at 12 months", wants("harms", "PRP", months=12)),
    # ---- times
    ("PRP works by 36 months", wants("works", "PRP", months=36, how="every")),
    ("PRP works until 36 months", wants("works", "PRP", months=36, how="every")),
    ("PRP always beats MSC up to 24 months", wants("beats", "PRP", "MSC", months=24, how="every")),
    ("PRP beats MSC at every visit", wants("beats", "PRP", "MSC", how="every")),
    ("PRP ever works by 10", wants("works", "PRP", margin=10, how="some")),
    ("PRP works at some time up to 36 months", wants("works", "PRP", months=36, how="some")),
    ("PRP works within 6 months", wants("works", "PRP", months=6, how="some")),
    ("PRP beats MSC between 12 and 36 months",
     wants("beats", "PRP", "MSC", months=36, how="average", start=12)),
    ("PRP beats MSC from 1 year to 3 years",
     wants("beats", "PRP", "MSC", months=36, how="average", start=12)),
    ("PRP works on average over the first two years",
     wants("works", "PRP", months=24, how="average")),
    # ---- populations and comparators
    ("PRP beats MSC at 24 months in the average trial", wants("beats", "PRP", "MSC", months=24)),
    ("PRP beats MSC at 24 months in a new trial", trial("beats", "PRP", "MSC", months=24)),
    ("PRP beats MSC by 5 in a new trial of 200 patients at 24 months",
     trial("beats", "PRP", "MSC", months=24, margin=5, patients=200)),
    ("PRP works against usual care at 12 months", wants("works", "PRP", "usual care", months=12)),
    ("which class works versus usual care at 12 months",
     replace(wants("works", months=12), versus="usual care")),
    ("PRP beats MSC where lower is better", wants("beats", "PRP", "MSC", lower=True)),
]  # fmt: skip


@pytest.mark.parametrize(("question", "expected"), TABLE, ids=[q for q, _ in TABLE])
def test_reads(question, expected):
    assert parse(question, NAMES) == expected
    assert parse(question.upper(), NAMES) == expected


def test_table_does_not_shrink():
    assert len(TABLE) >= 145


REFUSED = [
    ("a trial of 10 shows a benefit at 12 months", "10"),
    ("a trial of PRP and MSC shows a benefit", "and"),
    ("PRP works and", ""),
    ("PRP beats MSC by 10 mm at 24 months", "mm"),
    ("PRP beats MSC at 24 SDs", "sds"),
    ("PRP beats BMAC at 24 months", "bmac"),
    ("PRP beats MSC and MPC at 24 months", "and"),
    ("PRP beets MSC", "beets"),
    ("PRP beats MSC at 24 lightyears", "lightyears"),
    ("tell me a story", "story"),
    ("", ""),
    ("PRP", ""),
]


@pytest.mark.parametrize(("question", "phrase"), REFUSED)
def test_what_is_not_understood_is_named_and_never_skipped(question, phrase):
    with pytest.raises(NotUnderstoodError) as caught:
        parse(question, NAMES)
    assert caught.value.phrase == phrase


@pytest.mark.parametrize(
    "question",
    [
        "PRP beats MSC at 24 months at 36 months",
        "PRP beats MSC by 5 at 24 months by 10",
        "how much of PRP MSC benefit is left",
        "a new trial of PRP with 40 patients of 50 patients shows a benefit at 12 months",
        "a new trial shows a benefit at 12 months",
    ],
)
def test_contradictions(question):
    with pytest.raises(QuestionError, match="expected one"):
        parse(question, NAMES)


def test_the_table_is_that_of_the_grammar():
    kept = json.loads(gzip.decompress(Path(table.__file__).with_name(table.FILE).read_bytes()))
    stamp = {key: kept[key] for key in table._stamp()}
    assert stamp == table._stamp(), "questions.lark or lark has changed: run make grammar"


def test_a_table_that_is_written_is_read(tmp_path, monkeypatch):
    table.write(tmp_path / table.FILE)
    (tmp_path / "questions.lark").write_text(table.grammar(), encoding="utf-8")
    monkeypatch.setattr(table, "files", lambda package: tmp_path)
    assert table._read() is not None
    assert table.parser_of("prp|msc").parse("prp beats msc")


def test_a_table_of_another_grammar_is_not_used(monkeypatch):
    monkeypatch.setattr(table, "_stamp", lambda: {"lark": "another"})
    assert table._read() is None
    assert table.parser_of("prp|msc").parse("prp beats msc")


def test_minus_stays_a_minus():
    assert parse("PRP beats MSC by -5 at 24 months", NAMES).margin == Margin(-5)
    assert normalise("PRP-L \u2013 24-month") == "prp l 24 month"
