"""A gate that starts in a folder: a scanner that is not there, no camera, simulated pins, no registry yet."""

from __future__ import annotations

from pathlib import Path

from edge.registry.keys import make_template_key
from edge.signing.key_files import public_pem
from tests.keys import ed25519

GATE = """\
[gate]
id = "main"
site = "s"
direction = "entry"
language = "en"
[vision]
camera = "none"
faces = "none"
[registry]
inbox = "registry.bundle"
folder = "registry"
root_key = "root.pub"
template_key = "template.key"
[journal]
path = "journal.sqlite"
acknowledged = "acknowledged"
[staff]
file = "staff.db"
[lane]
board = "simulated"
pins = "simulated"
[[scanner]]
name = "desk"
kind = "serial"
device = "/dev/gatepost-desk"
baud = 115200
"""


def small_gate(folder: Path) -> Path:
    """Its gate.toml, written with the files that it names."""
    file = folder / "gate.toml"
    file.write_text(GATE)
    make_template_key(folder / "template.key")
    (folder / "root.pub").write_bytes(public_pem(ed25519("root").public_key()))
    return file
