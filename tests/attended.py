"""A command at a terminal of its own, and a person who answers what it asks.

It needs Python alone, so that `.ci/deb-test` plays it where the package is installed:
python attended.py ANSWERS COMMAND…, where ANSWERS is JSON: pairs of a text that stands in the question, and
what is typed. What is in none of them is answered by Enter alone. It says how much was asked, and how long it
took.
"""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_PROMPT = re.compile(r"(?:\A|\n)((?:choose|write|[^\n]*\[y/n\])[^\n]*: )\Z")
PATIENT_SECONDS = 180.0
"""Until a command that prints nothing, or has closed its terminal and does not end, is taken to hang."""
_AGAIN_SECONDS = 2.0
INTERRUPT = "\x03"
_PLAIN = {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "200"}


@dataclass
class Terminal:
    """A command at a terminal; `said` is all that it has printed, `asked` its questions."""

    process: int
    terminal: int
    said: str = ""
    asked: list[str] = field(default_factory=list)
    code: int | None = None

    def question(self) -> str:
        """What it prints up to its next question; empty: it asks no more, and has ended."""
        since = ""
        while not (found := _PROMPT.search(since)):
            if not select.select([self.terminal], [], [], PATIENT_SECONDS)[0]:
                raise AssertionError(f"silent for {PATIENT_SECONDS:g} s, having said: {self.said}")
            before = len(self.said)
            if not self._prints():
                self.ends()
                return ""
            since += self.said[before:]
        self.asked.append(found.group(1).strip())
        return since

    def ends(self) -> None:
        """Wait until it has ended."""
        ended = os.pidfd_open(self.process)
        try:
            if not select.select([ended], [], [], PATIENT_SECONDS)[0]:
                raise AssertionError(f"not ended within {PATIENT_SECONDS:g} s, having said: {self.said}")
        finally:
            os.close(ended)
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])

    def types(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def interrupts(self) -> None:
        """Press Ctrl-C until it has ended. One that comes in the moment before Python reads is heard at the
        next key only (PyOS_Readline looks for signals, then blocks): who sees nothing happen presses again.
        """
        self.types(INTERRUPT)
        used = -1
        while not select.select([self.terminal], [], [], _AGAIN_SECONDS)[0] or self._prints():
            used, before = self._cpu_ticks(), used
            if used == before:  # it waits for a key
                self.types(INTERRUPT)
        self.ends()

    def _prints(self) -> bool:
        """Takes what is there; False: it has closed its end."""
        try:
            piece = os.read(self.terminal, 4096).decode(errors="replace").replace("\r", "")
        except OSError:
            piece = ""
        self.said += piece
        return bool(piece)

    def _cpu_ticks(self) -> int:
        """What it has used of a processor (proc_pid_stat(5): utime and stime)."""
        _, _, after_its_name = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")
        utime, stime = after_its_name.split()[11:13]
        return int(utime) + int(stime)

    def answers(self, replies: Sequence[tuple[str, str]]) -> list[str]:
        """Answer each question: by the first of the replies whose text stands in it, which is then used up,
        or else by Enter. The texts that never came.
        """
        left = list(replies)
        while text := self.question():
            reply = next((each for each in left if each[0] in text), ("", ""))
            if reply[0]:
                left.remove(reply)
            self.types(f"{reply[1]}\n")
        return [part for part, _ in left]


@contextmanager
def at_terminal(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> Iterator[Terminal]:
    """The command `words` at a terminal; killed where the block ends before it."""
    process, terminal = pty.fork()
    if process == 0:
        # Whoever was started in the background ignores Ctrl-C, and so would what it starts.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvpe(words[0], list(words), {**environment, **_PLAIN})  # noqa: S606 - a test's own words
    opened = Terminal(process, terminal)
    try:
        yield opened
    finally:
        if opened.code is None:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        os.close(terminal)


def main() -> int:
    """What the command ended with; 3 where a question never came."""
    replies = [(part, reply) for part, reply in json.loads(sys.argv[1])]
    begin = time.monotonic()
    with at_terminal(sys.argv[2:]) as terminal:
        missing = terminal.answers(replies)
    took = f"{len(terminal.asked)} questions in {time.monotonic() - begin:.0f} s; never asked: {missing}"
    sys.stdout.write(f"{terminal.said}\n{took}\n")
    return 3 if missing else terminal.code or 0


if __name__ == "__main__":
    sys.exit(main())
