"""The files of docs/vectors/, by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.protocol.vectors import commands, journal, messages, passes, registry, stamps, values

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "vectors"
VECTORS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "values": values.vectors,
    "messages": messages.vectors,
    "refusals": messages.refusals,
    "journal": journal.vectors,
    "commands": commands.vectors,
    "stamps": stamps.vectors,
    "registry": registry.vectors,
    "passes": passes.vectors,
}


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.json"


def text_of(name: str) -> str:
    """What the file holds when it is written now: the same each time."""
    return json.dumps(VECTORS[name](), ensure_ascii=False, indent=1) + "\n"


def read(name: str) -> Any:
    """What the file holds."""
    return json.loads(path_of(name).read_text(encoding="utf-8"))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in VECTORS:
        path_of(name).write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    main()
