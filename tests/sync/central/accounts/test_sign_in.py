"""The ways in, on both databases: what each asks for, and how refusals are alike."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from pyotp import TOTP

from sync.central.accounts.accounts import account_at, end_account
from sync.central.accounts.core.names import fault_of_password
from sync.central.accounts.core.sessions import SignInWay
from sync.central.accounts.links import PATH, one_time_link
from sync.central.accounts.passkeys import enrol_passkey, enrolment_options
from sync.central.accounts.passwords import (
    STEP,
    Passwords,
    checked_password,
    new_second_factor,
    remove_password,
    set_password,
    step_of_code,
)
from sync.central.accounts.rates import TryRates
from sync.central.accounts.relying_party import relying_party
from sync.central.accounts.sessions import Visitor, signed_in
from sync.central.accounts.sign_in import AccountSignIn, SignInRefused, TooManyTries
from sync.central.accounts.tables import account as account_table
from sync.central.audit.audit import entries
from sync.central.places.sight import EVERYWHERE
from sync.central.store import StoreError
from tests.sync.central.accounts.authenticator import Authenticator
from tests.sync.central.accounts.conftest import OWNER, Centre
from tests.sync.wire.examples import AT as SOME_TIME

AT = SOME_TIME // STEP * STEP
HERE = Visitor("Firefox on Linux", "192.0.2.7")
PASSWORD = "four words nobody guesses"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PARTY = relying_party("http://127.0.0.1:8080")


class Counting(Passwords):
    """Counts how often a password was hashed to be compared."""

    def __init__(self) -> None:
        super().__init__(CHEAP)
        self.times = 0

    def is_right(self, held: str | None, password: str) -> bool:
        self.times += 1
        return super().is_right(held, password)


@pytest.fixture
def door(centre: Centre) -> AccountSignIn:
    return AccountSignIn(centre.store, Counting(), TryRates(), PARTY)


@pytest.fixture
def secret(centre: Centre, door: AccountSignIn) -> str:
    """The chief's second factor; the chief has a password too."""
    with centre.store.writing() as connection:
        held = account_at(connection, centre.accounts["chief"])
        secret, word = new_second_factor(connection, held, AT)
        code = TOTP(secret).generate_otp(AT // STEP)
        set_password(connection, held.actor(), held, door.passwords.hash(PASSWORD), word, code, AT)
    return secret


def code(secret: str, steps: int) -> str:
    """The code of so many steps after that which confirmed the secret."""
    return TOTP(secret).generate_otp(AT // STEP + steps)


def acts(centre: Centre) -> list[tuple[str, str]]:
    with centre.store.reading() as connection:
        return [(entry.act, entry.about.id) for entry in entries(connection, EVERYWHERE)]


def come(door: AccountSignIn, name: str, password: str, code: str, at: int = AT) -> str | None:
    """The name of the account that was signed in; None where it was refused in the words for all."""
    try:
        made = door.by_password(name, password, code, HERE, at)
    except TooManyTries:
        return "too many"
    except SignInRefused as refused:
        return None if refused.what == "the name, the password or the code is wrong" else refused.what
    found = signed_in(door.store, made, HERE, at)
    assert found is not None
    assert found.session.way is SignInWay.PASSWORD
    return found.account.name


def test_a_password_opens_with_its_code_and_neither_alone(
    centre: Centre, door: AccountSignIn, secret: str
) -> None:
    tried = {
        "both": come(door, " CHIEF ", PASSWORD, code(secret, 1)),
        "no code": come(door, "chief", PASSWORD, ""),
        "a wrong code": come(door, "chief", PASSWORD, "000000"),
        "a wrong password": come(door, "chief", PASSWORD + "x", code(secret, 1)),
        "a name that nobody has": come(door, "nobody", PASSWORD, code(secret, 1)),
        "an account without a password": come(door, "east.admin", PASSWORD, code(secret, 1)),
    }
    assert {name for name, found in tried.items() if found == "chief"} == {"both"}
    assert set(tried.values()) == {"chief", None}
    assert isinstance(door.passwords, Counting)
    assert door.passwords.times == len(tried), "each costs the same work"
    assert acts(centre)[:5] == [
        ("sign_in_refused", "east.admin"),
        ("sign_in_refused", ""),
        *[("sign_in_refused", "chief")] * 3,
    ]


def test_a_code_counts_once_and_a_step_before_or_after(door: AccountSignIn, secret: str) -> None:
    at = AT + 3 * STEP
    for steps, found in ((1, None), (2, "chief"), (2, None), (1, None), (4, "chief"), (3, None), (5, None)):
        assert come(door, "chief", PASSWORD, code(secret, steps), at) == found, steps


def test_the_code_that_confirmed_the_secret_counts_no_more(door: AccountSignIn, secret: str) -> None:
    assert come(door, "chief", PASSWORD, code(secret, 0)) is None


def test_a_code_may_be_anything_that_somebody_types() -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    for typed in ("", "١٢٣٤٥٦", "\udcff", "1" * 10_000, "000 000"):
        assert step_of_code(secret, typed, AT, 0) in {None, AT // STEP}


def test_ten_thousand_wrong_passwords_cost_ten_looks_and_shut_nobody_out(
    centre: Centre, door: AccountSignIn, secret: str
) -> None:
    key = Authenticator()
    with centre.store.writing() as connection:
        held = account_at(connection, centre.accounts["chief"])
        assert PARTY is not None
        answer = key.enrolled(enrolment_options(connection, held, PARTY, AT))
        enrol_passkey(connection, held.actor(), held, PARTY, answer, "phone", AT)
        link = one_time_link(connection, held.number, AT)
    refusals = [come(door, "chief", f"wrong {number}", "000000") for number in range(10_000)]
    assert (refusals.count(None), refusals.count("too many")) == (10, 9_990)
    assert isinstance(door.passwords, Counting)
    assert door.passwords.times == 10
    assert come(door, "chief", PASSWORD, code(secret, 1)) == "too many", (
        "the right one is not looked at either"
    )
    with pytest.raises(TooManyTries) as waits:
        door.by_password("chief", PASSWORD, "", HERE, AT)
    assert 0 < waits.value.seconds <= 900, "it ends by itself"
    assert [act for act, _ in acts(centre)].count("sign_in_refused") == 10
    elsewhere = Visitor("Safari", "198.51.100.9")
    assert door.by_passkey(key.signed_in(door.passkey_options(elsewhere, AT)), elsewhere, AT)
    assert door.by_link(link.removeprefix(PATH), elsewhere, AT)


def test_one_address_tries_sixty_names_and_others_go_on(door: AccountSignIn, secret: str) -> None:
    said = [come(door, f"name{number}", "x", "") for number in range(70)]
    assert said.count("too many") == 10
    other = Visitor(HERE.agent, "2001:db8::1")
    assert door.by_password("chief", PASSWORD, code(secret, 1), other, AT)
    in_its_block = [Visitor("x", f"2001:db8:1:1::{number:x}") for number in range(70)]
    limited = 0
    for visitor in in_its_block:
        try:
            door.by_password(f"n{visitor.address}", "x", "", visitor, AT)
        except TooManyTries:
            limited += 1
        except SignInRefused:
            pass
    assert limited == 10, "an IPv6 customer has one block"


def test_strangers_fill_no_audit(centre: Centre, door: AccountSignIn) -> None:
    for number in range(50):
        come(door, f"name{number}", "x", "")
    assert [act for act, _ in acts(centre)].count("sign_in_refused") == 20


def test_a_password_of_weaker_parameters_is_hashed_anew(
    centre: Centre, door: AccountSignIn, secret: str
) -> None:
    def held() -> str:
        with centre.store.reading() as connection:
            row = sa.select(account_table.c.password).where(account_table.c.name == "chief")
            return str(connection.execute(row).scalar_one())

    before = held()
    come(door, "chief", PASSWORD, code(secret, 1))
    assert held() == before
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    risen = AccountSignIn(centre.store, stronger, TryRates(), PARTY)
    assert come(risen, "chief", PASSWORD, "000000") is None
    assert held() == before, "only where it was right"
    assert come(risen, "chief", PASSWORD, code(secret, 2), AT + STEP) == "chief"
    assert "m=16,t=2" in held()


def test_a_password_is_set_with_a_fresh_secret_and_its_code(centre: Centre, door: AccountSignIn) -> None:
    with centre.store.writing() as connection:
        held = account_at(connection, centre.accounts["chief"])
        secret, word = new_second_factor(connection, held, AT)
        other = account_at(connection, centre.accounts["east.admin"])
        hashed = door.passwords.hash(PASSWORD)
        for whose, at, said in ((other, AT, "older than"), (held, AT + 6 * 60_000_000, "older than")):
            with pytest.raises(StoreError, match=said):
                set_password(
                    connection, OWNER, whose, hashed, word, TOTP(secret).generate_otp(at // STEP), at
                )
        with pytest.raises(StoreError, match="not the one of now"):
            set_password(connection, OWNER, held, hashed, word, "000000", AT)
        assert not account_at(connection, held.number).has_password


def test_a_removed_password_and_an_ended_accounts_open_nothing(
    centre: Centre, door: AccountSignIn, secret: str
) -> None:
    with centre.store.writing() as connection:
        held = account_at(connection, centre.accounts["chief"])
        remove_password(connection, held.actor(), held, AT)
    assert come(door, "chief", PASSWORD, code(secret, 1)) is None
    with centre.store.writing() as connection:
        other = account_at(connection, centre.accounts["east.operator"])
        end_account(connection, OWNER, other.number, AT)
        with pytest.raises(StoreError, match="has ended"):
            one_time_link(connection, other.number, AT)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "5 characters, expected 12 to 256"),
        ("x" * 257, "257 characters"),
        ("abababababab", "fewer than 5 different"),
        ("my Chief is great", "contains the account's name"),
        (PASSWORD, None),
        ("这是一个没有人会猜到的密码", None),
    ],
)
def test_which_passwords_are_taken(password: str, said: str | None) -> None:
    fault = fault_of_password(password, "chief")
    assert (fault is None) if said is None else (fault is not None and said in str(fault))


def test_two_passwords_that_differ_are_said_to(centre: Centre) -> None:
    with centre.store.reading() as connection:
        held = account_at(connection, centre.accounts["chief"])
    with pytest.raises(StoreError, match="differ"):
        checked_password(PASSWORD, PASSWORD + " ", held)
    assert checked_password(PASSWORD, PASSWORD, held) == PASSWORD


def test_a_copied_passkey_signs_nobody_in_and_is_noted(centre: Centre, door: AccountSignIn) -> None:
    key = Authenticator(counter=5)
    with centre.store.writing() as connection:
        held = account_at(connection, centre.accounts["chief"])
        assert PARTY is not None
        answer = key.enrolled(enrolment_options(connection, held, PARTY, AT))
        enrol_passkey(connection, held.actor(), held, PARTY, answer, "phone", AT)
    key.counter = 3
    with pytest.raises(SignInRefused, match="counted back"):
        door.by_passkey(key.signed_in(door.passkey_options(HERE, AT)), HERE, AT)
    assert acts(centre)[0] == ("passkey_counted_back", "chief")


def test_a_console_without_a_name_says_why_there_are_no_passkeys(centre: Centre) -> None:
    door = AccountSignIn(centre.store, Passwords(CHEAP), TryRates(), relying_party("http://192.0.2.7:8080"))
    with pytest.raises(SignInRefused, match="names only"):
        door.passkey_options(HERE, AT)
