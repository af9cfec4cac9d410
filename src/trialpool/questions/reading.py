"""From the parse tree of a question to an expression; the words are in questions.lark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

from lark import Token, Tree

from trialpool.errors import QuestionError
from trialpool.questions.numbers import fraction_of, number_of
from trialpool.questions.statement import (
    MCID,
    And,
    Expression,
    Form,
    Given,
    Margin,
    Not,
    Or,
    Statement,
    Time,
    Trial,
)
from trialpool.questions.units import Unit

type Node = Tree[Token]

MONTHS_A_UNIT = {"m": 1.0, "y": 12.0, "w": 12.0 / 52.0}  # 52 weeks are reported as 12 months
WHEN = ("at", "until", "within", "after", "past", "span", "averaged")
UNITS: Mapping[str, Unit | Literal["%"]] = {"POINTS": "points", "SDS": "SDs", "PERCENT": "%"}
#: Rules that are another form in other words.
_FORMS: Mapping[str, Form] = {
    "beats_by": "beats",
    "worse": "beats",
    "worse_by": "beats",
    "falls_short": "exceeds",
    "near": "equivalent",
    "works_mcid": "works",
    "works_by": "at_least",
    "works_on": "works",
    "effect": "finds",
    "trial_shows": "works",
    "trial_shows_mcid": "works",
    "trial_finds": "finds",
    "trial_raises": "raises",
    "trial_reduces": "reduces",
    "trial_harms": "harms",
    "trial_significant": "significant",
    "trial_share": "share",
    "trial_share_mcid": "share",
}
_TURNED = ("worse", "worse_by", "falls_short")
_COMPARED = ("beats", "exceeds", "safer")
#: Forms of which "by 36 months" is that month, and not each visit up to it.
_SHARES = ("left", "keeps", "loses")
_PAST = ("still", "lasts")


class Reader:
    """Turns one parse tree into an expression.

    Parameters
    ----------
    phrases : mapping of str to str
        Every phrase that names a class, normalised, and the class.
    """

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self.phrases = phrases

    def read(self, tree: Node) -> Expression:
        """What a whole question says."""
        *lead, question = [t for t in tree.children if isinstance(t, Tree)]
        # Of the statement before, for one without a subject: None until there is one.
        self._subject: tuple[str, ...] | None = None
        return self._expression(question, lead)

    def _expression(self, node: Node, times: list[Node]) -> Expression:
        """`times` are those of the expression as a whole; a statement's own go before them."""
        parts = [t for t in node.children if isinstance(t, Tree)]
        match str(node.data):
            case "given":
                of, condition = (self._expression(part, times) for part in parts)
                return Given(of, condition)
            case "any_of" | "all_of" as kind:
                found = tuple(self._expression(part, times) for part in parts)
                if len(found) == 1:
                    return found[0]
                return Or(found) if kind == "any_of" else And(found)
            case "negated":
                return Not(self._expression(parts[0], times))
            case "group":
                inner, *own = parts
                return self._expression(inner, own or times)
            case "clause":
                statement = self._statement(node, parts[1], times, parts[0])
                nots = [t for t in node.children if isinstance(t, Token) and t.type == "NOT"]
                negated = len(nots) % 2
                return Not(statement) if negated else statement
            case "bare":
                return self._statement(node, parts[0], times, None)
            case "trial_clause":
                if parts[0].data == "effect":
                    return self._expression(parts[0], times)
                return self._trial(node, parts[1], times)
            case "effect":
                rest = Tree("effect", parts[1:])
                return self._statement(node, rest, times, parts[0])
            case "left":
                return self._left(node, times)
        # A predicate without a subject of its own: "without raising ...".
        return self._statement(node, node, times, None)

    def _statement(
        self, node: Node, predicate: Node, times: list[Node], subject: Node | None
    ) -> Statement:
        rule = str(predicate.data)
        form = _FORMS.get(rule, cast(Form, rule))
        if subject is None:
            if self._subject is None:
                raise QuestionError(
                    "The question names no class that it is about. Begin with one, as in 'PRP "
                    "works at 24 months'."
                )
            classes, against = self._subject, []
        else:
            named = self._classes(subject)
            classes, against = tuple(named[:1]), named[1:]
            self._subject = classes
        objects = [t for t in predicate.iter_subtrees() if t.data in ("object", "versus")]
        against += [c for t in objects for c in self._classes(t)]
        only_one(against, "classes to compare with")
        statement = self._measured(predicate, form, rule)
        statement = replace(
            statement,
            classes=classes,
            versus=against[0] if against else None,
            time=self._time(predicate, times, _flags([*node.children, predicate]), form),
        )
        if form in _COMPARED and not (classes and against):
            raise QuestionError(
                "The question compares two classes but names only one. Name both, as in 'PRP "
                "beats MSC at 24 months'."
            )
        if rule in _TURNED:
            statement = replace(statement, classes=tuple(against), versus=classes[0])
        return self._signed(statement, predicate, rule)

    def _signed(self, statement: Statement, predicate: Node, rule: str) -> Statement:
        """'PRP > MSC + 10' is by 10; 'PRP > MSC - 10' is by no more than 10 less."""
        added = [t for t in predicate.iter_subtrees() if t.data in ("plus", "minus")]
        if not added:
            return statement
        only_one([*added, *([statement.margin] if statement.margin else [])], "margins")
        margin = self._amount(next(added[0].find_data("amount")))
        more = (added[0].data == "plus") != (rule in _TURNED)
        if statement.form not in ("exceeds", "beats"):
            raise QuestionError(
                "'+' and '-' belong between two classes, as in 'PRP > MSC + 10 @ 24'. "
                "Write 'by 10'."
            )
        if more:
            return replace(statement, margin=margin)
        return replace(statement, form="noninferior", margin=margin)

    def _measured(self, node: Node, form: Form, rule: str) -> Statement:
        """Sizes, outcomes and population of a statement."""
        apart = [
            id(a)
            for t in node.iter_subtrees()
            if t.data in ("plus", "minus")
            for a in t.find_data("amount")
        ]
        amounts = [self._amount(t) for t in _in_order(node, "amount") if id(t) not in apart]
        amounts += [Margin(MCID)] if rule.endswith("_mcid") else []
        if form != "between":
            only_one(amounts, "margins")
        elif len(amounts) != 2:
            only_one([*amounts], "ranges")
        shares = [fraction_of(t) for t in node.find_data("share")]
        ranks = (
            [number_of(t) for t in node.children if isinstance(t, Tree) and t.data == "number"]
            if rule == "top"
            else []
        )
        sizes = list(node.find_data("patients"))
        only_one(sizes, "numbers of patients")
        flags = _flags([node])
        if sizes and "NEW_TRIAL" not in flags and not rule.startswith("trial"):
            raise QuestionError(
                "a number of patients belongs to a new trial. Write 'in a new trial of 100 "
                "patients'."
            )
        ways = [flag == "LOWER_BETTER" for flag in flags if flag.endswith("_BETTER")]
        only_one(ways, "ways of what is better")
        spans = [
            t for t in node.children if isinstance(t, Tree) and t.data in ("duration", "ordinal")
        ]
        return Statement(
            form,
            margin=amounts[0] if amounts else None,
            upper=amounts[1] if len(amounts) > 1 else None,
            outcomes=_topics(node),
            trial=Trial(self._patients(sizes)) if "NEW_TRIAL" in flags else None,
            since=self._moment(spans[0]) if spans else None,
            kept=shares[0] if shares else None,
            rank=_rank(ranks[0]) if ranks else None,
            lower=ways[0] if ways else None,
        )

    def _trial(self, node: Node, predicate: Node, times: list[Node]) -> Statement:
        rule = str(predicate.data)
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
        only_one(against, "comparators")
        only_one(sizes, "numbers of patients")
        form = _FORMS[rule]
        self._subject = tuple(named)
        return replace(
            self._measured(predicate, form, rule),
            classes=tuple(named),
            versus=against[0] if against else None,
            time=self._time(node, times, _flags([node, predicate]), form),
            trial=Trial(self._patients(sizes)),
        )

    def _left(self, query: Node, times: list[Node]) -> Statement:
        *inside, tail = query.children
        assert isinstance(tail, Tree)
        tokens = [t for t in inside if isinstance(t, Token)]
        spans = [self._moment(t) for t in inside if isinstance(t, Tree)]
        only_one(tokens, "classes")
        only_one(spans, "times before 'left'")
        if list(tail.find_data("amount")):
            raise QuestionError(
                "A question of how much is left takes no margin. Leave out 'by ...'."
            )
        self._subject = tuple(self._class(str(t)) for t in tokens)
        return replace(
            self._measured(tail, "left", "left"),
            classes=self._subject,
            time=self._time(tail, times, _flags([query, tail]), "left"),
            since=spans[0] if spans else None,
        )

    def _classes(self, node: Any) -> list[str]:
        return [self._class(str(t)) for t in node.scan_values(lambda t: t.type == "CLASS")]

    def _class(self, phrase: str) -> str:
        if phrase not in self.phrases:
            phrase = re.sub(r" (cells?|injections?|therapy|treatments?)$", "", phrase)
        return self.phrases.get(phrase) or self.phrases[phrase.removesuffix("s")]

    def _time(
        self, own: Node, times: Sequence[Node], flags: Sequence[str], form: Form
    ) -> Time | None:
        """The time in a statement's own words, else that of what it is part of."""
        nodes = _whens(own)
        if not nodes and times:
            found = self._read_time(times, flags, form)
            return None if found is None else replace(found, general=True)
        return self._read_time(nodes, flags, form)

    def _read_time(self, nodes: Sequence[Node], flags: Sequence[str], form: Form) -> Time | None:
        only_one(nodes, "times")
        ever, always = "EVER" in flags, "ALWAYS" in flags
        if ever and always:
            raise QuestionError("The question says 'ever' and 'always'. Ask one question for each.")
        if not nodes:
            return Time(how="some" if ever else "every") if ever or always else None
        node = nodes[0]
        moments = [self._moment(t) for t in node.children if isinstance(t, Tree)]
        rule = str(node.data)
        if ever or always:
            if rule in ("span", "averaged", "past", "after"):
                raise QuestionError(
                    f"'{'ever' if ever else 'always'}' needs the month up to which. Write "
                    f"'{'ever' if ever else 'always'} up to 24 months'."
                )
            return Time(moments[-1], "some" if ever else "every")
        if form in _SHARES and rule in ("until", "within"):
            return Time(moments[0])
        match rule:
            case "until":
                return Time(moments[0], "every")
            case "within":
                return Time(moments[0], "some")
            case "span":
                return Time(moments[1], "average", start=moments[0])
            case "averaged":
                return Time(moments[0], "average")
            case "past":
                return Time(moments[0], "past")
            case "after" if form in _PAST:
                # "Does it still work after two years" asks about the time beyond; "PRP beats MSC
                # after two years" about the visit.
                return Time(moments[0], "past")
        return Time(moments[0])

    def _moment(self, node: Node) -> float:
        number = next(iter(node.find_data("number")), None) or next(node.find_data("and_half"))
        unit = next(node.scan_values(lambda t: t.type == "UNIT"), "months")
        return number_of(number) * MONTHS_A_UNIT[str(unit)[0]]

    @staticmethod
    def _amount(node: Node) -> Margin:
        first, *unit = node.children
        assert isinstance(first, Tree)
        if first.data == "mcid":
            return Margin(MCID)
        return Margin(number_of(first), UNITS[cast(Token, unit[0]).type] if unit else None)

    @staticmethod
    def _patients(sizes: Sequence[Node]) -> float | None:
        if not sizes:
            return None
        per_arm = any(t.type == "PER_ARM" for t in sizes[0].scan_values(lambda t: True))
        number = next(t for t in sizes[0].children if isinstance(t, Tree))
        return number_of(number) * (2.0 if per_arm else 1.0)


def only_one(found: Sequence[object], what: str) -> None:
    """Refuse a question that says something twice."""
    if len(found) > 1:
        raise QuestionError(
            f"The question has {len(found)} {what}; expected one. Ask one question for each."
        )


def _flags(nodes: Iterable[Any]) -> list[str]:
    """Names of the tokens that stand for themselves (ever, always, not, a new trial, ...)."""
    found = []
    for node in nodes:
        tails = node.find_data("tail") if isinstance(node, Tree) else []
        found += [t for tail in tails for t in tail.children] + [node]
    return list(dict.fromkeys(t.type for t in found if isinstance(t, Token)))


def _in_order(tree: Node, name: str) -> Iterator[Node]:
    return (t for t in tree.iter_subtrees_topdown() if t.data == name)


def _whens(tree: Node) -> list[Node]:
    return [t for t in tree.iter_subtrees_topdown() if t.data in WHEN]


def _topics(tree: Node) -> tuple[str, ...]:
    return tuple(" ".join(str(w) for w in t.children) for t in tree.find_data("topic"))


def _rank(value: float) -> int:
    if value != value // 1 or not 1 <= value < 1000:
        raise QuestionError(
            f"top: got {value:g}, expected a whole number of places. Write 'in the top 2'."
        )
    return int(value)
