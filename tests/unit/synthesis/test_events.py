"""Adverse events: each likelihood as SciPy has it, on the odds, the risk and the rate scale."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from scipy import stats

import trialpool as tp
from tests.helpers import LogDensity, row, write_folder
from trialpool.errors import ModelError
from trialpool.synthesis.events import EDGE, log_odds_of_log_probability
from trialpool.synthesis.roles import FAMILIES

HOW = {"outcome": "sae", "scale": ""}
PATIENTS = [
    row("A", "prp", "events", 12, n=30, events=1, **HOW),
    row("A", "saline", "events", 12, n=31, events=0, **HOW),
    row("B", "msc", "events", 12, n=25, events=4, **HOW),
    row("B", "prp", "events", 12, n=26, events=2, **HOW),
]
PERSON_MONTHS = [
    row("C", "prp", "events", 24, events=9, person_months=412.5, **HOW),
    row("C", "saline", "events", 24, n=20, events=30, person_months=400, **HOW),
]
NOTHING = [
    row("A", "prp", "events", 12, n=30, events=0, **HOW),
    row("A", "saline", "events", 12, n=31, events=0, **HOW),
    row("C", "prp", "events", 24, events=0, person_months=412.5, **HOW),
    row("C", "saline", "events", 24, events=0, person_months=400, **HOW),
]
#: With the rewrites that the samplers use, so that logarithms of 0 are not met; nothing compiled.
STABLE = Mode(linker="py", optimizer="fast_run").excluding("fusion")


@pytest.fixture
def sae(tmp_path):
    def read(*rows):
        return tp.read_evidence(write_folder(tmp_path, rows), outcome="sae")

    return read


def effects(point):
    """Effects of PRP and MSC and the deviations of the contrasts, at a point of two classes."""
    sd, tau = np.exp(point["class_sd_log__"]), np.exp(point["tau_log__"])
    return *(point["effect"] + sd * point["class_z"]), tau * point["trial_z"]


def point_near(density, log_p):
    """A random point with small effects and baselines near a log probability."""
    point = density.point(np.random.default_rng(1), size=0.1)
    return point | {"baseline": np.full_like(point["baseline"], log_p)}


# --------------------------------------------------------------------------------- log densities


@pytest.mark.parametrize("log_p", [-5.0, -1.5, -0.6])
def test_risks_are_binomials_with_a_log_link(sae, log_p):
    density = LogDensity(tp.Model(events="risk").build(sae(*PATIENTS)))
    point = point_near(density, log_p)
    prp, msc, deviation = effects(point)
    a, b = point["baseline"]
    # Rows as in the file; within trial B the first arm is the reference: msc before prp.
    eta = np.array([a + prp + deviation[0], a, b, b + prp + deviation[1] - msc])
    assert (eta < 0).all()
    expected = stats.binom.logpmf([1, 0, 4, 2], [30, 31, 25, 26], np.exp(eta)).sum()
    assert density(point)[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("events", ["odds", "risk"])
def test_events_in_person_months_are_poisson(sae, events):
    density = LogDensity(tp.Model(events=events).build(sae(*PERSON_MONTHS)))
    for point in (density.point(np.random.default_rng(seed)) for seed in range(3)):
        effect = point["effect"] + np.exp(point["tau_log__"]) * point["trial_z"][0]
        rate = np.exp(point["rate"][0] + np.array([effect, 0]))
        expected = stats.poisson.logpmf([9, 30], np.array([412.5, 400]) * rate).sum()
        assert density(point)[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("events", ["odds", "risk"])
def test_patients_and_person_months_share_their_effects(sae, events):
    model = tp.Model(events=events).build(sae(*PERSON_MONTHS, *PATIENTS))
    density = LogDensity(model)
    point = point_near(density, -2.0)
    prp, msc, deviation = effects(point)
    a, b = point["baseline"]
    eta = np.array([a + prp + deviation[0], a, b, b + prp + deviation[1] - msc])
    p = np.exp(eta) if events == "risk" else 1 / (1 + np.exp(-eta))
    by_trial = {
        "A": stats.binom.logpmf([1, 0], [30, 31], p[:2]).sum(),
        "B": stats.binom.logpmf([4, 2], [25, 26], p[2:]).sum(),
    }
    rate = np.exp(point["rate"][0] + np.array([prp + deviation[2], 0]))
    by_trial["C"] = stats.poisson.logpmf([9, 30], np.array([412.5, 400]) * rate).sum()
    assert density(point)[0] == pytest.approx(sum(by_trial.values()), rel=1e-9)

    shown = [model[name] for name in ("fitted", "report_sd", "log_lik")]
    graphs = model.replace_rvs_by_values(shown)
    call = pytensor.function(density.inputs, graphs, mode=STABLE, on_unused_input="ignore")
    fitted, sd, log_lik = call(*(point[name] for name in density.names))
    # In the order of the file: trial C stands first.
    n = np.array([30, 31, 25, 26])
    months = np.array([412.5, 400])
    np.testing.assert_allclose(fitted, [*rate, *p], rtol=1e-9)
    np.testing.assert_allclose(sd, [*np.sqrt(rate / months), *np.sqrt(p * (1 - p) / n)], rtol=1e-9)
    np.testing.assert_allclose(log_lik, list(by_trial.values()), rtol=1e-9)
    assert [label.split(" | ")[0] for label in model.coords["report"]] == list("CCAABB")
    assert list(model.coords["trial"]) == list("ABC")


@pytest.mark.parametrize("events", ["odds", "risk"])
def test_without_any_event_the_log_density_is_that_of_zeros(sae, events):
    model = tp.Model(events=events).build(sae(*NOTHING))
    density = LogDensity(model)
    point = point_near(density, -2.0)
    eta = point["baseline"][0] + np.array([0, point["effect"] + tau_z(point)[0]])
    p = np.exp(eta) if events == "risk" else 1 / (1 + np.exp(-eta))
    rate = np.exp(point["rate"][0] + np.array([0, point["effect"] + tau_z(point)[1]]))
    expected = (np.array([31, 30]) * np.log1p(-p)).sum() - (np.array([400, 412.5]) * rate).sum()
    assert density(point)[0] == pytest.approx(expected, rel=1e-9)
    gradient = model.compile_dlogp(mode=STABLE)
    for log_p in (-300.0, -40.0, -2.0):
        assert np.isfinite(gradient(point_near(density, log_p))).all()


def tau_z(point):
    return np.exp(point["tau_log__"]) * point["trial_z"]


# --------------------------------------------------------------------- probabilities stay below 1


def test_log_odds_are_exact_below_the_edge_and_finite_everywhere():
    n = 20.0
    log_p = pt.dvector()
    log_odds = log_odds_of_log_probability(log_p, n)
    slope = pytensor.grad(log_odds.sum(), log_p)
    call = pytensor.function([log_p], [log_odds, slope], mode=STABLE)
    edge = EDGE / n
    below = -np.geomspace(edge, 700, 200)
    value, slope = call(below)
    np.testing.assert_allclose(value, below - np.log(-np.expm1(below)), rtol=1e-12)
    np.testing.assert_allclose(slope, 1 / -np.expm1(below), rtol=1e-9)
    # Beyond the edge a straight line of the same slope.
    above = np.array([-edge, -edge / 2, 0, edge, 0.1, 1, 30, 700])
    value, slope = call(above)
    np.testing.assert_allclose(slope, 1 / -np.expm1(-edge), rtol=1e-9)
    np.testing.assert_allclose(np.diff(value), np.diff(above) * slope[0], rtol=1e-9)


def test_a_risk_above_one_is_refused_by_degrees(sae):
    rows = [
        row("A", "prp", "events", 12, n=20, events=20, **HOW),
        row("A", "saline", "events", 12, n=20, events=19, **HOW),
    ]
    model = tp.Model(events="risk").build(sae(*rows))
    logp, gradient = model.compile_logp(mode=STABLE), model.compile_dlogp(mode=STABLE)
    start = model.initial_point()
    place = list(start).index("baseline")
    values = []
    for baseline in (-0.05, 0.0, 0.01, 0.1, 1.0, 30.0, 700.0):
        point = start | {"baseline": np.array([baseline])}
        values.append(float(logp(point)))
        found = gradient(point)
        assert np.isfinite(found).all()
        if baseline >= 0:  # one of 20 had no event: the way back is down
            assert found[place] < -1000
    assert np.isfinite(values).all() and (np.diff(values) < 0).all()


# ---------------------------------------------------------------------------- what the model holds


@pytest.mark.parametrize(
    ("rows", "events", "scale"),
    [
        (PATIENTS, "odds", "odds"),
        (PATIENTS, "risk", "risk"),
        (PATIENTS + PERSON_MONTHS, "odds", "odds"),
        (PATIENTS + PERSON_MONTHS, "risk", "risk"),
        (PERSON_MONTHS, "odds", "rate"),
        (PERSON_MONTHS, "risk", "rate"),
    ],
)
def test_the_ratio_has_the_name_of_its_scale(sae, rows, events, scale):
    evidence, specification = sae(*rows), tp.Model(events=events)
    assert specification.event_scale(evidence) == scale
    model = specification.build(evidence)
    names = {name for name in model.named_vars if name.endswith("_ratio")}
    assert names == {f"log_{scale}_ratio"}
    dims = model.named_vars_to_dims
    assert dims[f"log_{scale}_ratio"] == ("class",)
    assert dims["fitted"] == dims["report_sd"] == ("report",) and dims["log_lik"] == ("trial",)
    described = {d["role"]: d for d in specification.describe_priors(evidence)}
    assert described["effect"]["unit"] == described["tau"]["unit"] == f"log {scale} ratio"
    assert {"baseline", "rate"} & set(described) == {"baseline", "rate"} & set(model.named_vars)


def test_parts_that_the_evidence_lacks_are_not_in_the_model(sae):
    patients = tp.Model().build(sae(*PATIENTS))
    assert patients.named_vars_to_dims["baseline"] == ("trial",)
    assert patients.named_vars_to_dims["events"] == ("report",)
    assert not {"rate", "rate_events", "person_months"} & set(patients.named_vars)
    rates = tp.Model().build(sae(*PERSON_MONTHS))
    assert rates.named_vars_to_dims["rate"] == ("trial",)
    assert not {"baseline", "events", "n"} & set(rates.named_vars)
    both = tp.Model().build(sae(*PATIENTS, *PERSON_MONTHS))
    assert list(both.coords["count_trial"]) == ["A", "B"]
    assert list(both.coords["rate_trial"]) == ["C"]


@pytest.mark.parametrize("family", ["events", "events_risk"])
def test_default_baselines_expect_two_per_cent(family):
    draws = FAMILIES[family]["baseline"].prior.draw(np.random.default_rng(1), 100_000)
    p = 1 / (1 + np.exp(-draws)) if family == "events" else np.exp(draws)
    assert np.median(p) == pytest.approx(0.02, rel=0.15)
    assert np.quantile(p, 0.975) == pytest.approx(0.47, rel=0.05)


def test_default_rate_is_what_its_source_says():
    draws = np.exp(FAMILIES["events"]["rate"].prior.draw(np.random.default_rng(1), 100_000))
    assert 1200 * np.median(draws) == pytest.approx(3, rel=0.05)
    assert 1 / (12 * np.quantile(draws, 0.025)) == pytest.approx(12_000, rel=0.1)
    assert 12 * np.quantile(draws, 0.975) == pytest.approx(11, rel=0.1)


# -------------------------------------------------------------------------------- the specification


def test_prints_as_written():
    assert repr(tp.Model(events="odds")) == repr(tp.Model())
    model = tp.Model(horizon=36.0, events="risk")
    assert repr(model) == "Model(time_course='waning', horizon=36.0, events='risk')"
    assert eval(repr(model), {"Model": tp.Model}) == model


@pytest.mark.parametrize("events", ["hazard", "", "Odds", "rate", None])
def test_another_scale_is_refused_when_written(events):
    with pytest.raises(ModelError, match=r"events: got .*; expected one of odds, risk$"):
        tp.Model(events=events)


def test_a_prior_for_a_part_that_no_trial_has_is_refused(sae):
    model = tp.Model(priors={"baseline": tp.priors.Normal(-3, 1)})
    with pytest.raises(
        ModelError, match="'baseline'; expected one of effect, class_sd, tau, tau_sd, slope, rate"
    ):
        model.build(sae(*PERSON_MONTHS))
