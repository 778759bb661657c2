"""The one command, `gatepost`: each group of commands is loaded only when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from enum import Enum
from pathlib import Path
from typing import NoReturn

import cyclopts
from cyclopts.exceptions import CycloptsError

from edge.cli.answers import DONE, PROBLEM, USAGE, complain
from edge.cli.centrals_libraries import central_comes_by, wants_central
from edge.cli.files_to_read import refuse_what_is_not_there
from edge.cli.groups import GROUPS, Groups
from edge.cli.streams import guarded
from edge.errors import ConfigurationError, GatepostError
from edge.support.modes import closed_to_others
from edge.support.names import is_text
from edge.support.no_collecting import no_collecting
from models.errors import ModelError


def told_default(value: object) -> str:
    """A default as help shows it; empty where there is nothing to show."""
    if value in (None, False, "", ()) or isinstance(value, type) or value == Path():
        return ""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value.value) if isinstance(value, Enum) else str(value)


# A flag is set by naming it; that it is not set, nobody has to say.
DEFAULTS = cyclopts.Parameter(negative="", show_default=lambda value: told_default(value) or None)


def command(groups: Groups = GROUPS) -> cyclopts.App:
    """The command line of `groups`, with nothing imported but names."""
    app = cyclopts.App(
        name="gatepost",
        help="The software of a residential gate.",
        help_epilogue="Exit codes: 0 done, 1 a problem that is named, 2 wrong words or configuration.",
        version=_version,
        result_action="return_int_as_exit_code_else_zero",
        default_parameter=DEFAULTS,
    )
    app.register_install_completion_command(help="Install completion for this shell.")
    for name, (place, text) in groups.items():
        app.command(place, name=name, help=text)
    return app


def _version() -> str:
    from importlib.metadata import version

    return version("gatepost")


def start(groups: Groups) -> NoReturn:
    """Run what the command line says, in a process of its own: the collector rests while it is loaded."""
    loading = ExitStack()
    loading.enter_context(no_collecting())
    run(groups, loaded=loading.close)


def run(
    groups: Groups, words: Sequence[str] | None = None, *, loaded: Callable[[], None] = lambda: None
) -> NoReturn:
    """Run `words`, or what the command line says: an error that a person can act on is one line.

    `loaded` is called when the command is loaded, and before it does anything. It ends with 0 where the
    thing was done, 1 where the answer names a problem, 2 where the words are wrong or a file that a person
    wrote is.
    """
    # OpenCV warns of its own experiments at every start; what matters reaches us as an error.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    line = list(sys.argv[1:] if words is None else words)
    json = "--json" in line
    try:
        with guarded(), closed_to_others():
            does, bound, _ = command(groups).parse_args(line, exit_on_error=False, print_error=False)
            loaded()
            refuse_what_is_not_there(does, bound.arguments)
            code = does(*bound.args, **bound.kwargs)
            sys.exit(code if isinstance(code, int) else DONE)
    except CycloptsError as error:
        try:
            text = _in_a_line(error)
        except ImportError as missing:  # what a mistyped word may have meant is looked for in every command
            end_with(missing, line)
        complain(text, json=json, remedy=f"{_named_in(error)} --help")
        sys.exit(USAGE)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - what has no name is raised again
        end_with(error, line)


def end_with(error: BaseException, line: Sequence[str]) -> NoReturn:
    """End as the error asks for, having said what it says; raises it again where it is a fault of ours."""
    json = "--json" in line
    match error:
        case GatepostError() | ModelError():
            complain(error, json=json)
            sys.exit(USAGE if isinstance(error, ConfigurationError) else PROBLEM)
        case KeyboardInterrupt():
            sys.exit(130)
        case BrokenPipeError():
            # The reader of our output (head, less) has gone: nothing is wrong.
            sys.stderr.close()
            sys.exit(DONE)
        case OSError():
            # A full disk, a file that may not be read: what the system says of it is the answer.
            complain(error.strerror or str(error), json=json, where=str(error.filename or ""))
            sys.exit(PROBLEM)
        case UnicodeEncodeError() if strange := next((ascii(word) for word in line if not is_text(word)), ""):
            complain("an argument is not UTF-8", json=json, where=strange, remedy="write it in UTF-8")
            sys.exit(USAGE)
        case ImportError() if wants_central(error):
            complain("the centre needs more", json=json, remedy=central_comes_by())
            sys.exit(PROBLEM)
    raise error


def _in_a_line(error: CycloptsError) -> str:
    return " ".join(str(error).split())


def _named_in(error: CycloptsError) -> str:
    """The command that the words name, as far as they name one."""
    return " ".join(("gatepost", *(error.command_chain or ())))


def main() -> None:
    """The gate's commands alone, without the network; `gatepost` is sync.cli.main."""
    start(GROUPS)


if __name__ == "__main__":
    main()
