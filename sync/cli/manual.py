"""Writes the pages of the command line: `python -m sync.cli.manual`, as `make man` does.

docs/command-line.md is kept with the source; man pages and completions go to build/, for a package.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import cyclopts

from edge.cli.main import command
from edge.cli.manual import SHELLS, CommandPage, man_pages, markdown, pages
from sync.cli.main import GROUPS


def whole() -> tuple[cyclopts.App, list[CommandPage]]:
    """The command line of a whole Gatepost, and a page for each of its commands."""
    app = command(GROUPS)
    return app, list(pages(app, app.default_parameter))


def main() -> None:
    """Write everything, from the current folder."""
    app, found = whole()
    files = {Path("docs/command-line.md"): markdown(found)}
    files |= {Path("build/man") / name: text for name, text in man_pages(found, version("gatepost")).items()}
    for shell, name in SHELLS.items():
        files[Path("build/completion") / name] = app.generate_completion(shell=shell)  # type: ignore[arg-type]
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
