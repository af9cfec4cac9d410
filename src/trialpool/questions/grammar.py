"""From an English question to an `Expression`.

The words are in questions.lark; the names of the classes come from the posterior at hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice

from lark import Lark, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from trialpool.errors import QuestionError
from trialpool.questions.reading import Reader
from trialpool.questions.statement import Expression
from trialpool.questions.table import parser_of

#: Characters of a question, and parentheses or "not" in it: far more than people write.
LONGEST, DEEPEST = 1000, 20
#: Words of a phrase that is not understood, and characters before it, that are looked at.
_WORDS, _NEAR = 8, 100


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


@lru_cache(maxsize=1024)  # names and forms come again with every question
def normalise(text: str) -> str:
    """Bring spelling variants together before the words are read.

    Lower case; no possessives, punctuation or hyphens between words; numbers apart from letters,
    signs and parentheses apart from words.
    """
    text = unicodedata.normalize("NFKC", text).lower()
    for pattern, instead in _SPELLING:
        text = pattern.sub(instead, text)
    return " ".join(text.split())


# From the beginning of a word: from each letter a long word would be read again and again.
_SPAN = r"\b(?:[\w.]+ and a )?[\w.]+ (?:months?|years?|weeks?)"
_SINCE = (
    r"(?:after|following|post|from|since) (?:the )?(?:first )?"
    r"(?:injections?|treatments?|therapy|baseline|randomi[sz]ation)\b"
)
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
        # "Two years after the injection" is at two years.
        (rf"\b((?:at|by|until|to|in|within|past|for) {_SPAN}) {_SINCE}", r"\1"),
        (rf"({_SPAN}) {_SINCE}", r"at \1"),
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
    text = _checked(question)
    phrases, parser = _vocabulary(tuple(names.items()))
    try:
        tree = parser.parse(text)
    except UnexpectedInput as fault:
        raise _stopped(parser, text, fault) from None
    return Reader(phrases).read(tree)


def _checked(question: str) -> str:
    """The question as normalised, where it is of a size that people write."""
    text = normalise(question) if len(question) <= LONGEST else question
    if len(text) > LONGEST:
        raise QuestionError(
            f"question: got {len(text)} characters, expected at most {LONGEST}. Ask it in parts."
        )
    # Nesting is all that could make reading slow or deep.
    deep = max(text.count("("), text.split().count("not"))
    if deep > DEEPEST:
        raise QuestionError(
            f"question: got {deep} parentheses or 'not's, expected at most {DEEPEST}. Ask it in "
            "parts."
        )
    return text


@lru_cache(maxsize=32)
def _vocabulary(names: tuple[tuple[str, str], ...]) -> tuple[dict[str, str], Lark]:
    """Phrases as normalised, and the parser that knows them; names of one posterior are kept."""
    phrases = {text: cls for phrase, cls in names if (text := normalise(phrase))}
    return phrases, _parser(tuple(sorted(phrases, key=lambda p: (-len(p), p))))


@lru_cache(maxsize=32)
def _parser(phrases: tuple[str, ...]) -> Lark:
    """Parser for one vocabulary, kept: making one is most of what a first question costs."""
    names = "|".join(f"{re.escape(p)}s?" for p in phrases).replace("/", r"\/") or r"(?!)"
    described = "( (cells?|injections?|therapy|treatments?))?"
    return parser_of(rf"({names}){described}(?!\w)")


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
    known = _known(parser)
    words: list[str] = []
    # What follows is to be recognised by its first words.
    for match in islice(re.finditer(r"\S+", text[start:]), _WORDS):
        if words and known.match(text, start + match.start()):
            break
        words.append(match.group())
    phrase = " ".join(words)
    cls = next(t for t in parser.terminals if t.name == "CLASS").pattern.to_regexp()
    if re.search(rf"(?<!\w)and (?:{cls})\s?$", text[max(start - _NEAR, 0) : start]):
        # "PRP beats MSC and MPC": a class alone is no statement that could be joined.
        return NotUnderstoodError("and", wants_class=False, text=text)
    wants_class = "CLASS" in accepted and (not phrase or phrase[0].isalpha())
    return NotUnderstoodError(phrase, wants_class=wants_class, text=text)


@lru_cache(maxsize=32)
def _known(parser: Lark) -> re.Pattern[str]:
    """Every word that means something."""
    meaning = [t for t in parser.terminals if t.name not in ("WORD", "WS", "_BY")]
    return re.compile("|".join(f"(?:{t.pattern.to_regexp()})" for t in meaning))
