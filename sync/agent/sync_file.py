"""The text of a sync.toml."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_FILE = """\
# The sync process of this gate. docs/sync.md explains every key.

[device]
id = "{who.device}"
key = "{who.identity}/message.key"

[broker]
host = "{host}"
port = {port}
{more}{tls}

[central]
keys = ["{who.central}"]

[journal]
socket = "{meets.journal}"
acknowledged = "{meets.acknowledged}"

[registry]
site = "{who.site}"
gate = "{who.gate}"
root_key = "{meets.root_key}"
inbox = "{meets.inbox}"
folder = "{meets.folder}"
spool = "{meets.spool}"
lists = "{meets.lists}"

[commands]
socket = "{meets.commands}"
"""
_COUNTS = """\

[counts]
outbox = "{meets.counts[0]}"
inbox = "{meets.counts[1]}"
"""
_ENROLMENTS = """\

[enrolments]
outbox = "{meets.enrolments[0]}"
answers = "{meets.enrolments[1]}"
"""
_TLS = """\
ca = "{who.identity}/services-ca.pem"
certificate = "{who.identity}/device.pem"
key = "{who.identity}/device.key"\
"""


@dataclass(frozen=True)
class Speaks:
    """Who speaks for which gate: `identity` is the folder of its keys, `central` central's public key."""

    device: str
    site: str
    gate: str
    identity: Path
    central: Path


@dataclass(frozen=True)
class Meets:
    """Where the sync process meets the gate, as both configurations say; `counts` are where the gate leaves
    its own and reads the others', `enrolments` where it leaves requests and reads answers.
    """

    journal: Path
    acknowledged: Path
    root_key: Path
    inbox: Path
    folder: Path
    spool: Path
    lists: Path
    commands: Path
    counts: tuple[Path, Path] | None = None
    enrolments: tuple[Path, Path] | None = None


def sync_file(
    who: Speaks, broker: tuple[str, int], meets: Meets, *, more: Sequence[str] = (), plain: bool = False
) -> str:
    """The text of a sync.toml, for the `broker` at this host and port, and `more` nodes of it."""
    tls = "plain = true            # no TLS: on this machine only" if plain else _TLS.format(who=who)
    nodes = f"more = {json.dumps(list(more))}\n" if more else ""
    text = _FILE.format(who=who, host=broker[0], port=broker[1], more=nodes, tls=tls, meets=meets)
    if meets.counts is not None:
        text += _COUNTS.format(meets=meets)
    if meets.enrolments is not None:
        text += _ENROLMENTS.format(meets=meets)
    return text
