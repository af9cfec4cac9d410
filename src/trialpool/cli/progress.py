"""What a command says while it works, on standard error: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, Task

#: Told how many steps of how many are done, and perhaps what comes next.
Watch = Callable[..., None]


class Work:
    """Sentences and steps of a command that takes a while; nothing of either when quiet.

    Standard output stays as it is, so that results can be piped while the bar is on the screen.

    Parameters
    ----------
    quiet : bool
        Say nothing.
    console : rich.console.Console, optional
        Where a terminal is; by default standard error, if it is one.
    """

    def __init__(self, *, quiet: bool = False, console: Console | None = None) -> None:
        self._quiet = quiet
        self._bar: Progress | None = None
        if not quiet and (console is not None or sys.stderr.isatty()):
            self._bar = _bar(console)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def say(self, sentence: str) -> None:
        """Print a sentence; on a terminal above the bar."""
        if self._bar is not None:
            self._bar.console.print(sentence, markup=False, highlight=False, style="dim")
        elif not self._quiet:
            print(sentence, file=sys.stderr, flush=True)

    def watch(self, task: str) -> Watch | None:
        """A bar with the time left, for what tells how far it is; None where there is none.

        Returns
        -------
        callable or None
            Takes the number done, the number of all and, if there is one, the name of the step.
        """
        if self._bar is None:
            return None
        bar = self._bar
        row = bar.add_task(task, total=None)
        before = 0

        def told(done: int, total: int, step: str = "") -> None:
            nonlocal before
            if done < before:
                bar.reset(row)  # a second attempt: its pace is another
            before = done
            shown = f"{task}: {step}" if step else task
            bar.update(row, completed=done, total=total, description=shown)

        return told


def _bar(console: Console | None) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.text import Text

    class Left(ProgressColumn):
        """Steps done and the time left; nothing where the number of steps is not known."""

        def render(self, task: Task) -> Text:
            if task.total is None:
                return Text()
            text = f"{task.completed:,.0f}/{task.total:,.0f}"
            seconds = task.time_remaining
            if seconds is not None and not task.finished:
                minutes, rest = divmod(int(seconds), 60)
                text += f"  about {minutes}:{rest:02d} left"
            return Text(text, style="cyan")

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        Left(),
        console=console or Console(stderr=True),
        transient=True,
    )
