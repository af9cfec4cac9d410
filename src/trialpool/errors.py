"""One exception per kind of remedy; each message says where, got, expected and what to do.

A new error class belongs here only if the person who meets it must do something that no other
class asks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class TrialpoolError(Exception):
    """Base of all errors that a user can mend; the command line prints it and exits with 2."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the evidence.

    Attributes
    ----------
    where : str
        File, line and column, as far as they are known: ``reports.csv row 12, sd``.
    got : str
        What stands there.
    expected : str
        What should.
    remedy : str
        What to do about it.
    """

    where: str
    got: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: got {self.got}; expected {self.expected}. {self.remedy}"


class EvidenceError(TrialpoolError):
    """The trial data cannot be used as they stand: correct them. Holds every fault found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        head = "1 fault in the evidence" if count == 1 else f"{count} faults in the evidence"
        super().__init__("\n".join([head + ":", *(f"  {fault}" for fault in self.faults)]))


class ModelError(TrialpoolError):
    """The model does not exist or does not fit the evidence: change its arguments."""


class QuestionError(TrialpoolError):
    """The question was not understood or lies outside the posterior: rephrase it.

    Attributes
    ----------
    suggestions : tuple of str
        The nearest questions that can be answered.
    """

    def __init__(self, message: str, suggestions: Iterable[str] = ()) -> None:
        self.suggestions = tuple(suggestions)
        lines = [message]
        if self.suggestions:
            lines += [
                "Nearest questions that can be answered:",
                *(f"  {s}" for s in self.suggestions),
            ]
        super().__init__("\n".join(lines))


class PosteriorFileError(TrialpoolError):
    """A posterior file is missing, damaged or of another version: fit again."""


class OutputError(TrialpoolError):
    """A result cannot be written there or in that form: name another file."""


class EngineError(TrialpoolError):
    """The engine asked for cannot sample this model: choose another."""
