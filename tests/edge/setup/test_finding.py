"""What is wired to a computer is found under its file system, and what cannot be looked at is said."""

from __future__ import annotations

import errno
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.boards.format import Computer
from edge.setup.core import (
    CameraFound,
    ChipFound,
    Draft,
    Found,
    I2cFound,
    board_question,
    camera_question,
    misfit,
)
from edge.setup.finding import look_around
from edge.setup.finding_cameras import cameras_in
from edge.setup.finding_i2c import i2c_in

NOW = datetime(2026, 11, 27, tzinfo=UTC)
PI_4 = (ChipFound("/dev/gpiochip0", "pinctrl-bcm2711", 58),)


def put(root: Path, name: str, text: str = "") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def looked(root: Path, chips: tuple[ChipFound, ...] = PI_4, now: datetime = NOW) -> Found:
    return look_around((), root, lambda: chips, lambda: now)


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    put(tmp_path, "proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
    put(tmp_path, "dev/i2c-1")
    return tmp_path


def test_the_board_of_the_computer_comes_first_and_none_that_cannot_be_wired_to_it(pi: Path) -> None:
    found = looked(pi)
    assert Computer.PI_4 in found.computers
    question = board_question(found, Draft(), chosen_before=False)
    assert question.default == "raspberry-pi-4"
    assert "raspberry-pi-5" not in question.values


def test_a_hat_is_known_by_what_its_eeprom_says(pi: Path) -> None:
    put(pi, "proc/device-tree/hat/vendor", "Pimoroni Ltd.\0")
    put(pi, "proc/device-tree/hat/product", "Automation HAT\0")
    found = looked(pi)
    assert found.hat == "Pimoroni Ltd. Automation HAT"
    assert board_question(found, Draft(), chosen_before=False).default == "pimoroni-automation-hat"


def test_a_board_for_another_computer_is_a_misfit_with_what_is_here(pi: Path) -> None:
    assert misfit(Computer.PI_5, looked(pi)) == (
        "it is for a raspberry-pi-5, and this is a raspberry-pi-4 (Raspberry Pi 4 Model B Rev 1.4)"
    )
    assert "this computer has: none" in misfit(Computer.PI_4, looked(pi, chips=()))
    assert not misfit(Computer.PI_4, looked(pi))


def test_readers_are_named_as_udev_keeps_them(pi: Path) -> None:
    put(pi, "dev/serial/by-id/usb-Honeywell_1470g-if00")
    put(pi, "dev/input/by-id/usb-Acme_Keypad-event-kbd")
    put(pi, "dev/input/by-id/usb-Acme_Mouse-event-mouse")
    assert [(one.device, one.kind) for one in looked(pi).readers] == [
        ("/dev/serial/by-id/usb-Honeywell_1470g-if00", "serial"),
        ("/dev/input/by-id/usb-Acme_Keypad-event-kbd", "keys"),
    ]


def test_sound_cards_are_named(pi: Path) -> None:
    put(
        pi,
        "proc/asound/cards",
        " 0 [Headphones     ]: bcm2835 - bcm2835 Headphones\n                      more\n",
    )
    assert looked(pi).sounds == ("bcm2835 - bcm2835 Headphones",)


def test_a_clock_that_was_never_set_is_said(pi: Path) -> None:
    [note] = [note for note in looked(pi, now=datetime(1970, 1, 1, tzinfo=UTC)).notes if "clock" in note]
    assert "1970-01-01" in note
    assert "timedatectl" in note


CAPTURE, META, MEM2MEM = 0x1, 0x00800000, 0x4000


def capability(driver: str, card: str, can: int) -> bytes:
    return struct.pack(
        "=16s32s32sIII12x", driver.encode(), card.encode(), b"usb-1.2", 0, 0x80000000 | can, can
    )


def cameras(root: Path, said: dict[str, bytes | OSError]) -> tuple[CameraFound, ...]:
    for name in said:
        put(root, f"dev/{name}")

    def ask(path: Path) -> bytes:
        answer = said[path.name]
        if isinstance(answer, OSError):
            raise answer
        return answer

    return cameras_in(root, ask)


def test_only_what_gives_pictures_is_a_camera(tmp_path: Path) -> None:
    found = cameras(
        tmp_path,
        {
            "video0": capability("uvcvideo", "Acme C1", CAPTURE),
            "video1": capability("uvcvideo", "Acme C1", META),
            "video10": capability("bcm2835-codec", "bcm2835-codec-decode", MEM2MEM),
            "video13": capability("bcm2835-isp", "bcm2835-isp-capture0", CAPTURE),
        },
    )
    assert [(camera.source, camera.name) for camera in found] == [("v4l2:0", "Acme C1, at usb-1.2")]
    assert camera_question(Found(cameras=found), Draft(), chosen_before=False).default == "v4l2:0"


def test_the_pis_own_camera_goes_by_libcamera(tmp_path: Path) -> None:
    said: dict[str, bytes | OSError] = {
        f"video{n}": capability("rp1-cfe", "rp1-cfe", CAPTURE) for n in range(8)
    }
    assert [camera.source for camera in cameras(tmp_path, said)] == ["picamera2"]


def test_of_two_cameras_a_person_says_which_and_each_is_named_by_its_socket(tmp_path: Path) -> None:
    said: dict[str, bytes | OSError] = {
        f"video{n}": capability("uvcvideo", "Acme C1", CAPTURE) for n in (0, 2)
    }
    folder = tmp_path / "dev/v4l/by-path"
    folder.mkdir(parents=True)
    (folder / "usb-1.1-video-index0").symlink_to("../../video0")
    (folder / "usb-1.2-video-index0").symlink_to("../../video2")
    found = cameras(tmp_path, said)
    assert [camera.source for camera in found] == [
        "/dev/v4l/by-path/usb-1.1-video-index0",
        "/dev/v4l/by-path/usb-1.2-video-index0",
    ]
    assert camera_question(Found(cameras=found), Draft(), chosen_before=False).default == ""


def test_a_camera_that_somebody_has_is_shown_with_why(tmp_path: Path) -> None:
    [found] = cameras(tmp_path, {"video0": OSError(errno.EACCES, "Permission denied")})
    assert "Permission denied" in found.problem


def test_a_name_from_a_device_is_text_that_a_terminal_can_show(tmp_path: Path) -> None:
    [found] = cameras(tmp_path, {"video0": capability("uvcvideo", "\x1b[2Jcam", CAPTURE)})
    assert "\x1b" not in found.name


class Bus:
    """An I²C bus of chips that acknowledge, and one that the kernel has."""

    def __init__(self, there: set[int], taken: int) -> None:
        self._there = there
        self._taken = taken

    def read_byte(self, address: int) -> int:
        if address == self._taken:
            raise OSError(errno.EBUSY, "Device or resource busy")
        if address not in self._there:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        return 0

    def close(self) -> None:
        return


def test_what_answers_on_the_bus_is_told_by_what_usually_has_its_address(pi: Path) -> None:
    found, problem = i2c_in(pi, raspberry=True, opened=lambda _: Bus({0x5A, 0x6F}, 0x68))
    assert found == (
        I2cFound(1, 0x5A, "a thermometer (MLX90614)"),
        I2cFound(1, 0x68, "a real-time clock (DS3231)"),
    )
    assert not problem


def test_a_bus_that_is_off_or_cannot_be_opened_is_said(tmp_path: Path, pi: Path) -> None:
    def refused(number: int) -> Bus:
        raise OSError(errno.EACCES, "Permission denied", f"/dev/i2c-{number}")

    assert "Permission denied" in i2c_in(pi, raspberry=True, opened=refused)[1]
    (pi / "dev/i2c-1").unlink()
    assert "dtparam=i2c_arm=on" in i2c_in(pi, raspberry=True)[1]
    assert i2c_in(tmp_path, raspberry=False) == ((), "")
