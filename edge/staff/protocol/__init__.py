"""What the console asks of the gate on its socket, and what the gate answers: one MessagePack message a
packet, each of a declared type. PURE. Enter by `envelope`, `sessions`, `accounts`, `acts`, `now`, `gate`,
`people`, `watching`, `preview`, `screen`, `figures`, `installing` and `enrolment`.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from edge.staff.protocol import accounts, acts, enrolment, installing, now, people, screen, sessions, watching
from edge.staff.protocol.envelope import MOST_BYTES, Done, Message, Refused, RefusedWhy
from edge.support.decoding import msgpack_decoder

RequestBody = (
    sessions.Requests
    | accounts.Requests
    | acts.Requests
    | watching.Requests
    | now.Requests
    | people.Requests
    | installing.Requests
    | enrolment.Requests
    | screen.Requests
    # One line a part.
)

Answer = (
    Refused
    | sessions.Answers
    | accounts.Answers
    | acts.Answers
    | watching.Answers
    | now.Answers
    | people.Answers
    | installing.Answers
    | enrolment.Answers
    # One line a part.
)


LONGEST_SECRET: Final = 128
"""Characters of a cookie's secret: what has more is none."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody asks: `session` is the secret of their cookie (empty: nobody), `client` the address that
    their browser has.
    """

    body: RequestBody
    session: Annotated[str, Meta(max_length=LONGEST_SECRET)] = ""
    client: Annotated[str, Meta(max_length=64)] = ""


encoded = msgspec.msgpack.Encoder().encode
"""A request or an answer as a packet."""

request_of = msgpack_decoder(Request)
"""The request in a packet; raises Undecodable."""

answer_of = msgpack_decoder(Answer)
"""The answer in a packet; raises Undecodable."""

__all__ = [
    "LONGEST_SECRET",
    "MOST_BYTES",
    "Answer",
    "Done",
    "Message",
    "Refused",
    "RefusedWhy",
    "Request",
    "RequestBody",
    "answer_of",
    "encoded",
    "request_of",
]
