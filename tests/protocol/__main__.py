"""Writes the protocol's schema into docs/: `python -m tests.protocol`, as `make schema` does."""

from __future__ import annotations

from pathlib import Path

from tests.protocol import fields_page
from tests.protocol.page import cddl

DOCS = Path(__file__).resolve().parents[2] / "docs"


def files() -> dict[Path, str]:
    """What is generated, and where it lies."""
    return {DOCS / "protocol.cddl": cddl(), DOCS / "protocol-fields.md": fields_page.page()}


def main() -> None:
    for file, text in files().items():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
