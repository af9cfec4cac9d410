"""10,000 strings: an answer or a `QuestionError`, nothing else, and none slower than 50 ms."""

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.questions.conftest import make_joint, make_pain
from tests.unit.questions.test_grammar import TABLE
from trialpool.errors import QuestionError
from trialpool.questions import Answer, ask
from trialpool.questions.grammar import LONGEST, normalise

#: Strings of each kind; together 10,000.
EACH = 2500
SLOWEST = 0.05  # seconds of the thread
#: Times that a slow one is asked again, each after a longer pause: the machine may be busy.
AGAIN = 12

VALID = [question for question, _ in TABLE]
WORDS = sorted({word for question in VALID for word in normalise(question).split()})
PIECES = [
    "(", ")", "not ", "given ", "and ", "or ", "PRP ", "MSC ", "beats ", "at 24 months ", "by ",
    "10 ", "9" * 40, "-", "|", "@", "%", "new trial ", "share of ", "half ", "a ", "P(", "'", "\n",
    "is better than ", "between 1 and 2 months ", "\u0660", "\ufdfa", "\x00", "\u202e", "e\u0301",
    "\U0001f9ea",
]  # fmt: skip


@pytest.fixture(scope="module")
def draws():
    found = {"pain": make_pain(), "joint": make_joint()}
    for of in found.values():  # the parser is made once
        ask(of, "PRP works at 12 months")
    return found


def seconds(of, text):
    start = time.thread_time()
    try:
        answers = ask(of, text)
    except QuestionError as error:
        assert str(error)
    else:
        assert answers and all(isinstance(answer, Answer) for answer in answers)
        assert all(0 <= answer.probability <= 1 for answer in answers)
    return time.thread_time() - start


def check(draws, text):
    of = draws["joint" if len(text) % 3 == 0 else "pain"]
    for again in range(AGAIN):
        if seconds(of, text) < SLOWEST:
            return
        time.sleep(0.02 * again)
    pytest.fail(f"slower than {SLOWEST} s, {AGAIN} times: {text!r}")


many = settings(
    max_examples=EACH,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@many
@given(text=st.text(max_size=300))
def test_any_text(draws, text):
    check(draws, text)


@many
@given(words=st.lists(st.sampled_from(WORDS), max_size=40))
def test_words_of_questions_in_any_order(draws, words):
    check(draws, " ".join(words))


@many
@given(
    question=st.sampled_from(VALID),
    other=st.sampled_from(VALID),
    seed=st.integers(0, 2**32),
    what=st.sampled_from(["drop", "double", "swap", "join", "letter", "piece"]),
)
def test_questions_with_a_slip(draws, question, other, seed, what):
    rng = random.Random(seed)
    words = question.split()
    i, j = rng.randrange(len(words)), rng.randrange(len(words))
    if what == "drop":
        del words[i]
    elif what == "double":
        words.insert(i, words[i])
    elif what == "swap":
        words[i], words[j] = words[j], words[i]
    elif what == "join":
        words += [rng.choice(["and", "or", "given", "without", "but not"]), other]
    elif what == "letter":
        words[i] = words[i][:-1] + chr(rng.randrange(32, 1200))
    else:
        words.insert(i, rng.choice(PIECES))
    check(draws, " ".join(words))


@many
@given(
    pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=4),
    times=st.integers(1, 450),
    tail=st.sampled_from(["", "PRP works at 12 months", ")" * 30]),
)
def test_what_is_long_and_deep(draws, pieces, times, tail):
    check(draws, "".join(pieces) * times + tail)


def test_there_are_ten_thousand():
    assert 4 * EACH == 10_000


@pytest.mark.parametrize("text", ["(", "not ", "P(", "9", "a", "a ", "at 24 months "])
def test_the_longest(draws, text):
    check(draws, (text * LONGEST)[:LONGEST])
