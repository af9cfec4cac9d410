"""Posteriors that are normal given one or two numbers, without sampling.

The log density of the model itself is quadratic in everything but those numbers: its gradient at
p + 1 points is the precision, the mean and the evidence. A grid over the rest does what remains.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor
from pytensor.compile.mode import Mode
from scipy.interpolate import CubicSpline

#: As QUICK of the helpers, but the many evaluations repay merging what is computed twice.
MERGED = Mode(linker="py", optimizer="fast_compile")


@dataclass(frozen=True)
class Normal:
    """Mean and covariance of the flattened variables, and the log evidence."""

    mean: np.ndarray
    cov: np.ndarray
    evidence: float


class GivenNormal:
    """The posterior of a model given the values of some variables, on the sampler's scale.

    ``given`` names value variables, such as ``tau_log__``; all others must be linear in the mean
    of normal numbers.
    """

    def __init__(self, model: pm.Model, given: Sequence[str] = ()) -> None:
        start = model.initial_point()
        inputs = model.value_vars
        self.start = {value.name: np.asarray(start[value.name], float) for value in inputs}
        self.given = list(given)
        free = [value for value in inputs if value.name not in self.given]
        self.free = [value.name for value in free]
        assert set(self.given) <= set(self.start), sorted(self.start)
        logp = model.logp()
        self._call = pytensor.function(
            inputs,
            [logp, *pytensor.grad(logp, free, disconnected_inputs="ignore")],
            mode=MERGED,
            on_unused_input="ignore",
        )
        sizes = [self.start[name].size for name in self.free]
        edges = np.cumsum([0, *sizes])
        self.place = {name: slice(edges[i], edges[i + 1]) for i, name in enumerate(self.free)}
        self.size = int(edges[-1])

    def _at(self, x: np.ndarray, given: Mapping[str, float]) -> tuple[float, np.ndarray]:
        point = {
            name: np.asarray(given[name], float)
            if name in given
            else x[self.place[name]].reshape(self.start[name].shape)
            for name in self.start
        }
        logp, *gradient = self._call(**point)
        return float(logp), np.concatenate([np.ravel(g) for g in gradient])

    def __call__(self, **given: float) -> Normal:
        origin = np.zeros(self.size)
        _, start = self._at(origin, given)
        hessian = np.array([self._at(unit, given)[1] - start for unit in np.eye(self.size)])
        cov = np.linalg.inv(-(hessian + hessian.T) / 2)
        mean = cov @ start
        top, slope = self._at(mean, given)
        assert np.abs(slope).max() < 1e-5 * (1 + np.abs(start).max()), "not normal given these"
        evidence = top + self.size / 2 * np.log(2 * np.pi) + np.linalg.slogdet(cov)[1] / 2
        return Normal(mean, cov, evidence)

    def over(self, **grids: np.ndarray) -> Mixture:
        """The posterior as a mixture over a regular grid of the given values.

        A grid of one SD and less is far within the Monte Carlo error of any peer: the rectangle
        rule for a smooth density converges faster than any power of the step.
        """
        axes = [grids[name] for name in self.given]
        points = list(itertools.product(*axes))
        normals = [self(**dict(zip(self.given, point, strict=True))) for point in points]
        evidence = np.array([normal.evidence for normal in normals])
        weight = np.exp(evidence - evidence.max())
        weight /= weight.sum()
        edge = weight.reshape([len(axis) for axis in axes] or [1])
        for axis in range(len(axes)):
            ends = np.take(edge, [0, -1], axis=axis).sum()
            assert ends < 5e-3, f"the grid of {self.given[axis]} ends too early: {ends:.1e}"
        nodes = {name: np.array([p[i] for p in points]) for i, name in enumerate(self.given)}
        return Mixture(self.place, nodes, weight, normals)


@dataclass(frozen=True)
class Mixture:
    """Normals at the nodes of a grid and their weights; draws are independent."""

    place: dict[str, slice]
    nodes: dict[str, np.ndarray]
    weight: np.ndarray
    normals: list[Normal]

    def draw(self, rng: np.random.Generator, size: int) -> dict[str, np.ndarray]:
        """Variables by name, (size, values), and the given values at their nodes, (size,)."""
        at = np.sort(rng.choice(len(self.weight), size=size, p=self.weight))
        z = rng.normal(size=(size, len(self.normals[0].mean)))
        flat = np.empty_like(z)
        for node in np.unique(at):
            normal, here = self.normals[node], at == node
            flat[here] = normal.mean + z[here] @ np.linalg.cholesky(normal.cov).T
        mixed = rng.permutation(size)
        found = {name: flat[mixed][:, place] for name, place in self.place.items()}
        return found | {name: values[at][mixed] for name, values in self.nodes.items()}

    def marginal(self, name: str, rng: np.random.Generator, size: int) -> np.ndarray:
        """Draws of a given value between its nodes, by a cubic spline of its log density."""
        values, place = np.unique(self.nodes[name], return_inverse=True)
        spline = CubicSpline(values, np.log(np.bincount(place, self.weight)))
        fine = np.linspace(values[0], values[-1], 4001)
        density = np.exp(spline(fine))
        return rng.choice(fine, size=size, p=density / density.sum())
