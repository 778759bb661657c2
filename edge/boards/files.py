"""Reading board files: the shipped ones by name, a site's own by path."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from msgspec.structs import replace

from edge.boards.format import Board, BoardProblem, Bus, ProblemSeverity, check_board
from edge.errors import ConfigurationError
from edge.support.toml import Document, toml_in, typed
from edge.support.toml_lines import line_of

MAX_BOARD_BYTES = 64 * 1024

_SHIPPED_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def shipped_boards() -> tuple[str, ...]:
    """The names of the board files that come with the software."""
    return tuple(sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if _is_board(file)))


def load_board(name_or_path: str) -> Board:
    """Read a board file: a shipped one by its name, or any by its path.

    Raises ConfigurationError that names the file and the key. `problems_of` checks the wiring,
    `refuse_dangerous` raises for it.
    """
    return read_board(name_or_path)[0]


def read_board(name_or_path: str) -> tuple[Board, Document]:
    """The board, as `load_board` reads it, and the document that it was read from."""
    file: Traversable = Path(name_or_path)
    if _SHIPPED_NAME.fullmatch(name_or_path):
        file = _folder() / f"{name_or_path}.toml"
        if not file.is_file():
            raise ConfigurationError(
                "no board of this name is shipped",
                where=name_or_path,
                remedy=f"known: {', '.join(shipped_boards())}",
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
    return _decoded(data, name_or_path)


def decode_board(data: bytes, where: str) -> Board:
    """The board in a file's bytes; `where` names it in errors. Raises ConfigurationError."""
    return _decoded(data, where)[0]


def problems_of(
    board: Board, in_use: Iterable[Bus] = (), document: Document | None = None
) -> tuple[BoardProblem, ...]:
    """Everything wrong with `board`, by key and, where its `document` is known, by line; errors first."""
    problems = check_board(board, in_use)
    if document is None:
        return problems
    return tuple(replace(problem, where=_with_lines(problem.where, document)) for problem in problems)


def refuse_dangerous(
    board: Board, in_use: Iterable[Bus] = (), document: Document | None = None
) -> tuple[BoardProblem, ...]:
    """The warnings about a board; raises ConfigurationError for its first error."""
    problems = problems_of(board, in_use, document)
    for problem in problems:
        if problem.severity is ProblemSeverity.ERROR:
            raise ConfigurationError(
                problem.what, where=f"board {board.name}: {problem.where}", remedy=problem.remedy
            )
    return problems


def _decoded(data: bytes, where: str) -> tuple[Board, Document]:
    if len(data) > MAX_BOARD_BYTES:
        raise ConfigurationError(f"larger than {MAX_BOARD_BYTES >> 10} KiB: not a board file", where=where)
    document = toml_in(data, where)
    return typed(document, Board, "docs/wiring.md lists every key"), document


def _with_lines(where: str, document: Document) -> str:
    """Each of the keys in `where`, with its line."""
    lines = {key: line_of(document.text, tuple(key.split("."))) for key in where.split(", ")}
    return ", ".join(key if line is None else f"{key} (line {line})" for key, line in lines.items())


def _folder() -> Traversable:
    return resources.files("firmware_config") / "boards"


def _is_board(file: Traversable) -> bool:
    return file.is_file() and file.name.endswith(".toml")
