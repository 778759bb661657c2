"""Passwords by argon2id, and one-time codes beside them: neither opens anything alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hmac import compare_digest
from threading import BoundedSemaphore

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pyotp import TOTP, random_base32

from edge.support.phrases import phrase
from sync.central.accounts.accounts import Account
from sync.central.accounts.actor import Actor
from sync.central.accounts.challenges import answered_challenge, keep_challenge
from sync.central.accounts.core import fault_of_password
from sync.central.accounts.secret_words import new_secret
from sync.central.accounts.sessions import about_account
from sync.central.accounts.tables import account
from sync.central.audit.audit import note
from sync.central.store import StoreError

STEP = 30_000_000
"""Microseconds for which a one-time code is shown."""
_AT_ONCE = 2
"""Passwords that are hashed at once: each takes 64 MiB."""
_PURPOSE = "second_factor"


class Passwords:
    """Hashes and verifies passwords, a few at once; an unknown account's takes as long as another's."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._free = BoundedSemaphore(_AT_ONCE)

    @cached_property
    def _nobodys(self) -> str:
        """A hash with today's parameters that no password has."""
        return self._hasher.hash(new_secret())

    def hash(self, password: str) -> str:
        with self._free:
            return self._hasher.hash(password)

    def is_right(self, held: str | None, password: str) -> bool:
        """Whether it is the password whose hash is `held`; None: nobody's, for the same work."""
        with self._free:
            try:
                self._hasher.verify(held or self._nobodys, password)
            except (VerificationError, InvalidHashError):
                return False
        return held is not None

    def is_outdated(self, held: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(held)


# --- one-time codes ------------------------------------------------------------------------------


def step_of_code(secret: str, code: str, now: int, last: int) -> int | None:
    """The step whose code this is: now's, or one beside it, and later than the `last` that counted."""
    codes = TOTP(secret)
    for step in (now // STEP - 1, now // STEP, now // STEP + 1):
        is_right = compare_digest(codes.generate_otp(step).encode(), code.strip().encode(errors="replace"))
        if is_right and step > last:
            return step
    return None


def provisioning_uri(held: Account, secret: str) -> str:
    """What an authenticator's app reads from a QR code."""
    return TOTP(secret, name=held.name, issuer="Gatepost").provisioning_uri()


def new_second_factor(connection: sa.Connection, held: Account, now: int) -> tuple[str, str]:
    """A secret for an authenticator's app, and the word by which `set_password` knows it again."""
    word, secret = new_secret(), random_base32()
    keep_challenge(connection, word, _PURPOSE, now, account=held.number, detail=secret)
    return secret, word


def set_password(
    connection: sa.Connection,
    actor: Actor,
    held: Account,
    hashed: str,
    word: str,
    code: str,
    now: int,
) -> None:
    """Set the password (its hash) and the second factor, which a first code confirms. Raises StoreError."""
    secret = answered_challenge(connection, word, _PURPOSE, now, account=held.number)
    if secret is None:
        raise StoreError(
            phrase("the secret is older than 5 minutes"),
            remedy=phrase("open the page again, and scan it anew"),
        )
    step = step_of_code(secret, code, now, 0)
    if step is None:
        raise StoreError(
            phrase("the code is not the one of now"),
            remedy=phrase("look whether the clocks are right, and scan the picture again"),
        )
    values = {"password": hashed, "second_factor": secret, "second_factor_step": step}
    connection.execute(sa.update(account).where(account.c.number == held.number).values(**values))
    note(connection, actor, "set_password", about_account(held), now)


def remove_password(connection: sa.Connection, actor: Actor, held: Account, now: int) -> None:
    """Let no password sign the account in any more."""
    values = {"password": None, "second_factor": None}
    connection.execute(sa.update(account).where(account.c.number == held.number).values(**values))
    note(connection, actor, "remove_password", about_account(held), now)


def checked_password(password: str, again: str, held: Account) -> str:
    """The password, if it may be one. Raises StoreError."""
    if password != again:
        raise StoreError(phrase("the two passwords differ"), remedy=phrase("type them again"))
    if fault := fault_of_password(password, held.name):
        raise StoreError(fault, remedy=phrase("take a longer one: four words that nobody would put together"))
    return password


@dataclass(frozen=True)
class Credentials:
    """What a password's way in is held against. Nobody's, where `number` is None: for the same work."""

    number: int | None
    password: str | None
    second_factor: str
    last_step: int


def credentials_of(connection: sa.Connection, name: str) -> Credentials:
    """Those of the account with this name, or nobody's."""
    columns = (account.c.number, account.c.password, account.c.second_factor, account.c.second_factor_step)
    where = (account.c.name == name) & account.c.ended_at.is_(None)
    row = connection.execute(sa.select(*columns).where(where)).first()
    if row is None:
        return Credentials(None, None, random_base32(), 0)
    return Credentials(row.number, row.password, row.second_factor or random_base32(), row.second_factor_step)


def use_step(connection: sa.Connection, number: int, step: int, rehashed: str | None) -> bool:
    """Let a step's code count for the last time; False where it has counted already: of two who come with one
    code at once, one changes the row.
    """
    values = {"second_factor_step": step} | ({} if rehashed is None else {"password": rehashed})
    where = (account.c.number == number) & (account.c.second_factor_step < step)
    return bool(connection.execute(sa.update(account).where(where).values(**values)).rowcount)
