"""Numbers in figures and words, as questions write them."""

from __future__ import annotations

from lark import Token, Tree

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
FRACTIONS = {
    "two thirds": 2 / 3,
    "three quarters": 0.75,
    "third": 1 / 3,
    "quarter": 0.25,
    "fifth": 0.2,
    "tenth": 0.1,
}


def number_of(node: Tree[Token]) -> float:
    """The number that a node of the grammar says."""
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


def fraction_of(node: Tree[Token]) -> float:
    """The share that a node says: "a third", "40 %", "half"."""
    first, *unit = node.children
    if isinstance(first, Tree):
        return number_of(first) / (100.0 if unit else 1.0)
    return next(value for words, value in FRACTIONS.items() if words in str(first))
