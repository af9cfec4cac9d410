"""The parser's table, worked out beforehand: working it out takes longer than a whole answer.

``make grammar`` writes it anew from questions.lark; a test holds the two together. A table of
another grammar, or of another version of lark, is not used.
"""

from __future__ import annotations

import gzip
import json
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

FILE = "questions.table.gz"
#: Stands in the table for the names of the classes, which each posterior has its own of.
_CLASS = "names of classes"


def grammar() -> str:
    """The grammar without the names of the classes."""
    return files(__package__).joinpath("questions.lark").read_text(encoding="utf-8")


def parser_of(names: str) -> Lark:
    """Parser for one vocabulary.

    Parameters
    ----------
    names : str
        Regular expression of the phrases that name a class.

    Returns
    -------
    lark.Lark
    """
    table = _read()
    if table is None:
        return _worked_out(grammar(), names)
    data, memo = table["data"], _by_number(table["memo"])
    inner = data["parser"]["parser"]
    inner["tokens"] = _by_number(inner["tokens"])
    inner["states"] = {k: _by_number(v) for k, v in _by_number(inner["states"]).items()}
    for entry in memo.values():
        if entry.get("name") == "CLASS":
            entry["pattern"] |= {"value": names, "raw": f"/{names}/", "_width": [1, 4096]}
    return Lark._load_from_dict(data, memo)


def write(path: Path = Path(__file__).with_name(FILE)) -> None:  # noqa: B008
    """Work the table out and write it."""
    data, memo = _worked_out(grammar(), _CLASS).memo_serialize([TerminalDef, Rule])
    table = {**_stamp(), "data": data, "memo": memo}
    text = json.dumps(table, separators=(",", ":"), sort_keys=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _read() -> dict[str, Any] | None:
    """The table, where it is that of this grammar."""
    file = files(__package__).joinpath(FILE)
    if not file.is_file():
        return None
    table: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
    stamp = _stamp()
    return table if {key: table.get(key) for key in stamp} == stamp else None


def _stamp() -> dict[str, str]:
    return {"lark": lark.__version__, "grammar": sha256(grammar().encode()).hexdigest()}


def _worked_out(text: str, names: str) -> Lark:
    return Lark(
        f"{text}\nCLASS.9: /{names}/\n",
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=False,
    )


def _by_number(entries: dict[str, Any]) -> dict[int, Any]:
    """JSON has no numbers for keys."""
    return {int(key): value for key, value in entries.items()}
