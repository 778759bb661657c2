"""The newest frame of a live camera, and the reason where there is none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from edge.errors import VisionError
from edge.support.escaping import escaped
from edge.vision.cameras.camera import Camera, PictureRefused
from edge.vision.cameras.exposure import AdjustableCamera, FaceExposure
from edge.vision.cameras.scene import SceneWatch
from edge.vision.frame import Frame, Image
from edge.vision.reports import CameraReport, CameraState, InputRefused

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_SHOWING = frozenset({CameraState.STREAMING, CameraState.BLIND})


class Grabber:
    """Reads a camera in a thread of its own and keeps only the newest frame.

    A camera that fails is closed and opened again after a pause that doubles up to five seconds. A picture
    that is byte for byte the one before it is not a new frame: a frozen camera stalls, it does not show the
    same person for ever. Nor is one that shows no scene: then the camera is blind. A picture that cannot be
    read is reported, and passed over.
    """

    def __init__(
        self,
        camera: Camera,
        send: Callable[[CameraReport | InputRefused], None],
        stall_after: float,
        quiet_for: float = 0.0,
    ) -> None:
        self._camera = camera
        self._send = send
        self._stall_after = stall_after
        self._scene = SceneWatch(quiet_for)
        self._exposure = FaceExposure()
        self._light: float | None = None
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._finished = False
        self._stopping = threading.Event()
        self._state = CameraState.OPENING
        self._newest_at = time.monotonic()
        self._reopen = False
        self._returned_at = time.monotonic()
        self._number = 0
        self._last_picture: Image | None = None  # kept over a reopening: what was frozen stays frozen
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        """Begin to read the camera, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread once its camera returns; waits for nothing."""
        self._stopping.set()

    def next_frame(self, timeout: float) -> Frame | None:
        """The newest frame that was not given out yet; waits up to `timeout` seconds for one, then None."""
        with self._changed:
            if self._newest is None and not self._finished:
                self._changed.wait(timeout)
            frame, self._newest = self._newest, None
        self._watch(frame)
        return frame

    @property
    def finished(self) -> bool:
        """Whether the pictures have come to their end and the last frame was given out."""
        with self._changed:
            return self._finished and self._newest is None

    def note_faces(self, light: float | None) -> None:
        """Note the light on the foremost face of the last frame; None: no face was in it.

        People move, so a scene with them changes; and a camera is asked for more light where they lack it.
        """
        self._scene.faces_in_view = light is not None
        self._light = light

    @property
    def silent_for(self) -> float:
        """Seconds since the last new frame."""
        return time.monotonic() - self._newest_at

    @property
    def hangs_for(self) -> float:
        """Seconds that the thread has been inside the driver without coming back."""
        return time.monotonic() - self._returned_at

    def _watch(self, frame: Frame | None) -> None:
        """Notice a stall from outside the thread, which may be hanging in a driver."""
        if frame is not None or not self._camera.live or self._state not in _SHOWING:
            return
        if self.silent_for > self._stall_after:
            self._reopen = True
            self._send_state(
                CameraState.STALLED, f"no new picture for {self._stall_after:g} s; opening it again"
            )

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            before = self._number
            try:
                self._camera.open()
                self._stream()
            except VisionError as error:
                self._send_state(CameraState.GONE, str(error))
            finally:
                self._camera.close()
            if not self._camera.live:
                break
            # A camera that showed something new is opened again at once; another after ever longer pauses.
            pause = _FIRST_PAUSE if self._number > before else min(_LONGEST_PAUSE, 2.0 * pause)
            self._stopping.wait(pause)
            self._returned_at = time.monotonic()
        with self._changed:
            self._finished = True
            self._changed.notify()

    def _stream(self) -> None:
        """Read until the end, a stall or a stop."""
        self._reopen = False
        self._exposure = FaceExposure()  # a camera that is opened begins without a bias
        opened = time.monotonic()
        while not self._stopping.is_set() and not self._reopen:
            self._expose(time.monotonic())
            try:
                taken = self._camera.next_picture()
            except PictureRefused as refused:
                self._returned_at = time.monotonic()
                self._send(InputRefused(escaped(refused.where), str(refused), self._returned_at))
                continue
            self._returned_at = now = time.monotonic()
            if taken is None:
                return
            picture, source, captured = taken
            if (
                self._camera.live
                and self._last_picture is not None
                and np.array_equal(picture, self._last_picture)
            ):
                if now - max(opened, self._newest_at) > self._stall_after:
                    return
                continue
            self._last_picture, self._number, self._newest_at = picture, self._number + 1, now
            blind = self._scene.fault_of(picture, captured) if self._camera.live else ""
            if blind:
                self._send_state(CameraState.BLIND, blind)
                continue
            self._send_state(CameraState.STREAMING, self._camera.name)
            with self._changed:
                self._newest = Frame(picture, self._number, captured, escaped(source))
                self._changed.notify()

    def _expose(self, now: float) -> None:
        """Bias the camera's exposure by the last light noted, in the thread that may touch the camera."""
        if isinstance(self._camera, AdjustableCamera) and self._exposure.follow(self._light, now):
            self._camera.expose(self._exposure.stops)

    def _send_state(self, state: CameraState, detail: str) -> None:
        if state is not self._state:
            self._state = state
            self._send(CameraReport(state, time.monotonic(), escaped(detail)))
