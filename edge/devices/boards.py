"""Reading board files: the shipped ones by name, a site's own by path."""

from __future__ import annotations

import re
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from edge.barrier.board import Board
from edge.barrier.finding import Finding, Severity
from edge.barrier.wiring import check_board
from edge.errors import ConfigurationError
from edge.support.toml import toml_in, typed

MAX_BOARD_BYTES = 64 * 1024

_SHIPPED_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def shipped_boards() -> tuple[str, ...]:
    """The names of the board files that come with the software."""
    return tuple(sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if _is_board(file)))


def load_board(name_or_path: str) -> Board:
    """Read a board file: a shipped one by its name, or any by its path.

    Raises ConfigurationError that names the file and the key. Whether the wiring makes sense is for
    `check_board` to say, and for `refuse_dangerous` to insist on.
    """
    file: Traversable = Path(name_or_path)
    if _SHIPPED_NAME.fullmatch(name_or_path):
        file = _folder() / f"{name_or_path}.toml"
        if not file.is_file():
            raise ConfigurationError(
                "there is no such board", where=name_or_path, remedy=f"known: {', '.join(shipped_boards())}"
            )
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BOARD_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error),
            where=name_or_path,
            remedy=f"give the path of a board file, or one of: {', '.join(shipped_boards())}",
        ) from None
    return decode_board(data, where=name_or_path)


def decode_board(data: bytes, where: str) -> Board:
    """Parse a board file's bytes; `where` names it in errors. Raises ConfigurationError."""
    if len(data) > MAX_BOARD_BYTES:
        raise ConfigurationError("is too large to be a board file", where=where)
    return typed(toml_in(data, where), Board, "docs/wiring.md lists every key")


def refuse_dangerous(board: Board) -> tuple[Finding, ...]:
    """Raise ConfigurationError if the board's wiring is dangerous; return what is only worth a warning."""
    findings = check_board(board)
    for finding in findings:
        if finding.severity is Severity.ERROR:
            raise ConfigurationError(
                finding.what, where=f"board {board.name}: {finding.where}", remedy=finding.remedy
            )
    return findings


def _folder() -> Traversable:
    return resources.files("firmware_config") / "boards"


def _is_board(file: Traversable) -> bool:
    return file.is_file() and file.name.endswith(".toml")
