"""Records of slow studies: written whole or not at all, and refused when the code has changed.

A record names the source files it speaks about and their SHA-256. A new study writes its record
with `write_record`; ``tests/unit/test_validation_records.py`` finds it by its place,
``validation/*/record.json``.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def source_hash(patterns: Sequence[str], root: Path = ROOT) -> str:
    """SHA-256 over the files that the patterns name: their paths and contents, in sorted order."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write to a temporary name and move it, so that a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def provenance(command: str, sources: Sequence[str], sha256: str) -> dict[str, Any]:
    """What every record says of itself: how and when it was made, with which code and versions."""
    return {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "sources": list(sources),
        "sha256": sha256,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("trialpool", "pymc", "nutpie", "numpy", "scipy")},
        },
    }


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write a record; it must hold ``sources`` (patterns), ``sha256`` and ``command``."""
    missing = {"sources", "sha256", "command"} - set(record)
    if missing:
        raise ValueError(f"record without {', '.join(sorted(missing))}")
    write_text(path, json.dumps(record, indent=1) + "\n")


def complaint(path: Path, root: Path = ROOT) -> str | None:
    """Why a record no longer speaks about this code, in one sentence; None if it does."""
    record = json.loads(path.read_text(encoding="utf-8"))
    if source_hash(record["sources"], root) == record["sha256"]:
        return None
    return (
        f"{path.relative_to(root)} was made with other code ({', '.join(record['sources'])} "
        f"changed since {record['date']}): rerun `{record['command']}`."
    )
