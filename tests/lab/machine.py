"""A virtual machine of the lab: `Machine`, and what is outside of it: power, scanner, relay's line."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from tests.lab.agent import Agent
from tests.lab.errors import LabError
from tests.lab.places import Places
from tests.waiting import pause, soon

STANDS_STILL = 300.0
"""Seconds of the lab's clock in which a machine says nothing until it is taken for one that says no more."""


@dataclass(frozen=True)
class Disk:
    """What the machine starts from: QEMU's words for it, an initial memory disk, and a second disk (raw)."""

    words: str
    initial: Path | None = None
    second: Path | None = None

    def second_words(self) -> tuple[str, ...]:
        """QEMU's words for the second disk, after those for the first."""
        drive = f"file={self.second},format=raw,if=none,id=second,cache=writeback"
        return ("-drive", drive, "-device", "virtio-blk-pci,drive=second")

    @classmethod
    def layer(cls, path: Path) -> Disk:
        """A layer above another disk (qcow2), kept."""
        return cls(f"file={path},format=qcow2,if=none,id=root,cache=writeback")

    @classmethod
    def socket(cls, path: Path) -> Disk:
        """What nbdkit serves."""
        return cls(f"file=nbd+unix:///?socket={path},format=raw,if=none,id=root,cache=writeback")


class Machine:
    """One QEMU process. `agent` is root's shell in it; `folder/share` is /lab there."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes], started: float) -> None:
        self.folder = folder
        self.agent = Agent(folder / "agent")
        self.header = Heard(folder / "relay")
        self.started = started
        self._process = process
        self._scanner: socket.socket | None = None

    @property
    def share(self) -> Path:
        return self.folder / "share"

    def wait(self) -> None:
        """Wait until Debian runs and takes commands: for as long as it goes on saying what it does."""
        said, since = "", time.monotonic()
        while not self.agent.answers():
            if (console := self.console()) != said:
                said, since = console, time.monotonic()
            if self._process.poll() is not None or time.monotonic() - since > STANDS_STILL:
                raise LabError(f"the machine did not boot{self._end()}:\n{said[-3000:]}")
            pause(0.2)

    def clock(self) -> float:
        """The machine's own clock, as its header told it last; raises where the machine says no more."""
        if self._process.poll() is not None or time.monotonic() - self.header.told > STANDS_STILL:
            raise LabError(f"the machine stands still{self._end()}:\n{self.console()[-3000:]}")
        return self.header.clock

    def console(self) -> str:
        """What kernel and systemd said."""
        return (self.folder / "console.log").read_text(errors="replace")

    def run(self, command: str, *, within: float = 1800.0) -> str:
        """What a command in it prints; it has to succeed."""
        try:
            return self.agent.run(command, within=within).good().out
        except OSError as error:
            raise LabError(f"{command}: {error}{self._end()}:\n{self.console()[-3000:]}") from error

    def _end(self) -> str:
        """How QEMU ended, where it has."""
        code = self._process.poll()
        return "" if code is None else f" (QEMU ended with {code})"

    def scan(self, code: str) -> None:
        """Let the scanner on the serial line read a code."""
        if self._scanner is None:
            self._scanner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._scanner.connect(str(self.folder / "scanner"))
        self._scanner.sendall(code.encode() + b"\r")

    def pull_the_power(self) -> None:
        """End the machine between two instructions; what was not flushed is its disk's affair."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def shut_down(self, within: float = 900.0) -> None:
        """Shut Debian down, as `poweroff` does."""
        self.run("systemd-run --no-block systemctl poweroff")
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            raise LabError(f"the machine did not shut down:\n{self.console()[-3000:]}") from None

    def resets(self) -> int:
        """How often it has been reset since it started: by itself, or by its watchdog."""
        return self.console().count("Linux version ") - 1

    def listen(self, port: str) -> Heard:
        """What a program in the machine writes to the named port."""
        return Heard(self.folder / port)


class Heard:
    """Lines from a port of a machine, each with the lab's own time of its arrival.

    A line "clock SECONDS" is none of them: `clock` is the machine's time by the last, `told` the lab's then.
    """

    def __init__(self, path: Path) -> None:
        self.lines: Queue[tuple[float, str]] = Queue()
        self.clock, self.told = 0.0, time.monotonic()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(path))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def so_far(self) -> Iterator[tuple[float, str]]:
        """What has come since the last look."""
        while not self.lines.empty():
            yield self.lines.get()

    def ended(self) -> None:
        """Wait for the end of the line; all that was said is in `lines` then."""
        self._thread.join()

    def _read(self) -> None:
        with self._socket, self._socket.makefile("rb") as file:
            for line in file:
                text = line.decode(errors="replace").strip()
                if text.startswith("clock "):
                    self.clock, self.told = float(text.removeprefix("clock ")), time.monotonic()
                else:
                    self.lines.put((time.monotonic(), text))


@contextmanager
def running(
    places: Places, name: str, disk: Disk, accelerator: tuple[str, ...], share: Path | None = None
) -> Iterator[Machine]:
    """A machine that has been switched on; at the end it is off, however it went."""
    folder = places.machine(name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "share").mkdir()
    if share is not None:
        shutil.copytree(share, folder / "share", dirs_exist_ok=True)
    # A socket's path has 108 characters at most.
    with tempfile.TemporaryDirectory(prefix="lab-") as short:
        sockets = Path(short)
        for port in ("agent", "scanner", "relay", "journal"):
            (folder / port).symlink_to(sockets / port)
        process = subprocess.Popen(
            _command(places, folder, sockets, disk, accelerator), stdin=subprocess.DEVNULL
        )
        try:
            there = [sockets / name for name in ("agent", "scanner", "relay", "journal")]
            soon(lambda: all(map(Path.exists, there)) or process.poll() is not None, "QEMU's sockets")
            if process.poll() is not None:
                raise LabError("QEMU ended at once; what it said is above")
            yield Machine(folder, process, time.monotonic())
        finally:
            process.kill()
            process.wait()


def _command(
    places: Places, folder: Path, sockets: Path, disk: Disk, accelerator: tuple[str, ...]
) -> list[str]:
    # An initial memory disk mounts the root as it is told here, and leaves it so.
    mode = "ro" if disk.initial else "rw"
    ports = [
        word
        for name, channel in (
            ("agent", "org.qemu.guest_agent.0"),
            ("relay", "lab.relay"),
            ("journal", "lab.journal"),
        )
        for word in (
            *("-chardev", f"socket,id={name},path={sockets / name},server=on,wait=off"),
            *("-device", f"virtserialport,chardev={name},name={channel}"),
        )
    ]
    return [
        *("qemu-system-x86_64", *accelerator, "-m", "1536", "-rtc", "base=utc,clock=vm"),
        *("-nodefaults", "-no-user-config", "-display", "none"),
        *("-kernel", str(places.image), "-append", f"root=/dev/vda {mode} console=ttyS0 panic=1 loglevel=6"),
        *("-serial", f"file:{folder / 'console.log'}"),
        *("-chardev", f"socket,id=scanner,path={sockets / 'scanner'},server=on,wait=off"),
        *("-device", "isa-serial,chardev=scanner"),
        *("-drive", disk.words, "-device", "virtio-blk-pci,drive=root"),
        *(("-initrd", str(disk.initial)) if disk.initial else ()),
        *(disk.second_words() if disk.second else ()),
        *("-fsdev", f"local,id=lab,path={folder / 'share'},security_model=none"),
        *("-device", "virtio-9p-pci,fsdev=lab,mount_tag=lab"),
        *("-device", "i6300esb", "-action", "watchdog=reset"),
        *("-device", "virtio-rng-pci", "-device", "virtio-serial-pci"),
        *ports,
    ]


def new_layer(base: Path, layer: Path) -> Path:
    """An empty layer above `base`."""
    layer.parent.mkdir(parents=True, exist_ok=True)
    layer.unlink(missing_ok=True)
    form = "qcow2" if base.suffix == ".qcow2" else "raw"
    words = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(base), "-F", form, str(layer)]
    subprocess.run(words, check=True)
    return layer
