"""`gatepost board`: which boards there are, and one of them on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.boards.files import load_board, problems_of, read_board, shipped_boards
from edge.boards.format import ProblemSeverity
from edge.boards.sheets import drawing_of, sheet_of
from edge.cli.answers import Json, answer
from edge.cli.centrals_libraries import central_comes_by
from edge.errors import ConfigurationError
from edge.support.files import write_aside

app = cyclopts.App(name="board", help="List board files, check one, and draw its wires and its test sheet.")

BoardFile = Annotated[str, Parameter(help="A shipped board's name, or the path of a board file.")]


@app.command(name="list")
def list_boards(*, json: Json = False) -> None:
    """List the boards that come with the software.

    Example: gatepost board list
    """
    for name in shipped_boards():
        board = load_board(name)
        answer({"board": name, "about": board.about}, f"{name:28} {board.about}", json=json)


@app.command
def check(board: BoardFile, /, *, json: Json = False) -> int:
    """Say what is wrong with a board file, before anything is wired; exit 1 where a gate would not start.

    Example: gatepost board check raspberry-pi-4
    """
    read, document = read_board(board)
    found = problems_of(read, document=document)
    for problem in found:
        answer(
            {
                "severity": problem.severity,
                "where": problem.where,
                "what": problem.what,
                "remedy": problem.remedy,
            },
            f"{problem.severity}: {problem.where}: {problem.what} ({problem.remedy})",
            json=json,
        )
    if not found:
        answer({"board": board, "problems": 0}, "nothing is wrong with it", json=json)
    return int(any(problem.severity is ProblemSeverity.ERROR for problem in found))


@app.command
def draw(
    board: BoardFile,
    /,
    *,
    out: Annotated[
        Path, Parameter(help="FILE.svg: the drawing; FILE.html or FILE.pdf: with the test sheet, to print.")
    ],
    json: Json = False,
) -> None:
    """Draw what is wired to which pin, what must be done by wire, and the sheet by which it is tested.

    Example: gatepost board draw raspberry-pi-4 --out east-gate.html
    """
    page = load_board(board)
    match out.suffix:
        case ".svg":
            data = drawing_of(page).encode()
        case ".html":
            data = sheet_of(page).encode()
        case ".pdf":
            data = _printed(sheet_of(page))
        case _:
            raise ConfigurationError(
                "is not a kind of drawing", where=str(out), remedy="name it .svg, .html or .pdf"
            )
    write_aside(out, data)
    answer({"board": page.name, "file": str(out), "size": len(data)}, json=json)


def _printed(page: str) -> bytes:
    """The page as PDF. Raises ConfigurationError where WeasyPrint is not installed."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError) as error:
        raise ConfigurationError(
            f"no PDF can be made here: {error}",
            where="weasyprint",
            remedy=f"write .html and print it from a browser, or {central_comes_by()}",
        ) from None
    data: bytes = HTML(string=page).write_pdf()
    return data
