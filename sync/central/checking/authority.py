"""Whether the authority beside a centre can do its work: whose its files are, and what answers at its
door.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from pwd import getpwnam

from edge.diagnostics.check_result import CheckResult, Verdict
from sync.ca.door_client import fetch_authority
from sync.ca.files import read_certificate
from sync.central.configuration import CentralConfiguration
from sync.central.ownership import user_name
from sync.gate_invitation import DOOR_PORT, address_in, url_of

AUTHORITY = Path("/var/lib/gatepost-authority")
AUTHORITY_USER = "gatepost-authority"
_SHOWN = 3
_WITHIN = 30.0
"""The first caller starts the authority."""


def keeps_authority(folder: Path) -> bool:
    """Whether the authority is on this machine. Who may not look takes it that it is."""
    try:
        return any(folder.iterdir())
    except PermissionError:
        return True
    except OSError:
        return False


def check_authority_files(folder: Path, user: str = AUTHORITY_USER) -> Iterator[CheckResult]:
    """Whether the authority's own user can work with all that it keeps: root may have put it back."""
    try:
        owner = getpwnam(user).pw_uid
        found = sorted((folder, *folder.rglob("*")))
    except (KeyError, PermissionError):
        return  # no package of it here; or it is closed to this user, as it should be
    others = (path for path in found if path.lstat().st_uid != owner)
    bad = False
    for path in islice(others, _SHOWN):
        bad = True
        text = f"{path} belongs to {user_name(path.lstat().st_uid)}, and the authority runs as {user}"
        yield CheckResult(Verdict.BAD, "authority", text, "gatepost central setup --host … sets it right")
    if not bad:
        yield CheckResult(Verdict.GOOD, "authority", f"{folder} is {user}'s")


def check_door(configuration: CentralConfiguration, *, is_here: bool) -> Iterator[CheckResult]:
    """Whether devices that enrol find the authority of this centre at the door. Raises GatepostError."""
    section = configuration.adoption
    if section is None:
        return
    host, port = address_in(section.door, DOOR_PORT, "[adoption] door")
    url = url_of("127.0.0.1" if is_here else host, port)
    shown = fetch_authority(url, _WITHIN)
    ca = configuration.broker.ca
    if ca is not None and read_certificate(ca) != shown:
        text = f"{url} shows another authority than {ca}: gates that are invited would be refused"
        yield CheckResult(Verdict.BAD, "door", text, "systemctl status gatepost-authority; docs/adopting.md")
        return
    yield CheckResult(Verdict.GOOD, "door", f"{url} answers")
