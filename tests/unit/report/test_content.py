"""What the page says is what questions, decisions and checks say."""

import json

import numpy as np
import pytest

import trialpool as tp
from tests.helpers import write_folder
from tests.pages import PAIN
from tests.unit.report.pages_read import Elements, gain
from trialpool.draws import Draws
from trialpool.errors import PosteriorFileError, QuestionError
from trialpool.questions import ask
from trialpool.report import gather, render
from trialpool.report.explore import explore
from trialpool.report.figures import FIGURES, figures_of
from trialpool.report.lights import MEANINGS
from trialpool.report.sources import group_sources, read_sources
from trialpool.report.trials import pieces
from trialpool.report.wording import LIKELIHOODS, likely


def test_answers_are_those_of_ask(report, page_files):
    draws = {name: Draws.from_file(path) for name, path in page_files.items()}
    for part in report.parts:
        own = draws["safety" if part.outcome == "sae" else "pain"]
        assert part.said
        for one in part.said:
            (answer,) = ask(own, one.question)
            assert one.record == answer.to_dict()
            assert one.words == likely(answer.probability)


def test_the_usual_questions_are_asked(report):
    pain, sae = report.parts
    assert [one.question for one in pain.said] == [
        "probability PRP beats MSC at 24 months",
        "probability PRP works at 12 months",
        "probability PRP works by the MCID at 12 months",
        "probability MSC works at 12 months",
        "probability MSC works by the MCID at 12 months",
    ]
    assert pain.lead is pain.said[0]
    assert [one.claim for one in sae.said] == [
        "PRP raises serious adverse events",
        "MSC raises serious adverse events",
    ]
    assert sae.said[0].difference.startswith("odds ratio ")


def test_thin_and_extrapolated_evidence_is_said(report, page):
    lead = report.parts[0].lead
    assert lead.extrapolated
    assert "EXTRAPOLATED: PRP was last seen at 12 months" in lead.details
    assert "MSC 1 trial, 20 patients" in lead.thin
    text = Elements(page).text
    assert "EXTRAPOLATED: PRP was last seen at 12 months" in text
    assert "That is extrapolated past what trials have seen." in text
    assert "The evidence on every therapy is thin." in text


def test_draws_of_the_page_answer_as_ask_does(page, page_files):
    pain, sae = Elements(page).data["outcomes"]
    draws = Draws.from_file(page_files["pain"])
    for one, other, month, margin in [
        ("PRP", "MSC", 24, 0),
        ("PRP", "placebo", 12, 15),
        ("MSC", "PRP", 7, 3),  # between months of the grid
        ("placebo", "MSC", 60, 0),
    ]:
        values = gain(pain, one, other, month)
        beyond = f" by {margin}" if margin else ""
        (answer,) = ask(draws, f"probability {one} beats {other}{beyond} at {month} months")
        # All draws are carried, so only rounding is left: at most a draw of 2000 on the edge.
        assert np.mean(values > margin) == pytest.approx(answer.probability, abs=0.0006)
        assert np.median(values) == pytest.approx(answer.difference.median, abs=pain["scale"])
    (answer,) = ask(Draws.from_file(page_files["safety"]), "probability PRP is safer than MSC")
    assert np.mean(gain(sae, "PRP", "MSC") > 0) == pytest.approx(answer.probability, abs=0.0006)


def test_thinning_stays_within_its_error(page_files):
    draws = Draws.from_file(page_files["pain"])
    found = explore(draws, kept=300)
    assert (found.kept, found.drawn) == (300, 2000)
    assert found.thinning_error == pytest.approx((0.25 / 300 * 0.85) ** 0.5)
    for month in (6, 12, 24, 36):
        values = gain(found.to_dict(), "PRP", "MSC", month)
        (answer,) = ask(draws, f"probability PRP beats MSC at {month} months")
        assert abs(np.mean(values > 0) - answer.probability) < 4 * found.thinning_error


def test_no_outcome_takes_more_room_than_it_may(page_files, monkeypatch):
    draws = Draws.from_file(page_files["pain"])
    monkeypatch.setattr("trialpool.report.explore.BYTES", 3 * 2 * 15 * 400)
    found = explore(draws)
    assert len(found.to_dict()["values"]) * 3 / 4 <= 3 * 2 * 15 * 400
    assert found.kept < found.drawn == 2000


def test_the_slider_of_margins_can_stop_at_the_mcid(page_files):
    for mcid in (15.0, 10.0, 12.5, 0.6, 0.55):
        margins = explore(Draws.from_file(page_files["pain"]).with_meta(mcid=mcid)).record[
            "margins"
        ]
        stops = (mcid - margins["lowest"]) / margins["step"]
        assert stops == pytest.approx(round(stops), abs=1e-6), mcid
        assert margins["highest"] >= mcid


def test_questions_given_come_first_and_from_the_file_that_can_answer(page_files):
    asked = ["probability PRP raises serious adverse events", "P(PRP > MSC @ 12)"]
    report = gather([*page_files.values()], questions=asked)
    assert [(one.outcome, one.file) for one in report.asked] == [
        ("sae", "safety.nc"),
        ("pain", "pain.nc"),
    ]
    assert report.lead is report.asked[0]
    text = Elements(render(report)).text
    assert text.index("questions asked") < text.index("Each therapy against")


def test_a_question_that_no_file_answers_is_refused(page_files):
    with pytest.raises(QuestionError, match="BMAC"):
        gather([page_files["pain"]], questions=["BMAC beats MSC at 12 months"])


def test_the_file_called_as_the_outcome_speaks_and_the_others_stand_beside(page_files):
    groups = group_sources(read_sources([page_files["pain-constant"], page_files["pain"]]))
    assert [(g.outcome, g.main.name, [e.name for e in g.others]) for g in groups] == [
        ("pain", "pain.nc", ["pain-constant.nc"])
    ]


def test_other_fits_are_set_beside(report, page_files):
    pain = report.parts[0]
    (table,) = pain.beside.tables
    first, other = table.rows
    assert (first.label, other.label) == ("pain.nc", "pain-constant.nc")
    assert other.what == "time course constant"
    (answer,) = ask(Draws.from_file(page_files["pain-constant"]), pain.lead.question)
    assert other.probability == f"{answer.probability:.3f}"
    assert float(other.shift) == pytest.approx(
        answer.probability - pain.lead.probability, abs=0.00051
    )
    assert len(pain.beside.spans) == len(pain.said) - 1


def test_what_was_asked_is_set_beside_too(page_files):
    question = "probability PRP beats MSC by 3 at 9 months"
    pain = gather([page_files["pain"], page_files["pain-constant"]], questions=[question]).parts[0]
    asked, lead = pain.beside.tables
    assert (asked.claim, lead.claim) == ("PRP beats MSC by 3 at 9 months", pain.lead.claim)
    (answer,) = ask(Draws.from_file(page_files["pain-constant"]), question)
    assert asked.rows[1].probability == f"{answer.probability:.3f}"


def test_sensitivity_to_priors_is_that_of_the_check(report):
    from trialpool.checks.power_scaling import THRESHOLD

    scaled = report.parts[0].priors
    assert scaled.file == "pain.nc"
    assert all(float(row["sensitivity"]) >= THRESHOLD for row in scaled.rows)


def test_every_check_has_a_light_with_words(report):
    for part in report.parts:
        assert [light.name for light in part.lights] == list(MEANINGS)
        assert {light.word for light in part.lights} <= {"passed", "FAILED", "not judged"}
        assert all(light.meaning and light.text for light in part.lights)


def test_a_failed_fit_is_said_first(page_files):
    posterior = tp.load(page_files["pain"])
    posterior.meta["diagnostics"] = {"ok": False, "messages": ["R-hat 1.4 of tau"]}
    posterior.tree.attrs["trialpool"] = json.dumps(posterior.meta)
    report = gather([posterior])
    assert report.parts[0].failed == ("R-hat 1.4 of tau",)
    text = Elements(render(report)).text
    assert "failed its checks" in text
    assert text.index("R-hat 1.4 of tau") < text.index("is the most likely to help")


def test_evidence_has_trials_arms_and_sources(report):
    rows = report.parts[0].trials
    assert [row.trial for row in rows] == ["Ada_2020", "Bea_2021", "Cid_2022"]
    assert rows[0].arms == ("prp [PRP], n 30", "saline [placebo], n 30")
    assert rows[0].kinds == "mean"
    hrefs = [piece.href for source in rows[0].sources for piece in source if piece.href]
    assert "https://doi.org/10.1000/ada" in hrefs


def test_only_addresses_of_the_web_become_links():
    found = pieces("javascript:alert(1); see https://example.org/a_b, and doi:10.1/x.")
    assert [p.href for p in found if p.href] == [
        "https://example.org/a_b",
        "https://doi.org/10.1/x",
    ]
    assert (
        "".join(p.text for p in found)
        == "javascript:alert(1); see https://example.org/a_b, and doi:10.1/x."
    )


def test_methods_can_be_made_again(report, page_files):
    for part in report.parts:
        code = part.method.code
        assert "tp.read_evidence('trials', outcome=" in code
        compile(code, "<page>", "exec", dont_inherit=True)
        facts = dict(part.method.facts)
        assert facts["Hash of the data"] and "seed 3" in facts["Draws"]
        assert part.method.priors and all(row.source for row in part.method.priors)
    shown = next(row for row in report.parts[0].method.priors if row.role == "tau")
    assert shown.belief.startswith("median 5.06 (0.235 to 16.8)")


def test_a_figure_is_the_same_twice_and_small(page_files):
    (group,) = group_sources(read_sources([page_files["safety"]]))
    once, again = (figures_of(group.main) for _ in range(2))
    assert once and once == again
    assert all(len(figure.image) < 200_000 for figure in once)


def test_figures_tell_what_they_show(report):
    shown = {figure.name: figure for figure in report.parts[0].figures}
    # Weights are of an average, which this is none of.
    named = {kind.name for kind in FIGURES if "longitudinal" in kind.layouts}
    assert set(shown) == named - {"weights"}
    assert "PRP " in shown["forest"].words and "extrapolated" in shown["decay"].words
    assert all(len(figure.words) > 60 for figure in shown.values())


def test_words_for_probabilities_go_down():
    lowest = [p for p, _ in LIKELIHOODS]
    assert lowest == sorted(lowest, reverse=True) and lowest[-1] == 0
    assert likely(0.5) == "about as likely as not"


def test_plain_estimates_have_a_page(small_fit):
    report = gather([small_fit])
    (part,) = report.parts
    assert part.said[0].claim == "the pooled effect is above 0"
    assert not report.explore
    text = Elements(render(report)).text
    assert "the pooled effect is above 0" in text and "Ask it yourself" not in text


def test_a_network_has_a_page_and_says_which_way_is_better():
    import pandas as pd

    frame = pd.DataFrame(
        {
            "study": ["a", "a", "b", "b", "c", "c"],
            "treatment": ["P", "X", "P", "Y", "X", "Y"],
            "events": [10, 5, 12, 8, 6, 7],
            "n": [50] * 6,
        }
    )
    evidence = tp.Evidence.from_network(
        frame, study="study", treatment="treatment", events="events", total="n", reference="P"
    )
    how = {"draws": 100, "tune": 100, "chains": 4, "seed": 1, "progress": False}
    posterior = tp.fit(tp.Model(), evidence, **how)
    unsaid = gather([posterior])
    assert unsaid.explore[0].record["way"] == "larger"
    assert "does not say which way is better" in Elements(render(unsaid)).text
    said = gather([posterior], better="lower")
    assert said.explore[0].record["way"] == "better"
    assert said.parts[0].ranking.ranks is not None
    (answer,) = posterior.ask_all("probability X beats Y, where lower is better")
    values = gain(said.explore[0].to_dict(), "X", "Y")
    assert np.mean(values > 0) == pytest.approx(answer.probability, abs=0.006)
    render(said)


SWEEP = {
    "draws": 1600,
    "base": [
        {"question": "probability PRP beats MSC at 24 months", "subject": "PRP",
         "probability": 0.8, "mcse": 0.005, "median": 7, "lower": -10, "upper": 30, "unit": ""}
    ],
    "variants": [
        {"question": "probability PRP beats MSC at 24 months", "subject": "PRP", "group": "trial",
         "variant": label, "detail": "", "probability": p, "mcse": 0.01, "median": 5, "lower": -12,
         "upper": 28, "shift": p - 0.8, "shift_mcse": 0.011, "effect_shift": -2, "why": ""}
        for label, p in [("without A", 0.79), ("without B", 0.7), ("without C", 0.95)]
    ]
    + [{"question": "probability PRP beats MSC at 24 months", "subject": "PRP", "group": "prior",
        "variant": "prior of rho x 2", "detail": "", "shift": None, "shift_mcse": None,
        "effect_shift": None, "why": "no prior for rho"}],
}  # fmt: skip


def test_sweeps_are_shown_farthest_first(page_files, tmp_path):
    file = tmp_path / "sweep.json"
    file.write_text(json.dumps(SWEEP), encoding="utf-8")
    report = gather([page_files["safety"]], sweeps=[file])
    (table,) = report.sweeps
    assert [row.label for row in table.rows] == ["first analysis", "without C", "without B"]
    assert table.rows[1].shift == "+0.150"
    assert table.rest == (
        "1 other analyses move the probability by less than 0.03",
        "prior of rho x 2: no prior for rho",
    )
    assert "without C" in Elements(render(report)).text
    assert table.tornado.image.startswith("data:image/svg+xml;base64,")
    assert "PRP beats MSC at 24 months" in table.tornado.words
    assert table.tornado.image in render(report)


def test_a_sweep_without_another_answer_has_no_tornado(page_files, tmp_path):
    file = tmp_path / "sweep.json"
    file.write_text(json.dumps({**SWEEP, "variants": SWEEP["variants"][-1:]}), encoding="utf-8")
    (table,) = gather([page_files["safety"]], sweeps=[file]).sweeps
    assert table.tornado is None and len(table.rows) == 1


@pytest.mark.parametrize("content", ["no json", "[]", '{"base": [{}], "variants": []}', "{}"])
def test_what_is_no_sweep_is_refused(page_files, tmp_path, content):
    file = tmp_path / "sweep.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(PosteriorFileError, match=r"sweep\.json: got .*trialpool sweep"):
        gather([page_files["safety"]], sweeps=[file])


def test_nothing_to_report_is_refused():
    with pytest.raises(QuestionError, match="got no posterior"):
        gather([])


def test_designs_come_from_the_folder_of_the_data(page_files):
    trials = page_files["pain"].parent / "trials"
    report = gather([page_files["pain"]], data=trials)
    assert [row.design for row in report.parts[0].trials] == [
        ("2020", "double-blind", "risk of bias: low"),
        ("2021",),
        ("open", "risk of bias: <b>high</b>"),
    ]
    assert not report.parts[0].changed
    assert "&lt;b&gt;high&lt;/b&gt;" in render(report)


def test_a_folder_that_has_changed_since_the_fit_is_said(page_files, tmp_path):
    changed = [{**PAIN[0], "mean": "59"}, *PAIN[1:]]
    folder = write_folder(tmp_path / "trials", changed)
    report = gather([page_files["pain"]], data=folder)
    assert report.parts[0].changed
    assert "holds other numbers now" in Elements(render(report)).text


def test_a_folder_without_the_outcome_is_refused(page_files, tmp_path):
    with pytest.raises(tp.TrialpoolError, match="pain"):
        gather([page_files["safety"]], data=write_folder(tmp_path / "trials", PAIN))


def test_a_joint_posterior_has_a_part_an_outcome_and_answers_of_both(page_files, tmp_path):
    trials = page_files["pain"].parent / "trials"
    evidence = {name: tp.read_evidence(trials, outcome=name) for name in ("pain", "sae")}
    model = tp.Joint({name: tp.Model(time_course="constant") for name in evidence})
    how = {"draws": 100, "tune": 150, "chains": 4, "seed": 1, "progress": False}
    joint = tp.fit(model, evidence, **how).save(tmp_path / "joint.nc")
    asked = "probability PRP relieves pain by 5 at 12 months without raising serious adverse events"
    report = gather([joint, page_files["pain"]], questions=[asked])
    assert [(part.outcome, part.file) for part in report.parts] == [
        ("pain", "pain.nc"),
        ("sae", "joint.nc (joint)"),
    ]
    assert report.parts[0].others == ("joint.nc (joint)",)
    (answer,) = ask(Draws.from_file(joint), asked)
    assert report.asked[0].record == answer.to_dict()
    assert "'sae': tp.Model(" in report.parts[1].method.code
    render(report)
