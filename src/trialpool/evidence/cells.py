"""A cell of a workbook, a Parquet file or a frame as the text that a CSV file would hold.

So all ways in share the checks of ``schema.py``, and equal tables give equal evidence. A new type
of cell needs a branch in ``cell_text``.
"""

from __future__ import annotations

import datetime
import decimal
import math
import re
import unicodedata

import pandas as pd

#: What a number format of a workbook only prints: quoted text, ``\ ``, ``[Red]``, ``_)``, ``*-``.
_PRINTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
#: Number formats that fix the decimals: ``0.0``, ``#,##0.00``, ``0.0%``.
_FIXED = re.compile(r"(?:#,##)?0(?:\.(?P<decimals>0+))?%?")
#: What spreadsheet programs choose for 43 % too: it says nothing about decimals.
_UNCHOSEN = "0.00%"
#: Above it a float no longer holds each whole number.
_WHOLE = 2.0**53
#: Integers with more are larger than any float; no count or score is.
_FLOAT_BITS = 1000
#: Blanks that look like a space: no-break, thin, ideographic, ...
_SPACES = re.compile(r"[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
#: Soft hyphens, zero-width spaces and byte-order marks show nothing and mean nothing.
_INVISIBLE = re.compile(r"[\xad\u200b\u2060\ufeff]")
#: Blanks, joiners and marks of direction: these may matter inside a name, not around it.
_OUTER = r"[\s\u200c-\u200f\u202a-\u202e\u2066-\u2069]+"
_AROUND = re.compile(rf"^{_OUTER}|{_OUTER}$")
#: Blanks but those between two digits, which keep "1 5 ml" apart from "15 ml".
_NO_MATTER = re.compile(r"(?<!\d)\s+|\s+(?!\d)")


def clean(text: str) -> str:
    """Text without outer blanks and invisible characters, accents in their composed form.

    One name typed on two systems may be spelt with composed and with separate accents, or with
    another kind of space; it is one trial.
    """
    if text.isascii():
        return text.strip()
    text = _INVISIBLE.sub("", _SPACES.sub(" ", unicodedata.normalize("NFC", text)))
    return _AROUND.sub("", text)


def folded(text: str) -> str:
    """A clean name without case and blanks: two with the same are one name in two spellings."""
    return unicodedata.normalize("NFC", _NO_MATTER.sub("", text).casefold())


def cell_text(value: object, number_format: str = "General") -> str:
    """A cell as text: empty for missing values, ``yes`` or ``no`` for truth values.

    Parameters
    ----------
    value : object
        Text, number, truth value, date, or a missing value of any library.
    number_format : str
        Format of a workbook's cell. A number is written with the decimals that it shows, because
        40.0 % says more than 40 %, and a share formatted as a percentage as one; a number that the
        format rounds is written in full. ``0.00%`` is no choice of decimals: programs set it.

    Returns
    -------
    str
    """
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        value = value.item()  # NumPy's scalars
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and value.bit_length() > _FLOAT_BITS:
        return "inf" if value > 0 else "-inf"
    if isinstance(value, int | float):
        return _number_text(value, number_format)
    if isinstance(value, decimal.Decimal):
        return "" if value.is_nan() else f"{value:f}"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return clean(str(value))


def _number_text(value: float, number_format: str) -> str:
    if math.isnan(value):
        return ""
    # The first section is for positive numbers; the others seldom differ in more than the sign.
    digits = _PRINTED.sub("", number_format).partition(";")[0].strip()
    sign = "%" if "%" in digits else ""
    shown = value * 100 if sign else value
    fixed = _FIXED.fullmatch(digits.replace(" ", ""))
    if fixed is not None and digits != _UNCHOSEN and math.isfinite(value):
        text = f"{shown:.{len(fixed['decimals'] or '')}f}"
        if math.isclose(float(text), shown, rel_tol=1e-12, abs_tol=1e-12):
            return text + sign
    if sign and math.isfinite(shown):
        return _plain(float(f"{shown:.15g}")) + sign
    return _plain(value) + sign


def _plain(value: float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:
        return str(int(value))
    return str(value)
