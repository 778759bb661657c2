"""Network cameras on real sockets that stutter, and refuse strangers."""

from __future__ import annotations

import base64
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
