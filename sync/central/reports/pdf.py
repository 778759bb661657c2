"""Makes PDF of a page, in a child process with bounded memory and time, which fetches nothing.

`python -m sync.central.reports.pdf` reads HTML from standard input and writes PDF to standard output.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import Any

from edge.errors import GatepostError
from edge.support.isolated import isolated
from edge.support.phrases import phrase

_MOST_MEMORY = 2 << 30
_MOST_SECONDS = 120.0
_SIGNATURE = b"%PDF-"


class PaperError(GatepostError):
    """A paper could not be made."""


def pdf_of(html: str, seconds: float = _MOST_SECONDS) -> bytes:
    """The page as PDF. Raises PaperError where that takes more than it may."""
    try:
        done = subprocess.run(
            isolated("sync.central.reports.pdf"),
            input=html.encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PaperError(
            phrase("the paper took longer than %(seconds)g s", seconds=seconds),
            remedy=phrase("make a report of fewer days, or of a smaller place"),
        ) from None
    if done.returncode or not done.stdout.startswith(_SIGNATURE):
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise PaperError(
            phrase(
                "the paper could not be made: %(said)s",
                said=said[-1][:200] if said else phrase("it ended by itself"),
            )
        )
    return done.stdout


def main() -> None:
    """Make one PDF, as the child."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    import weasyprint  # noqa: PLC0415 - slow to load, and for the child alone

    html = sys.stdin.buffer.read().decode()
    # A paper holds all that it shows: nothing is fetched, from no file and no network.
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    page: Any = weasyprint.HTML(string=html, url_fetcher=nothing)
    sys.stdout.buffer.write(page.write_pdf())


if __name__ == "__main__":
    main()
