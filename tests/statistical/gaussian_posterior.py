"""The exact posterior of a model whose numbers are normal around a mean affine in its normals.

Given the numbers that enter nonlinearly (half-lives, scales), the printed numbers are

    y ~ N( A x + b, diag(s^2) ),    x ~ N( m, diag(p^2) )

with ``x`` the model's normal variables, so ``x | y`` and the marginal density of ``y`` have closed
forms; the nonlinear numbers are integrated on a grid of their priors' quantiles. ``A``, ``b`` and
``s`` are read off the graph of the PyMC model by putting in unit vectors: what is tested is the
model as it stands, without a sampler.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pytensor.graph.replace import clone_replace, vectorize_graph

from tests.helpers import QUICK


@dataclass(frozen=True)
class Posterior:
    """A mixture of normals over grid points: weight of each, mean and covariance of outputs."""

    weight: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    prior_sd: np.ndarray

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and SD of each output."""
        mean = self.weight @ self.mean
        within = np.diagonal(self.covariance, axis1=1, axis2=2)
        variance = self.weight @ (within + (self.mean - mean) ** 2)
        return mean, np.sqrt(variance)


class GaussianModel:
    """A PyMC model with named outputs, which must be affine in the model's normal variables.

    Parameters
    ----------
    model : pm.Model
        Its observed variables are all normal.
    outputs : list of str
        Deterministics whose posterior is wanted, raveled and joined.
    nonlinear : list of str
        Free variables that are put on a grid; all others must be normal.
    """

    def __init__(self, model: pm.Model, outputs: list[str], nonlinear: list[str]) -> None:
        self.model = model
        self.nonlinear = [model[name] for name in nonlinear]
        self.normal = [rv for rv in model.free_RVs if rv.name not in nonlinear]
        assert all(type(rv.owner.op).__name__ == "NormalRV" for rv in self.normal)
        params = [rv.owner.op.dist_params(rv.owner) for rv in model.observed_RVs]
        mean = pt.concatenate(
            [
                pt.broadcast_to(p[0], rv.shape).ravel()
                for p, rv in zip(params, model.observed_RVs, strict=True)
            ]
        )
        sd = pt.concatenate(
            [
                pt.broadcast_to(p[1], rv.shape).ravel()
                for p, rv in zip(params, model.observed_RVs, strict=True)
            ]
        )
        wanted = pt.concatenate([model[name].ravel() for name in outputs])
        self.y = np.concatenate(
            [np.ravel(model.rvs_to_values[rv].eval()) for rv in model.observed_RVs]
        )
        # The normals as slices of one vector, batched.
        start = model.initial_point()
        shapes = [np.shape(start[rv.name]) for rv in self.normal]
        self.size = int(sum(np.prod(shape, dtype=int) for shape in shapes))
        x = pt.vector("x")
        at, replace = 0, {}
        for rv, shape in zip(self.normal, shapes, strict=True):
            length = int(np.prod(shape, dtype=int))
            replace[rv] = pt.specify_shape(x[at : at + length].reshape(shape), shape)
            at += length
        theta = {rv: rv.type(f"{rv.name}_at") for rv in self.nonlinear}
        graph = clone_replace(
            [mean, sd, wanted], replace={**replace, **theta}, rebuild_strict=False
        )
        graph[2] = graph[2] + 0 * x.sum()  # what no normal moves is batched all the same
        many = pt.matrix("many")
        batched = vectorize_graph([graph[0], graph[2]], replace={x: many})
        self._affine = pytensor.function([*theta.values(), many], batched, mode=QUICK)
        self._sd = pytensor.function([*theta.values(), x], graph[1], mode=QUICK)
        first = [rv.owner.op.dist_params(rv.owner) for rv in self.normal]
        self.m, self.p = (
            np.concatenate(
                [
                    np.broadcast_to(p[k].eval(), shape).ravel().astype(float)
                    for p, shape in zip(first, shapes, strict=True)
                ]
            )
            for k in (0, 1)
        )

    def posterior(self, grid: dict[str, np.ndarray]) -> Posterior:
        """Integrate over a grid of equally probable points of each nonlinear variable's prior.

        Parameters
        ----------
        grid : dict of str to (points,) or (points, ...)
            Values of each nonlinear variable; the grid is their product.
        """
        log_weight, means, covariances, before = [], [], [], []
        for point in product(*(grid[rv.name] for rv in self.nonlinear)):
            mean, covariance, evidence, prior = self._given([np.asarray(v, float) for v in point])
            log_weight.append(evidence)
            means.append(mean)
            covariances.append(covariance)
            before.append(prior)
        weight = np.exp(np.array(log_weight) - max(log_weight))
        weight /= weight.sum()
        return Posterior(weight, np.array(means), np.array(covariances), np.mean(before, axis=0))

    def _given(self, theta: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
        units = np.vstack([np.zeros(self.size), np.eye(self.size)])
        mean, wanted = self._affine(*theta, units)
        a, b = (mean[1:] - mean[0]).T, mean[0]
        c, d = (wanted[1:] - wanted[0]).T, wanted[0]
        sd = self._sd(*theta, self.m)
        of_y = a * self.p**2 @ a.T + np.diag(sd**2)
        factor = np.linalg.cholesky(of_y)
        residual = np.linalg.solve(factor, self.y - a @ self.m - b)
        evidence = -0.5 * residual @ residual - np.log(np.diag(factor)).sum()
        cross = np.linalg.solve(factor, a * self.p**2 @ c.T)
        prior = c * self.p**2 @ c.T
        return (
            c @ self.m + d + cross.T @ residual,
            prior - cross.T @ cross,
            float(evidence),
            np.sqrt(np.diag(prior)),
        )
