"""Scales, thresholds, classes, MCID."""

import math

import pytest

from trialpool.evidence import check_folder, mcid, parse_scale
from trialpool.evidence.classes import built_in_classes
from trialpool.evidence.thresholds import ThresholdError, parse_threshold

VAS, NRS = parse_scale("VAS 0-100"), parse_scale("NRS 0-10")


@pytest.mark.parametrize(
    ("text", "lower", "upper", "direction", "known"),
    [
        ("VAS 0-100", 0, 100, "lower", True),
        ("VAS 0-100 mm", 0, 100, "lower", True),
        ("vas 0–10 cm", 0, 10, "lower", True),
        ("RMDQ 0-24", 0, 24, "lower", True),
        ("FRI 0 to 100", 0, 100, "lower", True),
        ("JOA 0-29", 0, 29, "higher", True),
        ("SF-36 0-100", 0, 100, "higher", True),
        ("my score 1-5 higher better", 1, 5, "higher", True),
        ("my score 1-5 (lower is better)", 1, 5, "lower", True),
        ("my score -3-3", -3, 3, "lower", False),
    ],
)
def test_scales(text, lower, upper, direction, known):
    scale = parse_scale(text)
    assert (scale.lower, scale.upper, scale.direction, scale.known) == (
        lower,
        upper,
        direction,
        known,
    )


@pytest.mark.parametrize("text", ["", "VAS", "0-100", "VAS 100-0", "VAS 0-0", "VAS 0-100 best"])
def test_no_scales(text):
    assert parse_scale(text) is None


def test_points_of_a_turned_scale():
    joa = parse_scale("JOA 0-29 higher better")
    assert (joa.points(29), joa.points(0), joa.shift(29), joa.spread(29)) == (0, 100, -100, 100)


@pytest.mark.parametrize(
    ("text", "relative"),
    [(">=50%", 0.5), (">50%", 0.5), ("≥ 50 %", 0.5), ("30%", 0.3), (">=33.3 percent", 0.333)],
)
def test_relative_thresholds(text, relative):
    found = parse_threshold(text, VAS)
    assert found.relative == pytest.approx(relative)
    assert math.isnan(found.absolute)
    assert not found.definition


@pytest.mark.parametrize(
    ("text", "scale", "points"),
    [(">=20mm", VAS, 20), (">=3", NRS, 30), (">=2 points", NRS, 20), ("> 2 cm", NRS, 20)],
)
def test_absolute_thresholds(text, scale, points):
    found = parse_threshold(text, scale)
    assert found.absolute == pytest.approx(points)
    assert math.isnan(found.relative)


@pytest.mark.parametrize(
    ("text", "definition"), [("", "not printed"), ("any improvement", "any improvement")]
)
def test_open_thresholds(text, definition):
    found = parse_threshold(text, VAS)
    assert found.is_open
    assert found.definition == definition


@pytest.mark.parametrize(
    ("text", "scale", "points"),
    [
        ("<=30mm", VAS, 30),
        ("< 20 mm", VAS, 20),
        ("≤3", NRS, 30),
        ("<=0", NRS, 0),
        ("<=12 points", parse_scale("Index 2-22"), 50),
    ],
)
def test_states(text, scale, points):
    found = parse_threshold(text, scale)
    assert found.sizes == {"state": pytest.approx(points)}
    assert (found.joined, found.definition, found.unused) == ("", "", "")


@pytest.mark.parametrize(
    ("text", "sizes", "joined"),
    [
        (">=20% and >=20mm", {"relative": 0.2, "absolute": 20}, "and"),
        ("≥20mm AND ≥20%", {"relative": 0.2, "absolute": 20}, "and"),
        (">=30%; >=2", {"relative": 0.3, "absolute": 2}, "and"),
        (">=30% & <=30", {"relative": 0.3, "state": 30}, "and"),
        (">=30% + >=20", {"relative": 0.3, "absolute": 20}, "and"),
        (">=50 percent or <=20mm", {"relative": 0.5, "state": 20}, "or"),
        ("<=20 mm Or >=20 points", {"absolute": 20, "state": 20}, "or"),
    ],
)
def test_joined_thresholds(text, sizes, joined):
    found = parse_threshold(text, VAS)
    assert found.sizes == pytest.approx(sizes)
    assert (found.joined, found.definition, found.unused) == (joined, "", "")


@pytest.mark.parametrize(
    ("text", "scale", "why"),
    [
        (">=20% and >=20mm and <=30", VAS, "more than two joined parts"),
        (">=20mm or >=30mm", VAS, "joined parts of one form"),
        ("<=20 and <=30", VAS, "joined parts of one form"),
        ("VAS >=20 mm or ODI >=15", VAS, "joined with words or with another instrument"),
        (">=20 mm pain; >=15 disability", VAS, "joined with words or with another instrument"),
        (">=50% and no rescue medication", VAS, "joined with words or with another instrument"),
        ("<=30%", VAS, "a state in percent (<=30%) is not used"),
        (">=50% and <=30%", VAS, "a state in percent (<=30%) is not used"),
        ("<=3", parse_scale("JOA 0-29"), "where high scores are good (JOA 0-29 higher better)"),
        (">=50% and >=5", parse_scale("Index 10-60"), "where 0 is not the best score"),
    ],
)
def test_thresholds_that_no_model_reads(text, scale, why):
    found = parse_threshold(text, scale)
    assert why in found.unused
    assert found.definition
    assert not found.sizes
    assert not found.is_open


def test_percentage_of_a_scale_that_does_not_start_at_its_best_score():
    assert "not used yet" in parse_threshold(">=50%", parse_scale("JOA 0-29")).unused


@pytest.mark.parametrize(
    "text",
    [
        ">=", ">=x%", "50%%", ">=0%", ">=101%", "=50", ">=20mm and >=x", ">=200", ">=20 kg",
        "<=", "<=100", "<=-5", "<=30 and", ">=20 +", ">=20mm and >=200%",
    ],
)  # fmt: skip
def test_no_thresholds(text):
    with pytest.raises(ThresholdError):
        parse_threshold(text, VAS)


def test_units_that_do_not_fit_the_scale():
    with pytest.raises(ThresholdError, match="mm does not fit"):
        parse_threshold(">=20mm", NRS)
    with pytest.raises(ThresholdError, match="mm does not fit"):
        parse_threshold("<=30mm", NRS)
    for text in (">=2", "<=30", ">=20% and >=2"):
        with pytest.raises(ThresholdError, match="a scale in the column scale"):
            parse_threshold(text, None)


def test_states_end_below_the_worst_score():
    with pytest.raises(ThresholdError, match=r"a score from 0 to below 10 on NRS 0-10"):
        parse_threshold("<=10", NRS)


def test_mcid_names_its_source_and_what_it_is_not():
    assert (mcid("pain").value, mcid("Function").value, mcid("sae")) == (15, 10, None)
    assert "Ostelo" in mcid("pain").source
    assert "not a difference between groups" in mcid("pain").note


def test_built_in_classes():
    classes = built_in_classes()
    assert classes.reference == "placebo"
    assert {"PRP", "MSC", "MPC", "BMAC", "disc progenitor", "disc allograft"} == set(classes.active)
    assert classes.find("Sham") == classes.find("saline") == "placebo"
    assert classes.find("HA") == "hyaluronate"
    assert all(phrase == phrase.lower() for phrase in classes.synonyms)


def test_own_vocabulary_of_a_folder_without_a_built_in_active_class(folder):
    for row in folder.rows:
        row["class"] = {"PRP": "drug a", "MSC": "drug b"}.get(row["class"], row["class"])
    classes = check_folder(folder.write()).outcomes["pain"].classes
    assert classes.active == ("drug a", "drug b")
    assert classes.reference == "placebo"
    assert "steroid" in classes.comparators


def test_classes_file_replaces_the_built_in_list(folder):
    folder.classes = (
        "class,role,synonyms\nsaline,reference,placebo\nsteroid,comparator,\n"
        "local anaesthetic,comparator,\nPRP,active,platelets; plasma\nMSC,active,\n"
    )
    classes = check_folder(folder.write()).outcomes["pain"].classes
    assert classes.names == ("saline", "steroid", "local anaesthetic", "PRP", "MSC")
    assert classes.find("Plasma") == "PRP"
