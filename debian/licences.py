"""The copyright file: Gatepost's own licence, and that of every library and model that is in the package."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from models.catalogue import model

_HEAD = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: gatepost
Comment:
 The package holds Gatepost and, so that nothing has to be fetched when it is installed, the libraries
 that it rests on, as their makers publish them on the Python package index. What each is under is below,
 in its maker's words; the texts themselves lie beside each, in
 /opt/gatepost/*/lib/python*/site-packages/*.dist-info, and those of what OpenCV holds (FFmpeg among it,
 LGPL-2.1+) in cv2/LICENSE-3RD-PARTY.txt.

Files: *
Copyright: 2026 The Gatepost founders
License: Apache-2.0
 On Debian systems, the text of the Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0.
"""


def copyright_of(packages: Path, models: Iterable[str]) -> str:
    """The text for what is installed in `packages`, and for the models of these names."""
    stanzas = [_HEAD]
    for metadata in sorted(packages.glob("*.dist-info/METADATA")):
        fields = HeaderParser().parsestr(metadata.read_text(errors="replace"))
        if fields["Name"] != "gatepost":
            stanzas.append(
                f"Files: opt/gatepost/*/site-packages/* of {fields['Name']} {fields['Version']}\n"
                f"Copyright: {_authors(fields)}\n"
                f"License: {_licence(fields)}\n"
            )
    stanzas += (
        f"Files: opt/gatepost/*/share/gatepost/models/{entry.file}\n"
        f"Copyright: as `gatepost models show {entry.name}` names them\n"
        f"License: {entry.licence}\n"
        for entry in (model(name) for name in models)
    )
    return "\n".join(stanzas)


def _authors(fields: Message) -> str:
    get = fields.get
    found = get("Author") or get("Author-email") or get("Maintainer") or get("Maintainer-email")
    return " ".join(str(found or "its authors").split())


def _licence(fields: Message) -> str:
    """In the maker's words: SPDX where there is one, the classifiers else, the free text at last."""
    expression = fields.get("License-Expression")
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in fields.get_all("Classifier", [])
        if line.startswith("License ::")
    ]
    said = str(fields.get("License") or "").strip().splitlines()
    found = expression or ", ".join(classifiers) or (said[0] if said else "see its dist-info folder")
    return re.sub(r"\s+", " ", str(found))
