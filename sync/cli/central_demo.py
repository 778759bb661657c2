"""`gatepost central demo`: a centre with a street of sites and a day of accesses, to look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

Sites = Annotated[int, Parameter(help="How many sites the street has.", validator=Number(gte=1, lte=24))]
Port = Annotated[int, Parameter(help="Where the console answers.", validator=Number(gte=0, lte=65535))]


def demo(
    folder: Annotated[Path | None, Parameter(help="Where to keep the centre; else it is gone after.")] = None,
    /,
    *,
    sites: Sites = 24,
    port: Port = 8080,
) -> None:
    """Fill a new centre and serve its console (`sync.cli.central` has the help)."""
    from edge.cli.logs import quiet_logs
    from edge.support.stop_signals import stopped_by_signals
    from sync.central.demo.playing import play_centre

    quiet_logs()
    with stopped_by_signals() as stop, _place(folder) as place:
        play_centre(place, sites, port, stop, lambda line: print(line, flush=True))


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with TemporaryDirectory(prefix="gatepost-demo-") as name:
        yield Path(name) / "centre"
