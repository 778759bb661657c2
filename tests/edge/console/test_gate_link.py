"""A gate that ends in the middle of an act: the page does not say that nothing was done."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from edge.console.gate_link import GateLink
from edge.console.refusal import Refusal
from edge.staff.protocol.sessions import Alive, Ping
from tests.edge.console.staffed_gate import StaffedGate, console_of

MOST = 1 << 20
PACKETS = socket.SOCK_SEQPACKET


@contextmanager
def dying(path: Path, gate: Path, last_words: bytes) -> Iterator[None]:
    """A way to the gate that is cut as soon as the gate has done what is asked with `last_words` in it."""

    def serve(client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX, PACKETS) as real, suppress(OSError):
            real.connect(str(gate))
            while packet := client.recv(MOST):
                real.send(packet)
                answer = real.recv(MOST)
                if last_words in packet:
                    listener.close()
                    path.unlink(missing_ok=True)
                    return
                client.send(answer)

    def accept() -> None:
        with suppress(OSError):
            while True:
                Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    listener = socket.socket(socket.AF_UNIX, PACKETS)
    with listener:
        listener.bind(str(path))
        listener.listen(8)
        Thread(target=accept, daemon=True).start()
        yield


@pytest.mark.parametrize(
    ("language", "unknown", "nothing"),
    [
        ("en", "Nobody knows whether this was done", "Nothing was done"),
        ("zh", "无法确定是否已执行", "没有改动任何内容"),
    ],
)
def test_an_act_without_an_answer_may_have_been_done_and_one_that_was_not_sent_was_not(
    gate_and_console: StaffedGate, tmp_path: Path, language: str, unknown: str, nothing: str
) -> None:
    cut = replace(gate_and_console, socket=tmp_path / "cut.sock")
    act = {"key": language.encode().hex() * 8, "reason": "typed", "text": "he lost his pass", "anyway": "1"}
    acts = len(gate_and_console.journal("staff_act_taken"))
    with dying(cut.socket, gate_and_console.socket, b"LetIn"), console_of(cut) as console:
        client = console.client()
        client.headers["accept-language"] = language
        ended = client.post("/override", data=act)
        away = client.post("/override", data=act)
        read = client.get("/now")
    assert len(gate_and_console.journal("staff_act_taken")) == acts + 1
    assert (ended.status_code, unknown in ended.text, nothing in ended.text) == (503, True, False)
    assert "he lost his pass" in ended.text
    assert (away.status_code, unknown in away.text, nothing in away.text) == (503, False, True)
    assert (read.status_code, unknown in read.text) == (503, False)


def test_a_link_knows_whether_the_gate_may_have_read_what_it_did_not_answer(
    gate_and_console: StaffedGate, tmp_path: Path
) -> None:
    path = tmp_path / "cut.sock"
    link = GateLink(path)
    with pytest.raises(Refusal) as away:
        link.ask(Ping())
    assert not away.value.maybe_done
    with dying(path, gate_and_console.socket, b"WhoAmI"):
        assert isinstance(link.ask(Ping()), Alive)
    link.close()
