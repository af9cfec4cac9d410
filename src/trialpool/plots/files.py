"""Figures as files: the same figure gives the same bytes, so that reports can be compared."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Literal, get_args

import matplotlib
from matplotlib.figure import Figure

from trialpool.errors import OutputError

type Form = Literal["png", "svg", "pdf"]

_FORMATS: tuple[Form, ...] = get_args(Form.__value__)
_DOTS_PER_INCH = 200
#: matplotlib writes the time into SVG and PDF unless told not to.
_UNDATED: dict[Form, dict[str, None]] = {
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
#: Identifiers in SVG are random numbers unless they are derived from this.
_SALT = "trialpool"


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure; an existing file is replaced only once the new one is complete.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : path
        Its suffix names the format: png, svg or pdf.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        If the format is none of these, or the file cannot be written.
    """
    target = Path(path)
    form = format_of(target)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(figure_bytes(figure, form))
        os.replace(partial, target)
    except OSError as fault:
        raise OutputError(
            f"{target}: could not be written ({fault}); expected a writable place. Choose another "
            "file"
        ) from fault
    finally:
        partial.unlink(missing_ok=True)
    return target


def format_of(path: str | os.PathLike[str]) -> Form:
    """The format that the suffix of a file names.

    Raises
    ------
    OutputError
        If it names none.
    """
    suffix = Path(path).suffix
    for form in _FORMATS:
        if suffix.lower() == f".{form}":
            return form
    listed = ", ".join(f".{name}" for name in _FORMATS)
    raise OutputError(
        f"{path}: got the suffix {suffix!r}; expected one of {listed}. Name such a file"
    )


def figure_bytes(figure: Figure, form: Form) -> bytes:
    """A figure as the content of a file, without a date: the same figure gives the same bytes."""
    held = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": _SALT}), _without_ids(figure):
        figure.savefig(held, format=form, dpi=_DOTS_PER_INCH, metadata=_UNDATED[form])
    return held.getvalue()


@contextmanager
def _without_ids(figure: Figure) -> Iterator[None]:
    """Marks are told apart by ids of their kind; in a page an id may stand once."""
    named = [(artist, artist.get_gid()) for artist in figure.findobj() if artist.get_gid()]
    try:
        for artist, _ in named:
            artist.set_gid(None)
        yield
    finally:
        for artist, gid in named:
            artist.set_gid(gid)
