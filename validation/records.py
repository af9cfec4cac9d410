"""Records of slow studies: written whole or not at all, and refused when the model has changed.

A record holds the behaviour of the model it speaks about (`validation.behaviour`). A new study
provides ``behaviour_now`` and writes its record with `write_record`;
``tests/unit/test_validation_records.py`` finds it by its place, ``validation/*/record.json``.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from validation.behaviour import differences

ROOT = Path(__file__).resolve().parents[1]


def write_text(path: Path, text: str) -> None:
    """Write to a temporary name and move it, so that a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def provenance(command: str, behaviour: Mapping[str, Any]) -> dict[str, Any]:
    """What every record says of itself: how and when it was made, of what, with which versions."""
    return {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "behaviour": dict(behaviour),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("trialpool", "pymc", "nutpie", "numpy", "scipy")},
        },
    }


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write a record; it must hold ``behaviour`` and ``command``."""
    missing = {"behaviour", "command"} - set(record)
    if missing:
        raise ValueError(f"record without {', '.join(sorted(missing))}")
    write_text(path, json.dumps(record, indent=1) + "\n")


def conclude(here: Path, record: dict[str, Any], page: str, now: Mapping[str, Any]) -> int:
    """Write what a study found, unless the model changed while it ran; its exit code.

    Parameters
    ----------
    here : Path
        Folder of ``record.json`` and ``record.md``.
    record : dict
        With ``behaviour``, as it was before the study, and ``summary``, which says if it passed.
    page : str
        The record for people.
    now : mapping
        The behaviour after the study.
    """
    print(page)
    if differences(record["behaviour"], now):
        print("no record written: the model changed while the study ran; rerun", file=sys.stderr)
        return 1
    write_record(here / "record.json", record)
    write_text(here / "record.md", page)
    return 0 if record["summary"]["passed"] else 1


def complaints(path: Path, now: Mapping[str, Any]) -> list[str]:
    """Why a record no longer speaks about this model; empty if it does.

    ``now`` is the behaviour of the study with the present code.
    """
    record = json.loads(path.read_text(encoding="utf-8"))
    return [
        f"{path.parent.name}: {said}; rerun `{record['command']}`"
        for said in differences(record["behaviour"], now)
    ]
