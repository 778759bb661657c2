"""A network that misbehaves: a TCP proxy before a broker or a console."""

from __future__ import annotations

import select
import socket
import threading
from enum import Enum
from typing import Self

from tests.ports import free_port


class Weather(Enum):
    FAIR = "fair"
    DEAF = "deaf"  # half-open: nobody hangs up, nothing passes
    SLOW = "slow"  # one byte a second, each way
    LOSSY = "lossy"  # stalls as TCP does where packets are lost
    DOWN = "down"  # connections are refused at once


class Proxy:
    """Listens on `port`, passes on to `target`. `weather` may change at any time; `cut` hangs up on all."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.weather = Weather.FAIR
        self._target = target
        self._stop = threading.Event()
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._cut = threading.Event()
        self._forget = threading.Event()
        self._forgotten: list[socket.socket] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._hang_up()
        for end in self._forgotten:
            end.close()
        self._listener.close()

    @property
    def passes_for(self) -> int:
        """How many are connected, and heard."""
        return len(self._pairs) // 2

    def cut(self) -> None:
        self._cut.set()

    def forget(self) -> None:
        """Pass nothing more on between those who are connected, and tell neither; who comes anew is heard."""
        self._forget.set()

    def _run(self) -> None:
        turn = 0
        while not self._stop.is_set():
            if self._cut.is_set():
                self._cut.clear()
                self._hang_up()
            if self._forget.is_set():
                self._forget.clear()
                self._forgotten.extend(self._pairs)
                self._pairs.clear()
            turn += 1
            try:
                ready, _, _ = select.select([self._listener, *self._pairs], [], [], 0.05)
            except (OSError, ValueError):
                self._hang_up()
                continue
            for end in ready:
                if end is self._listener:
                    self._accept()
                elif end in self._pairs:
                    self._pass(end)
            self._pause(turn)

    def _pause(self, turn: int) -> None:
        if self.weather is Weather.SLOW:
            self._stop.wait(1.0)
        elif self.weather is Weather.LOSSY and turn % 3 == 0:
            self._stop.wait(0.2)
        elif self.weather is Weather.DEAF:
            self._stop.wait(0.05)

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        if self.weather is Weather.DOWN:
            near.close()
            return
        try:
            far = socket.create_connection(("127.0.0.1", self._target), timeout=2)
        except OSError:
            near.close()
            return
        self._pairs[near], self._pairs[far] = far, near

    def _pass(self, end: socket.socket) -> None:
        if self.weather is Weather.DEAF:
            return
        try:
            data = end.recv(1 if self.weather is Weather.SLOW else 65536)
            if data:
                self._pairs[end].sendall(data)
                return
        except OSError:
            pass
        self._close(end)

    def _close(self, end: socket.socket) -> None:
        other = self._pairs.pop(end)
        self._pairs.pop(other, None)
        end.close()
        other.close()

    def _hang_up(self) -> None:
        while self._pairs:
            self._close(next(iter(self._pairs)))
