"""The tables of scanners in gate.toml: what cannot be is refused by name, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.configuration import GateConfiguration, load_configuration
from edge.errors import ConfigurationError
from edge.scanners.configuration import ScannerKind
from edge.scanners.core import End, FrameShape
from edge.vision.configuration import FaceEngineName

GATE = """
[gate]
id = "main"
site = "green-court"
[registry]
inbox = "in"
folder = "held"
root_key = "root.pub"
template_key = "template.key"
[journal]
path = "journal.sqlite"
"""
DESK = """
[[scanner]]
name = "desk"
kind = "serial"
device = "/dev/serial/by-id/usb-GM65-if00"
"""


def load(folder: Path, tables: str) -> GateConfiguration:
    path = folder / "gate.toml"
    path.write_text(GATE + tables)
    return load_configuration(path)


def test_a_scanner_is_a_name_a_kind_and_a_device(tmp_path: Path) -> None:
    more = 'prefix = "\\u0002"\nend = "etx"\nignore = ["OK"]\nbaud = 115200\n'
    [plain] = load(tmp_path, DESK).scanner
    assert (plain.name, plain.kind, plain.baud) == ("desk", ScannerKind.SERIAL, 9600)
    assert plain.shape == FrameShape(End.LINE, ignored=frozenset({b"NR", b"NOREAD"}))
    [set_up] = load(tmp_path, DESK + more).scanner
    assert set_up.shape == FrameShape(End.ETX, b"\x02", b"", frozenset({b"OK"}))


def test_a_gate_without_a_camera_finds_no_faces_whatever_engine_is_named(tmp_path: Path) -> None:
    blind = load(tmp_path, DESK + '[vision]\ncamera = "none"\nfaces = "sface"\n')
    assert (blind.vision.watches, blind.vision.engine) == (False, FaceEngineName.NONE)
    seeing = load(tmp_path, DESK)
    assert (seeing.vision.watches, seeing.vision.engine) == (True, FaceEngineName.SFACE)


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ('[vision]\ncamera = "none"', "without a [[scanner]] this gate would see nobody"),
        (DESK.replace("device", "#"), "device"),
        (DESK.replace("/dev/serial/by-id/", ""), "a path such as /dev/serial/by-id"),
        (DESK.replace("serial", "hid", 1) + "baud = 300", "baud is a serial line's"),
        (DESK + "digits = 4", "digits and staff are a keypad's"),
        (DESK + "staff = true", "digits and staff are a keypad's"),
        (DESK.replace("serial", "keypad", 1) + "staff = true\ndigits = 6", "leave one of the two out"),
        (DESK.replace("serial", "keypad", 1) + "staff = true", "write staff.file"),
        (DESK.replace("serial", "keypad", 1) + 'prefix = "x"', "a keypad has no end"),
        (DESK * 2, "two scanners have the name desk"),
        (DESK + DESK.replace("desk", "lane"), "two scanners have the device"),
        ("".join(DESK.replace("desk", f"s{n}").replace("if00", f"if{n}") for n in range(9)), "8"),
        (DESK + 'prefix = "12345678901234567"', "16"),
        (DESK + 'end = "crlf"', "line"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, tables: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, tables)
    assert words in str(refused.value)
