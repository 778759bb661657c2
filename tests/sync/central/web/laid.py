"""The console's routes, laid once for all tests of a process: it takes half a second each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from fastapi import FastAPI

from sync.central.web import app
from sync.central.web.app import lay_routes
from sync.central.web.pages import ALL_PAGES
from sync.central.web.routes import Pages


@cache
def laid() -> FastAPI:
    """Every page and the API, for `console_app` to copy."""
    return lay_routes()


@contextmanager
def laid_once() -> Iterator[None]:
    """Until the block ends, a centre that is run with all its parts takes them too."""
    lay = app.lay_routes

    def or_laid(pages: Iterable[Pages] = ALL_PAGES, *, has_api: bool = True) -> FastAPI:
        return laid() if pages is ALL_PAGES and has_api else lay(pages, has_api=has_api)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "lay_routes", or_laid)
        yield
