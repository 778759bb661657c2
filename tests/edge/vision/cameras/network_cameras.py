"""Network cameras on real sockets that stutter, and refuse strangers."""

from __future__ import annotations

import base64
import hashlib
import re
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

from edge.vision.frame import Image
from tests.edge.vision.conftest import code_image


def moving(seed: int = 0) -> Iterator[Image]:
    draw = np.random.default_rng(seed)
    while True:
        yield np.roll(code_image("moving"), int(draw.integers(1, 40)), axis=1)


class StreamHandler(BaseHTTPRequestHandler):
    """A network camera whose every second frame cannot be decoded, for anyone who knows the password."""

    server: StreamServer

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            return
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(b"gate:right").decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
            return
        if self.path != "/stream":
            self.send_response(404)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        pictures = moving()
        try:
            for number in range(100_000):
                data = cv2.imencode(".jpg", next(pictures))[1].tobytes() if number % 2 == 0 else b"noise" * 99
                self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + data + b"\r\n")
                if self.server.ending.wait(0.02):
                    return
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        return


class StreamServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), StreamHandler)
        self.ending = threading.Event()


class RtspHandler(socketserver.StreamRequestHandler):
    """An RTSP camera: it lets in who signs in by Digest (RFC 2617) or Basic, and has nothing for them."""

    server: RtspServer

    def handle(self) -> None:
        while words := self.rfile.readline().decode().split():
            headers = dict(re.findall(r"([\w-]+): (.*)\r\n", "".join(self._lines())))
            method, sequence = words[0], headers["CSeq"]
            if method == "DESCRIBE":
                self.server.asked.append(headers.get("Authorization", ""))
            if method == "OPTIONS":
                answer = "200 OK\r\nPublic: OPTIONS, DESCRIBE"
            elif self._signed(method, headers.get("Authorization", "")):
                answer = "404 Not Found"
            else:
                answer = f"401 Unauthorized\r\n{self.server.challenge}"
            self.wfile.write(f"RTSP/1.0 {answer}\r\nCSeq: {sequence}\r\n\r\n".encode())

    def _lines(self) -> Iterator[str]:
        while (line := self.rfile.readline().decode()).strip():
            yield line

    def _signed(self, method: str, signed: str) -> bool:
        fields = dict(re.findall(r'(\w+)="([^"]*)"', signed))
        if signed.startswith("Basic ") or not fields:
            return signed == "Basic " + base64.b64encode(b"gate:right").decode()
        one, other = (_md5(text) for text in ("gate:camera:right", f"{method}:{fields['uri']}"))
        return (fields["username"], fields["response"]) == (
            "gate",
            _md5(f"{one}:{fields['nonce']}:{other}"),
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class RtspServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, challenge: str) -> None:
        super().__init__(("127.0.0.1", 0), RtspHandler)
        self.challenge = challenge
        self.asked: list[str] = []
        """How each DESCRIBE was signed."""
