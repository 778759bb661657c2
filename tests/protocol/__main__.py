"""Writes the protocol's schema into docs/: `python -m tests.protocol`, as `make schema` does."""

from __future__ import annotations

from pathlib import Path

from tests.protocol import fields_page
from tests.protocol.page import cddl

DOCS = Path(__file__).resolve().parents[2] / "docs"


FILES = {DOCS / "protocol.cddl": cddl, DOCS / "protocol-fields.md": fields_page.page}
"""What is generated: where it lies, and what writes it."""


def main() -> None:
    for file, text in FILES.items():
        file.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
