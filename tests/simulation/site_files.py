"""What lies in a gate's folder before its first start, and in central's: the site's keys, rules and settings.

Every path in a gate's files is relative to its folder, so that a copy of the folder is a copy of the gate.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edge.registry.keys import SEAL_KEY, seal_key_file
from edge.signing.key_files import public_pem, write_secret
from tests.simulation.site import SITE, Site

KEPT = 4
"""So many acknowledged events stay on a card: few, so that a gate prunes all day, and what it prunes early
is something that central lacks.
"""


def write_gate(site: Site, gate: str, folder: Path) -> None:
    """Write the files of `gate`, for its gate process and its sync process, into the new `folder`."""
    for place in ("state", "acknowledged", "inbox/lists", "spool", "counts/inbox"):
        (folder / place).mkdir(parents=True)
    keys = site.keys
    (folder / "root.pub").write_bytes(public_pem(keys.root.public_key()))
    (folder / "central.pub").write_bytes(public_pem(keys.central.public_key()))
    write_secret(folder / "template.key", keys.template.hex().encode() + b"\n")
    write_secret(folder / "device.key", _pem(keys.device(gate)))
    values = {
        "gate": gate,
        "site": SITE,
        "direction": site.direction(gate).value,
        "board": site.board(gate),
        "keep": KEPT,
    }
    shared = site.town.share_counts
    readers = ""
    if gate in site.town.scanners:
        shape = site.shape(gate)
        readers = _READERS.format(end=shape.end, prefix=_toml(shape.prefix), suffix=_toml(shape.suffix))
    settings = (_GATE + _GATE_COUNTS + _OTHERS_COUNTS * shared).format(**values)
    (folder / "gate.toml").write_text(settings + readers)
    (folder / "sync.toml").write_text((_SYNC + (_COUNTS + _OTHERS_COUNTS) * shared).format(**values))


def write_central(site: Site, folder: Path) -> None:
    """Write what central signs and publishes with into `folder`; its settings name these files.

    `central.key`, `command.key`, `registry.key`, `policy.key`, `root.pub`, `roots`, and `sites/` with the
    site's policy, seal key and public keys.
    """
    keys = site.keys
    write_published_with(site, folder)
    for name, key in (("central", keys.central), ("command", keys.command), ("policy", keys.policy)):
        write_secret(folder / f"{name}.key", _pem(key))
    (folder / "root.pub").write_bytes(public_pem(keys.root.public_key()))
    place = folder / "sites" / SITE
    place.mkdir(parents=True)
    (place / "policy.toml").write_text(site.policy())
    (place / "passes.pub").write_bytes(public_pem(keys.passes.public_key()))
    (place / "lists.pub").write_bytes(public_pem(keys.lists.public_key()))
    write_secret(place / SEAL_KEY, seal_key_file(keys.seal))


def write_published_with(site: Site, folder: Path) -> None:
    """Write what a rotation of keys replaces: the chain of roots, and the registry key that it names."""
    (folder / "registry.key").unlink(missing_ok=True)
    write_secret(folder / "registry.key", _pem(site.keys.registry))
    (folder / "roots").write_bytes(site.keys.roots)


def _toml(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


_GATE = """\
[gate]
id = "{gate}"
site = "{site}"
device = "{gate}"
direction = "{direction}"
language = "en"

[registry]
inbox = "inbox/registry.bundle"
lists = "inbox/lists"
folder = "state/registry"
root_key = "root.pub"
template_key = "template.key"
look_every = 600

[journal]
path = "state/journal.sqlite"
acknowledged = "acknowledged"
socket = "journal.sock"
keep = {keep}

[lane]
board = "{board}"
pins = "gpio"

[commands]
socket = "commands.sock"
"""
_READERS = """
[vision]
camera = "none"

[[scanner]]
name = "desk"
kind = "serial"
device = "/dev/serial/by-id/desk"
end = "{end}"
prefix = {prefix}
suffix = {suffix}

[[scanner]]
name = "pad"
kind = "keypad"
device = "/dev/input/by-id/pad-event-kbd"
"""
_COUNTS = """
[counts]
outbox = "counts/ours.json"
"""
_OTHERS_COUNTS = 'inbox = "counts/inbox"\n'
_GATE_COUNTS = _COUNTS + "look_every = 600\n"
_SYNC = """\
[device]
id = "{gate}"
key = "device.key"

[broker]
host = "broker"
plain = true

[central]
keys = ["central.pub"]

[journal]
socket = "journal.sock"
acknowledged = "acknowledged"

[registry]
site = "{site}"
gate = "{gate}"
root_key = "root.pub"
inbox = "inbox/registry.bundle"
folder = "state/registry"
spool = "spool"
lists = "inbox/lists"

[commands]
socket = "commands.sock"

[limits]
report_every = 150
"""
