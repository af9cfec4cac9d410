"""Turner and Rhodes: numbers of the tables, from tau squared to tau, ways to name rows."""

import numpy as np
import pytest
from scipy import stats

import trialpool as tp
from trialpool.errors import ModelError
from trialpool.synthesis.priors import LogNormal, LogT, published_priors
from trialpool.synthesis.priors.published import RHODES, TURNER


def test_the_tables_are_whole():
    assert len(TURNER.rows) == 1 + 16 * 5
    assert len(RHODES.rows) == 3 * 8 * 5
    for table in (TURNER, RHODES):
        about = [cells for cells, _ in published_priors(table.name)]
        assert len({tuple(cells.values()) for cells in about}) == len(table.rows)


@pytest.mark.parametrize(
    ("outcome", "comparison", "mu", "sigma"),
    [
        ("any", "any", -2.56, 1.74),
        ("all-cause mortality", "pharmacological v placebo / control", -3.95, 1.34),
        ("adverse events", "pharmacological v placebo / control", -1.87, 1.52),
        ("pain", "non-pharmacological v placebo / control", -2.05, 1.71),
        ("pain", "non-pharmacological v pharmacological", -0.8, 1.25),
        ("subjective outcomes (various)", "non-pharmacological v pharmacological", -1.67, 1.25),
    ],
)
def test_turner_is_the_published_distribution_of_tau_squared(outcome, comparison, mu, sigma):
    prior = tp.priors.turner(outcome, comparison)
    for p in (0.025, 0.5, 0.975):
        published = np.exp(mu + sigma * stats.norm.ppf(p))
        assert prior.quantile(p) ** 2 == pytest.approx(published, rel=1e-12)


@pytest.mark.parametrize(
    ("outcome", "comparison", "area", "location", "scale"),
    [
        ("pain", "non-pharmacological v placebo", "other", -3.02, 2.27),
        ("pain", "pharmacological v placebo", "other", -3.16, 2.5),
        ("mental health outcome", "pharmacological v pharmacological", "respiratory", -5.17, 2.14),
        ("obstetric outcome", "pharmacological v placebo", "cancer", -1.57, 2.45),
    ],
)
def test_rhodes_is_the_published_distribution_of_tau_squared(
    outcome, comparison, area, location, scale
):
    prior = tp.priors.rhodes(outcome, comparison, area)
    for p in (0.025, 0.5, 0.975):
        published = np.exp(location + scale * stats.t(5).ppf(p))
        assert prior.quantile(p) ** 2 == pytest.approx(published, rel=1e-12)


@pytest.mark.parametrize("name", ["turner", "rhodes"])
def test_every_row_draws_the_tau_whose_square_was_published(name):
    rng = np.random.default_rng(6)
    numbers = {"turner": ("mu", "sigma"), "rhodes": ("location", "scale")}[name]
    size = 4000
    for (_, prior), row in zip(
        published_priors(name), {"turner": TURNER, "rhodes": RHODES}[name].rows, strict=True
    ):
        centre, spread = (float(row[column]) for column in numbers)
        of_square = stats.norm if name == "turner" else stats.t(5)
        standard = (np.log(prior.draw(rng, size) ** 2) - centre) / spread
        for p in (0.25, 0.5, 0.75):
            share = np.mean(standard < of_square.ppf(p))
            # 201 rows and three quantiles: 5 standard errors are exceeded once in 3000 runs.
            assert abs(share - p) < 5 * np.sqrt(p * (1 - p) / size)


def test_the_general_prior_is_the_default_of_adverse_events():
    from trialpool.synthesis.roles import FAMILIES

    assert tp.priors.turner() == LogNormal(-1.28, 0.87) == FAMILIES["events"]["tau"].prior
    assert "any outcome" in tp.priors.turner().source


def test_rhodes_in_points_multiplies_tau_by_the_sd():
    p = np.array([0.1, 0.5, 0.9])
    in_sds = tp.priors.rhodes("pain", "non-pharmacological v placebo")
    in_points = tp.priors.rhodes("pain", "non-pharmacological v placebo", sd=25)
    assert isinstance(in_sds, LogT) and in_sds.nu == 5
    np.testing.assert_allclose(in_points.quantile(p), 25 * in_sds.quantile(p))
    assert in_points.source == f"{in_sds.source}; times an SD of 25"
    # The median that roles.py cites for the default tau of 5 points.
    assert float(in_points.quantile(0.5)) == pytest.approx(5.5, abs=0.1)


@pytest.mark.parametrize(
    "comparison",
    [
        "non-pharmacological v placebo / control",
        "non-pharmacological v placebo",
        "Nonpharmacological versus control",
        "non-pharm vs. placebo",
        "placebo v non-pharmacological",
    ],
)
def test_a_comparison_may_be_named_in_short(comparison):
    assert tp.priors.turner("pain", comparison) == LogNormal(-2.05 / 2, 1.71 / 2)


def test_the_source_names_publication_and_row():
    source = tp.priors.turner("adverse", "pharmacological v placebo").source
    assert "Turner et al. 2012" in source and "doi:10.1093/ije/dys041" in source
    assert source.endswith("adverse events, pharmacological v placebo / control")
    source = tp.priors.rhodes("pain", "pharmacological v placebo").source
    assert "Rhodes et al. 2015" in source and source.endswith("area other")


PLACEBO = "pharmacological v placebo"


@pytest.mark.parametrize(
    ("name", "how", "parts"),
    [
        (
            "turner",
            ("pian", PLACEBO),
            ["got outcome 'pian'", "did you mean 'pain'", "'any', 'all-"],
        ),
        ("turner", ("mortality", PLACEBO), ["'all-cause mortality', 'cause-specific", "Name one"]),
        ("turner", ("pain",), ["got comparison 'any'; expected 'pharmacological v placebo"]),
        ("turner", ("any", PLACEBO), ["expected 'any'"]),
        ("turner", ("pain", "pharm v placebo"), ["which may be", "'non-pharmacological v placebo"]),
        ("turner", ("pain", "surgery v placebo"), ["got comparison 'surgery v placebo'"]),
        ("turner", ("pain", "placebo"), ["got comparison 'placebo'; expected"]),
        ("turner", (3, PLACEBO), ["got outcome '3'; expected 'any'"]),
        ("rhodes", ("pain", PLACEBO, "heart"), ["got area 'heart'", "'respiratory', 'cancer'"]),
        ("rhodes", ("pain", PLACEBO, "other", 0), ["got sd 0", "above 0"]),
        ("rhodes", ("pain", PLACEBO, "other", float("nan")), ["got sd nan"]),
    ],
)
def test_what_the_tables_do_not_hold_is_refused(name, how, parts):
    with pytest.raises(ModelError) as refusal:
        getattr(tp.priors, name)(*how)
    assert str(refusal.value).startswith(f"{name}: ")
    for part in parts:
        assert part in str(refusal.value)


def test_there_is_no_other_table():
    with pytest.raises(ModelError, match="got 'ren'; expected one of turner, rhodes"):
        published_priors("ren")
