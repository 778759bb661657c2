"""Commands in a machine, by QEMU's guest agent over a socket: `Agent`."""

from __future__ import annotations

import base64
import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.errors import LabError
from tests.waiting import pause

_BETWEEN_LOOKS = 0.2
_ANSWER_WITHIN = 600.0
"""Seconds of the lab's clock: an emulated machine that has other work may take minutes for a line."""
_SYNCHRONISED_WITHIN = 10.0


@dataclass(frozen=True)
class Done:
    """What a command in a machine ended with, and said."""

    command: str
    code: int
    out: str
    err: str

    def good(self) -> Done:
        """The same; raises where the command failed."""
        if self.code:
            raise LabError(f"{self.command}\nended with {self.code}\n{self.out[-3000:]}\n{self.err[-3000:]}")
        return self


class Agent:
    """The root shell of a machine. Each command is one process; the socket is opened anew where it broke."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None
        self._rest = b""

    def answers(self) -> bool:
        """Whether the agent runs and says so within seconds."""
        try:
            self._synchronise(_SYNCHRONISED_WITHIN)
        except (OSError, TimeoutError, LabError):
            self.close()
            return False
        return True

    def run(self, command: str, *, within: float, stdin: bytes | None = None) -> Done:
        """Run a command in the machine's shell, and wait for its end; `within` is of the lab's clock."""
        words: dict[str, Any] = {"path": "/bin/sh", "arg": ["-c", command], "capture-output": True}
        if stdin is not None:
            words["input-data"] = base64.b64encode(stdin).decode()
        process = self._ask("guest-exec", words)["pid"]
        until = time.monotonic() + within
        while not (status := self._ask("guest-exec-status", {"pid": process}))["exited"]:
            if time.monotonic() > until:
                raise LabError(f"{command}: not ended within {within:g} s")
            pause(_BETWEEN_LOOKS)
        code = status.get("exitcode", 128 + status.get("signal", 0))
        return Done(command, code, _text(status, "out-data"), _text(status, "err-data"))

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def _synchronise(self, within: float) -> None:
        """Begin anew: whatever an earlier end of this line asked is answered to nobody."""
        self.close()
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(within)
        line.connect(str(self._path))
        self._socket = line
        mark = time.monotonic_ns() & 0x7FFFFFFF
        line.sendall(
            b"\xff" + json.dumps({"execute": "guest-sync", "arguments": {"id": mark}}).encode() + b"\n"
        )
        while self._answer(within).get("return") != mark:
            pass

    def _ask(self, what: str, words: dict[str, Any]) -> Any:
        if self._socket is None:
            self._synchronise(_ANSWER_WITHIN)
        assert self._socket is not None
        self._socket.sendall(json.dumps({"execute": what, "arguments": words}).encode() + b"\n")
        answer = self._answer(_ANSWER_WITHIN)
        if "error" in answer:
            raise LabError(f"{what}: {answer['error']}")
        return answer["return"]

    def _answer(self, within: float) -> dict[str, Any]:
        assert self._socket is not None
        self._socket.settimeout(within)
        while b"\n" not in self._rest:
            part = self._socket.recv(65536)
            if not part:
                raise ConnectionError("QEMU has closed the agent's line")
            self._rest += part
        line, self._rest = self._rest.split(b"\n", 1)
        found: dict[str, Any] = json.loads(line.lstrip(b"\xff"))
        return found


def _text(status: dict[str, Any], key: str) -> str:
    return base64.b64decode(status.get(key, "")).decode(errors="replace")
