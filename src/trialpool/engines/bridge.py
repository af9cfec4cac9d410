"""Programs in the hands of nutpie's sampler, which calls the machine from its own threads.

Only nutpie's extension is loaded. The Python around it knows PyMC's and Stan's models, of which
nothing is needed here, and imports ArviZ and matplotlib, which takes longer than a fit.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
from numpy.typing import NDArray

from trialpool.engines import callbacks
from trialpool.engines.draw import Draw, Watch
from trialpool.errors import EngineError
from trialpool.graph.program import Program

Values = NDArray[np.float64]

_POINT, _ELEMENT = "point", "element"
_EXTENSION = "nutpie._lib"
#: Half the width of the box around the start in which chains begin.
JITTER = 1.0
#: Milliseconds between two updates of the progress bar.
_RATE = 100
#: What the sampler writes at each update, in its own template language.
_TOLD = "{{ total_finished_draws }} {{ total_draws }}"
#: What is kept of the sampler's own numbers.
STATS = ("diverging", "energy", "n_steps", "step_size")


def _extension() -> Any:
    """Nutpie's sampler, without the package around it."""
    if _EXTENSION in sys.modules:
        return sys.modules[_EXTENSION]
    package = find_spec("nutpie")
    folders = [Path(f) for f in (package.submodule_search_locations or [])] if package else []
    for file in (file for folder in folders for file in folder.glob("_lib.*")):
        spec = spec_from_file_location(_EXTENSION, file)
        if spec is not None and spec.loader is not None:
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    raise EngineError("nutpie: its sampler is not installed; run: pip install nutpie")


@dataclass(frozen=True)
class _Start:
    """First points of chains, near ``centre``."""

    centre: Values

    def __call__(self, seed: int) -> Values:
        jitter = np.random.default_rng(seed).uniform(-JITTER, JITTER, size=self.centre.size)
        return np.asarray(self.centre + jitter)


def sample_program(program: Program, start: Values, how: Draw) -> tuple[Values, dict[str, Values]]:
    """Points of the density that a program computes, by NUTS.

    Parameters
    ----------
    program : Program
    start : (element,)
        Where chains begin, give or take `JITTER`.
    how : Draw

    Returns
    -------
    points : (chain, draw, element)
    stats : dict of str to (chain, draw)
        `STATS` of the kept draws.

    Raises
    ------
    EngineError
        If no point near the start has a density.
    """
    lib, size = _extension(), program.free
    settings = lib.PyNutsSettings.Diag(how.seed)
    settings.update(
        {
            "num_tune": how.tune,
            "num_draws": how.draws * how.thin,
            "num_chains": how.chains,
            "target_accept": how.target_accept,
        }
    )
    where = callbacks.addresses(program)  # alive until the sampler is done
    functions = (callbacks.call_log_density.address, callbacks.call_identity.address)
    sizes = {_ELEMENT: size}
    model = lib.PyMcModel(
        lib.LogpFunc(functions[0], where.ctypes.data, program),
        lib.ExpandFunc(size, size, functions[1], where.ctypes.data, program),
        lib.PyVariable.new_variables([_POINT], ["float64"], [(size,)], sizes, {_POINT: [_ELEMENT]}),
        size,
        sizes,
        {},
        _Start(start),
        None,
    )
    cores = min(how.chains, os.cpu_count() or 1)
    sampler = lib.PySampler.from_pymc(
        settings,
        cores,
        model,
        _progress(lib.ProgressType, how.progress, cores),
        None,
        _RATE,
        lib.PyStorage.arrow(),
    )
    try:
        sampler.wait(None)
    except KeyboardInterrupt:
        sampler.abort()
        raise
    except RuntimeError as error:
        reason = str(error).split("\n")[0]
        raise EngineError(f"sampling: the sampler gave up ({reason}); check the priors") from error
    draws, stats = sampler.take_results().get_arrow_trace()
    total = how.draws * how.thin
    points = [_column(chain, _POINT, total).reshape(total, size)[:: how.thin] for chain in draws]
    kept = {name: np.stack([_column(s, name, total) for s in stats]) for name in STATS}
    # Of thinned draws it counts whether any between them diverged.
    kept["diverging"] = kept["diverging"].reshape(how.chains, how.draws, how.thin).any(axis=2)
    kept |= {name: kept[name][:, :: how.thin] for name in STATS if name != "diverging"}
    return np.stack(points), kept


def _progress(kinds: Any, shown: bool | Watch, cores: int) -> Any:
    """Nutpie's own bars, none, or numbers for whoever watches."""
    if not callable(shown):
        return kinds.indicatif(_RATE) if shown else kinds.none()
    watch = shown

    def told(text: str) -> None:
        done, total = text.split()
        watch(int(done), int(total))

    return kinds.template_callback(_RATE, _TOLD, cores, told)


def _column(table: Any, name: str, draws: int) -> NDArray[Any]:
    """The kept draws of a column; the warm-up is before them."""
    column = pyarrow.array(table.column(name))
    column = column[len(column) - draws :]
    flat = column.flatten() if hasattr(column, "flatten") else column
    return np.asarray(flat.to_numpy(zero_copy_only=False))
