"""The page as HTML: one file that loads nothing, under a policy that allows nothing else."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from os import PathLike
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from trialpool.decisions.layouts import Better
from trialpool.errors import OutputError
from trialpool.report.content import Report, gather
from trialpool.report.explore import DRAWS, likelihood_words
from trialpool.report.moves import LEAST
from trialpool.report.sources import Given
from trialpool.report.wording import FEW_PATIENTS, FEW_TRIALS, LIKELIHOODS, SOURCE_OF_WORDS


def write_report(
    posteriors: Sequence[Given],
    path: str | PathLike[str],
    *,
    questions: Sequence[str] = (),
    sweeps: Sequence[str | PathLike[str]] = (),
    data: str | PathLike[str] | None = None,
    title: str | None = None,
    better: Better | None = None,
    draws: int = DRAWS,
) -> Path:
    """Write one HTML page about some posteriors; it needs no network and no server.

    Parameters
    ----------
    posteriors : sequence of path or Posterior
        Files that `trialpool fit` wrote, or posteriors in memory.
    path : path
        The page; one that stands there is replaced once the new one is complete.
    questions, sweeps, data, title, better, draws
        See `trialpool.report.gather`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        If the page cannot be written.
    PosteriorFileError, QuestionError
        See `trialpool.report.gather`.
    """
    check_page(path)
    report = gather(
        posteriors,
        questions=questions,
        sweeps=sweeps,
        data=data,
        title=title,
        better=better,
        draws=draws,
    )
    return save_page(render(report), path)


def render(report: Report) -> str:
    """The page; the same report gives the same text."""
    environment = Environment(
        loader=PackageLoader("trialpool.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["first_up"] = lambda text: f"{text[:1].upper()}{text[1:]}"
    style, script = _packaged("report.css"), _packaged("report.js")
    return environment.get_template("report.html").render(
        report=report,
        policy=policy(style, script),
        style=Markup(style),  # our own file
        script=Markup(script),
        data=embedded(
            {
                "outcomes": [found.to_dict() for found in report.explore],
                "likelihoods": likelihood_words(),
            }
        ),
        likelihoods=LIKELIHOODS,
        source_of_words=SOURCE_OF_WORDS,
        few=(FEW_TRIALS, FEW_PATIENTS),
        least=LEAST,
        version=version("trialpool"),
    )


def policy(style: str, script: str) -> str:
    """Content security policy: this style, this script, images from the page, nothing else."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def embedded(value: object) -> Markup:
    """JSON that can stand in a script element, whatever names it holds."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # no character of HTML is left in it


def check_page(path: str | PathLike[str]) -> None:
    """Refuse a page that could not be written, before the work and not after it.

    Raises
    ------
    OutputError
    """
    target = Path(path)
    if target.is_dir():
        raise OutputError(
            f"{target}: got a directory; expected the name of a file. Write report.html"
        )
    if target.suffix.lower() not in (".html", ".htm"):
        raise OutputError(
            f"{target}: got the suffix {target.suffix!r}; expected .html, by which browsers know a "
            "page. Write report.html"
        )
    if not target.parent.is_dir():
        raise OutputError(
            f"{target}: there is no directory {target.parent}; expected one. Create it or choose "
            "another place"
        )


def save_page(text: str, path: str | PathLike[str]) -> Path:
    """Write the page under a temporary name, and move it."""
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        os.replace(partial, target)
    except OSError as fault:
        raise OutputError(
            f"{target}: could not be written ({fault}); expected a writable place with enough "
            "room. Free some or choose another file"
        ) from fault
    finally:
        partial.unlink(missing_ok=True)
    return target


def _packaged(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}"
