"""Why a network camera could not be opened, by its own answer, which FFmpeg does not pass on."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

_TIMEOUT = 2.0
_MOST_BYTES = 8_192
_RTSP_PORTS = {"rtsp": 554, "rtsps": 322}
_REFUSED = 401
_SILENT = ("does not answer", "check its address, cable and power")
_ASKS = ("asks for a user and password", "write them into the address: //user:password@host/…")
_STRANGE = (
    "asks for a sign-in that is not known here",
    "choose Digest (MD5) or Basic in the camera's settings, and a password of letters and digits",
)
_ANSWERS = {
    _REFUSED: ("refuses the user or password", "check them in its address: //user:password@host/…"),
    403: ("does not let this user see the pictures", "give the user that right in the camera's settings"),
    404: ("has nothing at this path", "look up the path of the stream in the camera's manual"),
}


@dataclass(frozen=True)
class _Reply:
    """A status, and how the camera wants somebody to sign in."""

    status: int
    challenges: tuple[str, ...]
    address: str = ""
    """Where it answered, if it sent us on."""


class _StrangeSignIn(Exception):
    """No scheme that the camera offers is known here, nor to FFmpeg."""


def diagnose(address: str) -> tuple[str, str]:
    """Why the camera at `address` gives no video, and what to do.

    Asks it once, and once more as the address's user where it wants one: cameras lock out a user
    whose password was wrong too often. It waits two seconds for each answer.
    """
    try:
        parts = urlsplit(address)
        status = _status(parts)
    except _StrangeSignIn:
        return _STRANGE
    except (OSError, http.client.HTTPException, ValueError):
        return _SILENT
    if status == _REFUSED and not parts.username:
        return _ASKS
    if status in _ANSWERS:
        return _ANSWERS[status]
    if 200 <= status < 300:
        return "answers, but not with a video", "look up the path of the stream in the manual"
    return f"answers with status {status}", "look it up in the camera's manual"


def _status(parts: SplitResult) -> int:
    """What it answers to the address's user; to nobody, where it asks for none."""
    ask, request = (_ask_rtsp, _describe(parts)) if parts.scheme in _RTSP_PORTS else (_ask_http, _get(parts))
    reply = ask(parts, request)
    if reply.status == _REFUSED and parts.username and reply.challenges:
        there = urlsplit(reply.address)
        if (there.scheme, there.hostname, there.port) == (parts.scheme, parts.hostname, parts.port):
            request = _get(there)  # where it sent us on to; never signed for another machine
        request.add_unredirected_header("Authorization", _signed_in(parts, request, reply.challenges))
        reply = ask(parts, request)
    return reply.status


def _get(parts: SplitResult) -> urllib.request.Request:
    return urllib.request.Request(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))  # noqa: S310 - the scheme is http or https


def _describe(parts: SplitResult) -> urllib.request.Request:
    """DESCRIBE (RFC 2326), in the form in which urllib's Digest signs in."""
    bare = urlunsplit(parts._replace(netloc=f"{parts.hostname}:{parts.port or _RTSP_PORTS[parts.scheme]}"))
    request = urllib.request.Request(bare, method="DESCRIBE")  # noqa: S310 - it is sent by `_ask_rtsp` alone
    request.selector = bare
    return request


def _signed_in(parts: SplitResult, request: urllib.request.Request, challenges: tuple[str, ...]) -> str:
    """The value of `Authorization` for the address's user, by Digest where the camera knows it."""
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    known.add_password(None, request.full_url, user, password)
    asked = {scheme.lower(): fields for scheme, _, fields in (one.partition(" ") for one in challenges)}
    if "digest" in asked:
        told = [one for one in urllib.request.parse_http_list(asked["digest"]) if one.partition("=")[2]]
        fields = urllib.request.parse_keqv_list(told)
        if "auth" in (kinds := [kind.strip() for kind in fields.get("qop", "").split(",")]):
            fields["qop"] = kinds[kinds.index("auth")]  # urllib takes the first for the only one
        try:
            signed = urllib.request.HTTPDigestAuthHandler(known).get_authorization(request, fields)
        except (ValueError, urllib.error.URLError):  # an algorithm or protection of a newer kind
            signed = None
        if signed:
            return f"Digest {signed}"
    if "basic" in asked:
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    raise _StrangeSignIn


def _ask_http(_parts: SplitResult, request: urllib.request.Request) -> _Reply:
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=_any_certificate())
    )
    try:
        with opener.open(request, timeout=_TIMEOUT) as answer:
            return _Reply(int(answer.status), ())
    except urllib.error.HTTPError as refused:
        with refused:
            return _Reply(refused.code, _challenges(refused.headers), refused.url)


def _ask_rtsp(parts: SplitResult, request: urllib.request.Request) -> _Reply:
    lines = [f"DESCRIBE {request.selector} RTSP/1.0", "CSeq: 1"]
    lines += [f"{name}: {value}" for name, value in request.unredirected_hdrs.items()]
    if not all(line.isascii() and line.isprintable() for line in lines):
        raise ValueError(request.selector)
    port = parts.port or _RTSP_PORTS[parts.scheme]
    with ExitStack() as closing:
        line = closing.enter_context(socket.create_connection((parts.hostname or "", port), _TIMEOUT))
        if parts.scheme == "rtsps":
            line = closing.enter_context(_any_certificate().wrap_socket(line))
        line.sendall("".join(f"{one}\r\n" for one in (*lines, "")).encode())
        head, _, rest = _head(line).partition(b"\r\n")
    version, _, status = head.partition(b" ")
    if not version.startswith(b"RTSP/") or not status[:3].isdigit():
        raise ValueError("not an RTSP answer")
    return _Reply(int(status[:3]), _challenges(BytesHeaderParser().parsebytes(rest)))


def _head(line: socket.socket) -> bytes:
    """What is answered, up to its empty line; as much as came, where the camera ends or goes on for long."""
    ends, head = time.monotonic() + _TIMEOUT, b""
    while b"\r\n\r\n" not in head and len(head) < _MOST_BYTES and (left := ends - time.monotonic()) > 0.0:
        line.settimeout(left)
        try:
            piece = line.recv(_MOST_BYTES)
        except TimeoutError:
            break
        if not piece:
            break
        head += piece
    return head


def _challenges(headers: Message) -> tuple[str, ...]:
    return tuple(str(one) for one in headers.get_all("WWW-Authenticate", ()))


def _any_certificate() -> ssl.SSLContext:
    """TLS to a camera, whose certificate nobody signed; FFmpeg, which was refused before, looks at none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
