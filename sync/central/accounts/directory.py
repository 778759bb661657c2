"""Signs people in whom a district's directory vouches for, by OpenID Connect: code flow with PKCE.

What the directory's claim says is mapped to grants by configuration, anew at each sign-in. Its people have
accounts of their own: an account made here is never taken over by a name that is the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from ipaddress import ip_address
from ssl import SSLContext
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from edge.errors import ConfigurationError
from edge.support.decoding import Undecodable, json_of
from edge.support.files import read_bounded
from edge.support.phrases import phrase
from sync.central.accounts.accounts import account_at, create_account, replace_directory_grants
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.challenges import answered_challenge, keep_challenge
from sync.central.accounts.core import (
    Role,
    RoleGrant,
    SignInWay,
    fault_of_display,
    fault_of_name,
    name_as_kept,
)
from sync.central.accounts.secret_words import new_secret
from sync.central.accounts.sessions import Visitor, begin_session
from sync.central.accounts.sign_in import SignInRefused
from sync.central.accounts.tables import account
from sync.central.configuration import DirectorySection
from sync.central.places.tree import place_at
from sync.central.store import Store
from sync.central.units import SECOND

PATH = "/sign-in/directory/return"
_PURPOSE = "directory"
_TRUSTED_FOR = 3600.0
_MOST_BYTES = 256 * 1024
_TIMEOUT = 10.0
_LEEWAY = 60
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a key that the directory alone has; never `none`, never a shared secret."""
_MOST_VALUES = 1000


@lru_cache(maxsize=1)
def _trust_of(_hour: int) -> SSLContext:
    """Whose certificates count for a directory's: read once an hour, as that takes 30 ms."""
    return httpx.create_ssl_context(trust_env=False)


class DirectoryRefused(SignInRefused):
    """The directory did not vouch for anybody who may do something here."""


@dataclass(frozen=True)
class Begun:
    """A sign-in that has begun: the directory's `address`, and the `state` for a cookie of the browser."""

    address: str
    state: str


@dataclass(frozen=True)
class Vouched:
    """Whom the directory vouches for: a subject of its own, and what it says of them."""

    subject: str
    claims: Mapping[str, Any]


class Directory:
    """A district's directory, for a console whose pages are at `origin`."""

    def __init__(self, section: DirectorySection, store: Store, origin: str) -> None:
        _check_issuer(section.issuer)
        self.name = section.name
        self._section = section
        self._store = store
        self._return = origin + PATH
        self._secret = _secret_in(section)

    def begin(self, next_: str, now: int) -> Begun:
        """Begin a sign-in that leads to the page `next_`. Raises DirectoryRefused."""
        found = self._discovered()
        state, nonce, verifier = new_secret(), new_secret(), new_secret()
        with self._store.writing() as connection:
            kept = json.dumps({"nonce": nonce, "verifier": verifier, "next": next_})
            keep_challenge(connection, state, _PURPOSE, now, detail=kept)
        address = prepare_grant_uri(
            _text(found, "authorization_endpoint"),
            self._section.client_id,
            "code",
            redirect_uri=self._return,
            scope="openid profile email",
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),  # type: ignore[no-untyped-call]  # it has no types
            code_challenge_method="S256",
        )
        return Begun(str(address), state)

    def finish(
        self,
        answer: Mapping[str, str],
        state: str,
        visitor: Visitor,
        now: int,
        had: str | None = None,
    ) -> tuple[str, str]:
        """Sign in whom the directory sent back with `answer`, in the browser with the cookie `state`; returns
        the secret for the session's cookie, and the page to go to. Raises DirectoryRefused.
        """
        if not state or answer.get("state") != state:
            raise DirectoryRefused(
                phrase("it was begun in another browser"), remedy=phrase("begin again here")
            )
        with self._store.writing() as connection:
            kept = answered_challenge(connection, state, _PURPOSE, now)
        if kept is None:
            raise DirectoryRefused(
                phrase("it was begun more than 5 minutes ago"), remedy=phrase("begin again")
            )
        if answer.get("iss") not in {None, self._section.issuer}:
            raise DirectoryRefused(phrase("another directory answered"))
        if "code" not in answer:
            raise DirectoryRefused(
                phrase("the directory says %(error)r", error=answer.get("error", "nothing")[:80])
            )
        begun = json_of(kept.encode(), dict[str, str])
        vouched = self._vouched(answer["code"], begun["verifier"], begun["nonce"], now)
        return self._signed_in(vouched, visitor, now, had), begun["next"]

    # --- what the directory says -----------------------------------------------------------

    def _discovered(self) -> dict[str, Any]:
        found = self._asked("GET", f"{self._section.issuer.rstrip('/')}/.well-known/openid-configuration")
        named = str(found.get("issuer"))
        if named != self._section.issuer:
            raise DirectoryRefused(
                phrase("it calls itself %(named)r", named=named[:80]), where=self._section.issuer
            )
        return found

    def _vouched(self, code: str, verifier: str, nonce: str, now: int) -> Vouched:
        """Whom the directory vouches for in exchange for a code: signature and claims are checked."""
        found = self._discovered()
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=self._return, code_verifier=verifier
        )
        secret = (self._section.client_id, self._secret)
        headers = {"content-type": "application/x-www-form-urlencoded"}
        given = self._asked(
            "POST",
            _text(found, "token_endpoint"),
            content=body,
            headers=headers,
            auth=httpx.BasicAuth(*secret),
        )
        keys = self._asked("GET", _text(found, "jwks_uri"))
        try:
            token = jwt.decode(
                _text(given, "id_token"),
                KeySet.import_key_set({"keys": keys.get("keys", [])}),
                algorithms=_ALGORITHMS,
            )
            claims = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": self._section.issuer},
                    "aud": {"essential": True, "value": self._section.client_id},
                },
                {
                    "nonce": nonce,
                    "client_id": self._section.client_id,
                    "access_token": given.get("access_token"),
                },
            )
            claims.validate(now=now // SECOND, leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise DirectoryRefused(phrase("its word does not count: %(why)s", why=str(error)[:200])) from None
        return Vouched(str(claims["sub"])[:255], claims)

    def _asked(self, method: str, address: str, **how: Any) -> dict[str, Any]:
        """What the directory answers, an object: within bounds of size and time, no redirect followed."""
        plain = {"accept": "application/json", "accept-encoding": "identity", **how.pop("headers", {})}
        try:
            with (
                httpx.Client(
                    timeout=_TIMEOUT, trust_env=False, verify=_trust_of(int(monotonic() // _TRUSTED_FOR))
                ) as client,
                client.stream(method, address, headers=plain, **how) as answer,
            ):
                data = b""
                for part in answer.iter_raw():
                    data += part
                    if len(data) > _MOST_BYTES:
                        raise DirectoryRefused(phrase("it answers without end"), where=address)
                if answer.status_code != 200:
                    raise DirectoryRefused(
                        phrase("it answers with status %(status)s", status=answer.status_code),
                        where=address,
                    )
            said = json_of(data, object)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, Undecodable) as error:
            raise DirectoryRefused(
                phrase("it cannot be asked: %(why)s", why=str(error)[:200]),
                where=address,
                remedy=phrase("sign in another way meanwhile"),
            ) from None
        if not isinstance(said, dict):
            raise DirectoryRefused(phrase("its answer is no object"), where=address)
        return said

    # --- who that is here ------------------------------------------------------------------

    def _signed_in(self, vouched: Vouched, visitor: Visitor, now: int, had: str | None) -> str:
        actor = Actor(None, f"directory {self.name}"[:60], (RoleGrant(Role.ADMINISTRATOR),), Via.SYSTEM)
        with self._store.writing() as connection:
            grants = self._grants(connection, vouched.claims)
            number = self._known(connection, vouched.subject)
            if number is None and grants:
                number = create_account(
                    connection,
                    actor,
                    self._free_name(connection, vouched),
                    self._display(vouched),
                    (),
                    now,
                    directory=(self._section.issuer, vouched.subject),
                )
            if number is not None:
                replace_directory_grants(connection, actor, number, grants, now)
                held = account_at(connection, number)
                if held.ended_at is None and held.grants:
                    return begin_session(connection, number, SignInWay.DIRECTORY, visitor, now, replaces=had)
        # The directory's word has been taken all the same: what it gives no more is gone.
        raise DirectoryRefused(
            phrase("it knows you, and gives you nothing to do here"),
            remedy=phrase("ask those who keep the directory"),
        )

    def _grants(self, connection: sa.Connection, claims: Mapping[str, Any]) -> list[RoleGrant]:
        said = claims.get(self._section.claim)
        values = {said} if isinstance(said, str) else set(_texts(said))
        return [
            RoleGrant(Role(item.role), None if item.place is None else place_at(connection, item.place))
            for item in self._section.grants
            if item.value in values
        ]

    def _known(self, connection: sa.Connection, subject: str) -> int | None:
        where = (account.c.issuer == self._section.issuer) & (account.c.issuer_subject == subject)
        number: int | None = connection.execute(sa.select(account.c.number).where(where)).scalar()
        return number

    def _free_name(self, connection: sa.Connection, vouched: Vouched) -> str:
        """The name that the directory says, where no account has it; else one made of the subject."""
        wanted = name_as_kept(
            str(vouched.claims.get("preferred_username") or vouched.claims.get("email") or "")
        )
        taken = connection.execute(sa.select(account.c.number).where(account.c.name == wanted)).first()
        if taken is None and fault_of_name(wanted) is None:
            return wanted
        return f"directory-{sha256(f'{self._section.issuer} {vouched.subject}'.encode()).hexdigest()[:12]}"

    def _display(self, vouched: Vouched) -> str:
        said = str(vouched.claims.get("name") or vouched.claims.get("preferred_username") or "")[:60]
        return said if fault_of_display(said) is None else f"directory {vouched.subject[:40]!a}"


def _check_issuer(issuer: str) -> None:
    """Raises ConfigurationError where what the directory says could be changed on its way."""
    parts = urlsplit(issuer)
    try:
        is_here = ip_address(parts.hostname or "").is_loopback
    except ValueError:
        is_here = parts.hostname == "localhost"
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise ConfigurationError(
            phrase("%(issuer)r is no https address", issuer=issuer),
            where="[console.directory] issuer",
            remedy=phrase("take its https address"),
        )


def _secret_in(section: DirectorySection) -> str:
    try:
        return read_bounded(section.client_secret, 4096, follow=True).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            phrase("cannot be read: %(why)s", why=error),
            where=str(section.client_secret),
            remedy=phrase("[console.directory] names it"),
        ) from None


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str):
        raise DirectoryRefused(phrase("its answer has no %(name)s", name=name))
    return value


def _texts(said: object) -> list[str]:
    items = said[:_MOST_VALUES] if isinstance(said, list) else []
    return [item for item in items if isinstance(item, str)]
