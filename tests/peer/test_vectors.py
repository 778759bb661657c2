"""The vectors that are published for others, read by an implementation that did not write them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.peer.peer import PROGRAMS, node
from tests.waiting import PATIENT

VECTORS = Path(__file__).resolve().parents[2] / "docs" / "vectors"


def differing(folder: Path) -> subprocess.CompletedProcess[str]:
    line = [node(), str(PROGRAMS / "vectors.js"), str(folder)]
    return subprocess.run(line, capture_output=True, text=True, timeout=PATIENT, check=False)


def test_every_vector_is_what_another_implementation_makes_of_it() -> None:
    ran = differing(VECTORS)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_byte_that_is_changed_is_noticed(tmp_path: Path) -> None:
    text = (VECTORS / "messages.json").read_text()
    before, name, after = text.partition('"payload": "a')
    assert name
    (tmp_path / "messages.json").write_text(f'{before}"payload": "b{after}')
    ran = differing(tmp_path)
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[-1].endswith("1 differ"), ran.stdout
