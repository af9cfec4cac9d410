"""What the page says, gathered from the posteriors; nothing here knows of HTML."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from trialpool.decisions.layouts import Better
from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.questions.effects import classes, reference
from trialpool.report.asked import Said, given_answers, lead_question, usual_answers
from trialpool.report.designs import Designs, read_designs
from trialpool.report.explore import DRAWS, Explore, explore
from trialpool.report.figures import Shown, figures_of
from trialpool.report.lights import Light, lights
from trialpool.report.methods import Method, method
from trialpool.report.moves import Beside, PriorScaling, Table, beside, prior_scaling, read_sweeps
from trialpool.report.ranking import Ranking, ranking
from trialpool.report.short import Short, short
from trialpool.report.sources import PLAIN, Given, Group, Source, group_sources, read_sources
from trialpool.report.trials import TrialRow, trial_rows
from trialpool.report.wording import behind, outcome_name


@dataclass(frozen=True)
class Part:
    """What the page says of one outcome.

    Attributes
    ----------
    outcome, name, layout, file : str
        The outcome as fitted and in words, the kind of posterior, the one that the page speaks
        from.
    others : tuple of str
        Files set beside it.
    said : tuple of Said
        Answers to the usual questions.
    lead : Said or None
        That about the two best, one of them.
    short : Short or None
        What they come to; None where there are no classes.
    classes : tuple of (str, str)
        Each class with what stands behind it.
    trials : tuple of TrialRow
    changed : bool
        Whether the folder of the data holds other numbers than those that were fitted.
    figures : tuple of Shown
    ranking : Ranking or None
    lights : tuple of Light
    beside : Beside
    priors : PriorScaling or None
    method : Method
    failed : tuple of str
        What the fit's own checks failed.
    """

    outcome: str
    name: str
    layout: str
    file: str
    others: tuple[str, ...]
    said: tuple[Said, ...]
    lead: Said | None
    short: Short | None
    classes: tuple[tuple[str, str], ...]
    trials: tuple[TrialRow, ...]
    changed: bool
    figures: tuple[Shown, ...]
    ranking: Ranking | None
    lights: tuple[Light, ...]
    beside: Beside
    priors: PriorScaling | None
    method: Method
    failed: tuple[str, ...]

    def figures_at(self, place: str) -> list[Shown]:
        """The figures of one section."""
        return [figure for figure in self.figures if figure.place == place]


@dataclass(frozen=True)
class Report:
    """Everything on the page.

    Attributes
    ----------
    title : str
    date : str
        The day of the newest fit; the page has no clock of its own.
    asked : tuple of Said
        Answers to the questions that were given.
    parts : tuple of Part
        One an outcome, scores first.
    explore : tuple of Explore
        Draws for the script, one an outcome that has classes to compare.
    sweeps : tuple of Table
    files : tuple of str
        All that went in.
    command : str
        That writes the page again.
    """

    title: str
    date: str
    asked: tuple[Said, ...]
    parts: tuple[Part, ...]
    explore: tuple[Explore, ...]
    sweeps: tuple[Table, ...]
    files: tuple[str, ...]
    command: str

    @property
    def lead(self) -> Said | None:
        """The answer in one sentence: to the first question given, or to the usual one."""
        said = [*self.asked, *(one for part in self.parts for one in part.said)]
        return said[0] if said else None

    def of_layout(self, *layouts: str) -> list[Part]:
        """The parts of some kinds of posterior."""
        return [part for part in self.parts if part.layout in layouts]

    def to_dict(self) -> dict[str, Any]:
        """Answers and checks as plain values, for JSON."""
        return {
            "title": self.title,
            "date": self.date,
            "files": list(self.files),
            "answers": [one.record for one in self.asked],
            "outcomes": [
                {
                    "outcome": part.outcome,
                    "file": part.file,
                    "others": list(part.others),
                    "answers": [one.record for one in part.said],
                    "checks": [
                        {"name": light.name, "verdict": light.word, "text": light.text}
                        for light in part.lights
                    ],
                }
                for part in self.parts
            ],
        }


def gather(
    posteriors: Sequence[Given],
    *,
    questions: Sequence[str] = (),
    sweeps: Sequence[str | PathLike[str]] = (),
    data: str | PathLike[str] | None = None,
    title: str | None = None,
    better: Better | None = None,
    draws: int = DRAWS,
) -> Report:
    """Gather what the page says.

    Parameters
    ----------
    posteriors : sequence of path or Posterior
        Files that `trialpool fit` wrote, or posteriors in memory. Those of one outcome are set
        beside each other; see `trialpool.report.sources.group_sources` for which one speaks.
    questions : sequence of str
        Put at the top of the page; each is answered from the first posterior that can.
    sweeps : sequence of path
        What `trialpool sweep --json` printed.
    data : path, optional
        Folder of the evidence, for the designs of the trials, which a posterior does not keep.
    title : str, optional
    better : {"higher", "lower"}, optional
        Which effects of a network are better.
    draws : int
        Draws of each outcome that the page carries at most.

    Raises
    ------
    PosteriorFileError
        If a file is missing, damaged or not one of trialpool's.
    EvidenceError
        If the folder cannot be read.
    QuestionError
        If a question cannot be answered, no posterior is given or one twice.
    """
    if draws < 100:
        raise QuestionError(
            f"draws: got {draws}, expected at least 100: fewer show no probability. Try {DRAWS}."
        )
    sources = read_sources(posteriors)
    swept = read_sweeps(sweeps)
    groups = group_sources(sources)
    asked = [one for question in questions for one in given_answers(groups, question)]
    designs = {} if data is None else read_designs(data, groups)
    parts = tuple(
        _part(group, asked, designs.get(group.outcome, Designs()), better) for group in groups
    )
    created = (str(source.draws.meta.get("created", "")) for source in sources)
    return Report(
        title=title or _title(groups),
        date=max(created, default="")[:10],
        asked=tuple(asked),
        parts=parts,
        explore=tuple(
            _explored(group, part, better, draws)
            for group, part in zip(groups, parts, strict=True)
            if group.main.layout not in PLAIN
        ),
        sweeps=tuple(swept),
        files=tuple(source.name for source in sources),
        command=_command(sources, questions, sweeps, data, title, better),
    )


def _part(group: Group, asked: Sequence[Said], designs: Designs, better: Better | None) -> Part:
    entry = group.main
    meta = entry.draws.meta
    given = [one for one in asked if (one.outcome, one.file) == (group.outcome, entry.name)]
    said = usual_answers(entry, better=better)
    plain = entry.layout in PLAIN
    first = None if plain else lead_question(entry.draws, better=better)
    lead = next((one for one in said if one.question == first), None)
    checks = meta.get("diagnostics", {})
    messages = [str(message) for message in checks.get("messages", ())]
    return Part(
        outcome=group.outcome,
        name=outcome_name(group.outcome),
        layout=entry.layout,
        file=entry.name,
        others=tuple(other.name for other in group.others),
        said=tuple(said),
        lead=lead,
        short=None if plain else short(entry.draws, said, lead),
        classes=() if plain else _classes(entry.draws),
        trials=tuple(trial_rows(entry.draws, designs.by_trial)),
        changed=designs.changed,
        figures=tuple(figures_of(entry)),
        ranking=None if plain else ranking(entry.draws, better=better),
        lights=tuple(lights(entry)),
        beside=beside(group, given, said, lead),
        priors=prior_scaling(group, [*given, *said]),
        method=method(entry),
        failed=() if checks.get("ok", True) else tuple(messages or ["the fit failed its checks"]),
    )


def _classes(draws: Draws) -> tuple[tuple[str, str], ...]:
    names = dict.fromkeys([reference(draws), *classes(draws)])
    return tuple((name, behind(draws, name)) for name in names)


def _explored(group: Group, part: Part, better: Better | None, draws: int) -> Explore:
    start, found = None, part.lead
    if found is not None and len(found.record["evidence"]) == 2:
        one, other = found.record["evidence"]
        start = (one, other)
    month = None if found is None else found.record["months"]
    return explore(group.main.draws, kept=draws, better=better, start=start, month=month)


def _command(
    sources: Sequence[Source],
    questions: Sequence[str],
    sweeps: Sequence[str | PathLike[str]],
    data: str | PathLike[str] | None,
    title: str | None,
    better: Better | None,
) -> str:
    given = [source.name for source in sources]
    given += [word for question in questions for word in ("--ask", question)]
    given += [word for path in sweeps for word in ("--sweep", Path(path).name)]
    given += ["--data", Path(data).name] if data else []
    given += ["--title", title] if title else []
    given += ["--better", better] if better else []
    return shlex.join(["trialpool", "report", *given, "-o", "report.html"])


def _title(groups: Sequence[Group]) -> str:
    names = [outcome_name(group.outcome) for group in groups]
    return f"What the trials say: {', '.join(names)}"
