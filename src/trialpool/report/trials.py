"""The evidence table: a row a trial, with what it reported and where that is printed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trialpool.draws import Draws

_LINK = re.compile(r"https?://[^\s;,)\"'<>]+|doi:10\.[^\s;,\"'<>]+")


@dataclass(frozen=True)
class Piece:
    """A piece of a text: plain, or with an address to follow."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class TrialRow:
    """One trial.

    Attributes
    ----------
    trial : str
    arms : tuple of str
        Each with its class and size.
    months, kinds : str
        When it was seen, and what it printed.
    numbers : tuple of str
        What each number contributes.
    sources : tuple of tuple of Piece
        Each in pieces.
    design : tuple of str
        Year, patients, route, blinding, risk of bias, as far as known.
    """

    trial: str
    arms: tuple[str, ...]
    months: str
    kinds: str
    numbers: tuple[str, ...]
    sources: tuple[tuple[Piece, ...], ...]
    design: tuple[str, ...] = ()


def trial_rows(
    draws: Draws, designs: Mapping[str, tuple[str, ...]] | None = None
) -> list[TrialRow]:
    """A row a trial, in the order of the numbers that entered; designs are by trial."""
    by_trial: dict[str, list[dict[str, Any]]] = {}
    for report in draws.meta.get("reports", []):
        by_trial.setdefault(str(report.get("trial") or report.get("study") or ""), []).append(
            report
        )
    known = designs or {}
    return [_row(trial, rows, known.get(trial, ())) for trial, rows in by_trial.items()]


def _row(trial: str, reports: list[dict[str, Any]], design: tuple[str, ...]) -> TrialRow:
    months = sorted({float(r["months"]) for r in reports if r.get("months") is not None})
    kinds = dict.fromkeys(str(r["kind"]).replace("_", " ") for r in reports if r.get("kind"))
    sources = dict.fromkeys(str(r["source"]) for r in reports if r.get("source"))
    return TrialRow(
        trial=trial,
        arms=tuple(_arms(reports)),
        months=", ".join(f"{m:g}" for m in months),
        kinds=", ".join(kinds),
        numbers=tuple(_number(r) for r in reports),
        sources=tuple(tuple(pieces(source)) for source in sources),
        design=design,
    )


def _arms(reports: list[dict[str, Any]]) -> list[str]:
    """Each arm with its class and the largest size printed; arms known from a difference too."""
    sizes: dict[str, float | None] = {}
    classes: dict[str, str] = {}
    for r in reports:
        arm = str(r.get("arm") or r.get("treatment") or "")
        if arm:
            classes.setdefault(arm, str(r.get("class_") or ""))
            sizes[arm] = _larger(sizes.get(arm), r.get("n"))
        if r.get("versus"):
            sizes[str(r["versus"])] = _larger(sizes.get(str(r["versus"])), r.get("versus_n"))
    told = []
    for arm, n in sizes.items():
        cls = classes.get(arm, "")
        shown = arm if not cls or cls == arm else f"{arm} [{cls}]"
        told.append(f"{shown}, n {n:g}" if n is not None else f"{shown}, n not printed")
    return told


def _larger(one: float | None, other: Any) -> float | None:
    known = [float(n) for n in (one, other) if n is not None]
    return max(known, default=None)


def _number(report: dict[str, Any]) -> str:
    where = [str(report.get("arm") or report.get("treatment") or "")]
    if report.get("months") is not None:
        where.append(f"month {float(report['months']):g}")
    told = ", ".join(part for part in where if part)
    why = str(report.get("why") or report.get("kind") or "")
    return f"{told}: {why}" if told and why else told or why


def pieces(text: str) -> list[Piece]:
    """A source in plain pieces and addresses; only http, https and DOIs become links."""
    found: list[Piece] = []
    end = 0
    for match in _LINK.finditer(text):
        address = match.group().rstrip(".")
        if match.start() > end:
            found.append(Piece(text[end : match.start()]))
        href = address if address.startswith("http") else f"https://doi.org/{address[4:]}"
        found.append(Piece(address, href))
        end = match.start() + len(address)
    if end < len(text):
        found.append(Piece(text[end:]))
    return found
