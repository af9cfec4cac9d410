"""Arms as index arrays, and the correlation between the contrasts of a trial."""

import numpy as np

from tests.helpers import evidence_of, row
from trialpool.synthesis.network import build_network


def test_labels_and_indices(network):
    assert network.trials == ["A", "B", "C", "D", "E"]
    assert network.classes == ["PRP", "MSC", "steroid", "local anaesthetic"]
    assert network.active.tolist() == [True, True, False, False]
    assert network.arms == [
        "A | saline", "A | prp", "B | saline", "B | msc", "B | msc high", "C | steroid", "C | prp",
        "D | lidocaine", "D | prp", "E | saline", "E | msc",
    ]  # fmt: skip
    assert network.treatments == [
        "prp injection", "msc high injection", "msc injection", "steroid injection",
        "lidocaine injection",
    ]  # fmt: skip
    assert network.class_of_treatment.tolist() == [0, 1, 1, 2, 3]
    assert network.trial.tolist() == [0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4]
    assert network.class_.tolist() == [-1, 0, -1, 1, 1, 2, 0, 3, 0, -1, 1]
    assert network.treatment.tolist() == [-1, 0, -1, 2, 1, 3, 0, 4, 0, -1, 2]


def test_reference_arm_is_the_control_of_its_trial(network):
    references = [network.arms[i] for i in dict.fromkeys(network.reference)]
    assert references == ["A | saline", "B | saline", "C | steroid", "D | lidocaine", "E | saline"]
    assert network.contrasts == [
        "A | prp",
        "B | msc",
        "B | msc high",
        "C | prp",
        "D | prp",
        "E | msc",
    ]


def test_dims_are_named(network):
    sizes = {name: len(labels) for name, labels in network.coords.items()}
    assert sizes == {"class": 4, "treatment": 5, "trial": 5, "trial_arm": 11, "contrast": 6}


def test_contrasts_have_variance_one_and_correlation_half_within_a_trial(network):
    covariance = network.deviation @ network.deviation.T
    own = [network.arms.index(arm) for arm in network.contrasts]
    trial = network.trial[own]
    expected = np.where(trial[:, None] == trial, 0.5, 0.0)
    np.fill_diagonal(expected, 1.0)
    np.testing.assert_allclose(covariance[np.ix_(own, own)], expected, atol=1e-12)
    reference = np.unique(network.reference)
    assert not network.deviation[reference].any()


def test_four_arms_have_the_covariance_of_arms_with_equal_variances(tmp_path):
    rows = [
        row("T", arm, "mean", 6, n=20, mean=40, sd=20) for arm in ("mpc", "msc", "prp", "saline")
    ]
    deviation = build_network(evidence_of(tmp_path, rows)).deviation
    tau = 3.0
    # Arms with independent deviations of variance tau^2 / 2, as contrasts with the first.
    contrast = np.column_stack([-np.ones(3), np.eye(3)])
    expected = contrast @ (np.eye(4) * tau**2 / 2) @ contrast.T
    found = (tau * deviation) @ (tau * deviation).T
    np.testing.assert_allclose(found[1:, 1:], expected, atol=1e-12)
    np.testing.assert_allclose(np.diag(expected), tau**2)


def test_a_trial_without_the_reference_class_uses_its_comparator(tmp_path):
    rows = [
        row("T", "prp", "mean", 6, n=20, mean=40, sd=20),
        row("T", "steroid", "mean", 6, n=20, mean=45, sd=20),
        row("U", "steroid", "mean", 6, n=20, mean=45, sd=20),
        row("U", "saline", "mean", 6, n=20, mean=50, sd=20),
    ]
    network = build_network(evidence_of(tmp_path, rows))
    assert [network.arms[i] for i in network.reference] == [
        "T | steroid", "T | steroid", "U | saline", "U | saline",
    ]  # fmt: skip
