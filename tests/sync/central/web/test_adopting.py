"""A gate is added at the console: its code is told once, its steps are live, a lost computer is revoked."""

from __future__ import annotations

import logging
from html import unescape
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from sync.central.accesses.tables import access
from sync.central.accounts.core.roles import Act, Role
from sync.central.adoption.exchange import InvitationExchange
from sync.central.adoption.loop import AdoptionLoop
from sync.central.adoption.tables import device_revocation, gate_invitation
from sync.central.store import NotConfirmed
from sync.central.tables import device, metadata, site
from sync.central.web.api.tables import api_request
from sync.gate_invitation import code as codes
from sync.gate_invitation.code import kept_of, proof_of, read_code
from sync.gate_invitation.packets import Answered, Trouble
from tests.keys import ed25519
from tests.sync.central.web.api.conftest import token_client
from tests.sync.central.web.conftest import Console, console_over

ASKED = {"gate": "west", "direction": "exit", "board": "sequent-4relay"}


@pytest.fixture(autouse=True)
def quick_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stretches a code takes a tenth of a second each time; tests/sync/gate_invitation has it whole."""
    monkeypatch.setitem(codes._COST, "n", 2)


def invited(console: Console, **more: str) -> tuple[str, str]:
    """The page that tells a code, and the code."""
    form = {"site": console.town.site.file.id, **ASKED, **more}
    made = console.client().post("/gate-invitations", data=form)
    assert made.status_code == 200, made.text
    said = unescape(made.text).partition("gatepost setup --enrol ")[2]
    return made.text, said.partition("@")[0]


def everything_stored(console: Console) -> str:
    """All that the database holds, in one text."""
    with console.store.reading() as connection:
        return "".join(str(connection.execute(sa.select(table)).all()) for table in metadata.sorted_tables)


class Door:
    """The authority's door, as far as central sees it: what it leaves in the folder."""

    def __init__(self, console: Console, folder: Any) -> None:
        self.console, self.folder, self.dismissed = console, folder, list[str]()
        exchange = InvitationExchange(folder)
        self.loop = AdoptionLoop(console.store, exchange, lambda: console.town.now, self.dismissed.append)

    def answers(self, answer: Answered | Trouble, code: str) -> None:
        kept = kept_of(proof_of(read_code(code)))
        (self.folder / "answered" / f"{kept.hex()}.json").write_bytes(msgspec.json.encode(answer))
        assert self.loop.look()


@pytest.fixture
def door(console: Console, tmp_path: Any) -> Door:
    return Door(console, tmp_path / "door")


def test_a_code_is_told_once_and_lies_nowhere(
    console: Console, door: Door, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        page, code = invited(console)
        read_code(code)
        assert "sequent-4relay" in page
        assert 'src="data:image/svg' in page
        again = console.client().get("/gate-invitations/1")
    secret = code.replace("-", "")
    heard = "".join(capfd.readouterr()) + caplog.text
    for kept in (again.text, heard, everything_stored(console)):
        assert code not in kept
        assert secret not in kept
    [left] = (door.folder / "asked").iterdir()
    assert secret not in left.read_text() + left.name
    with console.store.reading() as connection:
        assert connection.execute(sa.select(gate_invitation.c.made_by)).scalar_one() == "administrator"


def test_its_steps_are_live_until_the_first_decision(console: Console, door: Door, browser: Any) -> None:
    now, page = console.town.now, console.page(browser)
    page.goto(f"/places/{_place_of(console)}", wait_until="load")
    page.get_by_role("link", name="Add a gate").last.click()
    page.get_by_label("Gate", exact=True).fill("west")
    page.get_by_role("button", name="Make the code").last.click()
    page.get_by_role("button", name="Copy the command").click()
    command = page.locator("#command").inner_text().strip()
    assert page.evaluate("getSelection().toString().trim()") == command
    code = command.partition("--enrol ")[2].partition("@")[0]
    steps = page.locator("#progress")
    expect(steps).to_contain_text("Open: nobody came yet")

    door.answers(Trouble(1, "the authority keeps no keys of central-market"), code)
    expect(steps).to_contain_text("keeps no keys of central-market")
    door.answers(Answered(1, "central-market.west", ed25519("west").public_key().public_bytes_raw()), code)
    expect(steps.locator("[aria-current=step]")).to_contain_text("First word")
    expect(steps).not_to_contain_text("keeps no keys")

    _told(console, last_seen=now)
    expect(steps.locator("[aria-current=step]")).to_contain_text("Holds a registry")
    _told(console, registry_version=3, registry_since=now)
    expect(steps.locator("[aria-current=step]")).to_contain_text("First decision")
    with console.store.writing() as connection:
        newest = connection.execute(sa.select(access).order_by(access.c.number.desc())).mappings().first()
        assert newest is not None
        first = {**newest, "device": "central-market.west", "at": now + 5_000_000, "sequence": 9999}
        connection.execute(sa.insert(access).values({k: v for k, v in first.items() if k != "number"}))
    expect(steps.get_by_role("heading")).to_contain_text("In service")
    expect(steps).to_contain_text("5 seconds")


def test_a_lost_computer_is_revoked_in_one_step_and_its_connection_ends(
    console: Console, door: Door, browser: Any
) -> None:
    name = console.town.gate.device
    page = console.page(browser)
    page.goto(f"/gates/{name}", wait_until="load")
    computer = page.locator("#computer")
    computer.get_by_text("Lost: revoke").click()
    expect(computer).to_contain_text("22 people")
    computer.get_by_role("button", name="Revoke").click()
    expect(page.locator("#computer")).to_contain_text("has not revoked its certificates yet")
    door.loop.look()
    assert (door.folder / "asked" / f"{name}.revoke").exists()
    (door.folder / "answered" / f"{name}.revoked").write_text(
        f'{{"kind":"revoked","device":"{name}","count":1}}'
    )
    assert door.loop.look()
    assert door.dismissed == [name]
    page.reload()
    expect(page.locator("#computer")).to_contain_text("its connection is ended")
    with console.store.reading() as connection:
        row = connection.execute(sa.select(device_revocation)).one()
    assert (row.device, row._mapping["count"]) == (name, 1)


def test_a_gate_that_has_a_computer_is_replaced_only_on_purpose(console: Console) -> None:
    form = {"site": console.town.site.file.id, "gate": console.town.gate.gate}
    refused = console.client().post("/gate-invitations", data=form)
    assert refused.status_code == 422
    assert f"已有设备：{console.town.gate.device}" in refused.text
    page, _ = invited(console, gate=console.town.gate.gate, replaces="true")
    assert f"{console.town.gate.device}.2" in page


def test_a_gates_next_computer_is_for_the_way_that_its_gate_decides_for(console: Console) -> None:
    gate = console.town.gate
    with console.store.writing() as connection:
        here = access.c.device == gate.device
        changed = sa.update(access).where(here, access.c.direction.is_not(None)).values(direction="exit")
        assert connection.execute(changed).rowcount
    client = console.client()
    client.headers["accept-language"] = "en"
    form = {"site": console.town.site.file.id, "gate": gate.gate, "replaces": "true", "direction": ""}
    made = client.post("/gate-invitations", data=form)
    facts = unescape(made.text).partition("<dt>Way</dt>")[2]
    assert "Out" in facts.partition("</dd>")[0], facts[:200]


def test_the_way_of_a_gate_that_nobody_knows_is_in(console: Console) -> None:
    """A gate of every version understands it; a later version may leave it to who sets the gate up."""
    page, _ = invited(console, direction="")
    assert "进" in page.partition("<dt>方向</dt>")[2].partition("</dd>")[0], page
    client = token_client(console, 1, [Act.MANAGE_PLACES])
    [found] = client.get("/api/gate-invitations").json()["items"]
    assert found["direction"] == "entry"
    with console.store.writing() as connection:
        part = msgspec.json.decode(connection.execute(sa.select(gate_invitation.c.part)).scalar_one())
        later = msgspec.json.encode(part | {"direction": None})
        connection.execute(sa.update(gate_invitation).values(part=later))
    [found] = client.get("/api/gate-invitations").json()["items"]
    assert found["direction"] == ""
    assert "在闸口询问" in console.client().get(f"/gate-invitations/{found['number']}").text


def test_a_code_that_ends_ends_at_the_door_too_without_the_daemon(console: Console, door: Door) -> None:
    """Until its next look, and for as long as it is away, the door would go on letting somebody in."""

    def left() -> list[str]:
        return [path.stem for path in (door.folder / "asked").iterdir()]

    def kept(code: str) -> str:
        return kept_of(proof_of(read_code(code))).hex()

    first, second = invited(console)[1], invited(console)[1]
    assert first != second
    assert left() == [kept(second)]
    console.client().post("/gate-invitations/2/withdraw")
    assert left() == []


def test_an_invitation_is_withdrawn_once(console: Console) -> None:
    invited(console)
    client = console.client()
    client.headers["accept-language"] = "en"
    assert client.post("/gate-invitations/1/withdraw").status_code == 303
    assert "Withdrawn" in client.get("/gate-invitations/1").text
    assert client.post("/gate-invitations/1/withdraw").status_code == 422


def test_where_no_authority_is_named_the_page_says_what_to_do(read_console: Console) -> None:
    with console_over(read_console.store) as other:
        client, site = other.client(), other.town.site.file.id
        client.headers["accept-language"] = "en"
        page = client.get("/gate-invitations", params={"site": site}).text
        assert "no [adoption]" in page
        assert "gatepost central setup --host" in page
        assert "Make the code: no authority" in page
        refused = client.post("/gate-invitations", data={"site": site, "gate": "west"})
    assert refused.status_code == 422
    assert "no [adoption]" in unescape(refused.text)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR, Role.REGISTRAR])
def test_only_who_manages_places_sees_how_gates_are_added(read_console: Console, role: Role) -> None:
    gate = f"/gates/{read_console.town.gate.device}"
    assert 'id="computer"' in read_console.client().get(gate).text
    assert 'id="computer"' not in read_console.client(role).get(gate).text


def test_a_program_invites_and_a_repeated_request_tells_no_code(console: Console) -> None:
    client = token_client(console, 1, [Act.MANAGE_PLACES])
    path, key = f"/api/sites/{console.town.site.file.id}/gate-invitations", {"idempotency-key": "west-1"}
    made = client.post(path, json={"gate": "west"}, headers=key).json()
    code = made["code"].partition("@")[0]
    read_code(code)
    again = client.post(path, json={"gate": "west"}, headers=key).json()
    assert made["not_at_door"] == ""
    assert again == {**made, "code": None, "not_at_door": None}
    with console.store.reading() as connection:
        [kept] = connection.execute(sa.select(api_request.c.answer)).scalars()
    assert code.encode() not in kept
    [listed] = client.get("/api/gate-invitations").json()["items"]
    assert (listed["number"], listed["progress"]) == (made["number"], "invited")
    ended = client.post(f"/api/gate-invitations/{made['number']}/withdraw").json()
    assert ended["items"][0]["progress"] == "withdrawn"
    name = console.town.gate.device
    revoked = client.post(f"/api/gates/{name}/revoke").json()
    assert (ended["not_at_door"], revoked) == ("", {"device": name, "revoking": True, "not_at_door": ""})


def _place_of(console: Console) -> int:
    with console.store.reading() as connection:
        query = sa.select(site.c.place).where(site.c.id == console.town.site.file.id)
        found: int = connection.execute(query).scalar_one()
    return found


def _told(console: Console, **values: int) -> None:
    with console.store.writing() as connection:
        mine = device.c.id == "central-market.west"
        connection.execute(sa.update(device).where(mine).values(values))


def test_an_invitation_that_no_standby_has_is_said_in_the_readers_language(
    console: Console, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> str:
        raise NotConfirmed("no standby has confirmed that it has it", where="postgresql://secret")

    with monkeypatch.context() as patched:
        patched.setattr(console.store, "confirm", away)
        page, _ = invited(console)
        client = token_client(console, 1, [Act.MANAGE_PLACES])
        path = f"/api/sites/{console.town.site.file.id}/gate-invitations"
        told = client.post(path, json={"gate": "west"}).json()
    assert told["not_at_door"].startswith("No standby has the invitation yet")
    assert "备用数据库尚未保存此邀请" in page
    assert "postgresql" not in page
    assert not list((door.folder / "asked").iterdir())
    door.loop.look()
    assert len(list((door.folder / "asked").iterdir())) == 1


def test_nobody_who_invites_hears_of_an_invitation_that_only_a_newer_version_leaves(
    console: Console, door: Door
) -> None:
    """It lies open beside theirs, which lie at the door."""
    invited(console, gate="roof")
    with console.store.writing() as connection:
        part = sa.select(gate_invitation.c.part)
        newer = msgspec.json.decode(connection.execute(part).scalar_one()) | {"direction": "zz_newer"}
        connection.execute(sa.update(gate_invitation).values(part=msgspec.json.encode(newer)))
    for file in (door.folder / "asked").iterdir():
        file.unlink()
    page, _ = invited(console)
    program = token_client(console, 1, [Act.MANAGE_PLACES])
    path = f"/api/sites/{console.town.site.file.id}/gate-invitations"
    assert program.post(path, json={"gate": "east"}).json()["not_at_door"] == ""
    assert "备用数据库尚未保存此邀请" not in page
    assert len(list((door.folder / "asked").iterdir())) == 2
    assert "zz_newer" in console.client().get("/gate-invitations/1").text


def test_what_the_door_was_not_told_is_said_where_it_is_taken_back(console: Console, door: Door) -> None:
    name, site_id = console.town.gate.device, console.town.site.file.id
    invited(console)
    program = token_client(console, 1, [Act.MANAGE_PLACES])
    away = door.folder.with_name("away")
    door.folder.rename(away)
    client = console.client()
    pages = [
        client.post(address).text for address in ("/gate-invitations/1/withdraw", f"/gates/{name}/revoke")
    ]
    second = program.post(f"/api/sites/{site_id}/gate-invitations", json={"gate": "west"}).json()["number"]
    ended = program.post(f"/api/gate-invitations/{second}/withdraw").json()
    revoked = program.post(f"/api/gates/{name}/revoke").json()
    for page in pages:
        assert "证书机构尚未得知" in page
        assert str(door.folder) in page
    assert "邀请已撤回" in pages[0]
    assert f"中心不再接受 {name}" in pages[1]
    assert all(str(door.folder) in told["not_at_door"] for told in (ended, revoked))
    away.rename(door.folder)
    door.loop.look()
    assert [path.name for path in (door.folder / "asked").iterdir()] == [f"{name}.revoke"]
