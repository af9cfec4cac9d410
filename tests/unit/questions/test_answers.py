"""How answers show themselves: in notebooks, and several as a table."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.unit.questions.conftest import CLASSES, make_pain
from trialpool.draws import Draws
from trialpool.questions import Answers, ask
from trialpool.questions.density import HEIGHT, WIDTH, density_svg

QUESTIONS = [
    "PRP beats MSC by 3 at 24 months",
    "PRP is worse than MSC at 24 months",
    "PRP is equivalent to MSC within 5 at 24 months",
    "MPC keeps at least half of its benefit at 36 months",
    "which class is best at 12 months",
    "PRP beats MSC at 12 months in a new trial of 100 patients",
    "share of future PRP trials with benefit over the MCID at 12 months",
    "PRP works and MSC works at 12 months",
    "MPC works at 36 months given that MPC works at 12 months",
]


@pytest.fixture(scope="module")
def answers(pain):
    return Answers(tuple(answer for question in QUESTIONS for answer in ask(pain, question)))


def whole(html):
    """Parses as XML, so that every tag is closed and every sign escaped."""
    return ElementTree.fromstring(f"<div>{html.replace('<br>', '<br/>')}</div>")


def test_an_answer_shows_sentence_number_density_and_evidence(answers):
    for answer in answers:
        html = answer._repr_html_()
        text = "".join(whole(html).itertext())
        assert answer.question in text and answer.interpretation in text
        assert f"{answer.probability:.3f}" in text or "0.9995" in text or "0.0005" in text
        assert "Monte Carlo error" in text and "credible interval" in text
        assert html.count("<svg") == max(len(answer.parts), 1)
        for line in ("2 trials, 100 patients", "EXTRAPOLATED"):
            assert (line in str(answer)) == (line in text)


def test_names_are_escaped(pain):
    name = 'X<script>alert("1")</script>&'
    draws = Draws.from_arrays(
        {"benefit": pain.chains("benefit")},
        coords={"class": [name, *CLASSES[1:]], "months": pain.coord("months")},
        meta={**make_pain().meta, "outcome": "pain<b>", "unit": "points<i>", "evidence": {}},
    )
    (answer,) = ask(draws, f"{name} works at 12 months")
    html = answer._repr_html_() + Answers((answer,))._repr_html_()
    assert "<script>" not in html and "<b>;" not in html and "<i>" not in html
    assert name in "".join(whole(html).itertext())


def shaded(answer):
    """Left and right end of the shaded part, and the place of each tick."""
    svg = density_svg(answer.finding)
    found = re.search(r'<path d="M([\d.]+),\d+ .* L([\d.]+),\d+ Z"', svg)
    ticks = dict(re.findall(r'<text x="([\d.]+)".*?>(-?[\d.]+)</text>', svg))
    at = {float(value): float(x) for x, value in ticks.items()}
    return None if found is None else tuple(map(float, found.groups())), at


def test_the_shade_is_where_the_statement_holds(pain):
    (better,), (worse,) = (
        ask(pain, q) for q in ("PRP works at 12 months", "PRP harms at 12 months")
    )
    (left, right), at = shaded(better)
    assert left == pytest.approx(at[0], abs=3) and right == WIDTH
    (left, right), at = shaded(worse)
    assert left == 0 and right == pytest.approx(at[0], abs=3)
    (denied,) = ask(pain, "PRP does not work at 12 months")
    assert shaded(denied) == shaded(worse)
    (within,) = ask(pain, "PRP is equivalent to MSC within 5 at 12 months")
    (left, right), at = shaded(within)
    assert 0 < left < at[0] < right < WIDTH


def test_the_curve_stays_on_the_drawing(answers):
    for answer in answers:
        for finding in [answer.finding] if not answer.parts else [p.finding for p in answer.parts]:
            (points,) = re.findall(r'points="([^"]+)"', density_svg(finding))
            places = np.array([[float(v) for v in pair.split(",")] for pair in points.split()])
            assert places.min() >= 0
            assert places[:, 0].max() <= WIDTH and places[:, 1].max() <= HEIGHT


def test_what_does_not_vary_has_no_drawing(pain):
    benefit = np.full_like(pain.chains("benefit"), 3.0)
    flat = Draws.from_arrays(
        {"benefit": benefit},
        coords={"class": CLASSES, "months": pain.coord("months")},
        meta=pain.meta,
    )
    (answer,) = ask(flat, "PRP works at 12 months")
    assert density_svg(answer.finding) == "" and "<svg" not in answer._repr_html_()


def test_failed_checks_come_first(pain_with):
    failed = pain_with(diagnostics={"ok": False, "messages": ["R-hat 1.2"]})
    found = Answers(tuple(ask(failed, "which class is best at 12 months")))
    assert found[0]._repr_html_().startswith("<p><b>THE FIT FAILED ITS CHECKS: R-hat 1.2</b></p>")
    assert str(found).startswith("THE FIT FAILED ITS CHECKS: R-hat 1.2\nquestion ")
    assert found._repr_html_().count("R-hat 1.2") == 1


def test_several_answers_are_a_table(answers):
    assert len(answers) == len(QUESTIONS) + 3  # four classes may be best
    text = str(answers).splitlines()
    assert len(text) == len(answers) + 1 and text[0].startswith("question")
    assert "which class is best at 12 months [MSC]" in str(answers)
    assert "(95 %), points of 100" in str(answers) and "EXTRAPOLATED" in text[1]
    rows = whole(answers._repr_html_()).findall(".//tbody/tr")
    assert len(rows) == len(answers)
    assert isinstance(answers[:2], Answers) and next(iter(answers)) is answers[0]
    assert [entry["question"] for entry in answers.to_dict()][:2] == QUESTIONS[:2]


def test_a_table_becomes_a_frame(answers):
    frame = answers.to_frame()
    assert list(frame["probability"]) == [answer.probability for answer in answers]
    assert {"question", "interpretation", "mcse", "lower", "upper", "level"} <= set(frame.columns)
    assert frame["class"][4] == "MPC" and (frame["level"] == 0.95).all()
