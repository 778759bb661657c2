"""Answers to what fails, for programs: application/problem+json (RFC 9457), with what to do."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What failed, where, and what to do about it. `nothing_done`: no change was made."""

    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str = ""
    where: str = ""
    remedy: str = ""
    nothing_done: bool = False


class ApiRefusal(Exception):
    """A request that the API refuses, with its problem."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        super().__init__(problem.title)
        self.problem = problem
        self.headers = headers or {}


def problem_answer(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """The answer that says what failed."""
    return Response(
        msgspec.json.encode(problem), problem.status, headers, media_type="application/problem+json"
    )
