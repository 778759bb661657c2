"""A site made as a newcomer makes it: by the commands of the README, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import models


@dataclass(frozen=True)
class Site:
    """A site on disk and the command that keeps it."""

    folder: Path

    @property
    def configuration(self) -> Path:
        return self.folder / "gates" / "main" / "gate.toml"

    def run(
        self, *words: str | Path, fails: bool = False, may_fail: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """`gatepost WORDS` in the site's folder; it has to succeed, or to fail where `fails`."""
        done = gatepost(*words, cwd=self.folder)
        as_expected = may_fail or (done.returncode != 0) is fails
        assert as_expected, f"{words}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def build(self) -> None:
        self.run("registry", "build")

    def replay(self, *words: str | Path) -> list[dict[str, Any]]:
        """One object a decision, as `gatepost replay --json` prints them."""
        done = gatepost("replay", "--config", self.configuration, "--json", *words, cwd=self.folder)
        assert "Traceback" not in done.stderr, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def decide(self, picture: str | Path, *words: str) -> tuple[str | None, str]:
        """Decision and reason for one picture."""
        [answer] = self.replay(picture, *words)
        return answer["decision"], answer["reason"]

    def another(self, folder: Path) -> Site:
        """A second site, with keys of its own."""
        done = gatepost(
            "site", "init", folder, "--mode", "face_or_code", "--gate", "main:entry", cwd=folder.parent
        )
        assert done.returncode == 0, done.stderr
        return Site(folder)

    def pass_picture(self, subject: str, *options: str, name: str = "pass.png") -> Path:
        target = self.folder / name
        self.run("pass", "issue", subject, *options, "--out", target)
        return target


def gatepost(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge.cli.main", *map(str, words)]
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
    """A new site with one entry gate, `main`, and nobody in its registry."""
    folder = tmp_path / "green-court"
    done = gatepost(
        "site",
        "init",
        folder,
        "--mode",
        "face_or_code",
        "--gate",
        "main:entry",
        "--gate",
        "north:entry",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    return Site(folder)
