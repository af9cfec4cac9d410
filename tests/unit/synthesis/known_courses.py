"""Rows of one trial under known courses, for tests of single likelihood terms.

The rows of one arm are views of the same patients, so joint densities are compared with the
multivariate normal of the patients' own scores, the shared errors integrated out on a grid.
"""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

from tests.helpers import QUICK, evidence_of
from trialpool.synthesis.design import build_design
from trialpool.synthesis.longitudinal import _coords
from trialpool.synthesis.observations import Courses, SharedErrors

BASELINE, SPREAD, RHO = 60.0, 20.0, 0.4


def nodes_and_weights(size):
    """Of an integral over a standard normal (Gauss and Hermite)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(size)
    return nodes, weights / weights.sum()


NODES, WEIGHTS = nodes_and_weights(60)


class Fixed:
    """Rows of one trial under known courses: control change -12, the active arm 9 better."""

    def __init__(self, path, rows, *, change=-12.0, gain=9.0):
        self.design = design = build_design(evidence_of(path, rows))
        active = np.array([arm.endswith("| prp") for arm in design.network.arms])
        self.gain = np.where(active[:, None], gain, 0.0) * np.ones(len(design.months))
        self.courses = Courses(
            gain=pt.as_tensor(self.gain),
            baseline=pt.as_tensor(np.full(len(design.network.trials), BASELINE)),
            change=pt.as_tensor(np.full(len(design.visits), change)),
            spread=pt.as_tensor(np.full(len(design.network.arms), SPREAD)),
            rho=pt.as_tensor(RHO),
        )

    def term(self, make):
        with pm.Model(coords=_coords(self.design)):
            return make(self.design, self.courses)

    def joint_density(self, make, visit_z=None):
        """Density of the rows of each arm, the two shared errors integrated over standard normals.

        ``visit_z`` stands for the free deviations of the visits' SDs, where there are any.
        """
        level, at_baseline = pt.dscalars("level", "at_baseline")
        arms = np.ones(len(self.design.network.arms))
        scale = SPREAD * np.sqrt(np.array([RHO, 1 - RHO]))
        shared = SharedErrors(
            arms * scale[0] * level, arms * scale[1] * at_baseline, arms * np.sqrt(RHO) * level
        )
        with pm.Model(coords=_coords(self.design)) as model:
            term = make(self.design, self.courses, shared)
        free = [] if visit_z is None else [model["visit_sd_z"]]
        fixed = [] if visit_z is None else [visit_z]
        total = pytensor.function(
            [level, at_baseline, *free], term.log_density, mode=QUICK, on_unused_input="ignore"
        )
        nodes, weights = nodes_and_weights(24)  # squared is how often the function is called
        by_node = np.array([[total(a, b, *fixed) for b in nodes] for a in nodes])
        arm = self._arm_of_rows()
        return {
            label: float(weights @ np.exp(by_node[:, :, arm == i].sum(axis=2)) @ weights)
            for i, label in enumerate(self.design.network.arms)
        }

    def _arm_of_rows(self):
        return np.concatenate([self.design.means.arm, self.design.counts.arm])


def no_errors(design):
    zeros = pt.zeros(len(design.network.arms))
    return SharedErrors(zeros, zeros, zeros)


def patients(rng, size, *, change, gain=0.0, shape=()):
    """Scores at baseline and at two visits of bivariate normal patients."""
    level = np.sqrt(RHO) * rng.normal(size=(*shape, size))
    own = np.sqrt(1 - RHO) * rng.normal(size=(3, *shape, size))
    mean = BASELINE + np.array([0.0, change - gain, change - gain]).reshape(3, *([1] * level.ndim))
    return mean + SPREAD * (level + own)
