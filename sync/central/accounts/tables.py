"""The tables of accounts. What lets somebody in is kept as a hash, never as it was given out."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from sync.central.tables import Number, metadata


def _of_account() -> Column[int]:
    return Column("account", Number, ForeignKey("account.number"), nullable=False)


account = Table(
    "account",
    metadata,
    Column("number", Number, primary_key=True),
    Column("name", Text, nullable=False, unique=True),  # signs in with it; never given to another
    Column("display", Text, nullable=False),  # the name under which acts are recorded
    Column("language", Text, nullable=False, server_default=""),  # "": as the browser asks
    Column("single_keys", Boolean, nullable=False, server_default="1"),
    Column("handle", LargeBinary, nullable=False, unique=True),  # random: WebAuthn's user id
    Column("epoch", BigInteger, nullable=False, server_default="1"),  # of its sessions: older ones are over
    Column("made_at", BigInteger, nullable=False),  # times: microseconds since 1970 UTC
    Column("ended_at", BigInteger),
    Column("linked_by", BigInteger),  # the account that last made a link for it: it could sign in as this one
    Column("linked_at", BigInteger),
    Column("password", Text),  # argon2id's string
    Column("second_factor", Text),  # the secret of its one-time codes
    Column(
        "second_factor_step", BigInteger, nullable=False, server_default="0"
    ),  # of the last code that counted
    Column("issuer", Text),  # of the directory that vouches for it, and its subject there
    Column("issuer_subject", Text),
    UniqueConstraint("issuer", "issuer_subject", name="account_in_directory"),
)

account_grant = Table(
    "account_grant",
    metadata,
    Column("number", Number, primary_key=True),
    _of_account(),
    Column("role", Text, nullable=False),  # sync.central.accounts.core.roles.Role
    Column("place", BigInteger),  # None: everywhere
    Column("at", BigInteger, nullable=False),
    Column("by_directory", Boolean, nullable=False, server_default="0"),  # replaced at each sign-in by it
    Index("account_grant_account", "account"),
)

passkey = Table(
    "passkey",
    metadata,
    Column("id", LargeBinary, primary_key=True),  # the credential's
    _of_account(),
    Column("public_key", LargeBinary, nullable=False),  # COSE, as the authenticator gave it
    Column("counter", BigInteger, nullable=False),  # of signatures: one that goes back is a copy
    Column("label", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Index("passkey_account", "account"),
)

session = Table(
    "session",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),  # random: names it on pages
    _of_account(),
    Column("epoch", BigInteger, nullable=False),
    Column("way", Text, nullable=False),  # sync.central.accounts.core.sessions.SignInWay
    Column("agent", Text, nullable=False),  # the browser's own name
    Column("address", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Index("session_account", "account"),
)

one_time_link = Table(
    "one_time_link",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    _of_account(),
    Column("until", BigInteger, nullable=False),
    Index("one_time_link_account", "account"),
)

challenge = Table(
    "challenge",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("account", BigInteger),  # None: nobody is known yet
    Column("detail", Text, nullable=False, server_default=""),
    Column("until", BigInteger, nullable=False),
    Index("challenge_until", "until"),
)

token = Table(
    "token",
    metadata,
    Column("number", Number, primary_key=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    _of_account(),
    Column("label", Text, nullable=False),
    Column("acts", Text, nullable=False),  # by commas
    Column("place", BigInteger),  # None: wherever its account may
    Column("made_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("revoked_at", BigInteger),
    Index("token_account", "account"),
)
