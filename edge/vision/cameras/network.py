"""Why a network camera could not be opened, by its own answer, which FFmpeg does not pass on."""

from __future__ import annotations

import http.client
import re
import socket
import urllib.error
import urllib.request
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

_TIMEOUT = 2.0
_RTSP_PORT = 554
_SILENT = ("does not answer", "check its address, cable and power")
_ANSWERS = {
    401: ("refuses the user or password", "write them into the address: //user:password@host/…"),
    403: ("does not let this user see the pictures", "give the user that right in the camera's settings"),
    404: ("has nothing at this path", "look up the path of the stream in the camera's manual"),
}


def diagnose(address: str) -> tuple[str, str]:
    """Why the camera at `address` gives no video, and what to do. Asks it once, for two seconds."""
    try:
        parts = urlsplit(address)
        status = _rtsp_status(parts) if parts.scheme.startswith("rtsp") else _http_status(parts)
    except (OSError, http.client.HTTPException, ValueError):
        return _SILENT
    if status in _ANSWERS:
        return _ANSWERS[status]
    if 200 <= status < 300:
        return "answers, but not with a video", "look up the path of the stream in the manual"
    return f"answers with status {status}", "look it up in the camera's manual"


def _http_status(parts: SplitResult) -> int:
    """The status of one GET, signed in as the camera asks for it (Basic or Digest)."""
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    known.add_password(None, bare, unquote(parts.username or ""), unquote(parts.password or ""))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPBasicAuthHandler(known),
        urllib.request.HTTPDigestAuthHandler(known),
    )
    try:
        with opener.open(bare, timeout=_TIMEOUT) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def _rtsp_status(parts: SplitResult) -> int:
    """The status of one DESCRIBE (RFC 2326). A camera with users answers 401 to anyone who does not sign in;
    FFmpeg, which does, was refused before.
    """
    port = parts.port or _RTSP_PORT
    bare = urlunsplit(parts._replace(netloc=f"{parts.hostname}:{port}"))
    if not bare.isascii() or not bare.isprintable():
        raise ValueError(bare)
    with socket.create_connection((parts.hostname or "", port), _TIMEOUT) as line:
        line.sendall(f"DESCRIBE {bare} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
        found = re.match(rb"RTSP/\d\.\d (\d{3})", line.recv(4096))
    if found is None:
        raise ValueError("not an RTSP answer")
    return int(found[1])
