"""One call of the API: whose token it is, how often it may ask, and how it is answered, once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any, TypeVar

import msgspec
import sqlalchemy as sa
from fastapi import Depends, Request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Connection
from starlette.responses import Response

from edge.support.decoding import Undecodable, json_of
from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Act
from sync.central.accounts.tokens import TokenRefused, actor_by_token
from sync.central.store import StoreError, insert_unless_there
from sync.central.units import DAY
from sync.central.web.api.problems import ApiRefusal, Problem
from sync.central.web.api.tables import api_request
from sync.central.web.services import Services
from sync.central.web.visit import NothingDone, Visit, language_of_call

T = TypeVar("T")
_A_TOKEN = parse("600 per minute")
_A_STRANGER = parse("30 per minute")
_KEPT = DAY
"""Microseconds for which a request that was done is answered again."""
_LONGEST_KEY = 200
_ENCODER = msgspec.json.Encoder(enc_hook=str, order="deterministic")


class Rates:
    """How often a token may ask, and an address without one; in this process's memory."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def take(self, item: Any, key: str) -> None:
        """Count a request. Raises ApiRefusal where there were too many."""
        if not self._limiter.hit(item, key):
            rest = max(1, round(self._limiter.get_window_stats(item, key).reset_time - time.time()))
            raise ApiRefusal(
                Problem(
                    "too many requests", 429, f"at most {item}", remedy=f"wait {rest} s", nothing_done=True
                ),
                {"retry-after": str(rest)},
            )


def call_of(request: Request) -> Visit:
    """The visit that a call is, by its bearer token alone: no cookie counts here. Raises ApiRefusal."""
    services: Services = request.app.state.services
    act: Act = request.app.state.api_acts[request.method, request.scope["route"].path]
    try:
        actor = _actor(request, services)
    except StoreError as error:
        raise error.retold(NothingDone) from error
    if not actor.may(act):
        raise ApiRefusal(
            Problem(
                "this token may not do that",
                403,
                f"it lacks {act.value}",
                remedy="make a token with this scope: gatepost central token create",
                nothing_done=True,
            )
        )
    return Visit(request, services, actor, actor.sight(act), services.wall(), language_of_call(request))


Call = Annotated[Visit, Depends(call_of)]
"""What a handler of the API takes."""


def answer(value: Any, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(_ENCODER.encode(value), status, media_type="application/json")


async def body_of(request: Request) -> bytes:
    """The body as it came."""
    return await request.body()


Body = Annotated[bytes, Depends(body_of)]


def taken(body: bytes, kind: type[T]) -> T:
    """The value in a body. Raises ApiRefusal, which names what is wrong and where."""
    try:
        return json_of(body, kind)
    except Undecodable as error:
        raise ApiRefusal(
            Problem(
                "the body cannot be read", 422, str(error), remedy="see /api/openapi.json", nothing_done=True
            )
        ) from None


def done(
    call: Visit,
    body: bytes,
    act: Callable[[Connection], Any],
    kept: Callable[[Any], Any] = lambda answered: answered,
    after: Callable[[Any], Any] = lambda answered: answered,
) -> Response:
    """Do `act` in one transaction, and answer with what it returns, and what `after` the commit makes of it.

    With an Idempotency-Key that was used before, the answer of then, as far as it was `kept`: no secret that
    is told once lies in the database. For another request under that key 422.
    """
    key = call.request.headers.get("idempotency-key", "")
    if len(key) > _LONGEST_KEY or not key.isprintable():
        raise ApiRefusal(
            Problem("the Idempotency-Key cannot be used", 422, f"at most {_LONGEST_KEY} printable characters")
        )
    if not key:
        with call.act() as connection:
            made = act(connection)
        return answer(after(made))
    with call.act() as connection:
        asked = KeyedCall(call.actor.account or 0, key, _digest(call.request, body), call.now)
        told: list[Any] = []

        def first() -> bytes:
            told.append(act(connection))
            return _ENCODER.encode(kept(told[0]))

        text = answered_once(connection, asked, first)
    if told:
        return answer(after(told[0]))
    return Response(text, media_type="application/json")


@dataclass(frozen=True)
class KeyedCall:
    """A request under a key of an account: the `digest` of what it asks, and when."""

    account: int
    key: str
    digest: bytes
    at: int


def answered_once(connection: Connection, asked: KeyedCall, act: Callable[[], bytes]) -> bytes:
    """The answer of `act`, or that of then where the key was used before. Raises ApiRefusal where it was for
    another request.
    """
    connection.execute(sa.delete(api_request).where(api_request.c.at <= asked.at - _KEPT))
    # If another process has the same key in work, this waits until it has committed.
    kept = insert_unless_there(connection, api_request, "key")
    mine = (api_request.c.account == asked.account) & (api_request.c.key == asked.key)
    if connection.execute(kept, {**asdict(asked), "answer": b""}).first() is not None:
        text = act()
        connection.execute(sa.update(api_request).where(mine).values(answer=text))
        return text
    held = connection.execute(sa.select(api_request.c.digest, api_request.c.answer).where(mine)).one()
    if held.digest != asked.digest:
        raise ApiRefusal(
            Problem(
                "this Idempotency-Key was used for another request",
                422,
                remedy="use a new key for each request",
                nothing_done=True,
            )
        )
    answer_then: bytes = held.answer
    return answer_then


# --- inside --------------------------------------------------------------------------------------


def _digest(request: Request, body: bytes) -> bytes:
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(asked + body).digest()


def _actor(request: Request, services: Services) -> Actor:
    rates: Rates = request.app.state.api_rates
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() == "bearer" and secret:
        try:
            actor = actor_by_token(services.store, secret, services.wall())
        except TokenRefused as error:
            refusal = str(error)
        else:
            rates.take(_A_TOKEN, hashlib.sha256(secret.encode()).hexdigest())
            return actor
    else:
        refusal = "there is no bearer token"
    rates.take(_A_STRANGER, "" if request.client is None else request.client.host)
    raise ApiRefusal(
        Problem("not signed in", 401, refusal, remedy="Authorization: Bearer gatepost_…", nothing_done=True),
        {"www-authenticate": "Bearer"},
    )
