"""Programs in the hands of nutpie's sampler, which calls the machine from its own threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from nutpie import _lib
from nutpie.sample import CompiledModel

from trialpool.engines import machine
from trialpool.graph.program import Program

Values = NDArray[np.float64]

#: Name of the draws, unconstrained points, and of their dim.
POINT, ELEMENT = "point", "element"


@dataclass(frozen=True)
class ProgramModel(CompiledModel):
    """What nutpie needs to know about a model.

    Attributes
    ----------
    program : Program
        Its terms are the log density.
    start : (element,)
        Where chains begin, give or take ``jitter``.
    """

    program: Program
    start: Values
    addresses: NDArray[np.uint64]
    jitter: float = 1.0

    @property
    def n_dim(self) -> int:
        """Elements of the point."""
        return self.program.free

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of what is drawn."""
        return {POINT: (self.n_dim,)}

    @property
    def coords(self) -> dict[str, Any]:
        """Labels of the dims of what is drawn."""
        return {}

    def _first(self, seed: int) -> Values:
        rng = np.random.default_rng(seed)
        return self.start + rng.uniform(-self.jitter, self.jitter, size=self.n_dim)

    def _make_model(self, init_mean: Any) -> Any:
        where = self.addresses.ctypes.data
        sizes, dims = {ELEMENT: self.n_dim}, {POINT: [ELEMENT]}
        variables = _lib.PyVariable.new_variables(
            [POINT], ["float64"], [(self.n_dim,)], sizes, dims
        )
        return _lib.PyMcModel(
            _lib.LogpFunc(machine.call_log_density.address, where, self),
            _lib.ExpandFunc(self.n_dim, self.n_dim, machine.call_identity.address, where, self),
            variables,
            self.n_dim,
            sizes,
            {},
            self._first,
            None,
        )

    def _make_sampler(self, settings: Any, init_mean: Any, cores: int, *others: Any) -> Any:
        return _lib.PySampler.from_pymc(settings, cores, self._make_model(init_mean), *others)


def program_model(program: Program, start: Values, jitter: float = 1.0) -> ProgramModel:
    """A program as a model of nutpie."""
    return ProgramModel({}, program, start, machine.addresses(program), jitter)
