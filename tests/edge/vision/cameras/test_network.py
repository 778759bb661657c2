"""A network camera that cannot be opened says why: its user, its path, its silence."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from edge.errors import VisionError
from edge.vision.cameras.capture import NetworkCamera
from edge.vision.cameras.network import diagnose


@pytest.mark.parametrize(
    ("user", "path", "words"),
    [
        ("gate:wrong@", "stream", "user or password"),
        ("", "stream", "user or password"),
        ("gate:right@", "elsewhere", "nothing at this path"),
    ],
)
def test_a_camera_that_refuses_says_what_is_wrong(stream: int, user: str, path: str, words: str) -> None:
    with pytest.raises(VisionError, match=words) as raised:
        NetworkCamera(f"http://{user}127.0.0.1:{stream}/{path}").open()
    assert "gate:wrong" not in str(raised.value)
    assert raised.value.remedy


def test_a_camera_that_is_not_there_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert diagnose(f"http://127.0.0.1:{port}/")[0] == "does not answer"
    assert diagnose(f"rtsp://127.0.0.1:{port}/")[0] == "does not answer"
    assert diagnose("http://[broken/")[0] == "does not answer"


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.recv(4096)
                line.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n", "user or password"),
        (b"RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n", "nothing at this path"),
        (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", "not with a video"),
        (b"RTSP/1.0 503 Busy\r\nCSeq: 1\r\n\r\n", "status 503"),
        (b"\x00\xff noise", "does not answer"),
    ],
)
def test_what_an_rtsp_camera_answers_is_reported(answer: bytes, words: str) -> None:
    with answering(answer) as port:
        assert words in diagnose(f"rtsp://gate:right@127.0.0.1:{port}/stream")[0]
