"""Which characters can be drawn: a name in a script without a font must not stop a figure."""

from __future__ import annotations

from functools import cache

import matplotlib
from matplotlib.font_manager import FontProperties, findfont, get_font

#: Drawn for a character that no font has, as a browser does.
_BOX = "\N{WHITE SQUARE}"
_ASCII = 128


def drawable(text: str) -> str:
    """Text with a box for each character that the fonts of the figures lack.

    matplotlib draws such a box too, but with a warning for each, and where warnings are errors the
    figure would be lost. A font for a further script is named in ``font.family`` of matplotlib's
    settings (``["DejaVu Sans", "Noto Sans CJK SC"]``): its characters are then drawn.
    """
    if text.isascii() and text.isprintable():
        return text
    families = tuple(matplotlib.rcParams["font.family"])
    return "".join(c if _has(c, families) else _BOX for c in text)


def _has(character: str, families: tuple[str, ...]) -> bool:
    if ord(character) < _ASCII:
        return character == "\n" or character.isprintable()
    return ord(character) in _characters(families)


@cache
def _characters(families: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for family in families:
        found |= set(get_font(findfont(FontProperties(family=[family]))).get_charmap())
    return frozenset(found)
