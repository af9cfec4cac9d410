"""Laws that answers obey whatever the draws, and the same answer from Python, file and command."""

import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from trialpool import cli
from trialpool.draws import ATTRIBUTE, Draws
from trialpool.posterior import Posterior
from trialpool.questions import ask

CLASSES, MONTHS = ["A", "B", "C", "D"], [0.0, 6.0, 12.0, 36.0, 60.0]
META = {
    "layout": "longitudinal",
    "reference": "placebo",
    "outcome": "pain",
    "unit": "points of 100",
    "mcid": 1.0,
    "evidence": {
        "classes": {c: {"trials": 1, "patients": 20, "last_months": 36} for c in CLASSES},
        "direct": {},
    },
    "diagnostics": {"ok": True, "messages": []},
}


def arrays(seed):
    rng = np.random.default_rng(seed)
    shape = (2, 40, len(CLASSES))
    return {
        "benefit": rng.normal(0.3, 1, size=(*shape, len(MONTHS))),
        "course_share": rng.uniform(0.2, 1, size=(*shape, len(MONTHS))),
        "tau": rng.uniform(0.1, 1, size=shape[:2]),
        "spread": rng.uniform(5, 10, size=shape[:2]),
    }


def posterior(seed):
    return Draws.from_arrays(arrays(seed), coords={"class": CLASSES, "months": MONTHS}, meta=META)


def p(draws, question):
    (answer,) = ask(draws, question)
    return answer.probability


seeds = st.integers(0, 2**31)
#: Times and populations in which any comparison can be asked.
TAILS = st.sampled_from(
    [
        "at 12 months",
        "at 20 months",
        "between 6 and 36 months",
        "at 12 months in a new trial",
        "at 12 months in a new trial of 60 patients",
    ]
)
SIZES = st.floats(0, 3).map(lambda x: round(x, 3))
#: Statements that may be joined.
PARTS = st.sampled_from(
    [
        "A beats B at 12 months",
        "B works by 0.5 at 36 months",
        "C is best at 12 months",
        "A always works up to 36 months",
        "D harms at 6 months",
        "A is in the top 2 at 60 months",
        "not (A works at 6 months or C beats D at 6 months)",
        "A is equivalent to C within 0.7 at 12 months",
        "C works at 12 months in a new trial",
    ]
)
laws = settings(max_examples=60, deadline=None)


@laws
@given(seed=seeds, tail=TAILS)
def test_one_or_the_other_is_better(seed, tail):
    draws = posterior(seed)
    assert p(draws, f"A beats B {tail}") + p(draws, f"B beats A {tail}") == pytest.approx(1)
    assert p(draws, f"A beats B {tail}") == pytest.approx(p(draws, f"B is worse than A {tail}"))
    assert p(draws, f"A beats B {tail}") == pytest.approx(p(draws, f"P(A > B {tail})"))


@laws
@given(seed=seeds, tail=TAILS, sizes=st.tuples(SIZES, SIZES))
def test_a_larger_margin_is_never_more_likely(seed, tail, sizes):
    draws, (small, large) = posterior(seed), sorted(sizes)
    for form in ("A beats B by {}", "A works by {}"):
        asked = [p(draws, f"{form.format(m)} {tail}") for m in (small, large)]
        assert asked[0] >= asked[1] - 1e-12
    for form in ("A is non-inferior to B within {}", "A is equivalent to B within {}"):
        asked = [p(draws, f"{form.format(m)} {tail}") for m in (small, large)]
        assert asked[0] <= asked[1] + 1e-12
    forms = ("A beats B by {0}", "A is equivalent to B within {0}", "B beats A by {0}")
    assert sum(p(draws, f"{f.format(large)} {tail}") for f in forms) == pytest.approx(1)


@laws
@given(seed=seeds, one=PARTS, other=PARTS)
def test_joined_statements_stay_between_their_parts(seed, one, other):
    draws = posterior(seed)
    if "new trial" in one and "new trial" in other:
        return  # refused: one trial, or two?
    a, b = p(draws, one), p(draws, other)
    both, either = p(draws, f"{one} and {other}"), p(draws, f"{one} or {other}")
    assert max(a + b - 1, 0) - 1e-12 <= both <= min(a, b) + 1e-12
    assert max(a, b) - 1e-12 <= either <= min(a + b, 1) + 1e-12
    assert both + either == pytest.approx(a + b)
    assert p(draws, f"not ({one})") == pytest.approx(1 - a)
    assert p(draws, f"not ({one} and {other})") == pytest.approx(1 - both)
    if b > 0:
        assert p(draws, f"{one} given {other}") == pytest.approx(both / b)
        rest = p(draws, f"not ({one}) given {other}")
        assert p(draws, f"{one} given {other}") + rest == pytest.approx(1)


@laws
@given(seed=seeds, month=st.sampled_from([12, 36, 60]))
def test_windows_are_ordered(seed, month):
    draws = posterior(seed)
    at, every, some = (
        p(draws, f"A beats B {when} {month} months")
        for when in ("at", "always up to", "ever up to")
    )
    assert every <= at <= some
    shorter = p(draws, "A beats B always up to 6 months")
    assert every <= shorter == p(draws, "A beats B at 6 months")


@laws
@given(seed=seeds)
def test_ranks_add_up(seed):
    draws = posterior(seed)
    total = [
        sum(answer.probability for answer in ask(draws, f"which class is {place} at 12 months"))
        for place in ("best", "in the top 2", "in the top 3", "worst")
    ]
    assert total == pytest.approx([1, 2, 3, 1])
    last = p(draws, "A is worst at 12 months")
    assert p(draws, "A is in the top 3 at 12 months") + last == pytest.approx(1)


QUESTIONS = [
    "A beats B by 0.5 at 24 months",
    "A works at 12 months and B works at 36 months",
    "A beats B at 12 months in a new trial of 100 patients",
    "C is best between 6 and 36 months given that C works at 6 months",
]


def test_python_file_and_command_give_the_same_answer(tmp_path, monkeypatch, capsys):
    dims = {"benefit": ["class", "months"], "course_share": ["class", "months"]}
    held = {n: (["chain", "draw", *dims.get(n, [])], v) for n, v in arrays(7).items()}
    coords = {"class": CLASSES, "months": MONTHS}
    tree = xr.DataTree.from_dict({"/posterior": xr.Dataset(held, coords=coords)})
    tree.attrs[ATTRIBUTE] = json.dumps(META)
    path = tmp_path / "pain.nc"
    Posterior(tree).save(path)
    of_python = [answer.to_dict() for answer in Posterior(tree).ask(QUESTIONS)]
    of_draws = [ask(posterior(7), question)[0].to_dict() for question in QUESTIONS]
    monkeypatch.setattr("sys.argv", ["trialpool", "ask", str(path), *QUESTIONS, "--json"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    of_command = json.loads(capsys.readouterr().out)
    assert (left.value.code or 0) == 0
    assert of_python == of_draws == of_command
