"""The console's routes, laid once for all tests of a process: it takes half a second each time."""

from __future__ import annotations

from functools import cache

from fastapi import FastAPI

from sync.central.web.app import lay_routes


@cache
def laid() -> FastAPI:
    """Every page and the API, for `console_app` to copy."""
    return lay_routes()
