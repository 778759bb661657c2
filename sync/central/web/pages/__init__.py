"""The console's pages, a module for each part: `ALL_PAGES` are the tables of routes that they declare."""

from __future__ import annotations

from sync.central.web.pages import home

ALL_PAGES = (home.PAGES,)

__all__ = ["ALL_PAGES"]
