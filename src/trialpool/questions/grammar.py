"""From an English question to an `Expression`.

The words are in questions.lark; the names of the classes come from the posterior at hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from lark import Lark, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from trialpool.questions.reading import Reader
from trialpool.questions.statement import Expression


class NotUnderstoodError(Exception):
    """Where reading stopped.

    Attributes
    ----------
    phrase : str
        The words that were not understood; empty when the question ended too early.
    wants_class : bool
        Whether the name of a class could stand there.
    text : str
        The question as normalised.
    """

    def __init__(self, phrase: str, *, wants_class: bool, text: str) -> None:
        self.phrase = phrase
        self.wants_class = wants_class
        self.text = text
        super().__init__(f"{phrase!r} in {text!r}")


def normalise(text: str) -> str:
    """Bring spelling variants together before the words are read.

    Lower case; no possessives, punctuation or hyphens between words; numbers apart from letters,
    signs and parentheses apart from words.
    """
    text = unicodedata.normalize("NFKC", text).lower()
    for pattern, instead in _SPELLING:
        text = pattern.sub(instead, text)
    return " ".join(text.split())


#: Applied in this order.
_SPELLING = [
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"[\u2018\u2019\u02bc\u2032`\u00b4]", "'"),
        (r"(?<=\s)[\u2010-\u2015](?=\s)", " "),  # a dash; a minus sign is another character
        (r"[\u2010-\u2015\u2212]", "-"),
        (r"\u2265", ">="),
        (r"\u2264", "<="),
        (r"\bcan'?t\b|\bcannot\b", "can not"),
        (r"\bwon't\b", "will not"),
        (r"(?<=[a-z])n't\b", " not"),
        (r"'s\b|'", ""),
        (r"(?<=\s)-(?=\s)", "minus"),
        (r"(?<=\w)-+(?=\w)|-(?!\d)", " "),
        (r"\.(?!\d)|[?!,;:\"\[\]{}\u201c\u201d]", " "),
        (r"(>=|<=|\|\||&&|[+/&%@=<>|()])", r" \1 "),
        (r"(\d)([a-z])", r"\1 \2"),
        (r"\bhalf (?:of )?an? (?=year|month|week)", "half "),
        (r"\ban? (?=(?:year|month|week)\b(?! \d))", "one "),
    )
]


def parse(question: str, names: Mapping[str, str]) -> Expression:
    """Read a question.

    Parameters
    ----------
    question : str
        One English question.
    names : mapping of str to str
        Every phrase that names a class, and the class; phrases are normalised here.

    Returns
    -------
    Expression

    Raises
    ------
    NotUnderstoodError
        If the words fit no form.
    QuestionError
        If they fit one but contradict themselves (two times, two margins).
    """
    phrases = {normalise(phrase): cls for phrase, cls in names.items() if normalise(phrase)}
    text = normalise(question)
    parser = _parser(tuple(sorted(phrases, key=lambda p: (-len(p), p))))
    try:
        tree = parser.parse(text)
    except UnexpectedInput as fault:
        raise _stopped(parser, text, fault) from None
    return Reader(phrases).read(tree)


@lru_cache(maxsize=16)
def _parser(phrases: tuple[str, ...]) -> Lark:
    """Parser for one vocabulary, kept: building one is most of what a question costs."""
    names = "|".join(f"{re.escape(p)}s?" for p in phrases).replace("/", r"\/") or r"(?!)"
    described = "( (cells?|injections?|therapy|treatments?))?"
    text = files(__package__).joinpath("questions.lark").read_text(encoding="utf-8")
    return Lark(
        f"{text}\nCLASS.9: /({names}){described}(?!\\w)/\n",
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=False,
    )


def _stopped(parser: Lark, text: str, fault: UnexpectedInput) -> NotUnderstoodError:
    position = fault.pos_in_stream
    accepted = set()
    if isinstance(fault, UnexpectedToken):
        accepted = set(fault.accepts or fault.expected)
        if fault.token.type == "$END":
            position = len(text)
    elif isinstance(fault, UnexpectedCharacters):
        accepted = set(fault.allowed or ())
    start = min(position if position is not None and position >= 0 else len(text), len(text))
    known = [
        re.compile(t.pattern.to_regexp())
        for t in parser.terminals
        if t.name not in ("WORD", "WS", "_BY")
    ]
    words: list[str] = []
    for match in re.finditer(r"\S+", text[start:]):
        if words and any(k.match(text, start + match.start()) for k in known):
            break
        words.append(match.group())
    phrase = " ".join(words)
    cls = next(t for t in parser.terminals if t.name == "CLASS").pattern.to_regexp()
    if re.search(rf"(?<!\w)and {cls} $", text[:start]):
        # "PRP beats MSC and MPC": a class alone is no statement that could be joined.
        return NotUnderstoodError("and", wants_class=False, text=text)
    wants_class = "CLASS" in accepted and (not phrase or phrase[0].isalpha())
    return NotUnderstoodError(phrase, wants_class=wants_class, text=text)
