"""Finds what is wired to this computer; nothing is changed, and what cannot be looked at is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from edge.boards.files import load_board, shipped_boards
from edge.decision import NEVER_SET
from edge.devices.gpio.header import HEADERS
from edge.setup.core import BoardKnown, ChipFound, DeviceKind, Found, ReaderFound
from edge.setup.finding_cameras import cameras_in
from edge.setup.finding_i2c import i2c_in
from edge.setup.material import sites_in
from edge.support.files import list_bounded

_MOST_NAMES = 256
"""Names of a folder that are looked at."""
_MOST_BYTES = 4096
_READERS = (
    ("dev/serial/by-id", "*", DeviceKind.SERIAL),
    ("dev/input/by-id", "*-event-kbd", DeviceKind.KEYS),
)


def look_around(
    folders: Iterable[Path],
    root: Path = Path("/"),
    chips: Callable[[], tuple[ChipFound, ...]] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Found:
    """What is found under `root`; sites are looked for in `folders`, GPIO chips by `chips`."""
    model = _text(root / "proc/device-tree/model")
    found_chips, no_chips = _chips(chips or _kernel_chips)
    i2c, no_i2c = i2c_in(root, raspberry="raspberry pi" in model.lower())
    clock = now()
    notes = [
        no_chips,
        no_i2c,
        f"the clock says {clock:%Y-%m-%d}: set it (timedatectl set-time), or fit a real-time clock"
        if clock < NEVER_SET
        else "",
    ]
    labels = {chip.label for chip in found_chips}
    return Found(
        model=model,
        hat=" ".join(
            filter(None, (_text(root / f"proc/device-tree/hat/{name}") for name in ("vendor", "product")))
        ),
        computers=tuple(computer for computer, header in HEADERS.items() if header.chip in labels),
        chips=found_chips,
        cameras=cameras_in(root),
        readers=tuple(_readers(root)),
        i2c=i2c,
        sounds=_sounds(_text(root / "proc/asound/cards")),
        sites=sites_in(folders),
        boards=tuple(_boards()),
        notes=tuple(filter(None, notes)),
    )


def usual_folders(root: Path = Path("/")) -> tuple[Path, ...]:
    """Where a site's folder is looked for: here, on what was plugged in, on the boot partition."""
    media = [
        *_within(root / "mnt"),
        *(inner for user in _within(root / "media") for inner in (user, *_within(user))),
    ]
    return (Path.cwd(), root / "boot/firmware", root / "mnt", *media)


def _within(folder: Path) -> list[Path]:
    with suppress(OSError):
        return [path for path in list_bounded(folder, "*", _MOST_NAMES) if path.is_dir()]
    return []


def _boards() -> Iterable[BoardKnown]:
    for name in shipped_boards():
        board = load_board(name)
        yield BoardKnown(name, board.computer, board.about)


def _kernel_chips() -> tuple[ChipFound, ...]:
    from edge.devices.gpio.chips import chips_there  # noqa: PLC0415 - gpiod exists on Linux alone

    return tuple(ChipFound(*chip) for chip in chips_there())


def _chips(chips: Callable[[], tuple[ChipFound, ...]]) -> tuple[tuple[ChipFound, ...], str]:
    try:
        return chips(), ""
    except (OSError, ImportError) as error:
        return (), f"GPIO chips cannot be looked at: {error}"


def _readers(root: Path) -> Iterable[ReaderFound]:
    for folder, pattern, kind in _READERS:
        with suppress(OSError):
            for path in list_bounded(root / folder, pattern, _MOST_NAMES):
                name = path.name.removesuffix("-event-kbd").removeprefix("usb-").replace("_", " ")
                yield ReaderFound(f"/{folder}/{path.name}", kind, name)


def _sounds(cards: str) -> tuple[str, ...]:
    """The names in /proc/asound/cards: ` 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones`."""
    lines = (line.partition("]: ") for line in cards.splitlines())
    return tuple(after.strip() for _, mark, after in lines if mark)


def _text(path: Path) -> str:
    """What one of the kernel's small files says; empty where it is not there."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(_MOST_BYTES).decode("utf-8", "replace").strip("\0\n ")
    return ""
