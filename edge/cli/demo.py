"""`gatepost demo`: a morning at a gate, with simulated hardware."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.logs import quiet_logs
from edge.cli.terminal import console
from edge.demo.play import play


def demo(
    *,
    camera: Annotated[str | None, Parameter(help="A real camera: 0, v4l2:0, rtsp://….")] = None,
    pages: Annotated[
        bool, Parameter(name="--console", help="Open the staff's pages on this computer; the gate stays.")
    ] = False,
    port: Annotated[
        int,
        Parameter(help="Where the staff's pages answer; 0: a free port.", validator=Number(gte=0, lte=65535)),
    ] = 8088,
    folder: Annotated[Path, Parameter(help="Where the demo's site is made.")] = Path("demo-site"),
) -> int:
    """Play a morning at a gate (`edge.cli.main` has the help)."""
    quiet_logs()
    source = f"v4l2:{camera}" if camera is not None and camera.isdecimal() else camera
    return play(folder, console(markup=True), source, pages=pages, port=port)
