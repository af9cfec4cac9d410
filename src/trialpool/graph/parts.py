"""A model within a model: the outcomes of a joint model, each under its own name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialpool.graph.model import Graph, context


def part(name: str, *, coords: Mapping[str, Any] | None = None) -> Any:
    """A part of the model in whose context this is called.

    Its variables and dims carry its name there, ``name::variable``; inside, dims keep their short
    names.
    """
    if isinstance(parent := context(), Graph):
        return Graph(coords, name=name, parent=parent)
    return _part_of_pymc(name, coords or {})


def _part_of_pymc(name: str, coords: Mapping[str, Any]) -> Any:
    import pymc as pm

    class Part(pm.Model):
        """PyMC's nested models share the dims of their root; these have their own."""

        def __init__(self) -> None:
            super().__init__(name)
            self._coords: dict[str, Any] = {}
            self._dim_lengths: dict[str, Any] = {}
            self.add_coords(coords)

        def add_coord(self, name: str, values: Any = None, *, length: int | None = None) -> None:
            """Register a dim here and, under its long name, in the root."""
            long = self.name_for(name)
            self.parent.add_coord(long, values, length=length)
            self._coords[name] = self.parent.coords[long]
            self._dim_lengths[name] = self.parent.dim_lengths[long]

        def add_named_variable(self, var: Any, dims: Any = None) -> None:
            """Register a variable by the short names of its dims; the root has the long ones."""
            super().add_named_variable(var, dims=dims)
            if (short := self.named_vars_to_dims.get(var.name)) is not None:
                self.named_vars_to_dims[var.name] = tuple(d and self.name_for(d) for d in short)

    return Part()
