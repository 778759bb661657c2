"""The console's pages, a module for each part: `ALL_PAGES` are the tables of routes that they declare."""

from __future__ import annotations

from sync.central.web.pages import exports, home

ALL_PAGES = (home.PAGES, exports.PAGES)

__all__ = ["ALL_PAGES"]
