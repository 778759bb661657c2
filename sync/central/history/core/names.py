"""Names of files: by kind, month, day and site, so that people find them too."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sync.central.history.core.kinds import FileKind
from sync.central.units import DAY, SECOND

SUFFIX = ".parquet"
PARTIAL = ".partial"
"""Behind the name of a file that is being written: it counts for nothing."""
_NAME = re.compile(
    r"(events|accesses)/[0-9]{4,6}-[0-9]{2}/[0-9]{4,6}-[0-9]{2}-[0-9]{2}\.[^/]{1,200}\.[0-9]+\.parquet"
)
_LAST_DAY = 253_402_214_400 * SECOND
"""The beginning of the last day of 9999: no calendar names a later one."""


def day_of(at: int) -> int:
    """The beginning of the day of `at` in UTC, in microseconds; a clock beyond the calendar is at its end."""
    return min(max(at, 0) // DAY * DAY, _LAST_DAY)


def file_name(kind: FileKind, day: int, site: str, number: int) -> str:
    """The path of a file below the folder."""
    date = datetime.fromtimestamp(day // SECOND, UTC)
    return f"{kind.value}/{date:%Y-%m}/{date:%Y-%m-%d}.{_spelled(site)}.{number}{SUFFIX}"


def is_file_name(name: str) -> bool:
    """Whether a path below the folder is one that `file_name` makes."""
    return _NAME.fullmatch(name) is not None


def _spelled(site: str) -> str:
    """A site's id as a part of a file's name, whatever characters it has."""
    return re.sub(
        r"[^A-Za-z0-9_-]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), site
    )[:150]
