"""The support bundle: what somebody who helps from afar needs to know of a gate, and nothing of its people.

It holds no subject, template, picture, name, key or password: what may be shown is named, and all else is
struck out (`edge.diagnostics.core`).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from edge.configuration import GateConfiguration
from edge.diagnostics.beside import Beside
from edge.diagnostics.redaction import plain_settings, struck_out
from edge.support.recent_log import RecentLine

MOST_BUNDLE_BYTES: Final = 96 * 1024
"""So that it fits one packet of the console's socket."""
_ABOUT = """\
What a Gatepost gate said of itself. It names nobody, and holds no template, picture, key or password.
"…" stands where a text was left out.

checks.json         what `gatepost gate check` finds, worst first, with what to do
board.json          the computer: temperature, load, memory, disk
versions.json       of Gatepost, Python, the kernel and every library
configuration.json  gate.toml's numbers and choices
events.json         how many events of each kind the journal holds
log.txt             the newest lines of the gate's log
"""


@dataclass(frozen=True)
class BundleContents:
    """What a bundle is made of; `known` are the words that name somebody here."""

    configuration: GateConfiguration
    beside: Beside
    log: Sequence[RecentLine]
    made: datetime
    known: Container[str]


def bundle_of(contents: BundleContents) -> bytes:
    """The bundle as a ZIP archive of at most MOST_BUNDLE_BYTES; what is too much is left out of the log."""
    log = list(contents.log)
    while True:
        packed = _packed(contents, log)
        if len(packed) <= MOST_BUNDLE_BYTES or not log:
            return packed
        log = log[(len(log) + 1) // 2 :]


def _packed(contents: BundleContents, log: Sequence[RecentLine]) -> bytes:
    known, beside = contents.known, contents.beside
    checks = [
        {
            "verdict": found.verdict,
            "what": struck_out(found.what, known),
            "text": struck_out(found.text, known),
            "remedy": struck_out(found.remedy, known),
        }
        for found in beside.checks
    ]
    files: dict[str, Any] = {
        "checks.json": {"problem": struck_out(beside.problem, known), "checks": checks},
        "board.json": beside.board,
        "versions.json": beside.versions,
        "configuration.json": plain_settings(contents.configuration),
        "events.json": beside.events,
    }
    packed = io.BytesIO()
    at = contents.made.timetuple()[:6]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("README.txt", _ABOUT),
            *((name, _json(value)) for name, value in files.items()),
            ("log.txt", "".join(f"{line_of(line, known)}\n" for line in log)),
        ):
            archive.writestr(zipfile.ZipInfo(name, at), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def line_of(line: RecentLine, known: Container[str]) -> str:
    """A line of the log to read."""
    fields = " ".join(
        f"{name}={struck_out(value, known) if isinstance(value, str) else value}"
        for name, value in line.fields.items()
    )
    return f"{line.at} {line.level:<7} {struck_out(line.event, known)} {fields}".rstrip()


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()
