"""Static files, of a console and of what consoles share."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from edge.web.rendering import Rendering


class KeptFiles(StaticFiles):
    """Static files, which browsers keep: with another content they have another address."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def mount_static(app: FastAPI, rendering: Rendering) -> None:
    """Have `app` answer what `rendering.static` names."""
    found = [(package, "static") for package in rendering.packages]
    app.mount("/static", KeptFiles(packages=list(found)), name="static")
