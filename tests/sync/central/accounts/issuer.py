"""A small OpenID issuer of its own, on this computer: real HTTP, real signatures; it can be told to lie."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from tests import keys
from tests.sync.wire.examples import AT

CLIENT, SECRET = "gatepost", "a secret of the client"
SECOND = 1_000_000


def key(name: str) -> ECKey:
    pem = keys.p256(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ECKey.import_key(pem, {"kid": "of the directory", "use": "sig"})


@dataclass
class Issuer:
    """What it says of its one person. `lies` changes the claims, `metadata` what it says of itself."""

    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    lies: Callable[[dict[str, Any]], None] = lambda _: None
    metadata: dict[str, Any] = field(default_factory=dict)
    signs_with: str = "the directory"
    signs: bool = True
    raw: bytes | None = None
    asked: dict[str, list[str]] = field(default_factory=dict)

    def discovery(self) -> dict[str, Any]:
        names = ("authorization", "token")
        found = {f"{name}_endpoint": f"{self.address}/{name}" for name in names}
        return {"issuer": self.address, "jwks_uri": f"{self.address}/jwks", **found, **self.metadata}

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key("the directory").as_dict(private=False)]}

    def authorized(self, query: str) -> str:
        """Where the browser is sent back to, once the person has said who they are there."""
        self.asked = parse_qs(query)
        answer = {"code": "the code", "state": self.asked["state"][0], "iss": self.address}
        return f"{self.asked['redirect_uri'][0]}?{urlencode(answer)}"

    def token(self, form: dict[str, list[str]], authorization: str) -> dict[str, Any]:
        """A token for the code, for the client that has the verifier and the secret."""
        made = sha256(form["code_verifier"][0].encode()).digest()
        assert base64.urlsafe_b64encode(made).rstrip(b"=").decode() == self.asked["code_challenge"][0]
        assert self.asked["code_challenge_method"] == ["S256"]
        assert base64.b64decode(authorization.removeprefix("Basic ")).decode() == f"{CLIENT}:{SECRET}"
        assert form["code"] == ["the code"]
        assert form["redirect_uri"] == self.asked["redirect_uri"]
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "0815",
            "nonce": self.asked["nonce"][0],
            "iat": AT // SECOND,
            "exp": AT // SECOND + 300,
            **self.claims,
        }
        self.lies(claims)
        header = {"alg": "ES256", "kid": "of the directory"}
        signed = jwt.encode(header, claims, key(self.signs_with))
        unsigned = ".".join([_part({"alg": "none"}), _part(claims), ""])
        return {"id_token": signed if self.signs else unsigned, "access_token": "x", "token_type": "Bearer"}


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@contextmanager
def issuing() -> Iterator[Issuer]:
    """An issuer that answers until the block ends."""
    issuer = Issuer()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorization":
                self.send_response(303)
                self.send_header("location", issuer.authorized(parts.query))
                self.send_header("content-length", "0")
                self.end_headers()
                return
            self._say(issuer.jwks() if parts.path == "/jwks" else issuer.discovery())

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            self._say(issuer.token(form, self.headers["authorization"]))

        def _say(self, said: dict[str, Any]) -> None:
            data = json.dumps(said).encode() if issuer.raw is None else issuer.raw
            self.send_response(200)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        issuer.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
