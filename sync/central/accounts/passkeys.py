"""Passkeys, by WebAuthn: enrolled with the user verified, found again without a name, never played twice."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from edge.support.phrases import phrase
from sync.central.accounts.accounts import Account
from sync.central.accounts.actor import Actor
from sync.central.accounts.challenges import answered_challenge, keep_challenge
from sync.central.accounts.relying_party import RelyingParty
from sync.central.accounts.sessions import about_account
from sync.central.accounts.tables import account, passkey
from sync.central.audit.audit import note
from sync.central.store import StoreError

MOST_PASSKEYS = 20
_ENROL, _SIGN_IN = "passkey_enrol", "passkey_sign_in"
_LONGEST_LABEL = 60


class PasskeyRefused(StoreError):
    """What a browser sent as a passkey's answer is not one that counts here."""


@dataclass(frozen=True)
class Passkey:
    """A passkey of an account. Times are microseconds since 1970 UTC."""

    id: str
    label: str
    made_at: int
    used_at: int | None


def passkeys_of(connection: sa.Connection, number: int) -> list[Passkey]:
    """The passkeys of an account, the oldest first."""
    query = sa.select(passkey).where(passkey.c.account == number).order_by(passkey.c.made_at, passkey.c.id)
    return [
        Passkey(bytes_to_base64url(row.id), row.label, row.made_at, row.used_at)
        for row in connection.execute(query)
    ]


# --- enrolling -----------------------------------------------------------------------------------


def enrolment_options(connection: sa.Connection, held: Account, party: RelyingParty, now: int) -> str:
    """What the browser needs to make a passkey for an account, as JSON."""
    known = (
        connection.execute(sa.select(passkey.c.id).where(passkey.c.account == held.number)).scalars().all()
    )
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name="Gatepost",
        user_id=held.handle,
        user_name=held.name,
        user_display_name=held.display,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=identity) for identity in known],
    )
    keep_challenge(connection, bytes_to_base64url(options.challenge), _ENROL, now, account=held.number)
    return webauthn.options_to_json(options)


def enrol_passkey(
    connection: sa.Connection,
    actor: Actor,
    held: Account,
    party: RelyingParty,
    credential: str,
    label: str,
    now: int,
) -> None:
    """Add a passkey that a browser made to an account. Raises PasskeyRefused."""
    if len(passkeys_of(connection, held.number)) >= MOST_PASSKEYS:
        raise PasskeyRefused(
            phrase("an account has %(most)s passkeys at most", most=MOST_PASSKEYS),
            remedy=phrase("remove one first"),
        )
    try:
        challenge = _challenge_in(parse_registration_credential_json(credential).response.client_data_json)
    except Exception as error:  # noqa: BLE001 - the library raises many kinds on a stranger's bytes
        raise _unreadable(error) from None
    if answered_challenge(connection, challenge, _ENROL, now, account=held.number) is None:
        raise _not_asked()
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except Exception as error:  # noqa: BLE001 - as above
        raise _unreadable(error) from None
    if (
        connection.execute(sa.select(passkey.c.id).where(passkey.c.id == made.credential_id)).first()
        is not None
    ):
        raise PasskeyRefused(phrase("this passkey is enrolled already"))
    values = {"id": made.credential_id, "account": held.number, "public_key": made.credential_public_key}
    shown = label.strip()[:_LONGEST_LABEL] or "passkey"
    connection.execute(sa.insert(passkey).values(**values, counter=made.sign_count, label=shown, made_at=now))
    note(connection, actor, "enrol_passkey", about_account(held), now)


def remove_passkey(connection: sa.Connection, actor: Actor, held: Account, identity: str, now: int) -> None:
    """Let a passkey open nothing any more. Raises StoreError if the account has none with this id."""
    try:
        raw = base64url_to_bytes(identity)
    except ValueError:
        raw = b""
    where = (passkey.c.id == raw) & (passkey.c.account == held.number)
    if not connection.execute(sa.delete(passkey).where(where)).rowcount:
        raise StoreError(phrase("there is no such passkey any more"), where=held.name)
    note(connection, actor, "remove_passkey", about_account(held), now)


# --- signing in ----------------------------------------------------------------------------------


def sign_in_options(connection: sa.Connection, party: RelyingParty, now: int) -> str:
    """What the browser needs to sign in with any passkey that it has for these pages, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id, user_verification=UserVerificationRequirement.REQUIRED
    )
    keep_challenge(connection, bytes_to_base64url(options.challenge), _SIGN_IN, now)
    return webauthn.options_to_json(options)


@dataclass(frozen=True)
class Asserted:
    """The account whose passkey answered; `is_copy`: it counted back, as only a copied passkey does."""

    account: int
    is_copy: bool


def asserted(connection: sa.Connection, party: RelyingParty, credential: str, now: int) -> Asserted:
    """Whose passkey has answered a challenge of ours, which is used up. Raises PasskeyRefused."""
    try:
        parsed = parse_authentication_credential_json(credential)
        challenge = _challenge_in(parsed.response.client_data_json)
    except Exception as error:  # noqa: BLE001 - as above
        raise _unreadable(error) from None
    if answered_challenge(connection, challenge, _SIGN_IN, now) is None:
        raise _not_asked()
    joined = sa.select(passkey, account.c.handle).join(account, account.c.number == passkey.c.account)
    row = connection.execute(
        joined.where(passkey.c.id == parsed.raw_id, account.c.ended_at.is_(None)).with_for_update(of=passkey)
    ).first()
    if row is None or parsed.response.user_handle not in {None, row.handle}:
        raise PasskeyRefused(
            phrase("this passkey is not enrolled here"), remedy=phrase("sign in another way, and enrol it")
        )
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=0,  # compared below, where a copy can be told from other faults
            require_user_verification=True,
        )
    except Exception as error:  # noqa: BLE001 - as above
        raise _unreadable(error) from None
    counts = verified.new_sign_count > 0 or row.counter > 0
    if counts and verified.new_sign_count <= row.counter:
        return Asserted(row.account, is_copy=True)
    used = {"counter": verified.new_sign_count, "used_at": now}
    connection.execute(sa.update(passkey).where(passkey.c.id == row.id).values(**used))
    return Asserted(row.account, is_copy=False)


# --- inside --------------------------------------------------------------------------------------


def _challenge_in(client_data: bytes) -> str:
    return bytes_to_base64url(parse_client_data_json(client_data).challenge)


def _unreadable(error: Exception) -> PasskeyRefused:
    return PasskeyRefused(
        phrase("the passkey's answer does not count: %(why)s", why=str(error)[:200]),
        remedy=phrase("try again"),
    )


def _not_asked() -> PasskeyRefused:
    return PasskeyRefused(
        phrase("the passkey's answer is to no question of the last 5 minutes, or to one that was answered"),
        remedy=phrase("try again"),
    )
