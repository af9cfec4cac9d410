"""From an English question to a `Request`.

The words are in questions.lark; the names of the classes come from the posterior at hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from trialpool.errors import QuestionError
from trialpool.questions.units import Unit

MCID = "mcid"
MONTHS_A_UNIT = {"m": 1.0, "y": 12.0, "w": 12.0 / 52.0}  # 52 weeks are reported as 12 months
SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = {"twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0}

type Form = Literal[
    "beats",
    "works",
    "still",
    "lasts",
    "reduces",
    "raises",
    "safe",
    "safer",
    "safest",
    "best",
    "worst",
    "left",
]


@dataclass(frozen=True)
class Request:
    """What a question asks for, before the posterior is looked at.

    Attributes
    ----------
    form : str
        The kind of question.
    classes : tuple of str
        Classes named, in the order of the statement; empty for all active classes.
    months : float or None
        Time asked about.
    past : bool
        Whether it is "past" that time and not at it.
    since : float or None
        Time of the benefit that a share is of.
    margin : float, "mcid" or None
        How much better.
    margin_unit : "points", "SDs" or None
        Unit named with the margin; None for that of the posterior.
    outcomes : tuple of str
        Outcomes named.
    """

    form: Form
    classes: tuple[str, ...] = ()
    months: float | None = None
    past: bool = False
    since: float | None = None
    margin: float | Literal["mcid"] | None = None
    outcomes: tuple[str, ...] = ()
    margin_unit: Unit | None = None


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

    Lower case; no possessives, punctuation or hyphens between words; numbers apart from letters.
    """
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"[\u2018\u2019\u02bc\u2032`\u00b4]", "'", text)
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
    text = re.sub(r"^\s*pr?\s*\(", " probability ", text)
    text = re.sub(r"\bp\s*\((?=.*\))", " probability ", text)
    text = re.sub("\u2265|>=", " at least ", text)
    text = re.sub(r"'s\b|'", "", text)
    text = re.sub(r"(?<=\w)-+(?=\w)|-(?!\d)", " ", text)
    text = re.sub(r"\.(?!\d)|[?!,;:()\"\[\]\u201c\u201d]", " ", text)
    text = re.sub(r"([+/&%@=<>])", r" \1 ", text)
    text = re.sub(r"(\d)([a-z])", r"\1 \2", text)
    text = re.sub(r"\bhalf (?:of )?an? (?=year|month|week)", "half ", text)
    text = re.sub(r"\ban? (?=(?:year|month|week)\b(?! \d))", "one ", text)
    return " ".join(text.split())


def parse(question: str, names: Mapping[str, str]) -> Request:
    """Read a question.

    Parameters
    ----------
    question : str
        One English question.
    names : mapping of str to str
        Every phrase that names a class, and the class; phrases are normalised here.

    Returns
    -------
    Request

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
    return _Reader(phrases).read(tree)


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
    wants_class = "CLASS" in accepted and (not phrase or phrase[0].isalpha())
    return NotUnderstoodError(phrase, wants_class=wants_class, text=text)


class _Reader:
    """Turns one parse tree into a request."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self.phrases = phrases

    def read(self, tree: Tree[Token]) -> Request:
        query = tree.children[-1]
        assert isinstance(query, Tree)  # the grammar ends every start with one query
        form = str(query.data)
        classes = tuple(self._class(str(t)) for t in query.scan_values(lambda t: t.type == "CLASS"))
        request = Request(form="works", classes=classes)
        if form == "left":
            return self._left(tree, query)
        if form.startswith("worse"):
            request = replace(request, form="beats", classes=classes[::-1])
        elif form == "beats_by":
            request = replace(request, form="beats")
        elif not form.startswith("works"):
            request = replace(request, form=form)  # type: ignore[arg-type]  # the other aliases are forms
        if form in ("beats", "worse", "safer", "beats_by", "worse_by") and len(classes) != 2:
            raise QuestionError(
                "The question compares two classes but names only one. Name both, as in 'PRP "
                "beats MSC at 24 months'."
            )
        amounts = list(query.find_data("amount"))
        margins = [self._amount(t) for t in amounts]
        margins += [MCID] if form == "works_mcid" else []
        times = _whens(tree)
        _only_one(margins, "margins")
        _only_one(times, "times")
        months, past = self._when(times[0], form) if times else (None, False)
        topics = tuple(" ".join(str(w) for w in t.children) for t in query.find_data("topic"))
        margin = margins[0] if margins else None
        return replace(
            request,
            months=months,
            past=past,
            margin=margin,  # type: ignore[arg-type]  # the only string is "mcid"
            margin_unit=self._unit(amounts[0]) if amounts else None,
            outcomes=topics,
        )

    def _left(self, tree: Tree[Token], query: Tree[Token]) -> Request:
        *inside, tail = query.children
        assert isinstance(tail, Tree)
        tokens = [t for t in inside if isinstance(t, Token)]
        spans = [self._moment(t) for t in inside if isinstance(t, Tree)]
        _only_one(tokens, "classes")
        _only_one(spans, "times before 'left'")
        later = _whens(tail) + [t for t in tree.children if isinstance(t, Tree) and t.data in WHEN]
        _only_one(later, "times")
        if list(tail.find_data("amount")):
            raise QuestionError(
                "A question of how much is left takes no margin. Leave out 'by ...'."
            )
        months = self._when(later[0], "left")[0] if later else None
        topics = tuple(" ".join(str(w) for w in t.children) for t in tail.find_data("topic"))
        named = tuple(self._class(str(t)) for t in tokens)
        return Request(
            "left", named, months=months, since=spans[0] if spans else None, outcomes=topics
        )

    def _class(self, phrase: str) -> str:
        phrase = (
            re.sub(r" (cells?|injections?|therapy|treatments?)$", "", phrase)
            if phrase not in self.phrases
            else phrase
        )
        return (
            self.phrases[phrase]
            if phrase in self.phrases
            else self.phrases[phrase.removesuffix("s")]
        )

    def _when(self, node: Tree[Token], form: str) -> tuple[float, bool]:
        # "Does it still work after two years" asks about the time beyond; "PRP beats MSC
        # after two years" about the visit.
        past = node.data == "past" or (node.data == "after" and form in ("still", "lasts"))
        return self._moment(node), past

    def _moment(self, node: Tree[Token]) -> float:
        number = next(iter(node.find_data("number")), None) or next(node.find_data("and_half"))
        unit = next(node.scan_values(lambda t: t.type == "UNIT"), "months")
        return _number(number) * MONTHS_A_UNIT[str(unit)[0]]

    @staticmethod
    def _amount(node: Tree[Token]) -> float | str:
        first = node.children[0]
        assert isinstance(first, Tree)
        return MCID if first.data == "mcid" else _number(first)

    @staticmethod
    def _unit(amount: Tree[Token]) -> Unit | None:
        named = [t.type for t in amount.children if isinstance(t, Token)]
        return None if not named else "SDs" if named == ["SDS"] else "points"


WHEN = ("at", "at_unit", "after", "past")


def _whens(tree: Tree[Token]) -> list[Tree[Token]]:
    return [t for t in tree.iter_subtrees_topdown() if t.data in WHEN]


def _only_one(
    found: list[object] | list[float] | list[float | str] | list[Token] | list[Tree[Token]],
    what: str,
) -> None:
    if len(found) > 1:
        raise QuestionError(
            f"The question has {len(found)} {what}; expected one. Ask one question for each."
        )


def _number(node: Tree[Token]) -> float:
    total = 0.0
    for token in node.children:
        word = str(token)
        if word.startswith("half"):
            total += 0.5
        elif word in TENS:
            total += TENS[word]
        elif word in SMALL:
            total += SMALL.index(word)
        else:
            total += float(word)
    return total
