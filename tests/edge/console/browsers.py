"""Browsers at the addresses of this computer, and how they sign in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.edge.console.staffed_gate import OURS, Member, StaffedGate
from tests.edge.web.serving import NO_TLS
from tests.waiting import PATIENT


@contextmanager
def client_from(gate: StaffedGate, address: str = "127.0.0.1", **cookies: str) -> Iterator[httpx.Client]:
    """A browser at another address of this computer."""
    transport = httpx.HTTPTransport(verify=NO_TLS, local_address=address)
    with httpx.Client(
        base_url=gate.address,
        headers=OURS,
        cookies=cookies,
        transport=transport,
        timeout=PATIENT,
        trust_env=False,
    ) as client:
        yield client


def sign_in(client: httpx.Client, member: Member, pin: str = "", to: str = "/") -> httpx.Response:
    return client.post("/sign-in", data={"staff": member.staff, "pin": pin or member.pin, "next": to})


def timeless(page: str) -> str:
    """The page without the gate's time of when it was made."""
    return re.sub(r'data-now="\d+"', "", page)
