"""A site made as a newcomer makes it: by the commands of the README."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import models
from tests.command_line import Done, called

TWO_GATES = ("--gate", "main:entry", "--gate", "north:entry")


@dataclass(frozen=True)
class Site:
    """A site on disk and the command that keeps it."""

    folder: Path
    gatepost: Callable[..., Done] = called

    @classmethod
    def made(cls, folder: Path, *words: str, gatepost: Callable[..., Done] = called) -> Site:
        """A new site in `folder`, by `gatepost site init`."""
        done = gatepost("site", "init", folder, "--mode", "face_or_code", *words, cwd=folder.parent)
        assert done.returncode == 0, done.stderr
        return cls(folder, gatepost)

    def trusting_photographs(self) -> Site:
        """The same site, where faces need not be living ones: its people are photographs here."""
        policy = self.folder / "policy.toml"
        said = policy.read_text()
        assert 'mode = "passive"' in said, "a new site looks for living faces"
        policy.write_text(said.replace('mode = "passive"', 'mode = "off"'))
        return self

    @property
    def configuration(self) -> Path:
        return self.folder / "gates" / "main" / "gate.toml"

    def run(self, *words: str | Path, fails: bool = False, may_fail: bool = False) -> Done:
        """`gatepost WORDS` in the site's folder; it has to succeed, or to fail where `fails`."""
        done = self.gatepost(*words, cwd=self.folder)
        as_expected = may_fail or (done.returncode != 0) is fails
        assert as_expected, f"{words}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def build(self) -> None:
        self.run("registry", "build")

    def replay(self, *words: str | Path) -> list[dict[str, Any]]:
        """One object a decision, as `gatepost replay --json` prints them."""
        done = self.gatepost("replay", "--config", self.configuration, "--json", *words, cwd=self.folder)
        assert "Traceback" not in done.stderr, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def decide(self, *pictures: Path) -> list[tuple[str | None, str]]:
        """Decision and reason for each picture; one call, because the nets are loaded once for all."""
        return [(answer["decision"], answer["reason"]) for answer in self.replay(*pictures)]

    def another(self, folder: Path) -> Site:
        """A second site, with keys of its own."""
        return Site.made(folder, "--gate", "main:entry", gatepost=self.gatepost)

    def pass_picture(self, subject: str, *options: str, name: str = "pass.png") -> Path:
        target = self.folder / name
        self.run("pass", "issue", subject, *options, "--out", target)
        return target


def in_a_process(*words: str | Path, cwd: Path) -> Done:
    """As `called`, in a process of its own, as a shell starts it."""
    command = [sys.executable, "-m", "sync.cli.main", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=100, check=False)


@pytest.fixture(scope="session")
def model_files() -> None:
    """The face models; the test skips where they have not been fetched."""
    for name in ("yunet", "sface"):
        try:
            models.path_of(name)
        except models.ModelError as error:
            pytest.skip(f"LOUD SKIP: no model file: {error}")


@pytest.fixture
def site(tmp_path: Path, model_files: None) -> Site:  # noqa: ARG001 - a fixture asks by its argument
    """A new site with an entry gate, `main`, another, and nobody in its registry; people are photographs."""
    return Site.made(tmp_path / "green-court", *TWO_GATES).trusting_photographs()


@pytest.fixture
def site_in_processes(tmp_path: Path, model_files: None) -> Site:  # noqa: ARG001 - as above
    """The same, every command of it a process of its own."""
    return Site.made(tmp_path / "green-court", *TWO_GATES, gatepost=in_a_process).trusting_photographs()
