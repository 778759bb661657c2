"""A worker that does what native decoders do on a bad day. Its first argument says what."""

from __future__ import annotations

import os
import signal
import sys
import time

from edge.vision.reports import CameraReport, CameraState, Heartbeat
from edge.vision.worker.wire import encode, read_task

task = read_task(sys.stdin.buffer)
out = sys.stdout.buffer


def say(*reports: Heartbeat | CameraReport) -> None:
    for report in reports:
        out.write(encode(report))
    out.flush()


say(Heartbeat(time.monotonic(), 1 << 20))
match sys.argv[1]:
    case "abort":
        os.abort()
    case "exit":
        sys.exit(7)
    case "hang":
        signal.pause()
    case "leak":
        while True:
            say(Heartbeat(time.monotonic(), 1 << 40))
            time.sleep(0.01)
    case "leak and lie":
        held = bytearray(b"x") * (200 << 20)
        while held:
            say(Heartbeat(time.monotonic(), 1 << 20))
            time.sleep(0.05)
    case "garbage":
        out.write(b"\x00\x00\x00\x05hello" * 10)
        out.flush()
        signal.pause()
    case "endless":
        out.write(b"\xff\xff\xff\xff")
        out.flush()
        signal.pause()
    case "poisoned":
        # Dies of the input called "poison", as a decoder does of one picture.
        for name in map(os.fsdecode, task.inputs):
            if name == "poison":
                os.kill(os.getpid(), signal.SIGSEGV)
            say(CameraReport(CameraState.FINISHED, time.monotonic(), name))
