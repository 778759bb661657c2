"""A scanner and a keypad on the cables of one gate: what people hold before the one and type on the other
goes over the cable as bytes, as GM65 and Honeywell scanners and USB number pads send them.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from edge.errors import DeviceError
from edge.scanners.configuration import ScannerSection
from edge.scanners.lines import MOST_AT_ONCE, ScannerLine
from edge.support.due import NEVER
from edge.vision.reports import Sighting
from tests.simulation.checkers.readers import DESK, PAD
from tests.simulation.observations import Observation, Scanned
from tests.simulation.passes import TYPED
from tests.simulation.process import Life
from tests.simulation.scheduler import Scheduler
from tests.simulation.site import ReaderShape

HELD_AGAIN_AFTER = 3.0
"""Seconds after which somebody whom the gate has not answered holds their code up once more."""
_CUT = 0.3
"""The share of codes that come in two pieces, and the seconds between them."""
_PIECES_APART = 0.05
_JUNK_TEXT = 4_000
_JUNK_BYTES = 20_000


class Cable:
    """What one device sends. The gate's process reads it as a `ScannerLine`, and wakes when it comes."""

    def __init__(self) -> None:
        self.plugged = True
        self.held = ""
        self.wake: Callable[[], None] = lambda: None
        self._arrived = bytearray()
        self._reads = False

    @property
    def works(self) -> bool:
        """Whether what is sent now is read."""
        return self.plugged and self._reads

    def send(self, data: bytes) -> None:
        """Nobody hears what goes over a cable that is not plugged in, or that no process has open."""
        if self.works:
            self._arrived += data
            self.wake()

    def lose(self) -> None:
        """The process that read it is no more."""
        self._reads = False
        self._arrived.clear()

    def unplug(self) -> None:
        self.plugged = False
        self.wake()

    # --- as the gate reads it ------------------------------------------------------------------

    def open(self) -> None:
        if not self.plugged:
            raise DeviceError("the scanner cannot be opened", where="its cable", remedy="plug it in")
        self._arrived.clear()
        self._reads = True

    def read(self, wait: float) -> bytes:
        del wait
        if not self.works:
            raise DeviceError("the scanner was lost", where="its cable", remedy="plug it in")
        data = bytes(self._arrived[:MOST_AT_ONCE])
        del self._arrived[:MOST_AT_ONCE]
        return data

    def read_again(self, now: float) -> float:
        del now
        return NEVER

    def stuck(self, now: float) -> str:
        del now
        return self.held

    def close(self) -> None:
        self.lose()


class Readers:
    """The scanner and the keypad of `device`. What came over whole is told as `Scanned`."""

    def __init__(
        self,
        device: str,
        shape: ReaderShape,
        scheduler: Scheduler,
        tell: Callable[[Observation], None],
        random: Random,
    ) -> None:
        self._device = device
        self._shape = shape
        self._scheduler = scheduler
        self._tell = tell
        self._random = random
        self.cables = {DESK: Cable(), PAD: Cable()}
        self._life: Life | None = None
        self._held: tuple[str, ...] = ()
        self._held_at = 0.0
        self._unanswered = False

    # --- as the gate has it --------------------------------------------------------------------

    def line(self, section: ScannerSection, monotonic: Callable[[], float]) -> ScannerLine:
        """The cable of a scanner that gate.toml describes."""
        del monotonic
        return self.cables[section.name]

    def read_by(self, life: Life, wake: Callable[[str], None]) -> None:
        """A process reads them from now on, by tasks that `wake` wakes by their names."""
        self._life = life
        for name, cable in self.cables.items():
            cable.lose()
            cable.wake = lambda name=name: wake(f"scanner {name}")  # type: ignore[misc]

    def answered(self) -> None:
        """The gate has decided on whoever stands there."""
        self._unanswered = False

    # --- as people use it ----------------------------------------------------------------------

    def see(self, sighting: Sighting) -> None:
        """What a camera would see: a code is held before the scanner once, and once more where the gate says
        nothing; a number is typed.
        """
        now = self._scheduler.now
        texts = tuple(code.text for code in sighting.codes)
        again = self._unanswered and now - self._held_at >= HELD_AGAIN_AFTER
        if texts and (texts != self._held or again):
            self._held_at, self._unanswered = now, True
            for text in texts:
                self._show(text)
        self._held = texts

    def type(self, digits: str) -> None:
        """Somebody clears what is there, types a number and confirms it."""
        self._send(PAD, b"*" + digits.encode() + b"#", codes=1)

    def _show(self, text: str) -> None:
        if text.startswith(TYPED):
            self.type(text.removeprefix(TYPED))
            return
        data = self._shape.framed(text)
        if self._random.random() >= _CUT:
            self._send(DESK, data, codes=1)
            return
        at = self._random.randrange(1, len(data))
        life = self._life
        self._send(DESK, data[:at])

        def rest() -> None:
            whole = self._life is life and self.cables[DESK].works
            self._send(DESK, data[at:], codes=int(whole))

        self._scheduler.after(_PIECES_APART, rest)

    # --- what goes wrong -----------------------------------------------------------------------

    def unplug(self, random: Random) -> None:
        """Pull both cables, perhaps in the middle of a code."""
        if random.random() < 0.5:
            self._send(DESK, self._shape.framed("HALF A CODE")[:7])
        for cable in self.cables.values():
            cable.unplug()

    def plug_in(self) -> None:
        for cable in self.cables.values():
            cable.plugged = True

    def send_junk(self, random: Random) -> None:
        """What scanners send that are set up wrongly, broken, or held before a poster."""
        text = random.randbytes(_JUNK_TEXT // 2).hex()
        match random.randrange(5):
            case 0:
                self._send(DESK, self._shape.framed(text[:60])[:40])
            case 1:
                self._send(DESK, bytes(random.randrange(1, 64)) + self._shape.mark)
            case 2:
                self._send(DESK, self._shape.framed(text), codes=1)
            case 3:
                self._send(DESK, random.randbytes(_JUNK_BYTES).hex().encode()[:_JUNK_BYTES])
            case _:
                self._send(DESK, self._shape.framed(text[:30]) + self._shape.framed(text[30:70]), codes=2)

    def hold_key(self, key: str) -> None:
        """A key is pressed, and hangs."""
        self._send(PAD, key.encode())
        self.cables[PAD].held = f"key {key} is held down: free it"
        self.cables[PAD].wake()

    def free_key(self) -> None:
        self.cables[PAD].held = ""
        self.cables[PAD].wake()

    def _send(self, reader: str, data: bytes, codes: int = 0) -> None:
        cable = self.cables[reader]
        reads = cable.works and self._life is not None and self._life.lives
        for _ in range(codes if reads else 0):
            self._tell(Scanned(self._scheduler.now, self._device, reader))
        cable.send(data)
