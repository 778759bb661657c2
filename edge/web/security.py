"""What every answer carries, and which requests are refused before anything reads them."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data:; "
    "connect-src 'self'; "
    "font-src 'self'; "
    "manifest-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_A_YEAR = "max-age=31536000"


class AnswersCarry:
    """Adds the security headers to every answer; what is not static is kept in no cache."""

    def __init__(self, app: ASGIApp, *, over_tls: bool) -> None:
        self._app = app
        self._headers = HEADERS | ({"strict-transport-security": _A_YEAR} if over_tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def carrying(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, carrying if scope["type"] == "http" else send)


class OnlyFromOurPages:
    """Refuses a request that changes something, unless it comes from a page of ours, or carries a token.

    Browsers send Sec-Fetch-Site or Origin with every such request, and no page can forge them. No browser
    sends a bearer token on a stranger's word. Below `by_token` only tokens count, and no cookie; None: no
    token is known here. `is_ours` judges where a browser sends only an Origin; `remedy` ends the refusal.
    """

    def __init__(
        self, app: ASGIApp, *, is_ours: Callable[[Headers], bool], remedy: str, by_token: str | None = None
    ) -> None:
        self._app = app
        self._is_ours = is_ours
        self._remedy = remedy
        self._by_token = by_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] in SAFE
            or (self._by_token is not None and scope["path"].startswith(self._by_token))
            or self._may_pass(Headers(scope=scope))
        ):
            await self._app(scope, receive, send)
            return
        refusal = PlainTextResponse(
            "This request does not come from a page of this console, and nothing was done.\n"
            f"Open the console at its own address and try again there. {self._remedy}\n\n"
            "此请求并非来自本控制台的页面，未作任何改动。\n"
            "请用控制台自己的地址打开页面后重试。\n",
            status_code=403,
        )
        await refusal(scope, receive, send)

    def _may_pass(self, headers: Headers) -> bool:
        if self._by_token is not None and headers.get("authorization", "").lower().startswith("bearer "):
            return True
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            return site == "same-origin"
        return origin is not None and self._is_ours(headers)


def local_address(address: str) -> str:
    """An address of this console; anything else is the way in, so that no link leads elsewhere."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_local else "/"
