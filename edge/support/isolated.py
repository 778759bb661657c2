"""Starts Python as if nobody had touched its surroundings: for every child process that is one of ours."""

from __future__ import annotations

import sys


def isolated(module: str) -> tuple[str, ...]:
    """The command that runs `module` as a program in a Python of its own.

    Neither the working directory, nor PYTHONPATH and its like, nor the packages of the user (`pip install
    --user`) can put something else in the place of what it imports. A folder called `models` is quickly made.
    """
    return (sys.executable, "-I", "-m", module)
