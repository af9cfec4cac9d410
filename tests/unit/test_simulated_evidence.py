"""data/simulated is what its script makes, and every seed has the same design."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trialpool import check_folder
from validation.coverage.study import evidence_of, simulator

DESIGN = ["trial", "arm", "treatment", "class", "outcome", "scale", "months", "kind", "n"]


def test_committed_files_are_what_the_script_makes() -> None:
    script = simulator()
    for name, text in script.texts(script.simulate(script.SEED)).items():
        committed = (script.HERE / name).read_text(encoding="utf-8")
        assert committed == text, f"{name}: run python data/simulated/simulate.py"


def test_every_row_enters_and_says_it_is_simulated() -> None:
    outcomes = check_folder(simulator().HERE).outcomes
    assert sorted(outcomes) == ["function", "pain", "sae"]
    for evidence in outcomes.values():
        assert evidence.reports["enters"].all()
        assert evidence.reports["source"].str.startswith("simulated, seed 1").all()
        assert evidence.trials["trial"].str.startswith("simulated ").all()


def test_seven_trials_and_518_patients() -> None:
    arms = pd.DataFrame(simulator().ARMS)
    assert arms["trial"].nunique() == 7
    assert arms["n"].sum() == simulator().PATIENTS == 518


@pytest.mark.parametrize("seed", [2, 3])
def test_every_seed_has_the_same_design(seed: int) -> None:
    first, other = simulator().simulate(1), simulator().simulate(seed)
    pd.testing.assert_frame_equal(first.reports[DESIGN], other.reports[DESIGN])
    assert not first.reports["mean"].equals(other.reports["mean"])
    entering = [list(evidence_of(s).used["row"]) for s in (first, other)]
    assert entering[0] == entering[1]


def test_deviations_of_one_trial_have_correlation_one_half() -> None:
    script = simulator()
    arms = [i for i, arm in enumerate(script.ARMS) if arm.treatment in ("PRP 2 ml", "MPC 18M + HA")]
    low = next(i for i, arm in enumerate(script.ARMS) if arm.name == "MPC low")
    rng, z = np.random.default_rng(1), []
    for _ in range(500):
        truth = script._effects(rng, "longitudinal", True)
        places = [list(script.TREATMENTS).index(script.ARMS[i].treatment) for i in (*arms, low)]
        z.append(
            (truth["arm_effect"][[*arms, low]] - truth["treatment_effect"][places]) / truth["tau"]
        )
    correlation = np.corrcoef(np.array(z).T)
    assert np.std(z) == pytest.approx(1, abs=0.08)
    assert correlation[1, 2] == pytest.approx(0.5, abs=0.15)
    assert correlation[0, 1] == pytest.approx(0, abs=0.15)
