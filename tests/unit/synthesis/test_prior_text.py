"""Priors as text: what prints reads back, nothing is evaluated, one clear error."""

import pytest

from trialpool import priors
from trialpool.errors import ModelError
from trialpool.synthesis.priors import parse_prior, parse_priors


@pytest.mark.parametrize(
    "prior",
    [
        priors.Beta(2, 3),
        priors.DuMouchel(0.4),
        priors.Fixed(-0.6),
        priors.Flat(),
        priors.HalfCauchy(1e-3),
        priors.HalfNormal(5),
        priors.HalfT(3, 2.0),
        priors.LKJ(2),
        priors.LogNormal(-1.28, 0.87),
        priors.LogT(5, -1.5, 1.1),
        priors.Normal(0, 15),
        priors.Uniform(-1, 0.95),
        priors.turner("pain", "non-pharmacological v placebo"),
        priors.rhodes("pain", "non-pharmacological v placebo", sd=25),
    ],
    ids=repr,
)
def test_what_a_prior_prints_reads_back(prior):
    assert parse_prior(repr(prior)) == prior


def test_positions_names_spaces_and_tables():
    assert parse_prior(" LogNormal( 3.6, sd = 0.8 ) ") == priors.LogNormal(3.6, 0.8)
    assert parse_prior("turner()") == priors.turner()
    assert parse_prior("turner('pain', 'pharmacological v placebo')").mean == -1.83 / 2
    found = parse_prior('rhodes("pain", "non-pharmacological v placebo", sd=25)')
    assert found == priors.rhodes("pain", "non-pharmacological v placebo", sd=25)
    assert (
        parse_prior("HalfNormal(5, source='Smith 2020, table 2')").source == "Smith 2020, table 2"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "HalfNormal",
        "HalfNormal(5",
        "HalfNormal(5) + 1",
        "HalfNormal(5); Flat()",
        "HalfNormal([5])",
        "HalfNormal(True)",
        "HalfNormal(2 * 3)",
        "HalfNormal(sd)",
        "Normal(*[1, 2])",
        "Normal(**{'mean': 1, 'sd': 2})",
        "Gamma(2, 1)",
        "priors.HalfNormal(5)",
        "turner(pain)",
        "__import__('os').system('true')",
        "HalfNormal(__import__('os').system('true'))",
        "(" * 5000,
        "HalfNormal(\0)",
    ],
)
def test_anything_else_is_refused_with_what_is_expected(text):
    with pytest.raises(ModelError, match=r"expected one of .*HalfNormal.*turner") as refusal:
        parse_prior(text)
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("Normal(1)", r"missing a required argument: 'sd'; expected Normal\(mean, sd, source\)"),
        ("HalfNormal(sigma=5)", r"expected HalfNormal\(sd, source\)"),
        ("HalfNormal(1, 2, 3)", "too many positional arguments"),
        ("HalfNormal(-1)", "sd must be finite and > 0, got -1"),
        ("HalfNormal('5')", "sd must be finite and > 0, got '5'"),
        ("Normal('a', 2)", "mean must be finite, got 'a'"),
        ("Uniform(1, 0)", "low must be finite and below high"),
        ("turner('pian', 'pharmacological v placebo')", "did you mean 'pain'"),
        ("rhodes('pain', 'pharmacological v placebo', sd='x')", "prior: got rhodes"),
    ],
)
def test_impossible_arguments_are_refused(text, match):
    with pytest.raises(ModelError, match=match):
        parse_prior(text)


def test_priors_by_role():
    given = parse_priors(["tau=HalfNormal(5)", " half_life = LogNormal(mean=3.6, sd=0.8)"])
    assert given == {"tau": priors.HalfNormal(5), "half_life": priors.LogNormal(3.6, 0.8)}
    assert parse_priors([]) == {}


@pytest.mark.parametrize(
    ("texts", "match"),
    [
        (["HalfNormal(5)"], "expected role=prior"),
        (["HalfNormal(sd=5)"], "expected role=prior"),
        (["=HalfNormal(5)"], "expected role=prior"),
        (["tau="], "expected one of"),
        (["tau=Flat()", "tau=HalfNormal(5)"], "got 'tau' twice"),
    ],
)
def test_a_prior_without_its_role_is_refused(texts, match):
    with pytest.raises(ModelError, match=match):
        parse_priors(texts)
