"""What `rank` and `compare` read from their options and print above their tables alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialpool.cli.printing import print_lines
from trialpool.errors import QuestionError

if TYPE_CHECKING:
    from trialpool.decisions.competitors import Context, Window
    from trialpool.decisions.layouts import Better


def names(text: str | None) -> list[str] | None:
    """Names separated by commas."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def numbers(text: str, option: str, example: str) -> list[float]:
    """Numbers separated by commas.

    Raises
    ------
    QuestionError
        If one is not a number.
    """
    try:
        return [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise QuestionError(
            f"{option}: got '{text}'; expected numbers separated by commas, such as {example}"
        ) from None


def window(text: str | None) -> Window | None:
    """First and last month of a window."""
    if text is None:
        return None
    found = numbers(text, "--between", "12,36")
    if len(found) != 2:
        raise QuestionError(f"--between: got '{text}'; expected two months, such as 12,36")
    return found[0], found[1]


def way(text: str | None) -> Better | None:
    """Which effects are better."""
    if text is None or text == "higher" or text == "lower":
        return text  # type: ignore[return-value]  # one of the two words
    raise QuestionError(f"--better: got '{text}'; expected higher or lower")


def print_context(title: str, context: Context) -> None:
    """Failed diagnostics before any number, then what the table is of."""
    for message in context.failed:
        print_lines(f"DIAGNOSTICS FAILED: {message}")
    print(f"{title}; {context.outcome}, {context.better} is better, {context.unit}")
