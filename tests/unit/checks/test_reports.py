"""Tail probabilities against closed forms, and corrections against sums by hand."""

import json

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from trialpool import checks
from trialpool.checks.reports import holm
from trialpool.posterior import Posterior

#: Mean and SD of the draws of each expected value, and the SD of a report around it.
CENTRE, SD, ERROR = 50.0, 3.0, 4.0


def posterior(values, *, prior_sd=None):
    """Means at known distance from what the model expects; each trial has two reports."""
    rng = np.random.default_rng(1)
    labels = [f"T{i // 2} | prp | {6 + 6 * (i % 2)} | mean" for i in range(len(values))]

    def group(sd, draws):
        size = (1, draws, len(values))
        return xr.Dataset(
            {
                "fitted": (("chain", "draw", "report"), rng.normal(CENTRE, sd, size)),
                "report_sd": (("chain", "draw", "report"), np.full(size, ERROR)),
            },
            coords={"report": labels},
        )

    parts = {
        "/posterior": group(SD, 20_000),
        "/observed_data": xr.Dataset(
            {"mean_y": ("mean_report", np.array(values, dtype=float))},
            coords={"mean_report": labels},
        ),
    }
    if prior_sd is not None:
        parts["/prior"] = group(prior_sd, 20_000)
    tree = xr.DataTree.from_dict(parts)
    tree.attrs["trialpool"] = json.dumps(
        {"outcome": "pain", "layout": "longitudinal", "reports": [{} for _ in values]}
    )
    return Posterior(tree)


def closed(values, sd=SD):
    """Two-sided tail probability of the normal that replicates have."""
    return 2 * stats.norm.sf(abs(np.array(values) - CENTRE) / np.hypot(sd, ERROR))


def test_tails_are_those_of_the_predictive_distribution():
    values = [50.5, 55, 62, 40]
    table = checks.report_table(posterior(values), seed=1)
    assert table["observed"].tolist() == [62, 40, 55, 50.5]
    expected = np.sort(closed(values))
    # Draws of the expected value move the tail by its own Monte Carlo error only.
    np.testing.assert_allclose(table["tail"], expected, atol=0.01)
    np.testing.assert_allclose(table["residual"], [2.4, -2.0, 1.0, 0.1], atol=0.05)
    np.testing.assert_allclose(table["corrected"], holm(table["tail"].to_numpy()))


@pytest.mark.parametrize(("worst", "passed"), [(62, True), (68, False)])
def test_the_farthest_of_many_is_judged_after_correction(worst, passed):
    values = [50, 51, 49, 52, 48, worst]
    found = checks.reports_after(posterior(values))
    assert found.passed is passed
    assert bool(6 * closed([worst])[0] > 0.05) is passed
    assert found.table[0]["observed"] == worst
    assert ("leave it out" in found.text) is not passed


def test_a_trial_answers_for_all_of_its_reports():
    """Two reports that each are 2.4 SDs out, on either side: no one of them is far, both are."""
    given = posterior([50, 51, 62, 38])
    assert checks.reports_after(given).passed is True
    found = checks.trials_after(given)
    first, other = found.table
    assert (first["trial"], first["reports"], found.passed) == ("T1", 2, False)
    assert "T1" in found.text and "leave it out" in found.text
    fitted = given.draws.array("fitted")
    for row, values, columns in ((first, [62, 38], [2, 3]), (other, [50, 51], [0, 1])):
        squares = (((np.array(values) - fitted[:, columns]) / ERROR) ** 2).sum(axis=1)
        expected = stats.chi2.sf(squares, 2).mean()
        assert row["tail"] == pytest.approx(expected, abs=4 * np.sqrt(expected / 20_000) + 1e-4)
        assert row["mean square"] == pytest.approx(squares.mean() / 2)
    assert first["corrected"] == pytest.approx(2 * first["tail"])


def test_reports_of_the_same_patients_share_their_errors():
    """With rho = 1 the two months of an arm are one number: T is twice a chi-square of 1."""
    given = posterior([60, 60])
    group = given.tree["posterior"].to_dataset()
    group["rho"] = (("chain", "draw"), np.ones(group["fitted"].shape[:2]))
    given.tree["posterior"] = group
    (row,) = checks.trials_after(given).table
    squares = (((60 - given.draws.array("fitted")) / ERROR) ** 2).sum(axis=1)
    expected = stats.chi2.sf(squares / 2, 1).mean()
    assert row["tail"] == pytest.approx(expected, abs=0.01)


def test_priors_that_rule_a_number_out_are_found():
    one = checks.reports_before(posterior([50, 70], prior_sd=20.0))
    other = checks.reports_before(posterior([50, 70], prior_sd=1.0))
    assert (one.passed, other.passed) == (True, False)
    assert "--prior" in other.text
    expected = closed([70], sd=20.0)[0]
    assert one.table[0]["tail"] == pytest.approx(expected, abs=0.01)
    assert checks.reports_before(posterior([50, 70])).passed is None


def test_holm_by_hand():
    p = np.array([0.04, 0.01, 0.03, 0.5])
    np.testing.assert_allclose(holm(p), [0.09, 0.04, 0.09, 0.5])


def test_other_posteriors_have_no_reports(posterior_of, white):
    for check in (checks.reports_after, checks.reports_before, checks.trials_after):
        assert check(posterior_of({"effect": ((), white)})).passed is None


def test_trials_foretold_by_the_others_are_arviz_loo(posterior_of):
    import arviz as az

    rng = np.random.default_rng(4)
    y, theta = rng.normal(0, 1, 6), rng.normal(0.0, 0.4, (4, 1000, 1))
    log_lik = stats.norm(theta, 1).logpdf(y)
    found = checks.foretold_trials(posterior_of({"log_lik": (("trial",), log_lik)}))
    tree = xr.DataTree.from_dict(
        {
            "/posterior": xr.Dataset({"mu": (("chain", "draw"), theta[..., 0])}),
            "/log_likelihood": xr.Dataset({"y": (("chain", "draw", "trial"), log_lik)}),
        }
    )
    expected = az.loo(tree, reff=1.0)
    assert sum(row["elpd"] for row in found.table) == pytest.approx(float(expected.elpd), rel=1e-9)
    ks = sorted(np.ravel(expected.pareto_k), reverse=True)
    assert [row["pareto k"] for row in found.table] == pytest.approx(ks, rel=1e-9)
    assert found.passed is True
