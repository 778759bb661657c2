"""A site for the lab's gate, made by the commands of the README: `made`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.command_line import called
from tests.lab.errors import LabError


@dataclass(frozen=True)
class Site:
    """The site's folder, and the text of each resident's pass."""

    folder: Path
    passes: dict[str, str]


def made(folder: Path, residents: int) -> Site:
    """A site of one gate that asks for codes, with so many residents, each with a pass."""
    gatepost(
        folder.parent, "site", "init", folder, "--mode", "code", "--gate", "main:entry", "--language", "en"
    )
    names = [f"resident-{number:02}" for number in range(residents)]
    passes = {}
    for name in names:
        gatepost(folder, "subject", "create", name, "--group", "resident", "--status", "green")
        passes[name] = json.loads(gatepost(folder, "pass", "issue", name, "--json"))["text"]
    gatepost(folder, "registry", "build")
    return Site(folder, passes)


def gatepost(where: Path, *words: str | Path) -> str:
    """What `gatepost WORDS` prints, called in this process; it has to succeed."""
    done = called(*words, cwd=where)
    if done.returncode:
        raise LabError(f"gatepost {' '.join(done.args)}: {done.stderr[-2000:]}")
    return done.stdout
