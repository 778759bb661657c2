"""Acts as a service's user for a while: a database on the same machine knows by its socket who connects."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager

from edge.errors import GatepostError
from edge.support.phrases import phrase


def known(user: str) -> bool:
    """Whether this computer has such a user."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


@contextmanager
def acting_as(user: str) -> Iterator[None]:
    """Act as `user` until the block ends. Raises GatepostError where there is none.

    Nothing is imported in it: the software may lie where only root can read.
    """
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise GatepostError(phrase("no such user"), where=user) from None
    uid, gid = os.geteuid(), os.getegid()
    os.setegid(entry.pw_gid)
    os.seteuid(entry.pw_uid)
    try:
        yield
    finally:
        os.seteuid(uid)
        os.setegid(gid)
