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
from tests.edge.vision.cameras.network_cameras import RtspServer
from tests.ports import free_port


@pytest.mark.parametrize(
    ("user", "path", "words"),
    [
        ("gate:wrong@", "stream", "refuses the user or password"),
        ("", "stream", "asks for a user and password"),
        ("gate:right@", "elsewhere", "nothing at this path"),
        ("gate:right@", "moved", "nothing at this path"),
    ],
)
def test_a_camera_that_refuses_says_what_is_wrong(stream: int, user: str, path: str, words: str) -> None:
    with pytest.raises(VisionError, match=words) as raised:
        NetworkCamera(f"http://{user}127.0.0.1:{stream}/{path}").open()
    assert "gate:wrong" not in str(raised.value)
    assert raised.value.remedy


DIGEST, BASIC = (
    'WWW-Authenticate: Digest realm="camera", nonce="n1"',
    'WWW-Authenticate: Basic realm="camera"',
)


@contextmanager
def rtsp_camera(challenge: str) -> Iterator[RtspServer]:
    with RtspServer(challenge) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("challenge", "user", "words"),
    [
        (DIGEST, "gate:wrong@", "refuses the user or password"),
        (DIGEST, "other:right@", "refuses the user or password"),
        (DIGEST, "", "asks for a user and password"),
        # The user is right: that is not what keeps the pictures away.
        (DIGEST, "gate:right@", "nothing at this path"),
        (BASIC, "gate:right@", "nothing at this path"),
        (f"{BASIC}\r\n{DIGEST}, algorithm=SHA-512-256", "gate:right@", "nothing at this path"),
        (f"{DIGEST}, algorithm=SHA-512-256", "gate:right@", "not known here"),
        ("WWW-Authenticate: Bearer", "gate:right@", "not known here"),
        (f"{DIGEST}, opaque=, stale=FALSE", "gate:right@", "nothing at this path"),
        (DIGEST, "gate:%E5%AF%86@", "not known here"),
        ("WWW-Authenticate: Digest realm=", "gate:right@", "not known here"),
    ],
)
def test_an_rtsp_camera_is_asked_as_its_user(
    challenge: str, user: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with rtsp_camera(challenge) as server:
        address = f"rtsp://{user}127.0.0.1:{server.server_address[1]}/stream"
        with pytest.raises(VisionError, match=words) as raised:
            NetworkCamera(address).open()
    secret = user.partition(":")[2].rstrip("@") or "right"
    assert f":{secret}" not in str(raised.value)
    assert secret not in "".join(capfd.readouterr())
    # FFmpeg twice, and we twice at most: a camera locks a user out after some five wrong passwords.
    assert sum(bool(signed) for signed in server.asked) <= 2


def test_a_user_is_no_way_to_write_more_lines() -> None:
    with rtsp_camera(BASIC) as server:
        address = f"rtsp://gate%0d%0aX:y@127.0.0.1:{server.server_address[1]}/a%0d%0ab c"
        assert diagnose(address)[0] == "refuses the user or password"
        assert (
            diagnose(f"rtsp://gate:right@127.0.0.1:{server.server_address[1]}/\u4e2d")[0] == "does not answer"
        )


def test_a_camera_that_is_not_there_does_not_answer() -> None:
    port = free_port()
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
        (b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n", "refuses the user or password"),
        (b"RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n", "nothing at this path"),
        (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", "not with a video"),
        (b"RTSP/1.0 503 Busy\r\nCSeq: 1\r\n\r\n", "status 503"),
        (b"\x00\xff noise", "does not answer"),
    ],
)
def test_what_an_rtsp_camera_answers_is_reported(answer: bytes, words: str) -> None:
    with answering(answer) as port:
        assert words in diagnose(f"rtsp://gate:right@127.0.0.1:{port}/stream")[0]
