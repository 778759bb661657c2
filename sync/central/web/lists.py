"""Reads lists of people for pages and for the API, one at a time."""

from __future__ import annotations

from threading import Lock
from zoneinfo import ZoneInfo

from edge.support.phrases import phrase
from sync.central.imports.reading import PeopleList, read_list
from sync.central.store import StoreError
from sync.central.web.visit import Visit


def list_in(visit: Visit, name: str, data: bytes, zone: ZoneInfo) -> PeopleList:
    """What the list in `data` says. Raises RegistryError if it is no list of people, StoreError while another
    is read.

    It is read outside of any transaction, one at a time: a workbook takes seconds, and a child of its own.
    """
    reader: Lock = visit.request.app.state.list_is_read
    if not reader.acquire(blocking=False):
        raise StoreError(phrase("another list is being read"), remedy=phrase("try it again in a minute"))
    try:
        return read_list(data, name, zone)
    finally:
        reader.release()
