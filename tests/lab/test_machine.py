"""What a machine says on a port: its lines, and its own clock, which is none of them."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.lab.machine import Heard


def test_the_clock_of_a_machine_goes_by_its_last_word_and_is_no_line(tmp_path: Path) -> None:
    path = tmp_path / "relay"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as port:
        port.bind(str(path))
        port.listen()
        heard = Heard(path)
        before = heard.told
        with port.accept()[0] as line:
            line.sendall(b"clock 12.5\n13.0001 1\nclock 13.5\n18.0020 0\n")
        heard.ended()
    assert heard.clock == 13.5
    assert heard.told > before
    assert [said for _, said in heard.so_far()] == ["13.0001 1", "18.0020 0"]
