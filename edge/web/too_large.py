"""Says in words that a request was too large. Starlette's own limit answers so before any page could."""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STATUS = 413
_SAID = """\
This is larger than what is taken here. Nothing was read, and nothing was done.
Go back and send less.

发送的内容过大，未读取，也未作任何改动。
请返回，减少内容后重试。
"""
"""Both languages: nobody has looked yet which of them the browser asks for."""


class SaysTooLarge:
    """Gives the bare answer to what is too large its words. It stands outside everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = False

        async def saying(message: Message) -> None:
            nonlocal said
            if said:
                return  # the bare words' body
            if message["type"] == "http.response.start" and _is_bare(message):
                said = True
                headers = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
                await PlainTextResponse(_SAID, _STATUS, headers)(scope, receive, send)
                return
            await send(message)

        await self._app(scope, receive, saying if scope["type"] == "http" else send)


def _is_bare(message: Message) -> bool:
    plain = any(
        name.lower() == b"content-type" and value.startswith(b"text/plain")
        for name, value in message["headers"]
    )
    return message["status"] == _STATUS and plain
