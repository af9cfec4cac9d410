"""The same questions put to two posteriors of one outcome, and what differs between the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.answer import Answer
from trialpool.questions.ask import ask
from trialpool.questions.effects import active_classes
from trialpool.questions.grammar import NotUnderstoodError, parse
from trialpool.questions.mcid import mcid_line, with_mcid
from trialpool.questions.statement import MCID, statements
from trialpool.questions.suggest import vocabulary
from trialpool.questions.units import unit_of


@dataclass(frozen=True)
class SideBySide:
    """Answers of two posteriors.

    Attributes
    ----------
    pairs : tuple of (Answer, Answer or None)
        The first posterior's answers, each with the other's; None where the question has no answer
        there for that class.
    facts : tuple of (str, str, str)
        What differs between the two, or might: its name, and what it is in the one and the other.
    """

    pairs: tuple[tuple[Answer, Answer | None], ...]
    facts: tuple[tuple[str, str, str], ...]

    def to_dict(self) -> list[dict[str, Any]]:
        """The first posterior's answers as ever, each with the other's under ``beside``."""
        return [
            {**one.to_dict(), "beside": None if other is None else other.to_dict()}
            for one, other in self.pairs
        ]


def beside(
    one: Draws,
    other: Draws,
    questions: Sequence[str],
    *,
    names: tuple[str, str],
    mcid: float | None = None,
) -> SideBySide:
    """Answer questions from two posteriors.

    Parameters
    ----------
    one, other : Draws
        Posteriors of the same outcome.
    questions : sequence of str
        As for ``ask``.
    names : tuple of str
        What an error calls the two, such as their files.
    mcid : float, optional
        Minimal important change in the unit of both; that of each when left out.

    Returns
    -------
    SideBySide

    Raises
    ------
    QuestionError
        If they are of different outcomes, or one of them cannot answer, or a size is given and
        their units differ.
    """
    if any(len(draws.outcomes) > 1 for draws in (one, other)):
        raise QuestionError(
            f"{' and '.join(names)}: got a joint posterior of several outcomes, expected two files "
            "of one outcome. Ask each file by itself."
        )
    outcomes = [str(draws.meta.get("outcome", "")) for draws in (one, other)]
    if outcomes[0] != outcomes[1]:
        raise QuestionError(
            f"{names[1]}: got a posterior of {outcomes[1]}, expected one of {outcomes[0]} as in "
            f"{names[0]}. Two outcomes are not set side by side: ask each file by itself."
        )
    if unit_of(one) != unit_of(other):
        _refuse_sizes(one, other, questions, names, mcid)
    if mcid is not None:
        one, other = with_mcid(one, mcid), with_mcid(other, mcid)
    pairs: list[tuple[Answer, Answer | None]] = []
    for question in questions:
        answers = ask(one, question)
        try:
            others = {answer.subject: answer for answer in ask(other, question)}
        except QuestionError as fault:
            raise QuestionError(f"{names[1]}: {fault}") from None
        pairs += [(answer, others.get(answer.subject)) for answer in answers]
    return SideBySide(tuple(pairs), _facts(one, other))


def _refuse_sizes(
    one: Draws, other: Draws, questions: Sequence[str], names: tuple[str, str], mcid: float | None
) -> None:
    """Refuse what is not the same size in both posteriors: a number in one of their units."""
    sized = [] if mcid is None else [f"mcid: got {mcid:g}"]
    sized += [f"margin: got a number in {text!r}" for text in questions if _has_size(one, text)]
    if sized:
        raise QuestionError(
            f"{sized[0]}, but benefits are in {unit_of(one)} in {names[0]} and in "
            f"{unit_of(other)} in {names[1]}. Leave the number out ('by the MCID' takes that of "
            "each file), or ask each file by itself."
        )


def _has_size(draws: Draws, question: str) -> bool:
    try:
        said = statements(parse(question, vocabulary(draws)))
        sizes = [m for s in said for m in (s.margin, s.upper) if m is not None]
        return any(m.amount != MCID and m.unit != "%" for m in sizes)
    except NotUnderstoodError:
        return False  # `ask` will say what was not understood


def _facts(one: Draws, other: Draws) -> tuple[tuple[str, str, str], ...]:
    """Data, kinds left out and MCID in any case; model, priors and the rest where they differ."""
    a, b = one.meta, other.meta
    same = a.get("data_hash") == b.get("data_hash") and a.get("data_hash") is not None
    mcids = [mcid_line(m).removeprefix("MCID ") or "none" for m in (a, b)]
    left_out = [", ".join(m.get("without_kinds", ())) or "none" for m in (a, b)]
    found = [
        ("kinds left out", left_out[0], left_out[1]),
        ("data", _data(a), "the same" if same else f"another set: {_data(b)}"),
        ("MCID", mcids[0], mcids[1]),
    ]
    priors = [{p["role"]: p["prior"] for p in m.get("priors", ())} for m in (a, b)]
    further = [("active classes", ", ".join(active_classes(one)), ", ".join(active_classes(other)))]
    further += [
        (name.replace("_", " "), str(a.get(name)), str(b.get(name)))
        for name in ("reference", "unit", "model", "horizon", "engine")
    ]
    further += [
        (f"prior of {role}", priors[0].get(role, "none"), priors[1].get(role, "none"))
        for role in dict.fromkeys([*priors[0], *priors[1]])
    ]
    return (*found, *((name, x, y) for name, x, y in further if x != y))


def _data(meta: Mapping[str, Any]) -> str:
    reports = meta.get("reports", [])
    trials = len({report["trial"] for report in reports})
    numbers = f"{len(reports)} number{'' if len(reports) == 1 else 's'}"
    return f"{numbers} of {trials} trial{'' if trials == 1 else 's'}"
