"""Passkeys, by WebAuthn: made on the own account, found again without a name, verified here and played once.

Browsers give them to names only, over HTTPS or on the computer itself: for the one address that gate.toml
names as `staff.origin`. The library is imported when somebody uses one, in the worker's thread: most gates
never need it, and no start waits for it.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from edge.journal.format import StaffChanged, StaffSignInRefused
from edge.staff.asking import AllowedRequest, Handled, Table, Then
from edge.staff.core import PUBLIC, Right
from edge.staff.protocol import Answer, Done, RefusedWhy
from edge.staff.protocol import sessions as messages
from edge.staff.refusals import refused
from edge.staff.sign_in import StaffSignIn
from edge.staff.staffing import Staffing
from edge.staff.stored import StaffAccount, StaffPasskey
from edge.support.bucket import Bucket
from edge.support.throttle import Throttle

_MOST_ASKED: Final = 64
_ANSWERED_WITHIN: Final = 300.0
_A_SECOND, _BURST = 1.0, 20.0
_NOBODY: Final = ""
_ORIGIN: Final = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+)(?::[0-9]{1,5})?/?")


@dataclass(frozen=True)
class Party:
    """For which pages passkeys are: the name in them, and their origin."""

    id: str
    origin: str


def party_of(origin: str) -> Party | None:
    """For which pages the passkeys of a console at `origin` are; None where there can be none."""
    parts = _ORIGIN.fullmatch(origin)
    if parts is None:
        return None
    scheme, host = parts["scheme"], parts["host"]
    try:
        ip_address(host)
    except ValueError:
        safe = scheme == "https" or host == "localhost"
        return Party(host, origin.rstrip("/")) if safe else None
    return None


class Passkeys:
    """Answers requests about passkeys. Used by the worker's thread."""

    def __init__(
        self, party: Party | None, staffing: Staffing, sign_in: StaffSignIn, monotonic: Callable[[], float]
    ) -> None:
        self.party = party
        self._staffing = staffing
        self._sign_in = sign_in
        self._monotonic = monotonic
        self._asked: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._tries = Bucket(_A_SECOND, seconds_saved=_BURST)
        self._throttle = Throttle(monotonic)

    def table(self) -> Table:
        """Who may ask what of this."""
        return {
            messages.AskPasskey: Handled(PUBLIC, self._ask),
            messages.SignInByPasskey: Handled(PUBLIC, self._sign_in_by),
            messages.OfferPasskey: Handled(Right.OWN, self._offer),
            messages.AddPasskey: Handled(Right.OWN, self._add),
        }

    # --- inside ----------------------------------------------------------------------------

    def _ask(self, _: AllowedRequest) -> Answer:
        if self.party is None:
            return refused(RefusedWhy.POLICY, detail="passkeys")
        import webauthn  # noqa: PLC0415 - said above
        from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415

        options = webauthn.generate_authentication_options(
            rp_id=self.party.id, user_verification=UserVerificationRequirement.REQUIRED
        )
        return self._asked_with(options, options.challenge, _NOBODY)

    def _offer(self, asked: AllowedRequest) -> Answer:
        if self.party is None:
            return refused(RefusedWhy.POLICY, detail="passkeys")
        import webauthn  # noqa: PLC0415 - said above
        from webauthn.helpers import structs  # noqa: PLC0415

        by = asked.by
        known = self._staffing.file.store().passkeys(by.staff)
        options = webauthn.generate_registration_options(
            rp_id=self.party.id,
            rp_name="Gatepost",
            user_id=by.staff.encode(),
            user_name=by.staff,
            user_display_name=by.name,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=passkey.id) for passkey in known],
        )
        return self._asked_with(options, options.challenge, by.staff)

    def _add(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.AddPasskey = asked.body
        if self.party is None or not self._was_asked(body.challenge, asked.by.staff):
            return refused(RefusedWhy.WRONG, detail="passkey")
        import webauthn  # noqa: PLC0415 - said above
        from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415

        try:
            made = webauthn.verify_registration_response(
                credential=body.credential,
                expected_challenge=base64url_to_bytes(body.challenge),
                expected_rp_id=self.party.id,
                expected_origin=self.party.origin,
                require_user_verification=True,
            )
        except Exception:  # noqa: BLE001 - the library raises many kinds on a stranger's bytes
            return refused(RefusedWhy.WRONG, detail="passkey")
        passkey = StaffPasskey(
            made.credential_id, asked.by.staff, made.credential_public_key, made.sign_count
        )
        own = asked.by.staff

        def make() -> Answer:
            if self._staffing.file.store().add_passkey(passkey):
                return Done()
            self._staffing.note(StaffChanged(own, "not_done", own))
            return refused(RefusedWhy.TAKEN, detail="passkey")

        return self._staffing.journalled(StaffChanged(own, "passkey", own), make)

    def _sign_in_by(self, asked: AllowedRequest) -> Answer:
        body: messages.SignInByPasskey = asked.body
        if self.party is None:
            return refused(RefusedWhy.POLICY, detail="passkeys")
        wait = self._tries.wait(self._monotonic())
        if wait:
            return refused(RefusedWhy.BUSY, wait=wait)
        self._tries.take(1)
        account = self._verified(self.party, body)
        if account is None:
            times = self._throttle.happened("passkey")
            if times:
                self._staffing.note(StaffSignInRefused("", "passkey", times))
            return refused(RefusedWhy.WRONG, detail="passkey")
        return self._sign_in.open_session(account, asked.client, "passkey")

    def _verified(self, party: Party, body: messages.SignInByPasskey) -> StaffAccount | None:
        """Whose passkey answered a challenge of ours, which is used up; None: it does not count."""
        if not self._was_asked(body.challenge, _NOBODY):
            return None
        import webauthn  # noqa: PLC0415 - said above
        from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json  # noqa: PLC0415

        store = self._staffing.file.store()
        try:
            parsed = parse_authentication_credential_json(body.credential)
        except Exception:  # noqa: BLE001 - as above
            return None
        held = store.passkey(parsed.raw_id)
        if held is None:
            return None
        try:
            verified = webauthn.verify_authentication_response(
                credential=body.credential,
                expected_challenge=base64url_to_bytes(body.challenge),
                expected_rp_id=party.id,
                expected_origin=party.origin,
                credential_public_key=held.public_key,
                credential_current_sign_count=held.used,  # one that counts back is a copy
                require_user_verification=True,
            )
        except Exception:  # noqa: BLE001 - as above
            return None
        store.passkey_used(held.id, verified.new_sign_count)
        return store.account(held.staff)

    def _asked_with(self, options: Any, challenge: bytes, staff: str) -> Answer:
        from webauthn import options_to_json  # noqa: PLC0415 - said above
        from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415

        name = bytes_to_base64url(challenge)
        self._asked[name] = staff, self._monotonic() + _ANSWERED_WITHIN
        if len(self._asked) > _MOST_ASKED:
            self._asked.popitem(last=False)
        return messages.PasskeyAsked(name, options_to_json(options))

    def _was_asked(self, challenge: str, staff: str) -> bool:
        """Whether this was asked of them lately; it counts once."""
        whose, until = self._asked.pop(challenge, (None, 0.0))
        return whose == staff and self._monotonic() < until
