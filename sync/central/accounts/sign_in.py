"""Signs somebody in, by whichever way, and notes it; refusals are alike in words and work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from edge.support.phrases import phrase
from sync.central.accounts.accounts import account_at
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core import LONGEST_PASSWORD, SignInWay, name_as_kept
from sync.central.accounts.links import account_of_link
from sync.central.accounts.passkeys import asserted, sign_in_options
from sync.central.accounts.passwords import Passwords, credentials_of, step_of_code, use_step
from sync.central.accounts.rates import TryRates
from sync.central.accounts.relying_party import RelyingParty
from sync.central.accounts.sessions import Visitor, about_account, begin_session
from sync.central.audit.audit import About, note
from sync.central.store import Store, StoreError

_STRANGER = Actor(None, "a stranger", (), Via.SESSION)
_SAID = phrase("the name, the password or the code is wrong")
_REMEDY = phrase("try again with the next code, take a passkey, or ask an administrator for a link")


class SignInRefused(StoreError):
    """Nobody was signed in."""


class TooManyTries(SignInRefused):
    """Nobody was signed in, nor was anything looked at: wait `seconds`."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        minutes = -(-seconds // 60)
        super().__init__(
            phrase("too many tries"),
            remedy=phrase(
                "wait %(minutes)s min, take a passkey, or ask an administrator for a link", minutes=minutes
            ),
        )


@dataclass(frozen=True)
class AccountSignIn:
    """The ways in. Each returns the secret for the cookie of a new session; `had` is the one that the browser
    had before, which ends.
    """

    store: Store
    passwords: Passwords
    rates: TryRates
    party: RelyingParty | None

    def by_password(
        self, name: str, password: str, code: str, visitor: Visitor, now: int, had: str | None = None
    ) -> str:
        """By password and one-time code, both of which are looked at whatever the other is."""
        kept = name_as_kept(name)
        if wait := self.rates.seconds_until_password(kept, visitor.address):
            raise TooManyTries(wait)
        with self.store.reading() as connection:
            held = credentials_of(connection, kept)
        is_password = self.passwords.is_right(held.password, password[: LONGEST_PASSWORD + 1])
        step = step_of_code(held.second_factor, code, now, held.last_step)
        if held.number is None or not is_password or step is None:
            return self._refuse(held.number, visitor, now)
        rehashed = self.passwords.hash(password) if self.passwords.is_outdated(held.password or "") else None
        with self.store.writing() as connection:
            if use_step(connection, held.number, step, rehashed):
                self.rates.was_right(kept)
                return begin_session(connection, held.number, SignInWay.PASSWORD, visitor, now, replaces=had)
        return self._refuse(held.number, visitor, now)

    def passkey_options(self, visitor: Visitor, now: int) -> str:
        """What the browser needs to sign in by a passkey, as JSON."""
        party = self._party()
        self._check_rate(visitor)
        with self.store.writing() as connection:
            return sign_in_options(connection, party, now)

    def by_passkey(self, credential: str, visitor: Visitor, now: int, had: str | None = None) -> str:
        """By the answer of a passkey."""
        party = self._party()
        self._check_rate(visitor)
        with self.store.writing() as connection:
            found = asserted(connection, party, credential, now)
            if not found.is_copy:
                return begin_session(connection, found.account, SignInWay.PASSKEY, visitor, now, replaces=had)
            held = account_at(connection, found.account)
            note(connection, _STRANGER, "passkey_counted_back", about_account(held), now)
        raise SignInRefused(
            phrase("this passkey has counted back: there is a copy of it"),
            remedy=phrase("remove it, and enrol another"),
        )

    def by_link(self, secret: str, visitor: Visitor, now: int, had: str | None = None) -> str:
        """By a one-time link."""
        self._check_rate(visitor)
        with self.store.writing() as connection:
            number = account_of_link(connection, secret, now)
            return begin_session(connection, number, SignInWay.LINK, visitor, now, replaces=had)

    # --- inside ----------------------------------------------------------------------------

    def _party(self) -> RelyingParty:
        if self.party is None:
            raise SignInRefused(
                phrase("browsers give passkeys to names only, and this console is at an address"),
                remedy=phrase("give it a name, and set it as [console] origin in central.toml"),
            )
        return self.party

    def _check_rate(self, visitor: Visitor) -> None:
        if wait := self.rates.seconds_until_other(visitor.address):
            raise TooManyTries(wait)

    def _refuse(self, number: int | None, visitor: Visitor, now: int) -> NoReturn:
        """Note a refusal, and raise it: the same for a name that nobody has."""
        with self.store.writing() as connection:
            if number is not None:
                note(
                    connection,
                    _STRANGER,
                    "sign_in_refused",
                    about_account(account_at(connection, number)),
                    now,
                )
            elif self.rates.may_note_stranger(visitor.address):
                note(connection, _STRANGER, "sign_in_refused", About("account", ""), now)
        raise SignInRefused(_SAID, remedy=_REMEDY)
