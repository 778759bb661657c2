"""What a command answers: lines for people, or with --json objects for programs, one a line.

The same things have the same keys in every answer: `subject`, `pass`, `site`, `gate`, `device`, `version`,
`file`, `count`, `at`, `until` (docs/command-line.md). A problem goes to standard error: one line, or one
object with `error`, `where` and `remedy`.
"""

from __future__ import annotations

import json as json_module
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from edge.support.escaping import escaped

DONE, PROBLEM, USAGE = 0, 1, 2
"""The exit codes: done; a problem that the answer names; wrong words, or a file that a person wrote."""

Json = Annotated[bool, Parameter(name="--json", help="Answer in JSON, one object a line.")]
JsonLogs = Annotated[bool, Parameter(name="--json", help="Log in JSON, one object a line.")]


def answer(fields: Mapping[str, Any], *lines: str, json: bool) -> None:
    """Print `fields` as one object, or `lines` for people."""
    for line in (encoded(fields),) if json else lines:
        print(line, flush=True)


def objects(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print one object a row."""
    for row in rows:
        print(encoded(row), flush=True)


def encoded(fields: Mapping[str, Any] | str) -> str:
    """`fields` as JSON in one line; paths and whatever else JSON does not know as text."""
    try:
        return msgspec.json.encode(fields, enc_hook=str).decode()
    except UnicodeEncodeError:  # a file's name of bytes that are no text
        return json_module.dumps(msgspec.to_builtins(fields, enc_hook=str))


def warn(lines: Iterable[str], *, json: bool) -> None:
    """Print warnings, which are no part of the answer, to standard error."""
    for line in lines:
        print(encoded({"warning": line}) if json else f"warning: {line}", file=sys.stderr)


def note(text: str, *, json: bool) -> None:
    """Print what happens on the way, which is no part of the answer, to standard error."""
    print(encoded({"note": text}) if json else text, file=sys.stderr)


def complain(error: Exception | str, *, json: bool, where: str = "", remedy: str = "") -> None:
    """Print a problem to standard error; `error` knows best where it was and what to do."""
    what = getattr(error, "what", None) or str(error)
    where, remedy = getattr(error, "where", "") or where, getattr(error, "remedy", "") or remedy
    what, where, remedy = escaped(what), escaped(where), escaped(remedy)
    if json:
        text = encoded({"error": what, "where": where, "remedy": remedy})
    else:
        # What comes from the worker names its file itself.
        named = not where or what.startswith(f"{where}: ")
        place, advice = "" if named else f"{where}: ", f" ({remedy})" if remedy else ""
        text = f"gatepost: {place}{what}{advice}"
    print(text, file=sys.stderr)


def written(path: Path | None) -> str | None:
    """The path as a program is told it."""
    return None if path is None else str(path)
