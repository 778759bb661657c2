"""A gate that a program in another language plays: started, heard and told what to do, line by line."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

from tests.waiting import PATIENT

PROGRAMS = Path(__file__).parent
OLDEST = 18


def node() -> str:
    """The runtime of the other implementation; the test skips where it is absent or too old."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("LOUD SKIP: no node, so no second implementation is tested: apt install nodejs")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=PATIENT, check=True)
    version = int(said.stdout.lstrip("v").partition(".")[0])
    if version < OLDEST:
        pytest.skip(f"LOUD SKIP: node is {version}, the second implementation needs {OLDEST} or newer")
    return found


class Peer:
    """One run of `peer.js`."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self._process = process
        self._errors = errors
        self._said: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def said(self, what: str) -> Any:
        """The facts of its next line, which has to be about `what`."""
        try:
            line = self._said.get(timeout=PATIENT)
        except Empty:
            raise AssertionError(f"it did not say {what!r}: {self._errors.read_text()}") from None
        assert line, f"it ended before it said {what!r}: {self._errors.read_text()}"
        facts = json.loads(line)
        assert facts.pop("what") == what, f"waiting for {what!r}, it said {line}"
        return facts

    def tell(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):  # what it did not take is sent on in closing
            self._process.stdin.close()
        self._process.stdout.close()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._said.put(line)
        self._said.put("")


@contextmanager
def played(story: str, identity: dict[str, Any], folder: Path) -> Iterator[Peer]:
    """`peer.js` plays `story` as the gate of this `identity`; it has to come to its end."""
    file, errors = folder / "identity.json", folder / "errors"
    file.write_text(json.dumps(identity))
    with errors.open("w") as out:
        process = subprocess.Popen(
            [node(), str(PROGRAMS / "peer.js"), story, str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=out,
            text=True,
        )
    peer = Peer(process, errors)
    try:
        yield peer
        peer.said("end")
    finally:
        peer.close()
