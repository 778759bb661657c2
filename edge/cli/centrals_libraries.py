"""What a gate does without: the centre's libraries, and how they come to this computer."""

from __future__ import annotations

import sys
from pathlib import Path

OF_CENTRAL = {
    "alembic",
    "authlib",
    "duckdb",
    "httpx",
    "pika",
    "psycopg",
    "pyarrow",
    "pyotp",
    "sqlalchemy",
    "weasyprint",
    "xlsxwriter",
}
"""The modules of the extra "central" in pyproject.toml."""
_PACKAGED = Path("/opt/gatepost")
"""Where Debian's package lies, whichever version."""


def wants_central(error: BaseException | None) -> bool:
    """Whether one of them is missing; cyclopts wraps that in an ImportError of its own."""
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in OF_CENTRAL:
            return True
        error = error.__cause__
    return False


def central_comes_by(prefix: Path | None = None) -> str:
    """The command by which they come to the Python that lies at `prefix`; by default, to this one."""
    packaged = (prefix or Path(sys.prefix)).is_relative_to(_PACKAGED)
    return "apt install gatepost-central" if packaged else "pip install 'gatepost[central]'"
