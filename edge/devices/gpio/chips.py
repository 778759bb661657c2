"""Finds one of the kernel's GPIO chips by its label: `open_chip`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import gpiod

from edge.errors import DeviceError

DEVICES = Path("/dev")


def open_chip(label: str) -> gpiod.Chip:
    """The chip whose label is `label`, open. Raises DeviceError that lists the chips found."""
    seen: list[str] = []
    chips: list[gpiod.Chip] = []
    for path in _chip_files(DEVICES):
        try:
            chip = gpiod.Chip(str(path))
        except OSError as error:
            seen.append(f"{path.name} ({error.strerror})")
            continue
        known = chip.get_info().label
        seen.append(f"{path.name} ({known})")
        if known == label:
            chips.append(chip)
        else:
            chip.close()
    if len(chips) == 1:
        return chips[0]
    for chip in chips:
        chip.close()
    raise _not_one(label, len(chips), seen)


def _not_one(label: str, count: int, seen: list[str]) -> DeviceError:
    where = str(DEVICES / "gpiochip*")
    if not seen:
        return DeviceError(
            "this computer has no GPIO",
            where=where,
            remedy='run on a Raspberry Pi, or set pins = "simulated"',
        )
    found = f"found: {', '.join(seen)}"
    if count:
        return DeviceError(
            f"{count} GPIO chips are labelled {label}", where=where, remedy=f"unload all but one; {found}"
        )
    return DeviceError(
        f"no GPIO chip that can be opened is labelled {label}",
        where=where,
        remedy=f"{found}; name this computer in the board file, and be a member of group gpio",
    )


def _chip_files(folder: Path) -> Iterator[Path]:
    """Each chip's file once: a kernel of the Raspberry Pi 5 keeps an old number as a link."""
    return (path for path in sorted(folder.glob("gpiochip*")) if not path.is_symlink())


def chips_there() -> Iterator[tuple[str, str, int]]:
    """Each chip that can be opened: its file, its label, how many lines it has."""
    for path in _chip_files(DEVICES):
        with suppress(OSError), gpiod.Chip(str(path)) as chip:
            known = chip.get_info()
            yield str(path), known.label, known.num_lines
