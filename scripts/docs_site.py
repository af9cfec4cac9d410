"""What MkDocs cannot know of this repository: pages outside docs/, the commands, the decisions.

Pages keep the links that work beside the code. Here those to pages outside docs/ are turned to the
copy under project/, and those to files that are no page (code, tables) become plain text.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
#: Pages outside docs/; a notebook becomes one.
OUTSIDE = (
    "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md",
    "benchmarks/*.md", "validation/*.md", "validation/*/*.md", "notebooks/*.ipynb",
)  # fmt: skip
PROJECT = "project"
COMMANDS = "<!-- commands -->"
ANSWER = "<!-- the answer in README.md -->"
DECISIONS = "decisions/index.md"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_CODE = re.compile(r"(^```.*?^```|`[^`\n]*`)", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    for source in _outside():
        text = (ROOT / source).read_text(encoding="utf-8")
        content = _notebook(text, source) if source.endswith(".ipynb") else text
        files.append(File.generated(config, _page_of(source), content=content))
    if files.get_file_from_path(DECISIONS) is None:
        files.append(File.generated(config, DECISIONS, content=_decisions(files)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill in the commands, and turn links."""
    if COMMANDS in markdown:
        markdown = markdown.replace(COMMANDS, _commands())
    if ANSWER in markdown:
        markdown = markdown.replace(ANSWER, _answer())
    source = _source_of(page.file.src_uri)
    parts = _CODE.split(markdown)
    turn = lambda found: _turned(found, source, page.file.src_uri, files)  # noqa: E731
    # Every second part is code, in which brackets are no links.
    parts[::2] = [_LINK.sub(turn, part) for part in parts[::2]]
    return "".join(parts)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Show the bars that a table needs escaped, in code too."""
    return re.sub(r"<td\b.*?</td>", lambda cell: cell[0].replace("\\|", "|"), html, flags=re.DOTALL)


def _answer() -> str:
    """What README prints of the headline, which scripts/readme.py makes."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"readme[.]py: answer.*?-->\s*(```.*?```)", text, re.DOTALL)
    return found[1] if found else ""


def _outside() -> Iterator[str]:
    for pattern in OUTSIDE:
        for path in sorted(ROOT.glob(pattern)):
            yield path.relative_to(ROOT).as_posix()


def _page_of(source: str) -> str:
    """Place in the site of a file of the repository."""
    if source.startswith("docs/"):
        return source.removeprefix("docs/")
    return f"{PROJECT}/{re.sub(r'[.]ipynb$', '.md', source)}"


def _source_of(place: str) -> str:
    """File of the repository that a page of the site is made of."""
    if not place.startswith(f"{PROJECT}/"):
        return f"docs/{place}"
    source = place.removeprefix(f"{PROJECT}/")
    notebook = re.sub(r"[.]md$", ".ipynb", source)
    return notebook if (ROOT / notebook).is_file() else source


def _turned(found: re.Match[str], source: str, place: str, files: Files) -> str:
    image, text, target = found.groups()
    if re.match(r"[a-z]+:|#", target):
        return found[0]
    path, _, anchor = target.partition("#")
    wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    there = _page_of(wanted)
    if files.get_file_from_path(there) is None:
        if (ROOT / wanted).exists() and not image:
            return f"{text} (`{wanted}`)" if text.strip("`") != wanted else text
        return found[0]  # MkDocs says that it leads nowhere
    link = posixpath.relpath(there, posixpath.dirname(place) or ".")
    return f"{image}[{text}]({link}{'#' * bool(anchor)}{anchor})"


def _notebook(text: str, source: str) -> str:
    """The cells of a notebook; what they print is not kept in the repository."""
    parts = []
    for cell in json.loads(text)["cells"]:
        content = "".join(cell["source"])
        parts.append(content if cell["cell_type"] == "markdown" else f"```python\n{content}\n```")
    parts.insert(
        1,
        f'!!! note ""\n    The notebook `{source}` without its figures and tables: run it to '
        "see them. The tests run every one.",
    )
    return "\n\n".join(parts)


def _decisions(files: Files) -> str:
    lines = ["# Decisions", "", "What a reader of the code would question, with its reasons.", ""]
    for file in sorted(files.documentation_pages(), key=lambda file: file.src_uri):
        if file.src_uri.startswith("decisions/"):
            title = file.content_string.split("\n", 1)[0].removeprefix("# ")
            lines.append(f"- [{title}]({posixpath.basename(file.src_uri)})")
    return "\n".join(lines)


def _commands() -> str:
    """Every command with its options and examples, from the code that parses them."""
    from typer.main import get_command

    from trialpool.cli import COMMANDS as RUN
    from trialpool.cli import STEPS, app
    from trialpool.cli.examples import EXAMPLES

    commands: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    in_order = {name: step for step, names in STEPS.items() for name in names if name in RUN}
    parts, before = [], ""
    for name, step in in_order.items():
        if step != before:
            parts.append(f"## {step}")
        before = step
        command = commands[name]
        parts += [f"### `{name}`", command.help, "```\n" + "\n".join(EXAMPLES[name]) + "\n```"]
        parts.append(_options(command))
    return "\n\n".join(parts)


def _options(command: Any) -> str:
    lines = ["| argument or option | meaning | default |", "|---|---|---|"]
    for found in command.params:
        if found.param_type_name == "argument":
            name = found.metavar or found.name.upper()
        else:
            name = ", ".join(found.opts)
        default = "" if found.default in (None, False) or callable(found.default) else found.default
        told = (found.help or "").replace("|", "\\|")
        lines.append(f"| `{name}` | {told} | {default} |")
    return "\n".join(lines)
