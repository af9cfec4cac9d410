"""Records of what was measured: a JSON beside this file, with date and versions."""

from __future__ import annotations

import json
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PACKAGES = (
    "trialpool", "pymc", "pytensor", "nutpie", "numpyro", "jax", "numba", "numpy", "arviz",
)  # fmt: skip


def read(name: str) -> dict[str, Any]:
    """The record ``name``; empty where nothing was measured."""
    file = HERE / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else {}


def save(name: str, record: dict[str, Any]) -> None:
    """Write the record ``name`` as measured today with what is installed."""
    record |= {"date": time.strftime("%Y-%m-%d"), "versions": versions()}
    (HERE / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")


def versions() -> dict[str, str]:
    """What was measured, on what."""
    found = {"python": platform.python_version(), "machine": f"{platform.machine()}, 2 cores"}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
