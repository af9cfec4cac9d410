"""From the parse tree of a question to a `Request`; the words are in questions.lark."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from lark import Token, Tree

from trialpool.errors import QuestionError
from trialpool.questions.request import MCID, Request
from trialpool.questions.units import Unit

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
WHEN = ("at", "at_unit", "after", "past")
UNITS: Mapping[str, Unit | Literal["%"]] = {"POINTS": "points", "SDS": "SDs", "PERCENT": "%"}


class Reader:
    """Turns one parse tree into a request.

    Parameters
    ----------
    phrases : mapping of str to str
        Every phrase that names a class, normalised, and the class.
    """

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self.phrases = phrases

    def read(self, tree: Tree[Token]) -> Request:
        """The request that a whole question makes."""
        nodes = [t for t in tree.children if isinstance(t, Tree)]
        lead = [t for t in nodes if t.data in WHEN]
        first, *joined = nodes[len(lead) :]
        request = self._statement(first, lead, [])
        # "PRP relieves pain and is safe": the second statement is about PRP as well.
        subject = self._classes(first.children[0]) if first.data == "clause" else []
        further = [self._statement(node, [], subject) for node in joined]
        return replace(request, further=tuple(further))

    def _statement(self, node: Tree[Token], lead: list[Tree[Token]], subject: list[str]) -> Request:
        predicate = node.children[1] if node.data == "clause" else node
        assert isinstance(predicate, Tree)  # a clause is a subject and a predicate
        form = str(predicate.data)
        if form == "left":
            return self._left(lead, predicate)
        classes = tuple([*([] if node.data == "clause" else subject), *self._classes(node)])
        request = self._measured(node, form, [*lead, *_whens(node)])
        if form.startswith("trial"):
            named = form.removesuffix("_mcid")
            return self._trial(node, replace(request, form=named))  # type: ignore[arg-type]  # a form
        request = replace(request, classes=classes)
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
        return request

    def _measured(self, node: Tree[Token], form: str, times: list[Tree[Token]]) -> Request:
        """Margin, time and outcomes of a statement."""
        amounts = list(node.find_data("amount"))
        margins = [self._amount(t) for t in amounts]
        margins += [MCID] if form.endswith("_mcid") else []
        _only_one(margins, "margins")
        _only_one(times, "times")
        months, past = self._when(times[0], form) if times else (None, False)
        return Request(
            "works",
            months=months,
            past=past,
            margin=margins[0] if margins else None,  # type: ignore[arg-type]  # the only string is "mcid"
            margin_unit=self._unit(amounts[0]) if amounts else None,
            outcomes=_topics(node),
        )

    def _trial(self, node: Tree[Token], request: Request) -> Request:
        against = [c for t in node.find_data("versus") for c in self._classes(t)]
        sizes = list(node.find_data("patients"))
        named = self._classes(node)
        for cls in against:
            named.remove(cls)
        if len(named) != 1:
            raise QuestionError(
                f"The question is about a new trial and names {len(named)} classes as what it "
                "tests; expected one. Write 'a new trial of PRP' or 'a new trial of PRP v MSC'."
            )
        _only_one(against, "comparators")
        _only_one(sizes, "numbers of patients")
        return replace(
            request,
            classes=(*named, *against),
            patients=self._patients(sizes[0]) if sizes else None,
        )

    def _left(self, lead: list[Tree[Token]], query: Tree[Token]) -> Request:
        *inside, tail = query.children
        assert isinstance(tail, Tree)
        tokens = [t for t in inside if isinstance(t, Token)]
        spans = [self._moment(t) for t in inside if isinstance(t, Tree)]
        _only_one(tokens, "classes")
        _only_one(spans, "times before 'left'")
        later = [*_whens(tail), *lead]
        _only_one(later, "times")
        if list(tail.find_data("amount")):
            raise QuestionError(
                "A question of how much is left takes no margin. Leave out 'by ...'."
            )
        months = self._when(later[0], "left")[0] if later else None
        named = tuple(self._class(str(t)) for t in tokens)
        since = spans[0] if spans else None
        return Request("left", named, months=months, since=since, outcomes=_topics(tail))

    def _classes(self, node: Any) -> list[str]:
        return [self._class(str(t)) for t in node.scan_values(lambda t: t.type == "CLASS")]

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
    def _unit(amount: Tree[Token]) -> Unit | Literal["%"] | None:
        named = next((t.type for t in amount.children if isinstance(t, Token)), None)
        return None if named is None else UNITS[named]

    @staticmethod
    def _patients(node: Tree[Token]) -> float:
        per_arm = any(t.type == "PER_ARM" for t in node.scan_values(lambda t: True))
        return _number(next(node.find_data("number"))) * (2.0 if per_arm else 1.0)


def _whens(tree: Tree[Token]) -> list[Tree[Token]]:
    return [t for t in tree.iter_subtrees_topdown() if t.data in WHEN]


def _topics(tree: Tree[Token]) -> tuple[str, ...]:
    return tuple(" ".join(str(w) for w in t.children) for t in tree.find_data("topic"))


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
