"""The defaults of the signature in the tables of parameters.

griffe gives all names of one numpydoc line ("draws, tune : int") the default of the first, and
takes the first of several choices for the default.
"""

from __future__ import annotations

from typing import Any

import griffe


class Defaults(griffe.Extension):
    """Reads each default where it stands."""

    def on_function(self, *, func: griffe.Function, loader: Any, **kwargs: Any) -> None:
        """Correct the parameters of a docstring."""
        if func.docstring is None:
            return
        for section in func.docstring.parsed:
            if section.kind is griffe.DocstringSectionKind.parameters:
                for found in section.value:
                    if found.name in func.parameters:
                        found.value = func.parameters[found.name].default
